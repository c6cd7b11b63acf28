/*
 * test_serving.c - the ladder of crux bench server, and where it says to stay.
 */
#include <criterion/criterion.h>

#include "bench/serving.h"

Test(serving, ladder_doubles_up_to_the_most)
{
    struct serving_rung rungs[SERVING_RUNGS];

    cr_assert_eq(serving_ladder(rungs, 12, 310), 5);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(rungs[i].in_flight, 1u << i);
    cr_expect_eq(rungs[4].in_flight, 12);
    cr_expect_eq(rungs[0].calls, 11, "310 / 27 of 310 calls");
    cr_expect_eq(rungs[4].calls, 137);
}

/* However few calls are allowed: two rounds, or there is nothing to measure. */
Test(serving, ladder_has_two_rounds_at_least)
{
    struct serving_rung rungs[SERVING_RUNGS];

    cr_assert_eq(serving_ladder(rungs, 1, 1), 1);
    cr_expect_eq(rungs[0].calls, 2);
    cr_assert_eq(serving_ladder(rungs, 65536, 1), 17);
    cr_expect_eq(rungs[16].in_flight, 65536);
    cr_expect_eq(rungs[16].calls, 131072);
}

Test(serving, stays_where_more_bring_little)
{
    struct serving_rung rungs[4] = {{.completion_rate = 10},
                                    {.completion_rate = 19},
                                    {.completion_rate = 20},
                                    {.completion_rate = 18}};

    cr_expect_eq(serving_best(rungs, 4), 1, "19 are 95 %% of 20");
    rungs[1].completion_rate = 18.9;
    cr_expect_eq(serving_best(rungs, 4), 2);
    cr_expect_eq(serving_best(rungs, 1), 0);
    rungs[0].completion_rate = 0;
    cr_expect_eq(serving_best(rungs, 1), 0, "nothing was written at all");
}
