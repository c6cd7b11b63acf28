/*
 * test_served_trouble.c - what served.h promises whatever goes wrong, against the fake model
 * server: every question is answered once, and limits hold.
 */
#include "io/sqlite.h"
#include "tests/world/served_suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

TestSuite(served, .init = begin_quick, .fini = tear_down, .timeout = 60);
TestSuite(together, .init = begin_slow, .fini = tear_down, .timeout = 60);

/* --- what can go wrong ------------------------------------------------------------------------ */

static const struct fault {
    const char *name; /* in the prompt */
    const char *rule;
    int status;
    const char *says;
} faults[] = {
    {"too long",
     "\"fault\":\"reply\",\"status\":400,\"body\":\"{\\\"error\\\":{\\\"type\\\":"
     "\\\"exceed_context_size_error\\\"}}\"",
     CRUX_FAILED, "chat: "},
    {"five hundred", "\"fault\":\"reply\",\"status\":500", CRUX_FAILED, "500"},
    {"cut off", "\"fault\":\"cut\",\"at\":\"body\",\"bytes\":30,\"how\":\"reset\"", CRUX_FAILED,
     NULL},
    {"no choices", "\"fault\":\"edit\",\"edit\":\"no_choices\"", CRUX_FAILED, "choices"},
    {"a page", "\"fault\":\"reply\",\"content_type\":\"text/html\",\"body\":\"<html>\"",
     CRUX_FAILED, "<html>"},
    {"bad once", "\"fault\":\"edit\",\"edit\":\"no_choices\",\"times\":1", CRUX_OK, NULL},
    {"busy once", "\"fault\":\"reply\",\"status\":503,\"times\":1", CRUX_OK, NULL},
    {"well", "\"fault\":\"late\",\"ms\":1", CRUX_OK, NULL},
    {"refused", "\"fault\":\"reply\",\"status\":422", CRUX_FAILED, "422"},
};

enum { FAULTS = sizeof faults / sizeof faults[0] };

static void set_up_faults(void)
{
    static char script[4000] = "[";

    for (int i = 0; i < FAULTS; i++)
        (void)snprintf(script + strlen(script), sizeof script - strlen(script),
                       "%s{\"text\":\"%s\",%s}", i == 0 ? "" : ",", faults[i].name, faults[i].rule);
    (void)strcat(script, "]");
    begin((const char *const[]){"--faults", script, NULL});
}

TestSuite(trouble, .init = set_up_faults, .fini = tear_down, .timeout = 60);

/* Whatever the server does, each question is answered once, in words, and nothing bad is kept:
 * asked again, it is asked for again. */
Test(trouble, every_fault_is_one_answer)
{
    for (int i = 0; i < FAULTS; i++) {
        struct served_fixture fixture, known;

        served_fixture_about(&fixture, faults[i].name, 2);
        served_fixture_about(&known, faults[i].name, 2);
        cr_assert(served_fixture_put(&fixture, served), "%s", faults[i].name);
        cr_assert_eq(fixture.answers, 1U);
        cr_assert_eq(fixture.status, faults[i].status, "%s: %s", faults[i].name, fixture.sentence);
        cr_assert_eq(fixture.overflow, i == 0);
        if (faults[i].says != NULL)
            cr_assert_not_null(strstr(fixture.sentence, faults[i].says), "%s", fixture.sentence);
        if (faults[i].status == CRUX_OK)
            cr_assert_eq(served_fixture_ask(&known, served), CRUX_DONE, "%s", faults[i].name);
        served_fixture_free(&fixture);
        served_fixture_free(&known);
    }
    cr_assert_eq(account_reason(account, NULL), CRUX_OK);
}

static void ask_about(const char *name)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, name, 2);
    cr_assert(served_fixture_put(&fixture, served), "%s", name);
    served_fixture_free(&fixture);
}

/* Each kind of what was of no use is counted, retries and all, and by a word of its own. */
Test(trouble, faults_are_heard)
{
    struct served_heard heard = {.continued = 0};

    for (int i = 0; i < FAULTS; i++)
        ask_about(faults[i].name);
    /* what came of a request is told once the client's turn is over: that of the last by now */
    ask_about("all is well");
    served_dropped(served, SERVED_STEPS, NULL, "the text is empty");
    served_went_on(served, 5, 2);
    served_add_heard(served, &heard);
    cr_assert_eq(heard.faults[SERVED_BUSY], 1);
    cr_assert_gt(heard.faults[SERVED_FAULTY], 1); /* the 500 and what was cut off, each retried */
    cr_assert_gt(heard.faults[SERVED_UNREADABLE], 1); /* no choices, a page */
    cr_assert_eq(heard.faults[SERVED_DENIED], 2);     /* too long, refused */
    cr_assert_eq(heard.faults[SERVED_LATE], 0);
    cr_assert_eq(heard.faults[SERVED_EMPTY], 1);
    cr_assert_eq(heard.continued, 5);
    cr_assert_eq(heard.restarts, 2);
    for (int i = 0; i < SERVED_FAULTS; i++)
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(served_fault_name((enum served_fault)i),
                              served_fault_name((enum served_fault)j));
}

/* One request of several fails: the question fails, once, and what the others brought is known. */
Test(trouble, one_of_several_requests)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, "five hundred", 6);
    fixture.question.form = &served_fixture_one;
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.answers, 1U);
    cr_assert_eq(fixture.status, CRUX_FAILED);
    served_fixture_free(&fixture);
}

/* A request that cannot be written fails its question, and nobody is asked. */
Test(trouble, what_cannot_be_written)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, "cannot be written", 2);
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.status, CRUX_FAILED);
    cr_assert_not_null(strstr(fixture.sentence, "cannot be written"));
    assert_visits(0, 0);
}

static void set_up_refusing(void)
{
    begin((const char *const[]){"--faults", "[{\"fault\":\"reply\",\"status\":401}]", NULL});
}

TestSuite(refusing, .init = set_up_refusing, .fini = tear_down, .timeout = 60);

/* A configuration that cannot work ends the run before it costs a second request. */
Test(refusing, the_run_ends)
{
    struct served_fixture first, second;

    served_fixture_about(&first, "one", 1);
    served_fixture_about(&second, "two", 1);
    cr_assert(served_fixture_put(&first, served));
    cr_assert_eq(first.status, CRUX_CANCELLED);
    cr_assert_eq(halts, 1U);
    cr_assert_eq(account_reason(account, &why), CRUX_INVALID);
    cr_assert_not_null(strstr(why.text, "chat: "), "%s", why.text);
    cr_assert_not_null(strstr(why.text, "401"), "%s", why.text);
    cr_assert(served_fixture_put(&second, served));
    cr_assert_eq(second.status, CRUX_CANCELLED);
    cr_assert_str_eq(second.sentence, why.text);
    assert_visits(1, 0); /* refused before it was understood */
}

static int64_t in_ns(int64_t wait)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec + wait;
}

static void set_up_silent(void)
{
    begin((const char *const[]){"--latency", "constant:30000", NULL});
}

TestSuite(silent, .init = set_up_silent, .fini = tear_down, .timeout = 25);

/* Past its deadline a question fails, long before the server would have said a word. */
Test(silent, deadline)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, "one", 1);
    fixture.question.deadline_ns = in_ns(SECOND_NS / 10);
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.status, CRUX_FAILED);
}

/* So does one that is called off. */
Test(silent, cancelled)
{
    struct served_fixture fixture;

    served_fixture_about(&fixture, "one", 4);
    fixture.question.form = &served_fixture_one;
    (void)served_fixture_ask(&fixture, served);
    served_cancel(served, &fixture, 0);
    cr_assert(served_fixture_wait(&fixture));
    cr_assert_eq(fixture.answers, 1U);
    cr_assert_eq(fixture.status, CRUX_CANCELLED);
}

/* Closing the client ends what waits, each question once. */
Test(silent, closing)
{
    struct served_fixture fixtures[5];
    char prompt[20];

    for (int i = 0; i < 5; i++) {
        (void)snprintf(prompt, sizeof prompt, "number %d", i);
        served_fixture_about(&fixtures[i], prompt, 2);
        (void)served_fixture_ask(&fixtures[i], served);
    }
    http_stop(served_http(served), 0);
    for (int i = 0; i < 5; i++) {
        cr_assert(served_fixture_wait(&fixtures[i]));
        cr_assert_eq(fixtures[i].answers, 1U);
        cr_assert_eq(fixtures[i].status, CRUX_CANCELLED);
    }
}

/* A ledger that cannot keep a reply ends the run, and the reply has no effect. */
Test(served, a_dead_ledger)
{
    struct served_fixture fixture, later;
    struct sqlite *db = NULL;

    cr_assert_eq(sqlite_join(&db, store_fixture.path, &why), CRUX_OK);
    cr_assert_eq(sqlite_run(db, "DROP TABLE texts", &why), CRUX_OK, "%s", why.text);
    sqlite_close(db);
    served_fixture_about(&fixture, "one", 2);
    served_fixture_about(&later, "two", 2);
    cr_assert(served_fixture_put(&fixture, served));
    cr_assert_eq(fixture.status, CRUX_CANCELLED);
    cr_assert_eq(halts, 1U);
    cr_assert_eq(account_reason(account, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, store_fixture.path), "%s", why.text);
    cr_assert(served_fixture_put(&later, served));
    cr_assert_eq(later.status, CRUX_CANCELLED);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_STORE);
}

/* --- limits ------------------------------------------------------------------------ */

/* With room for five calls five are made for all callers together; the rest is called off. */
Test(together, a_limit_of_calls)
{
    struct served_fixture fixtures[12];
    uint32_t good = 0;
    char prompt[20];

    use_limits((struct account_limits){.calls = 5});
    for (int i = 0; i < 12; i++) {
        (void)snprintf(prompt, sizeof prompt, "number %d", i);
        served_fixture_about(&fixtures[i], prompt, 2);
        (void)served_fixture_ask(&fixtures[i], served);
    }
    for (int i = 0; i < 12; i++) {
        cr_assert(served_fixture_wait(&fixtures[i]));
        cr_assert_eq(fixtures[i].answers, 1U);
        good += fixtures[i].status == CRUX_OK;
        cr_assert(fixtures[i].status == CRUX_OK || fixtures[i].status == CRUX_CANCELLED);
        served_fixture_free(&fixtures[i]);
    }
    cr_assert_eq(good, 5U);
    cr_assert_eq(halts, 1U);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_str_eq(why.text, "the limit of 5 calls was reached");
    assert_visits(5, 10);
}

/* The worst case must fit: with room for 300 tokens, two calls of at most 140 are in flight at
 * a time, and what they give back makes room for more. */
Test(served, a_limit_of_tokens)
{
    struct account_sum paid;
    uint32_t good = 0;
    char prompt[20];

    use_limits((struct account_limits){.tokens = 300});
    for (int i = 0; i < 30; i++) {
        struct served_fixture fixture;

        (void)snprintf(prompt, sizeof prompt, "number %d", i);
        served_fixture_about(&fixture, prompt, 1);
        cr_assert(served_fixture_put(&fixture, served));
        good += fixture.status == CRUX_OK;
        served_fixture_free(&fixture);
    }
    account_look(account, &paid, NULL);
    cr_assert_leq(paid.prompt + paid.completion, 300U);
    cr_assert_gt(good, 2U);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_not_null(strstr(why.text, "300 tokens"), "%s", why.text);
}

/* What earlier processes have paid counts; what the ledger has is free. */
Test(served, limits_count_the_run)
{
    struct served_fixture first, again, other;

    served_fixture_about(&first, "one", 2);
    served_fixture_about(&again, "one", 2);
    served_fixture_about(&other, "two", 2);
    cr_assert(served_fixture_put(&first, served));
    use_limits((struct account_limits){.calls = 1});
    cr_assert_eq(served_fixture_ask(&again, served), CRUX_DONE);
    cr_assert_eq(account_reason(account, NULL), CRUX_OK);
    cr_assert(served_fixture_put(&other, served));
    cr_assert_eq(other.status, CRUX_CANCELLED);
    cr_assert_eq(account_reason(account, NULL), CRUX_LIMIT);
    assert_visits(1, 2);
    served_fixture_free(&first);
    served_fixture_free(&again);
}

/* Who waits for room can be called off. */
Test(silent, cancelled_while_it_waits_for_room)
{
    struct served_fixture first, second;

    use_limits((struct account_limits){.tokens = 150});
    served_fixture_about(&first, "one", 1);
    served_fixture_about(&second, "two", 1);
    (void)served_fixture_ask(&first, served);
    (void)served_fixture_ask(&second, served);
    served_cancel(served, &second, 0);
    cr_assert(served_fixture_wait(&second));
    cr_assert_eq(second.status, CRUX_CANCELLED);
    cr_assert_eq(account_reason(account, NULL), CRUX_OK);
    served_cancel(served, &first, 0);
    cr_assert(served_fixture_wait(&first));
}
