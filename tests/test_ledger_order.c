/*
 * test_ledger_order.c - what ledger.h promises of the order in which trees settled, and order.h of
 * its bytes.
 */
#include "io/ledger/ledger.h"
#include "io/ledger/order.h"
#include "tests/world/ledger_suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(order, .init = ledger_suite_set_up, .fini = ledger_suite_tear_down, .timeout = 60);
TestSuite(order_in_memory, .init = ledger_suite_set_up_in_memory, .fini = ledger_suite_tear_down,
          .timeout = 60);

static void add_order(uint64_t problem, uint64_t number)
{
    const struct crux_arrival arrival = {number, 0};

    ledger_order_add(ledger, problem, &arrival);
}

static void assert_order(uint64_t problem, const uint64_t *want, size_t count)
{
    struct crux_arrival *numbers = NULL;
    size_t found = 0;

    cr_assert_eq(ledger_order(ledger, problem, &numbers, &found, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(found, count, "%zu numbers", found);
    for (size_t i = 0; i < count; i++)
        cr_assert(numbers[i].number == want[i] && numbers[i].late == 0);
    free(numbers);
}

/* A tree's order is read back as it was added, in pieces or at once, tree by tree. */
ON_BOTH(order, is_kept)
{
    static const uint64_t one[] = {0, 2, 1, 127, 128, 5000000000, UINT64_MAX, 3};
    static const uint64_t other[] = {9};

    for (int i = 0; i < 8; i++) {
        add_order(2, one[i]);
        if (i == 3) {
            add_order(0, other[0]);
            cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
        }
    }
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    assert_order(2, one, 8);
    assert_order(0, other, 1);
    assert_order(3, NULL, 0);
    close_ledger();
    open_ledger();
    assert_order(2, one, 8);
}

/* What was late is read back so, beside what settled and beside a simulation of number 0. */
ON_BOTH(order, of_what_was_late)
{
    static const struct crux_arrival want[] = {
        {0, 0}, {0, 1}, {300, 2}, {128, 0}, {UINT64_MAX, UINT32_MAX}, {0, 0}, {7, CRUX_LATE_NOTE}};
    struct crux_arrival *order = NULL;
    size_t count = 0;

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ledger_order_add(ledger, 2, &want[i]);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    cr_assert_eq(ledger_order(ledger, 2, &order, &count, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(count, sizeof want / sizeof *want);
    for (size_t i = 0; i < count; i++)
        cr_assert(order[i].number == want[i].number && order[i].late == want[i].late, "%zu", i);
    free(order);
}

/* It is written without being asked for, within a second. */
ON_BOTH(order, is_written_in_time)
{
    static const uint64_t want[] = {4};
    struct crux_arrival *numbers = NULL;
    size_t count = 0;

    add_order(2, 4);
    for (int i = 0; i < 5000 && count == 0; i++) {
        free(numbers);
        numbers = NULL;
        (void)usleep(1000);
        cr_assert_eq(ledger_order(ledger, 2, &numbers, &count, &why), CRUX_OK);
    }
    free(numbers);
    assert_order(2, want, 1);
}

/* A tree that begins anew has no order, whatever was written or waits to be. */
ON_BOTH(order, is_forgotten)
{
    static const uint64_t want[] = {3};

    add_order(2, 1);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    add_order(2, 2);
    ledger_order_forget(ledger, 2);
    add_order(2, 3);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    assert_order(2, want, 1);
}

/* What waits at closing is kept. */
ON_BOTH(order, is_kept_at_closing)
{
    static const uint64_t want[] = {1, 0};

    add_order(2, 1);
    add_order(2, 0);
    close_ledger();
    open_ledger();
    assert_order(2, want, 2);
}

/* Bytes whose last arrival has no end are no order. */
Test(parts, damaged_orders)
{
    static const unsigned char cut[] = {1, 0x80}, late[] = {0x80, 0, 3, 9};
    struct crux_arrival *numbers = NULL;
    size_t count = 0;

    cr_assert(ledger_orders_read(&numbers, &count, cut, 1));
    cr_assert_eq(count, 1U);
    cr_assert_not(ledger_orders_read(&numbers, &count, cut, 2));
    cr_assert(ledger_orders_read(&numbers, &count, cut, 0));
    cr_assert_eq(count, 1U);
    for (size_t length = 2; length < sizeof late; length++)
        cr_assert_not(ledger_orders_read(&numbers, &count, late, length));
    cr_assert_eq(count, 1U);
    cr_assert(ledger_orders_read(&numbers, &count, late, sizeof late));
    cr_assert(count == 2 && numbers[1].late == 3 && numbers[1].number == 9);
    free(numbers);
}
