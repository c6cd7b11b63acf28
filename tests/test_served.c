/*
 * test_served.c - what served.h promises, against the fake model server.
 *
 * What is known is not asked for; what is asked for by two is asked once; every question is
 * answered once, whatever goes wrong; a replay needs no network; limits hold. The server's own
 * log says what it was really asked.
 */
#include "io/account.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"
#include "io/sqlite.h"
#include "tests/world/http_fixture.h"
#include "tests/world/served_fixture.h"
#include "tests/world/sample.h"
#include "tests/world/serving.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

static struct serving serving;
static struct crux_store *store;
static struct ledger *ledger;
static struct account *account;
static struct served *served;
static struct crux_error why;
static uint32_t halts;

static void on_halt(void *context)
{
    (void)context;
    halts++;
}

static const struct served_prices dear = {
    .prompt = 2000000, .cached = 1000000, .completion = 10000000};

static void open_backend(const char *url, const char *name)
{
    const struct http_server server = {.url = url};
    struct served_options options = {.name = name,
                                     .model = "fake",
                                     .http = http_fixture_options(),
                                     .prices = dear,
                                     .ledger = ledger,
                                     .account = account};

    options.http.servers = &server;
    options.http.server_count = 1;
    cr_assert_eq(served_open(&served, &options, &why), CRUX_OK, "%s", why.text);
}

static void open_session(struct account_limits limits)
{
    struct ledger_past past;

    store = store_fixture_begin();
    cr_assert_eq(ledger_open(&ledger, store, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(account_open(&account, &limits, &why), CRUX_OK);
    ledger_past(ledger, &past);
    account_resume(account, NULL, &past.paid);
    account_on_halt(account, on_halt, NULL);
    open_backend(serving.url, "chat");
}

static void close_session(void)
{
    served_close(served);
    ledger_close(ledger);
    account_close(account);
    crux_store_close(store);
    served = NULL;
    ledger = NULL;
    account = NULL;
    store = NULL;
}

static void begin(const char *const *arguments)
{
    store_fixture_set_up();
    serving_start(&serving, arguments);
    open_session((struct account_limits){.calls = 0});
}

static void set_up(void)
{
    begin((const char *const[]){"--latency", "constant:2", NULL});
}

static void set_up_slow(void)
{
    begin((const char *const[]){"--latency", "constant:300", NULL});
}

static void tear_down(void)
{
    close_session();
    serving_stop(&serving);
    store_fixture_tear_down();
}

TestSuite(served, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(together, .init = set_up_slow, .fini = tear_down, .timeout = 60);

/* How many requests and how many choices the server was asked for; ends the server. */
static size_t visits_of(uint32_t *choices)
{
    struct visit *visits = NULL;
    size_t count;

    close_session();
    count = serving_visits(&serving, &visits);
    *choices = 0;
    for (size_t i = 0; i < count; i++)
        *choices += visits[i].n;
    free(visits);
    return count;
}

#define assert_visits(requests, samples)                                                           \
    do {                                                                                           \
        uint32_t choices_;                                                                         \
        size_t requests_ = visits_of(&choices_);                                                   \
                                                                                                   \
        cr_assert_eq(requests_, (size_t)(requests), "%zu requests", requests_);                    \
        cr_assert_eq(choices_, (uint32_t)(samples), "%u choices", choices_);                       \
    } while (0)

#define assert_good(fixture, samples)                                                              \
    do {                                                                                           \
        cr_assert((fixture).answers == 1, "answered %u times", (fixture).answers);                 \
        cr_assert_eq((fixture).status, CRUX_OK, "%s", (fixture).sentence);                         \
        cr_assert_eq((fixture).count, (uint32_t)(samples));                                        \
    } while (0)

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

/* --- replay
 * --------------------------------------------------------------------------------------- */

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

/* --- limits
 * ---------------------------------------------------------------------------------------- */

static void use_limits(struct account_limits limits)
{
    close_session();
    open_session(limits);
}

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
