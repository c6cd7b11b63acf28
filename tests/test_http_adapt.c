/*
 * test_http_adapt.c - what http/adapt.h promises: fewer when it is too much, more when it is
 * not.
 */
#include "io/http/adapt.h"

#include <criterion/criterion.h>

static void let_through(struct http_adapt *adapt, int count)
{
    while (count-- > 0)
        http_adapt_good(adapt);
}

/* At first as many are let through as are allowed at most. */
Test(adapt, begins_with_all)
{
    struct http_adapt adapt = http_adapt_open(256);

    cr_expect(http_adapt_admits(&adapt, 255));
    cr_expect_not(http_adapt_admits(&adapt, 256));
    let_through(&adapt, 100);
    cr_expect_not(http_adapt_admits(&adapt, 256), "never more than that");
}

/* A refusal halves the number, and a burst of refusals halves it once. */
Test(adapt, a_burst_counts_once)
{
    struct http_adapt adapt = http_adapt_open(256);

    cr_expect(http_adapt_busy(&adapt, 10, 100));
    for (int i = 0; i < 255; i++)
        cr_expect_not(http_adapt_busy(&adapt, 10 + i % 90, 101 + i), "was on its way before");
    cr_expect(http_adapt_admits(&adapt, 127));
    cr_expect_not(http_adapt_admits(&adapt, 128));
}

/* When nothing has come through since the last cut, one at a time tries. */
Test(adapt, a_second_cut_without_good_news_leaves_one)
{
    struct http_adapt adapt = http_adapt_open(256);

    (void)http_adapt_busy(&adapt, 10, 100);
    cr_expect(http_adapt_busy(&adapt, 200, 300));
    cr_expect(http_adapt_admits(&adapt, 0));
    cr_expect_not(http_adapt_admits(&adapt, 1));
    cr_expect(http_adapt_busy(&adapt, 400, 500));
    cr_expect(http_adapt_admits(&adapt, 0), "one is always let through");
}

/* With good news in between each cut halves. */
Test(adapt, cuts_halve_with_good_news_in_between)
{
    struct http_adapt adapt = http_adapt_open(64);

    for (int64_t at = 100; at <= 300; at += 100) {
        (void)http_adapt_busy(&adapt, at - 1, at);
        http_adapt_good(&adapt);
    }
    cr_expect(http_adapt_admits(&adapt, 7));
    cr_expect_not(http_adapt_admits(&adapt, 10));
}

/* After a storm the number comes back fast to half of what it was, and slowly from there. */
Test(adapt, comes_back_fast_and_then_slowly)
{
    struct http_adapt adapt = http_adapt_open(256);
    int rounds = 0;

    (void)http_adapt_busy(&adapt, 10, 100);
    (void)http_adapt_busy(&adapt, 200, 300);
    let_through(&adapt, 127);
    cr_expect(http_adapt_admits(&adapt, 127), "half of it after as many");
    for (; !http_adapt_admits(&adapt, 255); rounds++)
        let_through(&adapt, (int)adapt.limit);
    cr_expect(rounds >= 8 && rounds <= 20, "%d rounds", rounds);
}

/* When nobody is there, one at a time looks whether somebody is; the number is as it was
 * halved when somebody is. */
Test(adapt, lost_leaves_one)
{
    struct http_adapt adapt = http_adapt_open(100);

    cr_expect(http_adapt_lost(&adapt, 10, 100));
    cr_expect_not(http_adapt_lost(&adapt, 50, 120));
    cr_expect_not(http_adapt_admits(&adapt, 1));
    let_through(&adapt, 49);
    cr_expect(http_adapt_admits(&adapt, 49));
}

/* Of a limit of 1 nothing is taken away. */
Test(adapt, one_stays_one)
{
    struct http_adapt adapt = http_adapt_open(1);

    for (int64_t at = 100; at < 1000; at += 100)
        (void)http_adapt_busy(&adapt, at - 1, at);
    cr_expect(http_adapt_admits(&adapt, 0));
    http_adapt_good(&adapt);
    cr_expect_not(http_adapt_admits(&adapt, 1));
}

/* One that has all it may have gets what it may have now; one that was cut keeps its number, or
 * less if it may not have that many any more. */
Test(adapt, as_many_as_are_allowed)
{
    struct http_adapt adapt = http_adapt_open(10), cut = http_adapt_open(100);

    http_adapt_allow(&adapt, 40);
    cr_expect(http_adapt_admits(&adapt, 39));
    http_adapt_allow(&adapt, 5);
    cr_expect(http_adapt_admits(&adapt, 4));
    cr_expect_not(http_adapt_admits(&adapt, 5));
    http_adapt_good(&adapt);
    cr_expect_not(http_adapt_admits(&adapt, 5));
    (void)http_adapt_busy(&cut, 10, 100);
    http_adapt_allow(&cut, 200);
    cr_expect(http_adapt_admits(&cut, 49));
    cr_expect_not(http_adapt_admits(&cut, 50));
    http_adapt_allow(&cut, 20);
    cr_expect_not(http_adapt_admits(&cut, 20));
    http_adapt_allow(&cut, 60);
    cr_expect(http_adapt_admits(&cut, 59), "it has all that it may have");
}
