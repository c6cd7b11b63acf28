/*
 * ledger_suite.h - what the suites of ledgers share, for Criterion: a ledger in the store of
 * store_fixture.h, on disk or in memory. Every program that includes this has its own.
 */
#ifndef TESTS_WORLD_LEDGER_SUITE_H
#define TESTS_WORLD_LEDGER_SUITE_H

#include "io/ledger/ledger.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>

static struct crux_store *store;
static struct ledger *ledger;
static struct crux_error why;

static inline void open_ledger(void)
{
    store = store_fixture_begin();
    cr_assert_eq(ledger_open(&ledger, store, &why), CRUX_OK, "%s", why.text);
}

static inline void close_ledger(void)
{
    ledger_close(ledger);
    crux_store_close(store);
    ledger = NULL;
    store = NULL;
}

static inline void ledger_suite_set_up(void)
{
    store_fixture_set_up();
    open_ledger();
}

static inline void ledger_suite_set_up_in_memory(void)
{
    store_fixture_set_up_in_memory();
    open_ledger();
}

static inline void ledger_suite_tear_down(void)
{
    close_ledger();
    store_fixture_tear_down();
}

#endif
