/*
 * test_served.c - what served.h promises, against the fake model server.
 *
 * What is known is not asked for; what is asked for by two is asked once; a replay needs no
 * network. The server's own log says what it was really asked. What goes wrong is in
 * test_served_trouble.c, what is booked in test_served_booking.c.
 */
#include "tests/world/served_suite.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(served, .init = begin_quick, .fini = tear_down, .timeout = 60);
TestSuite(together, .init = begin_slow, .fini = tear_down, .timeout = 60);

/* --- known and missing ------------------------------------------------------------------- */

/* What is missing is asked for in one request, whose key is the first sample's. */
Test(served, asks_for_what_is_missing)
{
    struct served_fixture fixture;
    unsigned char key[SERVED_KEY];
    char hex[2 * SERVED_KEY + 1];
    struct visit *visits = NULL;

    served_fixture_about(&fixture, "one and two", 4);
    served_key(served, &fixture.question, 0, key);
    for (int i = 0; i < SERVED_KEY; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
    cr_assert(served_fixture_put(&fixture, served));
    assert_good(fixture, 4);
    cr_assert_eq(fixture.asked, CRUX_PENDING);
    close_session();
    cr_assert_eq(serving_visits(&serving, &visits), 1U);
    cr_assert_eq(visits[0].n, 4U);
    cr_assert_eq(strncmp(visits[0].key, hex, sizeof visits[0].key - 1), 0, "%s", visits[0].key);
    free(visits);
    served_fixture_free(&fixture);
}

/* What the ledger has is answered at once, word for word, without a request and unpaid. */
Test(served, known_keys_cost_no_request)
{
    struct served_fixture first, again;
    struct account_sum paid, then;

    served_fixture_about(&first, "one", 3);
    served_fixture_about(&again, "one", 3);
    cr_assert(served_fixture_put(&first, served));
    account_look(account, &paid, NULL);
    cr_assert_eq(served_fixture_ask(&again, served), CRUX_DONE);
    account_look(account, &then, NULL);
    assert_good(again, 3);
    cr_assert(again.at_once);
    for (int i = 0; i < 3; i++)
        cr_assert_str_eq(again.samples[i], first.samples[i]);
    cr_assert_eq(again.usage.completion, first.usage.completion);
    cr_assert_eq(again.price, first.price);
    cr_assert_eq(memcmp(&paid, &then, sizeof paid), 0);
    assert_visits(1, 3);
    served_fixture_free(&first);
    served_fixture_free(&again);
}

/* So is what an earlier process has paid for, with nobody there to ask. */
Test(served, known_to_the_next_process)
{
    struct served_fixture first, again;
    struct account_sum before, now, session;

    served_fixture_about(&first, "one", 2);
    served_fixture_about(&again, "one", 2);
    cr_assert(served_fixture_put(&first, served));
    account_look(account, &before, NULL);
    close_session();
    serving_end(&serving);
    open_session((struct account_limits){.calls = 0});
    cr_assert_eq(served_fixture_ask(&again, served), CRUX_DONE);
    assert_good(again, 2);
    cr_assert_str_eq(again.samples[1], first.samples[1]);
    account_look(account, &now, &session);
    cr_assert_eq(memcmp(&before, &now, sizeof now), 0);
    cr_assert_eq(session.calls, 0U);
    served_fixture_free(&first);
    served_fixture_free(&again);
}

/* Of n samples of which some are known only the rest is asked for, in as few requests. */
Test(served, asks_for_the_rest_only)
{
    struct served_fixture middle, all;

    served_fixture_about(&middle, "one", 2);
    middle.question.first = 3;
    served_fixture_about(&all, "one", 8);
    cr_assert(served_fixture_put(&middle, served));
    cr_assert(served_fixture_put(&all, served));
    assert_good(all, 8);
    cr_assert_str_eq(all.samples[3], middle.samples[0]);
    cr_assert_str_eq(all.samples[4], middle.samples[1]);
    assert_visits(3, 8); /* 3 and 4; then 0 .. 2, and 5 .. 7 */
    served_fixture_free(&middle);
    served_fixture_free(&all);
}

/* A form that takes one at a time gets a request for each, and the same samples are known to a
 * form that takes all. */
Test(served, as_many_requests_as_the_form_needs)
{
    struct served_fixture each, all;

    served_fixture_about(&each, "one", 5);
    each.question.form = &served_fixture_one;
    served_fixture_about(&all, "one", 5);
    cr_assert(served_fixture_put(&each, served));
    assert_good(each, 5);
    cr_assert_eq(served_fixture_ask(&all, served), CRUX_DONE);
    assert_visits(5, 5);
    served_fixture_free(&each);
    served_fixture_free(&all);
}

/* The key says what was asked and of whom, not where or how. */
Test(served, keys)
{
    struct served_fixture a, b;
    struct served *twin;
    unsigned char key[SERVED_KEY], other[SERVED_KEY];

    served_fixture_about(&a, "one", 5);
    served_fixture_about(&b, "one", 2);
    b.question.form = &served_fixture_one;
    b.question.first = 1;
    served_key(served, &a.question, 1, key);
    served_key(served, &b.question, 1, other);
    cr_assert_eq(memcmp(key, other, sizeof key), 0);
    served_key(served, &a.question, 2, other);
    cr_assert_neq(memcmp(key, other, sizeof key), 0);
    b.question.seed++;
    served_key(served, &b.question, 1, other);
    cr_assert_neq(memcmp(key, other, sizeof key), 0);
    twin = served;
    open_backend("http://127.0.0.1:9", "chat");
    served_key(served, &a.question, 1, other);
    cr_assert_eq(memcmp(key, other, sizeof key), 0);
    served_close(served);
    open_backend(serving.url, "judge");
    served_key(served, &a.question, 1, other);
    cr_assert_neq(memcmp(key, other, sizeof key), 0);
    served_close(served);
    served = twin;
}

/* Pieces are parted: "ab" and "c" is another question than "a" and "bc". */
Test(served, pieces_are_parted)
{
    const struct http_piece left[] = {{"ab", 2}, {"c", 1}}, right[] = {{"a", 1}, {"bc", 2}};
    struct served_fixture a, b;
    unsigned char key[SERVED_KEY], other[SERVED_KEY];

    served_fixture_about(&a, "", 1);
    served_fixture_about(&b, "", 1);
    a.question.same = left;
    b.question.same = right;
    a.question.same_count = b.question.same_count = 2;
    served_key(served, &a.question, 0, key);
    served_key(served, &b.question, 0, other);
    cr_assert_neq(memcmp(key, other, sizeof key), 0);
}

/* Tokens and price of an answer are those of its samples, and the account has them. */
Test(served, tells_what_it_took)
{
    struct served_fixture fixture;
    struct account_sum paid;
    int64_t price;

    served_fixture_about(&fixture, "one", 4);
    cr_assert(served_fixture_put(&fixture, served));
    account_look(account, &paid, NULL);
    price = 2 * (int64_t)fixture.usage.prompt + 10 * (int64_t)fixture.usage.completion;
    cr_assert_gt(fixture.usage.completion, 0U);
    cr_assert_eq(fixture.price, price);
    cr_assert_eq(paid.price, price);
    cr_assert_eq(paid.calls, 1U);
    cr_assert_eq(paid.samples, 4U);
    cr_assert_eq(paid.completion, fixture.usage.completion);
    served_fixture_free(&fixture);
}

/* --- two at once ---------------------------------------------------------------------------- */

/* What two want at the same time is asked for once, and both get it. */
Test(together, one_flight_for_two)
{
    struct served_fixture a, b;

    served_fixture_about(&a, "one", 4);
    served_fixture_about(&b, "one", 4);
    b.question.first = 2;
    cr_assert_eq(served_fixture_ask(&a, served), CRUX_PENDING);
    cr_assert_eq(served_fixture_ask(&b, served), CRUX_PENDING);
    cr_assert(served_fixture_wait(&a) && served_fixture_wait(&b));
    assert_good(a, 4);
    assert_good(b, 4);
    cr_assert_str_eq(a.samples[2], b.samples[0]);
    cr_assert_str_eq(a.samples[3], b.samples[1]);
    assert_visits(2, 6);
    served_fixture_free(&a);
    served_fixture_free(&b);
}

/* When the one who asked is called off, the one who waited asks. */
Test(together, who_waits_takes_over)
{
    struct served_fixture a, b, c;

    served_fixture_about(&a, "one", 2);
    served_fixture_about(&b, "one", 2);
    served_fixture_about(&c, "one", 1);
    (void)served_fixture_ask(&a, served);
    (void)served_fixture_ask(&b, served);
    (void)served_fixture_ask(&c, served);
    served_cancel(served, &a, 0);
    cr_assert(served_fixture_wait(&a) && served_fixture_wait(&b) && served_fixture_wait(&c));
    cr_assert_eq(a.status, CRUX_CANCELLED, "%s", a.sentence);
    assert_good(b, 2);
    assert_good(c, 1);
    cr_assert_str_eq(b.samples[0], c.samples[0]);
    served_fixture_free(&a);
    served_fixture_free(&b);
    served_fixture_free(&c);
}

/* When one who waited is called off, it gets its answer at once, and the other goes on. */
Test(together, who_waits_may_leave)
{
    struct served_fixture a, b;

    served_fixture_about(&a, "one", 2);
    served_fixture_about(&b, "one", 2);
    (void)served_fixture_ask(&a, served);
    (void)served_fixture_ask(&b, served);
    served_cancel(served, &b, 0);
    cr_assert(served_fixture_wait(&b));
    cr_assert_eq(b.status, CRUX_CANCELLED);
    cr_assert(served_fixture_wait(&a));
    assert_good(a, 2);
    assert_visits(1, 2);
    served_fixture_free(&a);
    served_fixture_free(&b);
}

/* A stranger's ticket calls nothing off. */
Test(together, cancel_means_one_question)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, "one", 1);
    fixture.question.ticket = 5;
    (void)served_fixture_ask(&fixture, served);
    served_cancel(served, &fixture, 4);
    served_cancel(served, &serving, 5);
    cr_assert(served_fixture_wait(&fixture));
    assert_good(fixture, 1);
    served_cancel(served, &fixture, 5);
    served_fixture_free(&fixture);
}

enum { CROWD = 600, ASKERS = 4, PROMPTS = 40 };

static struct served_fixture crowd[CROWD];
static _Atomic uint32_t next_of_crowd;

static void *ask_all(void *context)
{
    uint32_t mine;

    (void)context;
    while ((mine = next_of_crowd++) < CROWD)
        (void)served_fixture_ask(&crowd[mine], served);
    return NULL;
}

/* Many askers, few prompts, samples that overlap: each is answered once, each sample asked for
 * once, and all that asked for it got the same. */
Test(served, a_crowd)
{
    pthread_t threads[ASKERS];
    uint32_t wanted[PROMPTS] = {0}, sum = 0, choices;
    char prompt[40];

    for (uint32_t i = 0; i < CROWD; i++) {
        uint32_t which = i * 7 % PROMPTS;

        (void)snprintf(prompt, sizeof prompt, "prompt %u", which);
        served_fixture_about(&crowd[i], prompt, 1 + i % 5);
        crowd[i].question.first = i / PROMPTS % 4;
        crowd[i].question.form = i % 3 == 0 ? &served_fixture_one : &served_fixture_all;
        for (uint32_t j = 0; j < crowd[i].question.count; j++)
            wanted[which] |= 1U << (crowd[i].question.first + j);
    }
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_create(&threads[i], NULL, ask_all, NULL);
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < CROWD; i++) {
        cr_assert(served_fixture_wait(&crowd[i]));
        assert_good(crowd[i], crowd[i].question.count);
        for (uint32_t j = i % PROMPTS; j < i; j += PROMPTS) /* same prompt */
            if (crowd[j].question.first == crowd[i].question.first)
                cr_assert_str_eq(crowd[i].samples[0], crowd[j].samples[0]);
    }
    for (int i = 0; i < PROMPTS; i++)
        sum += (uint32_t)__builtin_popcount(wanted[i]);
    (void)visits_of(&choices);
    cr_assert_eq(choices, sum);
    for (uint32_t i = 0; i < CROWD; i++)
        served_fixture_free(&crowd[i]);
}

/* --- replay ------------------------------------------------------------------------ */

/* A replay answers what the ledger has, fails what it has not, and asks nobody. */
Test(served, replay)
{
    struct crux_problem problem = {.id = "p one", .ordinal = 2};
    struct served_fixture first, again, unknown;
    char hex[2 * SERVED_KEY + 1];
    unsigned char key[SERVED_KEY];

    served_fixture_about(&first, "one", 3);
    cr_assert(served_fixture_put(&first, served));
    served_close(served);
    ledger_close(ledger);
    cr_assert_eq(ledger_replay(&ledger, store_fixture.path, &why), CRUX_OK, "%s", why.text);
    cr_assert(ledger_replays(ledger));
    open_backend(serving.url, "chat");
    cr_assert_null(served_http(served));
    served_fixture_about(&again, "one", 3);
    cr_assert_eq(served_fixture_ask(&again, served), CRUX_DONE);
    assert_good(again, 3);
    cr_assert_str_eq(again.samples[2], first.samples[2]);
    served_fixture_about(&unknown, "one", 4);
    unknown.question.problem = &problem;
    served_key(served, &unknown.question, 3, key);
    for (int i = 0; i < SERVED_KEY; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
    cr_assert(served_fixture_put(&unknown, served));
    cr_assert_eq(unknown.status, CRUX_FAILED);
    cr_assert_eq(unknown.answers, 1U);
    cr_assert_not_null(strstr(unknown.sentence, hex), "%s", unknown.sentence);
    cr_assert_not_null(strstr(unknown.sentence, "sample 3"), "%s", unknown.sentence);
    cr_assert_not_null(strstr(unknown.sentence, "p one"), "%s", unknown.sentence);
    assert_visits(1, 3);
    served_fixture_free(&first);
    served_fixture_free(&again);
}
