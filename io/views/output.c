/*
 * output.c - rows go into the file of their part; what is compressed goes there when all are known.
 */
#include "io/views/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/views/scratch.h"
#include "io/zstd_pack.h"

#define OUTPUT_USUAL_ENDING ".jsonl"
#define OUTPUT_SHARD        "-00000-of-00001"

/* --- beginning -------------------------------------------------------------------------------- */

static int output_begin_part(struct output_part *part, const struct folder *folder, bool compress,
                             struct crux_error *error)
{
    int file = -1, status = folder_begin(folder, part->path, &part->file, error);

    if (status != CRUX_OK || !compress)
        return status;
    status = scratch_open(&file, folder->parent, error);
    if (status != CRUX_OK)
        return status;
    part->plain = fdopen(file, "w+");
    if (part->plain != NULL)
        return CRUX_OK;
    (void)close(file);
    return crux_fail(error, CRUX_MEMORY, "no memory to write %s", part->path);
}

int output_begin(struct output *output, const struct view *view, const struct portions *portions,
                 const struct folder *folder, bool compress, struct crux_error *error)
{
    const char *ending = view->file_ending == NULL ? OUTPUT_USUAL_ENDING : view->file_ending;
    int status = CRUX_OK;

    output->view = view;
    for (size_t i = 0; status == CRUX_OK && i < portions->count; i++) {
        struct output_part *part = &output->parts[i];

        part->split = portions->names[i];
        (void)snprintf(part->path, sizeof part->path, "data/%s/%s" OUTPUT_SHARD "%s%s", view->name,
                       part->split, ending, compress ? ".zst" : "");
        status = output_begin_part(part, folder, compress, error);
        output->part_count++;
    }
    return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int output_put(struct output_part *part, const char *bytes, size_t length,
                      struct crux_error *error)
{
    if (part->plain == NULL)
        return folder_write(&part->file, bytes, length, error);
    if (fwrite(bytes, 1, length, part->plain) != length)
        return crux_fail(error, CRUX_STORE, "cannot write %s: %s", part->path, strerror(errno));
    return CRUX_OK;
}

int output_row(void *context, const char *row, size_t length, enum view_side side,
               struct crux_error *error)
{
    struct output *output = context;
    struct output_part *part = &output->parts[output->portion];
    int status = output_put(part, row, length, error);

    if (status == CRUX_OK)
        status = output_put(part, "\n", 1, error);
    part->bytes += length + 1;
    part->rows++;
    part->right += side == VIEW_RIGHT;
    part->wrong += side == VIEW_WRONG;
    return status;
}

/* --- ending -------------------------------------------------------------------------------------
 */

static int output_put_frame(void *context, const char *bytes, size_t length,
                            struct crux_error *error)
{
    struct output_part *part = context;

    return folder_write(&part->file, bytes, length, error);
}

static int output_compress(struct output_part *part, struct crux_error *error)
{
    if (fflush(part->plain) != 0 || fseek(part->plain, 0, SEEK_SET) != 0)
        return crux_fail(error, CRUX_STORE, "cannot write %s: %s", part->path, strerror(errno));
    return zstd_pack(part->plain, part->bytes, output_put_frame, part, error);
}

int output_end(struct output *output, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < output->part_count; i++) {
        struct output_part *part = &output->parts[i];

        if (part->plain != NULL)
            status = output_compress(part, error);
        if (status != CRUX_OK)
            break;
        part->size = part->file.bytes;
        status = folder_end(&part->file, part->sha256, error);
    }
    return status;
}

void output_drop(struct output *output)
{
    for (size_t i = 0; i < output->part_count; i++) {
        folder_drop(&output->parts[i].file);
        if (output->parts[i].plain != NULL)
            (void)fclose(output->parts[i].plain);
    }
    *output = (struct output){.view = NULL};
}

const char *output_name(const struct output_part *part)
{
    return strrchr(part->path, '/') + 1;
}
