/*
 * test_numbers_path.c - what numbers/path.h promises: the referee's walk along a path,
 * and the expression that comes of it.
 */
#include "critics/numbers/path.h"

#include <criterion/criterion.h>
#include <string.h>

#define PROBLEM(goal, all, ...)                                                                    \
    {                                                                                              \
        .target = (goal), .use_all = (all), .numbers = {__VA_ARGS__},                              \
        .count = (uint32_t)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))                      \
    }

static const char *answer_of(const struct numbers_problem *problem, const char *lines)
{
    static char text[512];
    struct numbers_walk walk;

    cr_assert(numbers_walk_begin(&walk, problem));
    cr_assert(numbers_walk_lines(&walk, lines), "%s", numbers_fault_name(walk.fault));
    numbers_walk_answer(&walk, text, sizeof text);
    return text;
}

/* The expression has the parentheses it needs and no more. */
Test(numbers_path, an_answer_is_an_expression)
{
    struct numbers_problem a = PROBLEM(24, true, 4, 9, 10, 13), b = PROBLEM(24, true, 3, 3, 8, 8);
    struct numbers_problem c = PROBLEM(24, true, 2, 3, 4, 12);

    cr_assert_str_eq(answer_of(&a, "10 - 4 = 6 (left: 6 9 13)\n13 - 9 = 4 (left: 4 6)\n"
                                   "6 * 4 = 24 (left: 24)"),
                     "(10 - 4) * (13 - 9) = 24");
    cr_assert_str_eq(answer_of(&b, "8 / 3 = 8/3 (left: 8/3 3 8)\n3 - 8/3 = 1/3 (left: 1/3 8)\n"
                                   "8 / 1/3 = 24 (left: 24)"),
                     "8 / (3 - 8 / 3) = 24");
    cr_assert_str_eq(answer_of(&c, "12 * 4 = 48 (left: 2 3 48)\n3 - 2 = 1 (left: 1 48)\n"
                                   "48 - 1 = 47 (left: 47)"),
                     "12 * 4 - (3 - 2) = 47");
}

/* The same computation in another order of operands is the same answer. */
Test(numbers_path, equal_computations_are_equal_answers)
{
    struct numbers_problem problem = PROBLEM(24, true, 4, 9, 10, 13);
    char first[512];

    (void)strcpy(first, answer_of(&problem, "10 - 4 = 6 (left: 6 9 13)\n13 - 9 = 4 (left: 4 6)\n"
                                            "6 * 4 = 24 (left: 24)"));
    cr_assert_str_eq(first, answer_of(&problem, "13 - 9 = 4 (left: 4 4 10)\n"
                                                "10 - 4 = 6 (left: 4 6)\n4 * 6 = 24 (left: 24)"));
}

/* Where not all must be used, what made the target is the answer, without the rest. */
Test(numbers_path, the_answer_is_what_made_the_target)
{
    struct numbers_problem problem = PROBLEM(24, false, 2, 4, 6, 50);

    cr_assert_str_eq(answer_of(&problem, "6 * 4 = 24 (left: 2 24 50)"), "4 * 6 = 24");
}

/* Of a path without a step the answer is a number that is there. */
Test(numbers_path, a_path_may_be_empty)
{
    struct numbers_problem problem = PROBLEM(24, true, 24);

    cr_assert_str_eq(answer_of(&problem, ""), "24 = 24");
}

/* Nothing is a legal step once the target is made, where that ends the game. */
Test(numbers_path, nothing_follows_the_target)
{
    struct numbers_problem problem = PROBLEM(24, false, 2, 4, 6, 50);
    struct numbers_walk walk;

    cr_assert(numbers_walk_begin(&walk, &problem));
    cr_assert_not(numbers_walk_lines(&walk, "6 * 4 = 24 (left: 2 24 50)\n"
                                            "50 / 2 = 25 (left: 24 25)"));
    cr_assert_eq(walk.fault, NUMBERS_AFTER_END);
    cr_assert_eq(walk.steps, 1);
}
