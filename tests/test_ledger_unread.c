/*
 * test_ledger_unread.c - what ledger.h promises of intents and of refused replies: they are in the
 * store, they count, and what settles them does it in one step.
 */
#include "io/ledger/cost.h"
#include "io/ledger/ledger.h"
#include "tests/world/ledger_suite.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

static sem_t reported;

static void set_up(void)
{
    (void)sem_init(&reported, 0, 0);
    ledger_suite_set_up();
}

static void set_up_in_memory(void)
{
    (void)sem_init(&reported, 0, 0);
    ledger_suite_set_up_in_memory();
}

static void tear_down(void)
{
    ledger_suite_tear_down();
    (void)sem_destroy(&reported);
}

TestSuite(unread, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(unread_in_memory, .init = set_up_in_memory, .fini = tear_down, .timeout = 60);

static void key_of(unsigned char key[LEDGER_KEY], unsigned char number)
{
    memset(key, number + 1, LEDGER_KEY);
}

static void intended(struct ledger_intent *intent, int status, const char *sentence)
{
    (void)intent;
    cr_expect_eq(status, CRUX_OK, "%s", sentence);
    (void)sem_post(&reported);
}

static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    (void)entry;
    cr_expect_eq(status, CRUX_OK, "%s", sentence);
    (void)sem_post(&reported);
}

static int64_t intend(unsigned char number)
{
    unsigned char key[LEDGER_KEY];
    struct ledger_intent intent = {
        .backend = "chat",
        .problem = 0,
        .key = key,
        .worst = {.calls = 1, .prompt = 100, .completion = 40, .price = 700},
        .kept = intended};

    key_of(key, number);
    ledger_intend(ledger, &intent);
    (void)sem_wait(&reported);
    return intent.number;
}

static void keep(struct ledger_entry *entry)
{
    entry->backend = "chat";
    entry->problem = 0;
    entry->kept = kept;
    ledger_keep(ledger, entry);
    (void)sem_wait(&reported);
}

static void ignore(void *context, enum ledger_by by, const struct ledger_line *line)
{
    (void)context;
    (void)by;
    (void)line;
}

static struct ledger_cost cost_now(void)
{
    struct crux_store *reader = store_fixture_open(false);
    struct ledger_cost cost = {.each = ignore, .most = 5};

    cr_assert_eq(ledger_cost_of(&cost, reader, &why), CRUX_OK, "%s", why.text);
    crux_store_close(reader);
    return cost;
}

/* --- intents ----------------------------------------------------------------------------- */

/* An intent counts from kept() on, also for the next process, until it is settled: as a whole, or
 * but for a rest. */
ON_BOTH(unread, intents)
{
    int64_t a = intend(1), b = intend(2);
    struct ledger_past past;
    struct ledger_cost cost = cost_now();

    cr_assert(a > 0 && b > 0 && a != b);
    cr_assert_eq(cost.past.paid.calls, 2U);
    cr_assert_eq(cost.unsettled.price, 1400);
    keep(&(struct ledger_entry){.intent = a});
    cost = cost_now();
    cr_assert_eq(cost.unsettled.calls, 1U);
    cr_assert_eq(cost.problems, 1U);
    keep(&(struct ledger_entry){.intent = b, .left = {.prompt = 60, .price = 5}});
    close_ledger();
    open_ledger();
    ledger_past(ledger, &past);
    cr_assert_eq(past.paid.calls, 0U);
    cr_assert_eq(past.paid.prompt, 60U);
    cr_assert_eq(past.paid.price, 5);
    cr_assert_gt(intend(3), b);
}

/* A ledger that keeps nothing lets the request go at once. */
Test(unread, nothing_is_kept)
{
    struct ledger *kept_by = ledger;

    cr_assert_eq(ledger_open(&ledger, NULL, &why), CRUX_OK);
    cr_assert_eq(intend(1), 0);
    ledger_close(ledger);
    ledger = kept_by;
}

/* --- refused replies ----------------------------------------------------------------------- */

static void refuse(const unsigned char *keys, const char *body, int64_t intent)
{
    const struct ledger_refusal refusal = {.keys = keys,
                                           .samples = 2,
                                           .body = body,
                                           .length = strlen(body),
                                           .cost = {.calls = 1, .prompt = 9, .price = 90},
                                           .same_again = true,
                                           .why = "it is odd"};

    keep(&(struct ledger_entry){.refusal = &refusal, .intent = intent});
}

/* It is found by the key of each of its samples, the newest first, here and by the next process;
 * its keys are not known, and it costs what it did instead of what was intended. */
ON_BOTH(unread, refused_replies)
{
    unsigned char keys[2 * LEDGER_KEY], other[LEDGER_KEY];
    struct ledger_unread found;

    key_of(keys, 1);
    key_of(keys + LEDGER_KEY, 2);
    key_of(other, 3);
    refuse(keys, "old", intend(1));
    refuse(keys, "a body", intend(1));
    for (int session = 0; session < 2; session++) {
        cr_assert(ledger_refused(ledger, keys) && !ledger_refused(ledger, other));
        cr_assert_not(ledger_knows(ledger, keys));
        cr_assert_eq(ledger_find_refusal(ledger, other, &found, &why), CRUX_END);
        cr_assert_eq(ledger_find_refusal(ledger, keys + LEDGER_KEY, &found, &why), CRUX_OK);
        cr_assert_str_eq(found.refusal.body, "a body");
        cr_assert_str_eq(found.refusal.why, "it is odd");
        cr_assert_eq(found.refusal.samples, 2U);
        cr_assert_eq(memcmp(found.refusal.keys, keys, sizeof keys), 0);
        cr_assert_eq(found.refusal.cost.price, 90);
        cr_assert(found.refusal.same_again);
        free(found.memory);
        close_ledger();
        open_ledger();
    }
    cr_assert_eq(cost_now().refused.price, 180);
    cr_assert_eq(cost_now().past.paid.calls, 2U);
}

/* One that can be read now goes, once, in the step that keeps its samples. */
ON_BOTH(unread, taken)
{
    unsigned char keys[2 * LEDGER_KEY];
    struct ledger_row row = {
        .text = "it says", .length = 7, .prompt = 9, .price = 90, .first = true};
    struct ledger_entry entry = {.rows = &row, .count = 1}, again = {.count = 0};
    struct ledger_unread found;

    key_of(keys, 1);
    key_of(keys + LEDGER_KEY, 2);
    memcpy(row.key, keys, LEDGER_KEY);
    refuse(keys, "a body", 0);
    cr_assert_eq(ledger_find_refusal(ledger, keys, &found, &why), CRUX_OK);
    free(found.memory);
    entry.taken = again.taken = found.number;
    keep(&entry);
    cr_assert(entry.was_there);
    keep(&again);
    cr_assert_not(again.was_there);
    cr_assert(ledger_knows(ledger, keys));
    cr_assert_eq(ledger_find_refusal(ledger, keys, &found, &why), CRUX_END);
    cr_assert_eq(cost_now().past.paid.price, 90);
    cr_assert_eq(cost_now().refused.calls, 0U);
}
