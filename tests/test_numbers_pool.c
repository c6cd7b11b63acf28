/*
 * test_numbers_pool.c - what numbers/pool.h promises: solvers rest there, and which
 * of them is taken changes no answer.
 */
#include "critics/numbers/pool.h"

#include <criterion/criterion.h>

#define PROBLEM(goal, all, ...)                                                                    \
    {                                                                                              \
        .target = (goal), .use_all = (all), .numbers = {__VA_ARGS__},                              \
        .count = (uint32_t)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))                      \
    }

/* A solver that was put back is taken again for the same target and rule alone. */
Test(numbers_pool, it_gives_what_fits)
{
    struct numbers_problem problem = PROBLEM(24, true, 1, 2), rule = problem, target = problem;
    struct numbers_pool pool;
    struct numbers_solver *solver, *by_rule, *by_target;

    rule.use_all = false;
    target.target = 25;
    numbers_pool_open(&pool);
    solver = numbers_pool_take(&pool, &problem);
    numbers_pool_put(&pool, solver);
    by_rule = numbers_pool_take(&pool, &rule);
    by_target = numbers_pool_take(&pool, &target);
    cr_assert_neq(by_rule, solver);
    cr_assert_neq(by_target, solver);
    numbers_pool_put(&pool, by_rule);
    numbers_pool_put(&pool, by_target);
    cr_assert_eq(numbers_pool_take(&pool, &problem), solver);
    numbers_pool_put(&pool, solver);
    numbers_pool_put(&pool, NULL);
    numbers_pool_close(&pool);
}

/* It never holds more than it has places; which one goes changes no answer. */
Test(numbers_pool, its_places_are_bounded)
{
    struct numbers_pool pool;

    numbers_pool_open(&pool);
    for (int64_t i = 0; i < 3 * (int64_t)NUMBERS_POOL_PLACES; i++) {
        struct numbers_problem problem = PROBLEM(i, true, 1, 2);

        numbers_pool_put(&pool, numbers_pool_take(&pool, &problem));
        cr_assert_leq(pool.count, NUMBERS_POOL_PLACES);
    }
    numbers_pool_close(&pool);
}
