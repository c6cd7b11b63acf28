/*
 * test_window.c - how many calls are out at a time where the user does not say.
 */
#include <criterion/criterion.h>

#include "io/cli/window.h"

static struct crux_setup window_setup(enum crux_strategy strategy, uint32_t calls,
                                      uint32_t in_flight)
{
    struct crux_setup setup = crux_setup_default();

    setup.strategy = strategy;
    setup.calls = calls;
    setup.in_flight = in_flight;
    return setup;
}

/* 64 and what waits for a place are 84 calls: 11 problems of 8 fill them. */
Test(window, many_problems_keep_the_default)
{
    struct crux_setup setup = window_setup(CRUX_MCTS, 400, 64);

    cr_expect_eq(window_of(&setup, 1000000), 8);
    cr_expect_eq(window_of(&setup, 11), 8);
    cr_expect_eq(window_of(&setup, 10), 9);
    cr_expect_eq(window_of(&setup, 0), 8, "no problem: nothing to fill");
}

/* As many as fill the server, and no more than the search bears. */
Test(window, few_problems_of_a_tree_search)
{
    static const struct {
        uint32_t calls, in_flight, per_tree;
    } rows[] = {
        {400, 8, 14},   {400, 64, 50}, {400, 16, 24}, {40, 64, 13}, {40, 8, 13},
        {4000, 64, 84}, {10, 64, 8},   {48, 64, 16},  {1, 1, 8},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_setup setup = window_setup(CRUX_MCTS, rows[i].calls, rows[i].in_flight);

        cr_expect_eq(window_of(&setup, 1), rows[i].per_tree, "%u calls, %u in flight: %u",
                     rows[i].calls, rows[i].in_flight, window_of(&setup, 1));
    }
}

/* Without a budget in calls the simulations are one. */
Test(window, simulations_are_a_budget)
{
    struct crux_setup setup = window_setup(CRUX_MCTS, 0, 64);

    setup.simulations = 400;
    cr_expect_eq(window_of(&setup, 1), 50);
}

/* Independent answers, and levels, are as good in any order. */
Test(window, others_bear_their_whole_budget)
{
    static const enum crux_strategy others[] = {CRUX_SAMPLE, CRUX_REFINE,    CRUX_PLAN,
                                                CRUX_BEAM,   CRUX_PARTICLES, CRUX_RAG};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct crux_setup setup = window_setup(others[i], 40, 64);

        cr_expect_eq(window_of(&setup, 1), 40);
        setup.calls = 400;
        cr_expect_eq(window_of(&setup, 1), 84);
    }
}

/* Where the oldest is waited for, four places for each call are needed. */
Test(window, order_issued_needs_more)
{
    struct crux_setup setup = window_setup(CRUX_MCTS, 4000, 64);

    setup.order = CRUX_ORDER_ISSUED;
    cr_expect_eq(window_of(&setup, 1), 336);
    cr_expect_eq(window_of(&setup, 42), 8);
}

/* What the option takes is the most; a larger --per-tree stays. */
Test(window, stays_within_what_the_options_take)
{
    struct crux_setup setup = window_setup(CRUX_SAMPLE, 1000000, 65536);

    cr_expect_eq(window_of(&setup, 1), 16384);
    setup.in_flight = 1;
    setup.per_tree = 100;
    cr_expect_eq(window_of(&setup, 1), 100);
    cr_expect_eq(session_in_flight(8), 8);
    cr_expect_eq(session_in_flight(UINT64_C(1) << 33), 65536);
}

Test(window, levels_are_as_wide_as_they_are)
{
    struct crux_setup setup = window_setup(CRUX_PLAN, 40, 64);

    cr_expect_eq(window_width(&setup), 1);
    setup.strategy = CRUX_RAG;
    cr_expect_eq(window_width(&setup), 1);
    setup.strategy = CRUX_BEAM;
    setup.beam = 5;
    cr_expect_eq(window_width(&setup), 5);
    setup.strategy = CRUX_PARTICLES;
    setup.particles = 20;
    cr_expect_eq(window_width(&setup), 8, "the window is narrower");
    setup.strategy = CRUX_MCTS;
    cr_expect_eq(window_width(&setup), 8);
}
