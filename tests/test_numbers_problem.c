/*
 * test_numbers_problem.c - what io/numbers.h promises: the numbers games in a problem's line.
 */
#include "io/numbers.h"

#include <criterion/criterion.h>

/* All three members are read, wherever they stand and however they are spelt. */
Test(numbers_problem, all_members)
{
    struct numbers_problem problem;

    cr_assert(numbers_problem_read(&problem,
                                   " {\"use\": \"\\u0061ny\", \"more\": {\"target\": 1}, "
                                   "\"n\\u0075mbers\" : [ -7 , 1000000 ] , \"target\": -5 } "));
    cr_assert_eq(problem.count, 2);
    cr_assert_eq(problem.numbers[0], -7);
    cr_assert_eq(problem.numbers[1], 1000000);
    cr_assert_eq(problem.target, -5);
    cr_assert_not(problem.use_all);
}

/* What is left out, or null, is the usual: 24, and every number must be used. */
Test(numbers_problem, the_usual)
{
    struct numbers_problem problem;

    cr_assert(numbers_problem_read(
        &problem, "{\"numbers\": [1, 2, 3, 4, 5, 6], \"target\": null, \"use\": null}"));
    cr_assert_eq(problem.count, NUMBERS_MOST);
    cr_assert_eq(problem.target, NUMBERS_USUAL_TARGET);
    cr_assert(problem.use_all);
}

/* No line, no numbers, or members that are not as they must be: nothing is read. */
Test(numbers_problem, what_is_no_problem_of_numbers)
{
    static const char *const lines[] = {NULL,
                                        "",
                                        "[1, 2]",
                                        "{}",
                                        "{\"numbers\": null}",
                                        "{\"numbers\": []}",
                                        "{\"numbers\": [1, 2.0]}",
                                        "{\"numbers\": [1, 2, 3, 4, 5, 6, 7]}",
                                        "{\"numbers\": 4}",
                                        "{\"more\": {\"numbers\": [1]}}",
                                        "{\"numbers\": [1], \"target\": \"24\"}",
                                        "{\"numbers\": [1], \"use\": \"some\"}",
                                        "{\"numbers\": [1], \"use\": 1}",
                                        "{\"numbers\": [1"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct numbers_problem problem = {.count = 9, .target = 9, .use_all = true};

        cr_expect_not(numbers_problem_read(&problem, lines[i]), "%s", lines[i]);
        cr_expect(problem.count == 0 && problem.target == 0 && !problem.use_all, "%s", lines[i]);
    }
}
