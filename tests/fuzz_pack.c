/*
 * fuzz_pack.c - any bytes are a packed tree, or a sentence says why not.
 *
 * zstd's checksum would keep chance out of the document. So input that begins with
 * 'S' is laid over a sound document, byte by byte; other input with an odd first
 * byte is a frame; all else is a document, put into a sound frame. A tree that is
 * read must be one that can be walked and packed again.
 */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "io/crux_io.h"
#include "io/store/pack.h"
#include "tests/world/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct crux_problem problem = {.id = "p", .prompt = "?"};

static void must(bool sound)
{
    if (!sound)
        abort();
}

static void walk(const struct crux_tree *tree)
{
    struct crux_tree *again = NULL;
    void *frame = NULL;
    size_t size = 0;

    for (uint32_t i = 0; i < tree->pair_count; i++) {
        struct crux_text steps[64];

        (void)crux_path_steps(tree, tree->pairs[i].wrong, steps, 64);
        (void)crux_path_steps(tree, tree->pairs[i].right, steps, 64);
    }
    must(tree->rollout_count == 0 || crux_best_rollout(tree) < tree->rollout_count);
    must(pack_tree(&frame, &size, tree, NULL) == CRUX_OK);
    must(pack_read(&again, frame, size, &problem, NULL) == CRUX_OK);
    must(sample_same(tree, again));
    crux_tree_free(again);
    free(frame);
}

static void read_frame(const void *frame, size_t size)
{
    struct crux_tree *tree = NULL;
    struct crux_error error = {""};

    if (pack_read(&tree, frame, size, &problem, &error) == CRUX_OK)
        walk(tree);
    else
        must(tree == NULL && error.text[0] != '\0');
    crux_tree_free(tree);
}

static void read_document(const void *document, size_t size)
{
    size_t room = ZSTD_compressBound(size);
    void *frame = malloc(room);

    read_frame(frame, ZSTD_compress(frame, room, document, size, 1));
    free(frame);
}

/* Pairs of bytes say where in a sound document which byte is laid over. */
static void read_overlaid(const uint8_t *data, size_t size)
{
    struct crux_tree tree = sample_tree(&problem);
    uint8_t document[4096];
    void *frame = NULL;
    size_t length = 0;

    must(pack_tree(&frame, &length, &tree, NULL) == CRUX_OK);
    length = ZSTD_decompress(document, sizeof document, frame, length);
    must(!ZSTD_isError(length));
    free(frame);
    for (size_t i = 0; i + 2 < size; i += 3)
        document[(data[i] | (size_t)data[i + 1] << 8) % length] = data[i + 2];
    read_document(document, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'S')
        read_overlaid(data + 1, size - 1);
    else if (size > 0 && data[0] % 2 == 1)
        read_frame(data + 1, size - 1);
    else
        read_document(data, size);
    return 0;
}
