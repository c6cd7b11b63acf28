/*
 * test_select.c - the selection rules, number by number.
 *
 * What is expected is computed here in double precision from the equation that
 * select.h cites.
 */
#include "search/select.h"

#include <criterion/criterion.h>

#define NEAR 1e-5

static struct select_parent parent_of(enum crux_selection rule, double total)
{
    return select_parent_of(rule, 2.0F, (float)total, 0.5F);
}

static void insist(double found, double expected)
{
    cr_assert_float_eq(found, expected, NEAR, "%g is not %g", found, expected);
}

/* Uct: the mean and C sqrt(2 ln(N_p + O_p) / (N + O)). */
Test(select, uct_is_its_equation)
{
    struct select_child child = {.visits = 4, .pending = 2, .sum = 3, .prior = 0.1F};

    insist(select_uct(parent_of(CRUX_UCT, 20), child), 0.75 + 2.0 * sqrt(2.0 * log(20.0) / 6.0));
}

/* Uct: a child that nobody has tried comes before every other. */
Test(select, uct_tries_everything_once)
{
    struct select_child best = {.visits = 1, .sum = 1, .prior = 1}, untried = {.prior = 0.001F};
    struct select_parent parent = parent_of(CRUX_UCT, 1e7);

    cr_assert_gt(select_uct(parent, untried), select_uct(parent, best));
    cr_assert_eq(select_uct(parent, untried), SELECT_FIRST);
}

/* Uct: a child with marks only is worth what its parent is, and explored already. */
Test(select, uct_does_not_lie_about_what_is_on_its_way)
{
    struct select_child child = {.pending = 2, .prior = 1};

    insist(select_uct(parent_of(CRUX_UCT, 10), child), 0.5 + 2.0 * sqrt(2.0 * log(10.0) / 2.0));
}

/* Puct: the mean and C P sqrt(N_p) / (1 + N + O). */
Test(select, puct_is_its_equation)
{
    struct select_child child = {.visits = 3, .pending = 1, .sum = 2, .prior = 0.25F};

    insist(select_puct(parent_of(CRUX_PUCT, 16), child), 2.0 / 3.0 + 2.0 * 0.25 * 4.0 / 5.0);
}

/* Puct: an untried child is worth what its parent is. */
Test(select, puct_expects_the_parents_value)
{
    struct select_child child = {.prior = 0.25F};

    insist(select_puct(parent_of(CRUX_PUCT, 16), child), 0.5 + 2.0 * 0.25 * 4.0);
}

/* Greedy: the mean alone, whatever the exploration. */
Test(select, greedy_has_no_exploration)
{
    struct select_child child = {.visits = 4, .sum = 3, .prior = 0.1F};

    insist(select_greedy(parent_of(CRUX_GREEDY, 1000), child), 0.75);
}

/* Greedy: what is on its way counts as a visit worth nothing until it comes back. */
Test(select, greedy_spreads_what_is_on_its_way)
{
    struct select_child child = {.visits = 4, .pending = 2, .sum = 3, .prior = 0.1F};

    insist(select_greedy(parent_of(CRUX_GREEDY, 1000), child), 0.5);
    cr_assert_eq(select_greedy(parent_of(CRUX_GREEDY, 1000), (struct select_child){.prior = 1}),
                 SELECT_FIRST);
}

/* In every rule another mark makes a child less urgent, and another success more so. */
Test(select, marks_lower_and_successes_raise)
{
    static float (*const rules[])(struct select_parent,
                                  struct select_child) = {select_uct, select_puct, select_greedy};

    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        struct select_parent parent = parent_of((enum crux_selection)rule, 50);

        for (int visits = 1; visits < 20; visits++) {
            struct select_child child = {(float)visits, 1, (float)visits / 2, 0.3F};
            struct select_child busier = child, better = child;

            busier.pending++;
            better.sum += 0.5F;
            cr_assert_lt(rules[rule](parent, busier), rules[rule](parent, child));
            cr_assert_gt(rules[rule](parent, better), rules[rule](parent, child));
        }
    }
}
