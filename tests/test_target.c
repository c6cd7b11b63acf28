/*
 * test_target.c - the improved policy of a family, number by number.
 */
#include "search/finish/target.h"

#include <criterion/criterion.h>
#include <math.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

static double share(const struct target_child *family, uint32_t count, double own, uint32_t index)
{
    struct target target = target_of(family, count, own);

    return target_share(&target, &family[index]);
}

static void insist_whole(const struct target_child *family, uint32_t count, double own)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < count; i++) {
        cr_assert_geq(share(family, count, own, i), 0.0);
        sum += share(family, count, own, i);
    }
    cr_assert_float_eq(sum, 1.0, 1e-12);
}

/*
 * Worked out by hand. Priors 1/2, 1/4, 1/4; own value 0.4; the first child has 3 visits of
 * mean 0.5, the second one visit of 0.48, the third none.
 *
 *     v_mix  = (0.4 + 4 (0.5 x 0.5 + 0.25 x 0.48) / 0.75) / 5 = (0.4 + 1.9733333) / 5 = 0.4746667
 *     scale  = 50 + 3 = 53
 *     against the first: log(1/2) + 53 (0.48 - 0.5)      = -0.6931472 - 1.06      = -1.7531472
 *                        log(1/2) + 53 (0.4746667 - 0.5) = -0.6931472 - 1.3426667 = -2.0358138
 *     weights 1, 0.1732279, 0.1305742: shares 0.7669876, 0.1328636, 0.1001488
 */
Test(target, three_children_by_hand)
{
    const struct target_child family[] = {{0.5, 0.5, 3}, {0.25, 0.48, 1}, {0.25, 0.0, 0}};
    const double first = 1.0, second = 0.1732279, third = 0.1305742;
    const double total = first + second + third;

    cr_assert_float_eq(target_of(family, 3, 0.4).mixed, 0.4746667, 1e-7);
    cr_assert_float_eq(share(family, 3, 0.4, 0), first / total, 1e-6);
    cr_assert_float_eq(share(family, 3, 0.4, 1), second / total, 1e-6);
    cr_assert_float_eq(share(family, 3, 0.4, 2), third / total, 1e-6);
    insist_whole(family, 3, 0.4);
}

/* Without visits the target is the prior, whatever the node is worth. */
Test(target, without_visits_it_is_the_prior)
{
    const struct target_child family[] = {{0.7, 0.9, 0}, {0.2, 0.1, 0}, {0.1, 0.0, 0}, {0.0, 0, 0}};

    for (uint32_t i = 0; i < COUNT_OF(family); i++)
        cr_assert_float_eq(share(family, COUNT_OF(family), 0.8, i), family[i].prior, 1e-12);
}

/* Values that are all the same, the node's too, change nothing. */
Test(target, equal_values_leave_the_prior)
{
    const struct target_child family[] = {{0.6, 0.3, 9}, {0.3, 0.3, 1}, {0.1, 0.0, 0}};

    for (uint32_t i = 0; i < COUNT_OF(family); i++)
        cr_assert_float_eq(share(family, COUNT_OF(family), 0.3, i), family[i].prior, 1e-12);
}

/* The better a child is, the more of the family it gets; an unvisited one lies between. */
Test(target, better_children_get_more)
{
    const struct target_child family[] = {{0.25, 0.6, 4}, {0.25, 0.0, 0}, {0.25, 0.4, 4}};

    cr_assert_gt(share(family, 3, 0.5, 0), share(family, 3, 0.5, 1));
    cr_assert_gt(share(family, 3, 0.5, 1), share(family, 3, 0.5, 2));
}

/* The expected value over the family is not lower than under the prior. */
Test(target, it_improves_on_the_prior)
{
    struct target_child family[5];

    for (uint32_t trial = 0; trial < 1000; trial++) {
        double before = 0.0, after = 0.0, mixed, sum = 0.0;

        for (uint32_t i = 0; i < 5; i++) {
            uint32_t word = (trial * 5 + i) * 2654435761u;

            family[i] = (struct target_child){1.0 + (word >> 8) % 7, (word >> 12) % 101 / 100.0,
                                              (word >> 20) % 4};
            sum += family[i].prior;
        }
        mixed = target_of(family, 5, 0.5).mixed;
        for (uint32_t i = 0; i < 5; i++) {
            double worth = family[i].visits > 0 ? family[i].value : mixed;

            before += family[i].prior / sum * worth;
            after += share(family, 5, 0.5, i) * worth;
        }
        cr_assert_geq(after, before - 1e-12);
        insist_whole(family, 5, 0.5);
    }
}

/* A prior of 0 that was visited all the same, many visits, one child: all are numbers. */
Test(target, the_far_ends_are_numbers)
{
    const struct target_child zero[] = {{0.0, 1.0, 5}, {1.0, 0.0, 5}};
    const struct target_child many[] = {{0.5, 1.0, 1u << 24}, {0.5, 0.0, 1}};
    const struct target_child none[] = {{0.0, 0.5, 2}, {0.0, 0.5, 2}};
    const struct target_child one[] = {{1.0, 0.2, 3}};

    cr_assert_gt(share(zero, 2, 0.5, 0), 0.99);
    cr_assert_float_eq(share(many, 2, 0.5, 0), 1.0, 1e-12);
    cr_assert_float_eq(share(none, 2, 0.5, 0), 0.5, 1e-12);
    cr_assert_float_eq(share(one, 1, 0.5, 0), 1.0, 0);
    insist_whole(zero, 2, 0.5);
    insist_whole(many, 2, 0.5);
}
