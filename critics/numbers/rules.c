/*
 * rules.c - exact arithmetic and what is legal.
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

/* --- rationals ------------------------------------------------------------------ */

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static bool fits(__int128 over, __int128 under)
{
    const __int128 most = INT64_MAX;

    return over <= most && over >= -most && under <= most;
}

/* The same in twice the bits, which is slow and seldom needed. */
static void reduce_wide(__int128 *over, __int128 *under)
{
    __int128 a = *over, b = *under;

    while (b != 0) {
        __int128 rest = a % b;

        a = b;
        b = rest;
    }
    if (a < 0)
        a = -a;
    *over /= a;
    *under /= a;
}

/* over / under reduced; false: it does not fit. under is not 0. */
static bool reduce(__int128 over, __int128 under, struct rational *out)
{
    int64_t divisor;

    if (under < 0) {
        over = -over;
        under = -under;
    }
    if (!fits(over, under))
        reduce_wide(&over, &under);
    if (!fits(over, under))
        return false;
    divisor = under == 1 ? 1 : gcd((int64_t)over, (int64_t)under);
    *out = (struct rational){(int64_t)over / divisor, (int64_t)under / divisor};
    return true;
}

int numbers_compare(struct rational a, struct rational b)
{
    __int128 left = (__int128)a.over * b.under, right = (__int128)b.over * a.under;

    return (left > right) - (left < right);
}

static bool same(struct rational a, struct rational b)
{
    return a.over == b.over && a.under == b.under;
}

enum numbers_fault numbers_compute(struct numbers_operation *operation)
{
    __int128 over, under = (__int128)operation->a.under * operation->b.under;
    __int128 left = (__int128)operation->a.over * operation->b.under;
    __int128 right = (__int128)operation->b.over * operation->a.under;

    switch (operation->sign) {
    case '+':
        over = left + right;
        break;
    case '-':
        over = left - right;
        break;
    case '*':
        over = (__int128)operation->a.over * operation->b.over;
        break;
    default:
        if (right == 0)
            return NUMBERS_DIVISION;
        over = left;
        under = right;
        break;
    }
    return reduce(over, under, &operation->result) ? NUMBERS_LEGAL : NUMBERS_OVERFLOW;
}

/* --- states --------------------------------------------------------------------- */

void numbers_insert(struct numbers_state *state, struct rational value)
{
    uint32_t at = state->count++;

    while (at > 0 && numbers_compare(state->left[at - 1], value) > 0) {
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
        if (!same(state->left[i], value))
            continue;
        state->count--;
        memmove(&state->left[i], &state->left[i + 1], (state->count - i) * sizeof state->left[0]);
        memset(&state->left[state->count], 0, sizeof state->left[0]);
        return true;
    }
    return false;
}

bool numbers_begin(const struct crux_problem *problem, struct numbers_state *state)
{
    if (problem->numbers == NULL || problem->number_count == 0 ||
        problem->number_count > NUMBERS_MOST)
        return false;
    memset(state, 0, sizeof *state);
    for (uint32_t i = 0; i < problem->number_count; i++) {
        if (problem->numbers[i] == INT64_MIN)
            return false; /* the one number whose negative there is not */
        numbers_insert(state, (struct rational){problem->numbers[i], 1});
    }
    return true;
}

bool numbers_reached(const struct crux_problem *problem, const struct numbers_state *state)
{
    struct rational target = {problem->target, 1};

    if (problem->use_all)
        return state->count == 1 && same(state->left[0], target);
    for (uint32_t i = 0; i < state->count; i++)
        if (same(state->left[i], target))
            return true;
    return false;
}

bool numbers_complete(const struct crux_problem *problem, const struct numbers_state *state)
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
    if (same(small, large))
        return count;
    count = add_operation(out, count, small, '-', large);
    return add_operation(out, count, small, '/', large);
}

uint32_t numbers_legal(const struct numbers_state *state,
                       struct numbers_operation out[NUMBERS_LEGAL_MOST])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < state->count; i++) {
        if (i > 0 && same(state->left[i], state->left[i - 1]))
            continue; /* its pairs were those of the one before */
        for (uint32_t j = i + 1; j < state->count; j++) {
            if (j > i + 1 && same(state->left[j], state->left[j - 1]))
                continue;
            count = add_pair(out, count, state->left[i], state->left[j]);
        }
    }
    return count;
}
