/*
 * test_numbers_shelf.c - what numbers/shelf.h promises: solvers rest there, and which
 * of them is taken changes no answer.
 */
#include "critics/numbers/shelf.h"

#include <criterion/criterion.h>

#define PROBLEM(goal, all, ...)                                                                    \
    {                                                                                              \
        .target = (goal), .use_all = (all), .numbers = {__VA_ARGS__},                              \
        .count = (uint32_t)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))                      \
    }

/* A solver that was put back is taken again for the same target and rule alone. */
Test(numbers_shelf, it_gives_what_fits)
{
    struct numbers_problem problem = PROBLEM(24, true, 1, 2), rule = problem, target = problem;
    struct numbers_shelf shelf;
    struct numbers_solver *solver, *by_rule, *by_target;

    rule.use_all = false;
    target.target = 25;
    numbers_shelf_open(&shelf);
    solver = numbers_shelf_take(&shelf, &problem);
    numbers_shelf_put(&shelf, solver);
    by_rule = numbers_shelf_take(&shelf, &rule);
    by_target = numbers_shelf_take(&shelf, &target);
    cr_assert_neq(by_rule, solver);
    cr_assert_neq(by_target, solver);
    numbers_shelf_put(&shelf, by_rule);
    numbers_shelf_put(&shelf, by_target);
    cr_assert_eq(numbers_shelf_take(&shelf, &problem), solver);
    numbers_shelf_put(&shelf, solver);
    numbers_shelf_put(&shelf, NULL);
    numbers_shelf_close(&shelf);
}

/* It never holds more than it has places; which one goes changes no answer. */
Test(numbers_shelf, its_places_are_bounded)
{
    struct numbers_shelf shelf;

    numbers_shelf_open(&shelf);
    for (int64_t i = 0; i < 3 * (int64_t)NUMBERS_SHELF_PLACES; i++) {
        struct numbers_problem problem = PROBLEM(i, true, 1, 2);

        numbers_shelf_put(&shelf, numbers_shelf_take(&shelf, &problem));
        cr_assert_leq(shelf.count, NUMBERS_SHELF_PLACES);
    }
    numbers_shelf_close(&shelf);
}
