/*
 * test_ready.c - what ready.h promises, by one thread; many are in stress_ready.c.
 */
#include "search/ready.h"

#include <criterion/criterion.h>

#define NUMBERS 150u

static struct ready ready;

static void set_up(void)
{
    cr_assert(ready_open(&ready, NUMBERS));
}

static void tear_down(void)
{
    ready_close(&ready);
}

TestSuite(ready, .init = set_up, .fini = tear_down, .timeout = 30);

/* Nothing was added: a whole round finds nothing. */
Test(ready, empty_at_first)
{
    cr_assert_eq(ready_take(&ready), READY_NONE);
}

/* A number comes out once, however often it went in. */
Test(ready, adding_twice_is_adding_once)
{
    cr_assert(ready_add(&ready, 77));
    cr_assert_not(ready_add(&ready, 77));
    cr_assert_eq(ready_take(&ready), 77);
    cr_assert_eq(ready_take(&ready), READY_NONE);
    cr_assert(ready_add(&ready, 77), "it can come again");
}

/* Every number that went in comes out. */
Test(ready, none_is_lost)
{
    bool seen[NUMBERS] = {false};

    for (uint32_t i = 0; i < NUMBERS; i++)
        cr_assert(ready_add(&ready, i));
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint32_t number = ready_take(&ready);

        cr_assert_lt(number, NUMBERS);
        cr_assert_not(seen[number]);
        seen[number] = true;
    }
    cr_assert_eq(ready_take(&ready), READY_NONE);
}

/* A number that is always there does not keep another one waiting for ever. */
Test(ready, everybody_has_a_turn)
{
    bool came = false;

    (void)ready_add(&ready, 3);
    (void)ready_add(&ready, 140);
    for (int i = 0; i < 400 && !came; i++) {
        uint32_t number = ready_take(&ready);

        came = number == 140;
        (void)ready_add(&ready, number);
    }
    cr_assert(came);
}
