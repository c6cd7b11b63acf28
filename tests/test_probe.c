/*
 * test_probe.c - what bench_probe() promises: figures that can be times.
 *
 * How long anything takes is for `crux bench limits` to say, not for a test.
 */
#include <criterion/criterion.h>

#include <math.h>

#include "bench/probe.h"

static bool is_a_time(double figure)
{
    return isfinite(figure) && figure > 0.0 && figure < 1e9;
}

static void insist_on_times(const struct bench_probe *probe)
{
    cr_assert(is_a_time(probe->scan_ns));
    cr_assert(is_a_time(probe->level_ns));
    cr_assert(is_a_time(probe->mark_ns));
    cr_assert(is_a_time(probe->shared_mark_ns));
    cr_assert(is_a_time(probe->block_ns));
}

/* Every rule of selection can be measured, with vector code and without. */
Test(probe, every_rule_has_its_times)
{
    struct crux_setup setup = crux_setup_default();
    struct crux_error error;

    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        struct bench_probe probe = {0};

        setup.selection = (enum crux_selection)rule;
        setup.plain = rule == CRUX_UCT;
        cr_assert_eq(bench_probe(&probe, &setup, &error), CRUX_OK);
        insist_on_times(&probe);
    }
}
