/*
 * fuzz_step.c - any bytes as the text of a step: what is accepted is what would be written.
 *
 * The first byte picks a state, the rest is the text. A step that the referee takes
 * must print back to the same bytes, leave one number fewer and say itself what is
 * left; one that it refuses must leave the state as it was.
 */
#include "critics/numbers/text.h"
#include "search/crux.h"

#include <stdlib.h>
#include <string.h>

static const struct numbers_problem problems[] = {
    {.count = 4, .target = 24, .use_all = true, .numbers = {4, 9, 10, 13}},
    {.count = 2, .target = 24, .use_all = true, .numbers = {0, -7}},
    {.count = 6, .target = 952, .numbers = {3, 6, 25, 50, 75, 100}},
    {.count = 3, .target = 1, .use_all = true, .numbers = {INT64_MAX, -INT64_MAX, INT64_MAX}},
    {.count = 1, .target = 24, .numbers = {24}},
};

static void insist(bool true_here)
{
    if (!true_here)
        abort();
}

static void check_taken(const struct numbers_state *before, const struct numbers_state *after,
                        const struct numbers_operation *operation, const struct crux_text *text)
{
    char printed[NUMBERS_STEP_BYTES];
    struct numbers_state said, applied = *before;

    insist(numbers_print_step(printed, operation, after) == text->length);
    insist(memcmp(printed, text->start, text->length) == 0);
    insist(after->count + 1 == before->count);
    numbers_apply(&applied, operation);
    insist(numbers_same(&applied, after));
    insist(numbers_left_of(text->start, text->length, &said) && numbers_same(&said, after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct numbers_operation operation;
    struct numbers_state before, after;
    struct crux_text text = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    insist(numbers_begin(&problems[data[0] % (sizeof problems / sizeof *problems)], &before));
    after = before;
    if (numbers_step(&after, text.start, text.length, &operation) == NUMBERS_LEGAL)
        check_taken(&before, &after, &operation, &text);
    else
        insist(numbers_same(&before, &after));
    (void)numbers_left_of(text.start, text.length, &after);
    return 0;
}
