/*
 * fuzz_step.c - any bytes at all as a step.
 *
 * The first bytes choose the numbers that are left, the rest is the text. A step
 * is taken or refused, never half: what is refused changes nothing, and what is
 * taken is written exactly as it would be printed. The sanitizers watch the rest.
 */
#include "critics/numbers_rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist_sorted(const struct numbers_state *state)
{
    for (uint32_t i = 1; i < state->count; i++)
        assert(numbers_compare(state->left[i - 1], state->left[i]) <= 0);
}

static void insist_taken_whole(const struct numbers_state *before,
                               const struct numbers_state *after,
                               const struct numbers_operation *operation, const char *text,
                               size_t length)
{
    char printed[NUMBERS_STEP_BYTES];

    assert(after->count + 1 == before->count);
    assert(numbers_print_step(printed, operation, after) == length);
    assert(memcmp(printed, text, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t values[] = {0, 1, 2, 3, 4, 6, 8, 10, 13, -2, -9, 100, 999983, INT64_MAX};
    struct numbers_state before, after, left;
    struct numbers_operation operation;
    char *text;

    if (size < NUMBERS_MOST)
        return 0;
    memset(&before, 0, sizeof before);
    for (size_t i = 0; i < NUMBERS_MOST; i++)
        if (data[i] < 2 * (sizeof values / sizeof *values))
            numbers_insert(&before, (struct rational){values[data[i] / 2], 1});
    data += NUMBERS_MOST;
    size -= NUMBERS_MOST;
    text = malloc(size + 1); /* so that a sanitizer sees one byte too many */
    assert(text != NULL);
    memcpy(text, data, size);
    text = realloc(text, size > 0 ? size : 1);
    after = before;
    if (numbers_step(&after, text, size, &operation) == NUMBERS_LEGAL)
        insist_taken_whole(&before, &after, &operation, text, size);
    else
        assert(numbers_same(&before, &after));
    insist_sorted(&after);
    if (numbers_left_of(text, size, &left))
        insist_sorted(&left);
    free(text);
    return 0;
}
