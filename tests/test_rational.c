/*
 * test_rational.c - what rational.h promises: exact or refused.
 */
#include "critics/rational.h"

#include <criterion/criterion.h>

#define MOST INT64_MAX

static void insist(struct rational a, char sign, struct rational b, struct rational expected)
{
    struct rational found = {0, 1};

    cr_assert(rational_compute(&found, a, sign, b));
    cr_assert(rational_equal(found, expected), "%lld/%lld", (long long)found.over,
              (long long)found.under);
}

/* Results are reduced, with the sign above the line. */
Test(rational, results_are_reduced)
{
    insist((struct rational){8, 3}, '*', (struct rational){3, 1}, (struct rational){8, 1});
    insist((struct rational){3, 1}, '/', (struct rational){-6, 1}, (struct rational){-1, 2});
    insist((struct rational){1, 3}, '+', (struct rational){1, 6}, (struct rational){1, 2});
    insist((struct rational){4, 1}, '-', (struct rational){4, 1}, (struct rational){0, 1});
}

/* What does not fit, and a division by zero, is refused and writes nothing. */
Test(rational, what_there_is_not_is_refused)
{
    struct rational out = {7, 5};

    cr_assert_not(rational_compute(&out, (struct rational){MOST, 1}, '+', (struct rational){1, 1}));
    cr_assert_not(rational_compute(&out, (struct rational){1, MOST}, '/', (struct rational){3, 1}));
    cr_assert_not(rational_compute(&out, (struct rational){1, 2}, '/', (struct rational){0, 1}));
    cr_assert(rational_equal(out, (struct rational){7, 5}));
}

/* A result that fits is found although its way there needs 128 bits. */
Test(rational, what_fits_once_reduced_is_found)
{
    insist((struct rational){MOST, 3}, '*', (struct rational){3, MOST}, (struct rational){1, 1});
    insist((struct rational){-MOST, 2}, '/', (struct rational){MOST, 1}, (struct rational){-1, 2});
}

/* Order is exact: no two different fractions are equal, however near. */
Test(rational, comparison_is_exact)
{
    struct rational a = {MOST - 1, MOST}, b = {MOST - 2, MOST - 1};

    cr_assert_gt(rational_compare(a, b), 0);
    cr_assert_lt(rational_compare(b, a), 0);
    cr_assert_eq(rational_compare(a, a), 0);
}
