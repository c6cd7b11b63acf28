/*
 * test_select.c - the selection rules, number by number.
 *
 * What is expected is computed here in double precision from the equation that
 * select.h cites.
 */
#include "search/tree/select.h"

#include <criterion/criterion.h>

#define NEAR 1e-5

static struct crux_setup setup;

static struct select_parent parent_of(enum crux_selection selection, double total)
{
    struct select_rule rule;

    setup.selection = selection;
    setup.exploration = 2.0;
    rule = select_rule_of(&setup);
    return select_parent_of(&rule, (float)total - 1.0F, 1.0F, 0.5F);
}

static double uct(double total, struct select_child child)
{
    struct select_parent parent = parent_of(CRUX_UCT, total);

    return (double)select_uct(&parent, child);
}

static double puct(double total, struct select_child child)
{
    struct select_parent parent = parent_of(CRUX_PUCT, total);

    return (double)select_puct(&parent, child);
}

static double greedy(double total, struct select_child child)
{
    struct select_parent parent = parent_of(CRUX_GREEDY, total);

    return (double)select_greedy(&parent, child);
}

static void begin(void)
{
    setup = crux_setup_default();
}

TestSuite(select, .init = begin);

static void insist(double found, double expected)
{
    cr_assert_float_eq(found, expected, NEAR, "%g is not %g", found, expected);
}

/* Uct: the mean and C sqrt(2 ln(N_p + O_p) / (N + O)). */
Test(select, uct_is_its_equation)
{
    struct select_child child = {.visits = 4, .pending = 2, .sum = 3, .prior = 0.1F};

    insist(uct(20, child), 0.75 + 2.0 * sqrt(2.0 * log(20.0) / 6.0));
}

/* Uct: a child that nobody has tried comes before every other. */
Test(select, uct_tries_everything_once)
{
    struct select_child best = {.visits = 1, .sum = 1, .prior = 1}, untried = {.prior = 0.001F};
    struct select_parent parent = parent_of(CRUX_UCT, 1e7);

    cr_assert_gt(select_uct(&parent, untried), select_uct(&parent, best));
    cr_assert_eq(select_uct(&parent, untried), SELECT_FIRST);
}

/* Uct: a child with marks only is worth what its parent is, and explored already. */
Test(select, uct_does_not_lie_about_what_is_on_its_way)
{
    struct select_child child = {.pending = 2, .prior = 1};

    insist(uct(10, child), 0.5 + 2.0 * sqrt(2.0 * log(10.0) / 2.0));
}

/* Puct: the mean and C P sqrt(N_p) / (1 + N + O). */
Test(select, puct_is_its_equation)
{
    struct select_child child = {.visits = 3, .pending = 1, .sum = 2, .prior = 0.25F};

    insist(puct(16, child), 2.0 / 3.0 + 2.0 * 0.25 * 4.0 / 5.0);
}

/* Puct: an untried child is worth what its parent is. */
Test(select, puct_expects_the_parents_value)
{
    struct select_child child = {.prior = 0.25F};

    insist(puct(16, child), 0.5 + 2.0 * 0.25 * 4.0);
}

/* Greedy: the mean alone, whatever the exploration. */
Test(select, greedy_has_no_exploration)
{
    struct select_child child = {.visits = 4, .sum = 3, .prior = 0.1F};

    insist(greedy(1000, child), 0.75);
}

/* Greedy: what is on its way counts as a visit worth nothing until it comes back. */
Test(select, greedy_spreads_what_is_on_its_way)
{
    struct select_child child = {.visits = 4, .pending = 2, .sum = 3, .prior = 0.1F};

    insist(greedy(1000, child), 0.5);
    cr_assert_eq(greedy(1000, (struct select_child){.prior = 1}), (double)SELECT_FIRST);
}

/* In every rule another mark makes a child less urgent, and another success more so. */
Test(select, marks_lower_and_successes_raise)
{
    static double (*const rules[])(double, struct select_child) = {uct, puct, greedy};

    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        for (int visits = 1; visits < 20; visits++) {
            struct select_child child = {(float)visits, 1, (float)visits / 2, 0.3F};
            struct select_child busier = child, better = child;

            busier.pending++;
            better.sum += 0.5F;
            cr_assert_lt(rules[rule](50, busier), rules[rule](50, child));
            cr_assert_gt(rules[rule](50, better), rules[rule](50, child));
        }
    }
}

/* Virtual loss: the mean counts what is on its way as visits worth nothing. */
Test(select, virtual_loss_lies_about_the_mean)
{
    struct select_child child = {.visits = 3, .pending = 1, .sum = 2, .prior = 0.25F};

    setup.correction = CRUX_VIRTUAL_LOSS;
    insist(puct(16, child), 2.0 / 4.0 + 2.0 * 0.25 * 4.0 / 5.0);
    child = (struct select_child){.pending = 2, .prior = 0.25F};
    insist(puct(16, child), 0.0 + 2.0 * 0.25 * 4.0 / 3.0);
}

/* First-play urgency: what an untried child is worth can be said, for every rule. */
Test(select, an_untried_child_is_worth_what_was_said)
{
    struct select_child untried = {.prior = 0.25F};

    setup.first_play = 0.2;
    setup.first = CRUX_FIRST_PARENT;
    insist(puct(16, untried), 0.5 - 0.2 + 2.0 * 0.25 * 4.0);
    insist(uct(16, untried), 0.5 - 0.2);
    setup.first = CRUX_FIRST_VALUE;
    insist(puct(16, untried), 0.2 + 2.0 * 0.25 * 4.0);
    insist(uct(16, untried), 0.2);
    insist(greedy(16, untried), 0.2);
}

/* What is in flight below a node does not make puct explore as if it were back; where the
 * rule's paper counts it, it counts. */
Test(select, puct_does_not_explore_on_credit)
{
    struct select_rule rule;
    struct select_parent alone, busy;

    for (int selection = CRUX_UCT; selection <= CRUX_PUCT; selection++) {
        setup.selection = (enum crux_selection)selection;
        setup.exploration = 2.0;
        rule = select_rule_of(&setup);
        alone = select_parent_of(&rule, 15.0F, 1.0F, 0.5F);
        busy = select_parent_of(&rule, 15.0F, 100.0F, 0.5F);
        cr_assert_eq(alone.weight == busy.weight, selection == CRUX_PUCT);
    }
    setup.correction = CRUX_VIRTUAL_LOSS;
    rule = select_rule_of(&setup);
    cr_assert_gt(select_parent_of(&rule, 15.0F, 100.0F, 0.5F).weight,
                 select_parent_of(&rule, 15.0F, 1.0F, 0.5F).weight);
}
