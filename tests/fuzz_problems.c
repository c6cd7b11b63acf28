/*
 * fuzz_problems.c - any bytes at all as a line of a file of problems.
 *
 * A line is taken or refused; it never makes the reader leave its memory (the
 * sanitizers watch), and what is taken keeps the bounds that crux_io.h promises.
 */
#include "io/problems.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist_bounds(const struct crux_problem *problem)
{
    assert(strlen(problem->id) >= 1 && strlen(problem->id) <= 200);
    assert(problem->prompt != NULL);
    assert(problem->number_count <= PROBLEMS_NUMBERS);
    for (uint32_t i = 0; i < problem->number_count; i++)
        assert(llabs(problem->numbers[i]) <= 1000000);
    assert(llabs(problem->target) <= 1000000000);
}

static void insist_copy(const struct crux_problem *problem)
{
    void *memory = malloc(problems_bytes(problem));
    struct crux_problem copy;

    assert(memory != NULL);
    problems_copy(&copy, memory, problem);
    assert(strcmp(copy.id, problem->id) == 0 && strcmp(copy.prompt, problem->prompt) == 0);
    insist_bounds(&copy);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problems_draft draft;
    struct crux_error error;

    if (problems_draft_open(&draft, (const char *)data, size, &error) == CRUX_OK) {
        insist_bounds(&draft.problem);
        insist_copy(&draft.problem);
        problems_draft_close(&draft);
    }
    return 0;
}
