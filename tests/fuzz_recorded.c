/*
 * fuzz_recorded.c - any bytes are a file of recorded answers, or a sentence says why not.
 *
 * What was read is walked as a search would: every step that is proposed can be gone, what
 * is terminal is the end, each node's answers are as many as it says, and all of it is text
 * that a search takes.
 */
#include "policies/crux_policies.h"
#include "policies/recorded/file.h"
#include "search/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool promise)
{
    if (!promise)
        abort();
}

static void complain(void *context, const char *sentence)
{
    insist(sentence[0] != '\0');
    ++*(size_t *)context;
}

/* Every node is its parent's child by its text, and its answers are in its parent's range. */
static void check_nodes(const struct recorded_forest *forest)
{
    uint32_t answers = forest->nodes[ROOTS_BY_ID].below + forest->nodes[ROOTS_BY_PROMPT].below;

    insist(answers > 0);
    for (uint32_t i = ROOTS; i < forest->count; i++) {
        const struct recorded_node *node = &forest->nodes[i];
        const struct recorded_node *parent = &forest->nodes[node->parent];
        struct crux_text text = {node->text, node->length};

        insist(recorded_find(forest, node->parent, text) == i);
        insist(strlen(node->text) == node->length);
        insist(node->parent < ROOTS || reply_is_text(node->text, false));
        insist(node->ended <= node->below && node->weight >= 0.0);
        insist(node->first >= parent->first &&
               node->first + node->below <= parent->first + parent->below);
        for (uint32_t j = 0; j < node->ended; j++)
            insist(forest->answers[node->first + j] == i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recorded_forest forest;
    struct crux_error error = {""};
    size_t complaints = 0;
    char path[64];
    int file = memfd_create("answers", MFD_CLOEXEC);
    struct recorded_plan plan = {
        .file = path, .split = (enum split_way)(size % 4), .split_given = size % 8 > 3};

    insist(file >= 0 && write(file, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    insist(recorded_forest_open(&forest));
    if (recorded_read(&forest, &plan, complain, &complaints, &error) == CRUX_OK)
        check_nodes(&forest);
    else
        insist(error.text[0] != '\0');
    recorded_forest_close(&forest);
    (void)close(file);
    return 0;
}
