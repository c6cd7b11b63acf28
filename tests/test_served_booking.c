/*
 * test_served_booking.c - what a backend books, whatever becomes of its requests: refused replies,
 * fewer samples than asked for, calls that were cancelled; against the fake model server.
 */
#include "io/ledger/cost.h"
#include "tests/world/served_suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The worst case of a fixture's question for so many samples, at these prices. */
#define WORST(samples) (2 * INT64_C(100) + 10 * INT64_C(40) * (samples))

static void begin_with(const char *faults)
{
    begin((const char *const[]){"--faults", faults, NULL});
}

static void nothing(void *context, enum ledger_by by, const struct ledger_line *line)
{
    (void)context;
    (void)by;
    (void)line;
}

/* What the store says, while the run goes on; it and the account must agree. */
static struct ledger_cost read_cost(void)
{
    struct ledger_cost cost = {.each = nothing};

    cr_assert_eq(ledger_cost_read(&cost, store_fixture.path, &why), CRUX_OK, "%s", why.text);
    return cost;
}

/* What the store has is what the account has paid, when nothing is in flight. */
static struct ledger_cost settled_cost(void)
{
    struct ledger_cost cost = read_cost();
    struct account_sum paid;

    account_look(account, &paid, NULL);
    cr_assert_eq(memcmp(&paid, &cost.past.paid, sizeof paid), 0,
                 "the account has %llu calls at %lld, the store %llu at %lld",
                 (unsigned long long)paid.calls, (long long)paid.price,
                 (unsigned long long)cost.past.paid.calls, (long long)cost.past.paid.price);
    return cost;
}

static void ask(struct served_fixture *fixture, const char *prompt, uint32_t count)
{
    served_fixture_about(fixture, prompt, count);
    cr_assert(served_fixture_put(fixture, served));
    cr_assert_eq(fixture->answers, 1U);
}

/* Ask with a reader that takes nothing. */
static void ask_in_vain(const char *prompt, uint32_t count, bool same_again)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, prompt, count);
    fixture.refuses = "the reader does not like it";
    fixture.same_again = same_again;
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.status, CRUX_FAILED);
    cr_assert_not_null(strstr(fixture.sentence, fixture.refuses), "%s", fixture.sentence);
    served_fixture_free(&fixture);
}

static void set_up_well(void)
{
    begin_with("[]");
}

TestSuite(refused, .init = set_up_well, .fini = tear_down, .timeout = 60);

/* --- refused replies --------------------------------------------------------------------- */

/* A reply that cannot be read is paid for as it says, is no reply, and is asked for once more. */
Test(refused, is_booked)
{
    struct ledger_cost cost;

    ask_in_vain("one", 3, false);
    cost = settled_cost();
    cr_assert_eq(cost.past.paid.calls, 2U);
    cr_assert_eq(cost.past.paid.samples, 0U);
    cr_assert_gt(cost.past.paid.completion, 0U);
    cr_assert_lt(cost.past.paid.price, 2 * WORST(3));
    cr_assert_eq(memcmp(&cost.refused, &cost.past.paid, sizeof cost.refused), 0);
    cr_assert_eq(cost.unsettled.calls, 0U);
    cr_assert_eq(visits_of(NULL), 2U);
}

/* Where asking again would give the same it is not asked again: not now, not by the next process,
 * not for one of its samples alone. */
Test(refused, would_come_again)
{
    ask_in_vain("one", 3, true);
    ask_in_vain("one", 3, true);
    use_limits((struct account_limits){.calls = 0});
    ask_in_vain("one", 3, true);
    ask_in_vain("one", 1, true);
    cr_assert_eq(settled_cost().past.paid.calls, 1U);
    cr_assert_eq(visits_of(NULL), 1U);
}

/* Where it may give something else a later process asks again. */
Test(refused, may_come_out_well)
{
    struct served_fixture fixture;

    ask_in_vain("one", 2, false);
    use_limits((struct account_limits){.calls = 0});
    ask_in_vain("one", 2, false);
    cr_assert_eq(settled_cost().past.paid.calls, 4U);
    ask(&fixture, "two", 2);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.sentence);
    served_fixture_free(&fixture);
    cr_assert_eq(visits_of(NULL), 5U);
}

/* A better reader takes it without paying: then it is a reply like others, and costs what it did.
 */
Test(refused, is_read_by_a_better_reader)
{
    struct served_fixture better, known;
    struct ledger_cost before, after;

    ask_in_vain("one", 3, true);
    before = settled_cost();
    use_limits((struct account_limits){.calls = 0});
    ask(&better, "one", 3);
    cr_assert_eq(better.status, CRUX_OK, "%s", better.sentence);
    cr_assert_eq(better.count, 3U);
    after = settled_cost();
    cr_assert_eq(after.refused.calls, 0U);
    cr_assert_eq(after.past.paid.samples, 3U);
    cr_assert_eq(after.past.paid.calls, 1U);
    cr_assert_eq(after.past.paid.price, before.past.paid.price);
    cr_assert_eq(after.past.paid.completion, before.past.paid.completion);
    served_fixture_about(&known, "one", 3);
    cr_assert_eq(served_fixture_ask(&known, served), CRUX_DONE);
    cr_assert_str_eq(known.samples[2], better.samples[2]);
    served_fixture_free(&better);
    served_fixture_free(&known);
    cr_assert_eq(visits_of(NULL), 1U);
}

/* So it does when another part of the samples is asked for, together with some that are new. */
Test(refused, is_read_in_other_parts)
{
    struct served_fixture part, all;

    ask_in_vain("one", 3, true);
    served_fixture_about(&part, "one", 1);
    part.question.first = 1;
    cr_assert(served_fixture_put(&part, served));
    cr_assert_eq(part.status, CRUX_OK, "%s", part.sentence);
    ask(&all, "one", 5);
    cr_assert_eq(all.status, CRUX_OK, "%s", all.sentence);
    cr_assert_str_eq(all.samples[1], part.samples[0]);
    cr_assert_eq(settled_cost().past.paid.calls, 2U);
    served_fixture_free(&part);
    served_fixture_free(&all);
    cr_assert_eq(visits_of(NULL), 2U); /* 0 .. 2, and 3 and 4 */
}

/* A replay finds a refused reply as refused, with the same sentence. */
Test(refused, is_replayed)
{
    struct served_fixture first, again;

    served_fixture_about(&first, "one", 2);
    first.refuses = "the reader does not like it";
    cr_assert(served_fixture_put(&first, served));
    served_close(served);
    ledger_close(ledger);
    cr_assert_eq(ledger_replay(&ledger, store_fixture.path, &why), CRUX_OK, "%s", why.text);
    open_backend(serving.url, "chat");
    served_fixture_about(&again, "one", 2);
    again.refuses = first.refuses;
    cr_assert(served_fixture_put(&again, served));
    cr_assert_eq(again.status, CRUX_FAILED);
    cr_assert_str_eq(again.sentence, first.sentence);
    cr_assert_eq(visits_of(NULL), 2U);
}

static void set_up_worthless(void)
{
    begin_with("[{\"fault\":\"edit\",\"edit\":\"no_choices\"}]");
}

TestSuite(worthless, .init = set_up_worthless, .fini = tear_down, .timeout = 60);

/* Limits hold when every reply is worthless, and each request of a call counts. */
Test(worthless, limits_hold)
{
    struct served_fixture fixtures[9];
    char prompt[20];

    use_limits((struct account_limits){.calls = 5});
    for (int i = 0; i < 9; i++) {
        (void)snprintf(prompt, sizeof prompt, "number %d", i);
        served_fixture_about(&fixtures[i], prompt, 2);
        (void)served_fixture_ask(&fixtures[i], served);
    }
    for (int i = 0; i < 9; i++) {
        cr_assert(served_fixture_wait(&fixtures[i]));
        cr_assert_neq(fixtures[i].status, CRUX_OK);
        served_fixture_free(&fixtures[i]);
    }
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_eq(settled_cost().past.paid.calls, 5U);
    cr_assert_eq(visits_of(NULL), 5U);
}

static void set_up_free(void)
{
    begin_with("[{\"fault\":\"reply\",\"status\":500}]");
}

TestSuite(unbilled, .init = set_up_free, .fini = tear_down, .timeout = 60);

/* A server that answers with an error, as often as it is asked, has billed nothing. */
Test(unbilled, errors_cost_nothing)
{
    struct served_fixture fixture;

    use_limits((struct account_limits){.calls = 1});
    ask(&fixture, "one", 2);
    cr_assert_eq(fixture.status, CRUX_FAILED);
    cr_assert_eq(settled_cost().past.paid.calls, 0U);
    cr_assert_gt(visits_of(NULL), 1U);
}

static void set_up_silent_about_cost(void)
{
    begin_with("[{\"fault\":\"edit\",\"edit\":\"no_usage\"}]");
}

TestSuite(untold, .init = set_up_silent_about_cost, .fini = tear_down, .timeout = 60);

/* A reply that does not say what it cost is a reply, and costs the worst case. */
Test(untold, costs_the_worst_case)
{
    struct served_fixture fixture;
    struct ledger_cost cost;

    ask(&fixture, "one", 3);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.sentence);
    cost = settled_cost();
    cr_assert_eq(cost.past.paid.calls, 1U);
    cr_assert_eq(cost.past.paid.samples, 3U);
    cr_assert_eq(cost.past.paid.price, WORST(3));
    cr_assert_eq(cost.unsettled.calls, 0U);
    cr_assert_eq(cost.unsettled.price, WORST(3));
    served_fixture_free(&fixture);
}

static void set_up_half_told(void)
{
    begin_with("[{\"fault\":\"edit\",\"edit\":\"prompt_usage\"}]");
}

TestSuite(half_told, .init = set_up_half_told, .fini = tear_down, .timeout = 60);

/* A prompt that is told is counted as told; only what was written may be the worst case. */
Test(half_told, costs_the_prompt_as_told)
{
    struct served_fixture fixture;
    struct ledger_cost cost;

    ask(&fixture, "one", 3);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.sentence);
    cost = settled_cost();
    cr_assert_gt(fixture.usage.prompt, 0U);
    cr_assert_eq(cost.past.paid.prompt, fixture.usage.prompt);
    cr_assert_eq(cost.past.paid.completion, 3U * 40);
    cr_assert_eq(cost.past.paid.price, 2 * fixture.usage.prompt + 10 * INT64_C(40) * 3);
    cr_assert_eq(cost.unsettled.prompt, 0U);
    cr_assert_eq(cost.unsettled.price, 10 * INT64_C(40) * 3);
    served_fixture_free(&fixture);
}

static void set_up_cutting(void)
{
    begin_with("[{\"fault\":\"cut\",\"at\":\"body\",\"bytes\":30,\"how\":\"close\",\"times\":1},"
               "{\"fault\":\"cut\",\"at\":\"head\",\"bytes\":0,\"how\":\"close\",\"times\":1}]");
}

TestSuite(cut, .init = set_up_cutting, .fini = tear_down, .timeout = 60);

/* A connection that breaks after a request was sent leaves its worst case; each further request
 * is another call. */
Test(cut, leaves_the_worst_case)
{
    struct served_fixture fixture;
    struct ledger_cost cost;

    ask(&fixture, "one", 2);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.sentence);
    cost = settled_cost();
    cr_assert_eq(cost.past.paid.calls, 3U);
    cr_assert_eq(cost.unsettled.calls, 2U);
    cr_assert_eq(cost.unsettled.price, 2 * WORST(2));
    served_fixture_free(&fixture);
    cr_assert_eq(visits_of(NULL), 3U);
}

/* --- fewer than asked for ------------------------------------------------------------------- */

static void set_up_fewer(void)
{
    begin_with("[{\"fault\":\"edit\",\"edit\":\"fewer\",\"text\":\"\\\"n\\\": 4\"}]");
}

TestSuite(fewer, .init = set_up_fewer, .fini = tear_down, .timeout = 60);

/* What came is kept, the rest asked for one by one, and so is all that is asked for later. */
Test(fewer, the_rest_one_by_one)
{
    struct served_fixture first, later;
    struct visit *list = NULL;

    ask(&first, "one", 4);
    cr_assert_eq(first.status, CRUX_OK, "%s", first.sentence);
    cr_assert_eq(first.count, 4U);
    ask(&later, "two", 2);
    cr_assert_eq(later.status, CRUX_OK, "%s", later.sentence);
    cr_assert_eq(settled_cost().past.paid.samples, 6U);
    served_fixture_free(&first);
    served_fixture_free(&later);
    close_session();
    cr_assert_eq(serving_visits(&serving, &list), 4U);
    cr_assert_eq(list[0].n, 4U);
    for (int i = 1; i < 4; i++)
        cr_assert_eq(list[i].n, 1U);
    free(list);
}

/* --- what was under way ------------------------------------------------------------------------
 */

static void set_up_slow(void)
{
    begin_with("[{\"fault\":\"late\",\"ms\":20000}]");
}

TestSuite(under_way, .init = set_up_slow, .fini = tear_down, .timeout = 25);

static void wait_for_intent(void)
{
    const struct timespec pause = {.tv_nsec = SECOND_NS / 100};

    while (read_cost().unsettled.calls == 0)
        (void)nanosleep(&pause, NULL);
}

/* Before it is sent a request's worst case is in the store; a cancelled one stays there, for the
 * limits of the next process, too. */
Test(under_way, cancelled)
{
    struct served_fixture fixture, other;
    struct ledger_cost cost;
    struct http_view view;

    served_fixture_about(&fixture, "one", 2);
    (void)served_fixture_ask(&fixture, served);
    wait_for_intent();
    do
        http_look(served_http(served), &view);
    while (view.in_flight == 0);
    served_cancel(served, &fixture, 0);
    cr_assert(served_fixture_wait(&fixture));
    cr_assert_eq(fixture.status, CRUX_CANCELLED);
    cost = settled_cost();
    cr_assert_eq(cost.past.paid.calls, 1U);
    cr_assert_eq(cost.unsettled.price, WORST(2));
    use_limits((struct account_limits){.calls = 1});
    cr_assert_eq(settled_cost().past.paid.calls, 1U);
    ask(&other, "two", 1);
    cr_assert_eq(other.status, CRUX_CANCELLED);
    cr_assert_eq(account_reason(account, NULL), CRUX_LIMIT);
}

/* So does a late one. */
Test(under_way, late)
{
    struct served_fixture fixture;
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    served_fixture_about(&fixture, "one", 1);
    fixture.question.deadline_ns = (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec + SECOND_NS / 2;
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.status, CRUX_FAILED);
    cr_assert_eq(settled_cost().unsettled.price, WORST(1));
}
