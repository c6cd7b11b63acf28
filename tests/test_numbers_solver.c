/*
 * test_numbers_solver.c - the solver against a search that is too simple to be wrong.
 *
 * The simple one splits the numbers in two in every way and writes down all that the
 * parts make, with no memory, no order of operations and no rule of which step comes
 * first: it shares neither code nor method with the solver. Its numbers are small, so
 * that 64 bits are enough without looking.
 */
#include "critics/numbers/solver.h"

#include "io/draw.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* --- the simple search ------------------------------------------------------------- */

#define SIMPLE_MOST 5u

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b == 0 ? llabs(a) : common_divisor(b, a % b);
}

static struct rational reduced(int64_t over, int64_t under)
{
    int64_t divisor = common_divisor(over, under) * (under < 0 ? -1 : 1);

    return (struct rational){over / divisor, under / divisor};
}

struct values {
    struct rational *all;
    size_t count, room;
};

static void add(struct values *values, int64_t over, int64_t under)
{
    if (values->count == values->room) {
        values->room = values->room == 0 ? 8 : 2 * values->room;
        values->all = realloc(values->all, values->room * sizeof *values->all);
        cr_assert_not_null(values->all);
    }
    values->all[values->count++] = reduced(over, under);
}

static void add_all_of_two(struct values *values, struct rational a, struct rational b)
{
    int64_t under = a.under * b.under;

    add(values, a.over * b.under + b.over * a.under, under);
    add(values, a.over * b.under - b.over * a.under, under);
    add(values, b.over * a.under - a.over * b.under, under);
    add(values, a.over * b.over, under);
    if (b.over != 0)
        add(values, a.over * b.under, a.under * b.over);
    if (a.over != 0)
        add(values, b.over * a.under, b.under * a.over);
}

/* All that can be made of the numbers in a set, all of them used. */
static void make_all(struct values *of_set, const struct numbers_state *state, uint32_t set)
{
    for (uint32_t i = 0; i < state->count; i++)
        if (set == 1u << i)
            add(&of_set[set], state->left[i].over, state->left[i].under);
    for (uint32_t part = (set - 1) & set; part > (set ^ part); part = (part - 1) & set)
        for (size_t i = 0; i < of_set[part].count; i++)
            for (size_t j = 0; j < of_set[set ^ part].count; j++)
                add_all_of_two(&of_set[set], of_set[part].all[i], of_set[set ^ part].all[j]);
}

static bool holds(const struct values *values, int64_t target)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->all[i].over == target && values->all[i].under == 1)
            return true;
    return false;
}

/* The fewest operations that make the target; -1: nothing does. */
static int simple_steps(const struct numbers_problem *problem, const struct numbers_state *state)
{
    struct values of_set[1u << SIMPLE_MOST] = {0};
    const uint32_t all = (1u << state->count) - 1;
    int fewest = -1;

    cr_assert_leq(state->count, SIMPLE_MOST);
    for (uint32_t set = 1; set <= all; set++) {
        int steps = __builtin_popcount(set) - 1;

        make_all(of_set, state, set);
        if ((set == all || !problem->use_all) && (fewest < 0 || steps < fewest) &&
            holds(&of_set[set], problem->target))
            fewest = steps;
    }
    for (uint32_t set = 1; set <= all; set++)
        free(of_set[set].all);
    return fewest;
}

/* --- fixture ------------------------------------------------------------------------- */

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = draw(*seed, 0);
    return (uint32_t)(*seed % limit);
}

/* So many numbers up to 13, now and then a fraction or a negative one. */
static struct numbers_state any_state(uint64_t *seed, uint32_t count)
{
    struct numbers_state state;

    memset(&state, 0, sizeof state);
    for (uint32_t i = 0; i < count; i++) {
        bool odd = below(seed, 6) == 0;
        int64_t over = 1 + below(seed, 13), under = odd ? 1 + below(seed, 4) : 1;

        numbers_insert(&state, reduced(below(seed, 12) == 0 ? -over : over, under));
    }
    return state;
}

/* Follow the solver's own first steps; answers how many it took to the target. */
static int followed_steps(struct numbers_solver *solver, const struct numbers_problem *problem,
                          struct numbers_state state)
{
    int steps = 0;

    while (!numbers_reached(problem, &state)) {
        struct numbers_operation first;

        cr_assert_eq(numbers_reach(solver, &state, &first), NUMBERS_YES);
        cr_assert_eq(numbers_check_operands(&state, &first), NUMBERS_LEGAL);
        numbers_apply(&state, &first);
        steps++;
    }
    return steps;
}

struct tally {
    uint32_t reachable, out_of_reach;
};

static void compare(const struct numbers_problem *problem, struct numbers_solver *solver,
                    const struct numbers_state *state, struct tally *tally)
{
    int steps = simple_steps(problem, state);
    enum numbers_reach found = numbers_reach(solver, state, NULL);

    cr_assert_eq(found, steps >= 0 ? NUMBERS_YES : NUMBERS_NO);
    if (steps >= 0)
        cr_assert_eq(followed_steps(solver, problem, *state), steps);
    tally->reachable += steps >= 0;
    tally->out_of_reach += steps < 0;
}

/* So many targets, and eight states of count numbers for each. */
static void compare_many(bool use_all, uint32_t count, uint32_t targets, struct tally *tally)
{
    uint64_t seed = count;

    for (uint32_t i = 0; i < targets; i++) {
        struct numbers_problem problem = {.use_all = use_all, .target = below(&seed, 60)};
        struct numbers_solver *solver = numbers_solver_open(&problem);

        cr_assert_not_null(solver);
        for (uint32_t j = 0; j < 8; j++) {
            struct numbers_state state = any_state(&seed, count);

            compare(&problem, solver, &state, tally);
        }
        numbers_solver_close(solver);
    }
}

/* Both answers must have been given often, or the comparison says little. */
static void compare_rule(bool use_all)
{
    struct tally tally = {0, 0};

    compare_many(use_all, 2, 40, &tally);
    compare_many(use_all, 3, 40, &tally);
    compare_many(use_all, 4, 20, &tally);
    compare_many(use_all, 5, 1, &tally);
    cr_assert_gt(tally.reachable, 100);
    cr_assert_gt(tally.out_of_reach, 100);
}

/* --- promises -------------------------------------------------------------------------- */

/* Where all numbers must be used it finds a way exactly where there is one. */
Test(numbers_solver_agrees, using_all_numbers)
{
    compare_rule(true);
}

/* Where some may be left over too, and by the fewest operations that there are. */
Test(numbers_solver_agrees, leaving_numbers_over)
{
    compare_rule(false);
}

/* Six numbers are no more than five to it: a way that it names is one, and ones stay small. */
Test(numbers_solver_agrees, six_numbers)
{
    struct numbers_problem problem = {
        .use_all = true, .target = 24, .count = 6, .numbers = {1, 1, 1, 1, 1, 1}};
    struct numbers_solver *solver = numbers_solver_open(&problem);
    struct numbers_state state;
    uint64_t seed = 6;

    cr_assert(numbers_begin(&problem, &state));
    cr_assert_eq(numbers_reach(solver, &state, NULL), NUMBERS_NO);
    for (int i = 0; i < 8; i++) {
        state = any_state(&seed, 6);
        if (numbers_reach(solver, &state, NULL) == NUMBERS_YES)
            cr_assert_eq(followed_steps(solver, &problem, state), 5);
    }
    numbers_solver_close(solver);
}

/* When its memory is spent it says so, and still answers as a new one does. */
Test(numbers_solver_agrees, a_full_memory_changes_no_answer)
{
    struct numbers_problem problem = {.use_all = true, .target = 1000003};
    struct numbers_solver *full = numbers_solver_open(&problem);
    struct numbers_state near = {{{1, 1}, {1, 1}, {2, 1}, {1000000, 1}}, 4};
    struct tally tally = {0, 0};
    uint64_t seed = 7;

    while (!numbers_solver_full(full)) {
        struct numbers_state state = any_state(&seed, 6);

        (void)numbers_reach(full, &state, NULL);
    }
    for (int i = 0; i < 20; i++) {
        struct numbers_state state = any_state(&seed, 4);

        compare(&problem, full, &state, &tally);
    }
    compare(&problem, full, &near, &tally);
    cr_assert_eq(tally.reachable, 1);
    cr_assert_eq(tally.out_of_reach, 20);
    numbers_solver_close(full);
}
