/*
 * rules.c - the rules of the numbers games: what a step may do, and what it leaves.
 *
 * Every operation goes through numbers_compute(), and overflow is a fault like
 * any other: a number that cannot be computed exactly is never guessed.
 */
#include "critics/numbers/rules.h"

#include <assert.h>
#include <string.h>

const char *numbers_fault_name(enum numbers_fault fault)
{
    static const char *const names[NUMBERS_FAULTS] = {
        "legal",    "malformed",    "not-available", "division-by-zero",
        "overflow", "wrong-result", "wrong-left",    "after-the-end",
    };

    return (unsigned)fault < NUMBERS_FAULTS ? names[fault] : "?";
}

enum numbers_fault numbers_compute(struct numbers_operation *operation)
{
    if (operation->sign == '/' && operation->b.over == 0)
        return NUMBERS_DIVISION;
    return rational_compute(&operation->result, operation->a, operation->sign, operation->b)
               ? NUMBERS_LEGAL
               : NUMBERS_OVERFLOW;
}

/* --- states --------------------------------------------------------------------- */

void numbers_insert(struct numbers_state *state, struct rational value)
{
    uint32_t at = state->count++;

    while (at > 0 && rational_compare(state->left[at - 1], value) > 0) {
        state->left[at] = state->left[at - 1];
        at--;
    }
    state->left[at] = value;
}

bool numbers_same(const struct numbers_state *a, const struct numbers_state *b)
{
    return a->count == b->count && memcmp(a->left, b->left, sizeof a->left) == 0;
}

/* Take one value out; false: it is not there. */
static bool take_out(struct numbers_state *state, struct rational value)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (!rational_equal(state->left[i], value))
            continue;
        state->count--;
        memmove(&state->left[i], &state->left[i + 1], (state->count - i) * sizeof state->left[0]);
        memset(&state->left[state->count], 0, sizeof state->left[0]);
        return true;
    }
    return false;
}

bool numbers_begin(const struct numbers_problem *problem, struct numbers_state *state)
{
    if (problem->count == 0)
        return false;
    memset(state, 0, sizeof *state);
    for (uint32_t i = 0; i < problem->count; i++) {
        if (problem->numbers[i] == INT64_MIN)
            return false; /* the one number whose negative there is not */
        numbers_insert(state, (struct rational){problem->numbers[i], 1});
    }
    return true;
}

bool numbers_reached(const struct numbers_problem *problem, const struct numbers_state *state)
{
    struct rational target = {problem->target, 1};

    if (problem->use_all)
        return state->count == 1 && rational_equal(state->left[0], target);
    for (uint32_t i = 0; i < state->count; i++)
        if (rational_equal(state->left[i], target))
            return true;
    return false;
}

bool numbers_complete(const struct numbers_problem *problem, const struct numbers_state *state)
{
    return state->count <= 1 || numbers_reached(problem, state);
}

void numbers_apply(struct numbers_state *state, const struct numbers_operation *operation)
{
    bool there = take_out(state, operation->a) && take_out(state, operation->b);

    assert(there);
    (void)there;
    numbers_insert(state, operation->result);
}

enum numbers_fault numbers_check_operands(const struct numbers_state *state,
                                          const struct numbers_operation *operation)
{
    struct numbers_state copy = *state;

    return take_out(&copy, operation->a) && take_out(&copy, operation->b) ? NUMBERS_LEGAL
                                                                          : NUMBERS_NOT_AVAILABLE;
}

static uint32_t add_operation(struct numbers_operation *out, uint32_t count, struct rational a,
                              char sign, struct rational b)
{
    out[count] = (struct numbers_operation){.a = a, .b = b, .sign = sign};
    return count + (numbers_compute(&out[count]) == NUMBERS_LEGAL);
}

/* The larger number first where order does not matter. */
static uint32_t add_pair(struct numbers_operation *out, uint32_t count, struct rational small,
                         struct rational large)
{
    count = add_operation(out, count, large, '+', small);
    count = add_operation(out, count, large, '-', small);
    count = add_operation(out, count, large, '*', small);
    count = add_operation(out, count, large, '/', small);
    if (rational_equal(small, large))
        return count;
    count = add_operation(out, count, small, '-', large);
    return add_operation(out, count, small, '/', large);
}

uint32_t numbers_legal(const struct numbers_state *state,
                       struct numbers_operation out[NUMBERS_LEGAL_MOST])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < state->count; i++) {
        if (i > 0 && rational_equal(state->left[i], state->left[i - 1]))
            continue; /* its pairs were those of the one before */
        for (uint32_t j = i + 1; j < state->count; j++) {
            if (j > i + 1 && rational_equal(state->left[j], state->left[j - 1]))
                continue;
            count = add_pair(out, count, state->left[i], state->left[j]);
        }
    }
    return count;
}
