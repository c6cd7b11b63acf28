/*
 * test_http.c - what http.h promises, against real servers on loopback.
 *
 * Ways in which a server can fail are in test_http_faults.c, several servers in
 * test_http_servers.c. Here it is about calls: each ends once, in time, and nobody but the
 * server sees the key.
 */
#include "io/http/http.h"
#include "tests/world/http_fixture.h"
#include "tests/world/serving.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

static const struct http_request any = {.endpoint = HTTP_ANY_ENDPOINT};

#define start_with(server, ...) serving_start(server, (const char *const[]){__VA_ARGS__, NULL})

static void open_one(struct http_fixture *fixture, const struct serving *server, uint32_t room)
{
    http_fixture_open(fixture, http_fixture_options(), (const char *const[]){server->url, NULL},
                      room);
}

static void expect_all(struct http_fixture *fixture, enum http_class class)
{
    const char *odd = http_fixture_odd(fixture, class);

    cr_expect(odd == NULL, "%s", odd == NULL ? "" : odd);
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Until that number of requests is in flight. */
static void wait_for_flight(const struct http_fixture *fixture, uint32_t count)
{
    static const struct timespec nap = {0, 10000000};
    struct http_view view;

    for (;;) {
        http_look(fixture->client, &view);
        if (view.in_flight >= count)
            return;
        (void)nanosleep(&nap, NULL);
    }
}

/* --- calls ------------------------------------------------------------------------------- */

TestSuite(calls, .timeout = 60);

/* A call brings the server's answer, and says how it went. */
Test(calls, brings_the_answer)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_fixture_call *call;

    start_with(&server, "--kind", "vllm");
    open_one(&fixture, &server, 1);
    call =
        http_fixture_ask(&fixture, any, "Mia starts with 2 pens. Mia buys 3 more. How many pens?");
    cr_assert(http_fixture_wait(&fixture, 1));
    expect_all(&fixture, HTTP_DONE);
    cr_expect_eq(call->status, 200);
    cr_expect_eq(call->requests, 1);
    cr_expect_not_null(strstr(call->body, "The answer is"), "%s", call->body);
    cr_expect_str_eq(call->sentence, "");
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* More calls than may be in flight wait for each other, and all of them are answered once,
 * with the key they were asked with. */
Test(calls, thousands_are_each_answered_once)
{
    enum { CALLS = 3000 };
    struct serving server;
    struct http_fixture fixture;
    struct visit *visits;
    char seen[CALLS] = {0};

    start_with(&server, "--latency", "lognormal:10");
    open_one(&fixture, &server, CALLS);
    for (int i = 0; i < CALLS; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    cr_assert(http_fixture_wait(&fixture, CALLS));
    http_fixture_close(&fixture);
    expect_all(&fixture, HTTP_DONE);
    cr_assert_eq(serving_visits(&server, &visits), CALLS);
    for (int i = 0; i < CALLS; i++) {
        unsigned number = 0;

        cr_assert_eq(sscanf(visits[i].key, "call-%u", &number), 1, "%s", visits[i].key);
        cr_assert_eq(seen[number]++, 0, "call %u was asked twice", number);
        cr_assert_leq(visits[i].connection, 128, "connections are not used again");
    }
    free(visits);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

struct plain {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ended;
    enum http_class class;
    char body[200];
};

static void on_plain(void *context, struct http_reply *reply)
{
    struct plain *plain = context;

    (void)pthread_mutex_lock(&plain->lock);
    plain->ended = true;
    plain->class = reply->class;
    (void)snprintf(plain->body, sizeof plain->body, "%s", reply->body == NULL ? "" : reply->body);
    (void)pthread_cond_signal(&plain->changed);
    (void)pthread_mutex_unlock(&plain->lock);
}

/* One request as it stands. */
static struct plain ask_plainly(const struct serving *server, struct http_request request)
{
    struct plain plain = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct http_fixture fixture;
    http_ticket ticket;

    request.endpoint = HTTP_ANY_ENDPOINT;
    request.done = on_plain;
    request.context = &plain;
    open_one(&fixture, server, 1);
    cr_assert_eq(http_submit(fixture.client, &request, &ticket), CRUX_OK);
    (void)pthread_mutex_lock(&plain.lock);
    while (!plain.ended)
        (void)pthread_cond_wait(&plain.changed, &plain.lock);
    (void)pthread_mutex_unlock(&plain.lock);
    http_fixture_free(&fixture);
    return plain;
}

/* A body of several pieces arrives as one, also when it is long. */
Test(calls, pieces_of_a_body_are_joined)
{
    static char filler[3 << 19];
    struct http_request request = {
        .path = "/tokenize",
        .pieces = {{"{\"prompt\": \"one", 15}, {filler, sizeof filler}, {"two\"}", 5}},
        .piece_count = 3};
    struct serving server;
    struct plain plain;
    char count[32];

    memset(filler, ' ', sizeof filler);
    memcpy(filler + sizeof filler / 2, "middle", 6);
    start_with(&server, "--kind", "vllm");
    plain = ask_plainly(&server, request);
    cr_expect_eq(plain.class, HTTP_DONE, "%s", plain.body);
    /* A token a blank, but for two that begin a word; `middle` is two, the others are one. */
    (void)snprintf(count, sizeof count, "\"count\":%zu,", sizeof filler - 6 - 2 + 4);
    cr_expect_not_null(strstr(plain.body, count), "%s is not in %s", count, plain.body);
    serving_stop(&server);
}

/* A GET has no body, and takes whatever comes with 200. */
Test(calls, a_get_takes_any_body)
{
    struct serving server;

    start_with(&server, "--kind", "ollama");
    cr_expect_str_eq(ask_plainly(&server, (struct http_request){.path = "/"}).body,
                     "Ollama is running");
    cr_expect_eq(ask_plainly(&server, (struct http_request){.path = "models"}).class, HTTP_DONE);
    cr_expect_eq(ask_plainly(&server, (struct http_request){.path = "/props"}).class, HTTP_FATAL);
    serving_stop(&server);
}

struct chain {
    struct http_fixture fixture;
    _Atomic uint32_t links, ended;
};

static void on_link(void *context, struct http_reply *reply);

static void add_link(struct chain *chain)
{
    static const char body[] = "{\"prompt\":\"next\"}";
    struct http_request request = {.path = "completions",
                                   .pieces = {{body, sizeof body - 1}},
                                   .piece_count = 1,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .done = on_link,
                                   .context = chain};
    http_ticket ticket;

    if (http_submit(chain->fixture.client, &request, &ticket) == CRUX_OK)
        atomic_fetch_add(&chain->links, 1);
}

static void on_link(void *context, struct http_reply *reply)
{
    struct chain *chain = context;

    cr_expect_eq(reply->class, HTTP_DONE, "%s", reply->sentence);
    if (atomic_load(&chain->links) < 100)
        add_link(chain);
    atomic_fetch_add(&chain->ended, 1);
}

/* done() may submit the next call. */
Test(calls, one_leads_to_the_next)
{
    static const struct timespec nap = {0, 5000000};
    static struct chain chain;
    struct serving server;

    start_with(&server, "--kind", "vllm");
    open_one(&chain.fixture, &server, 1);
    add_link(&chain);
    while (atomic_load(&chain.ended) < 100)
        (void)nanosleep(&nap, NULL);
    http_fixture_free(&chain.fixture);
    cr_expect_eq(atomic_load(&chain.ended), 100);
    serving_stop(&server);
}

/* --- ends ------------------------------------------------------------------------------------ */

TestSuite(ends, .timeout = 60);

/* Calls to a server that says nothing end when their deadline has passed, those in flight and
 * those that wait, and not a second later. */
Test(ends, a_deadline_ends_a_call_wherever_it_is)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_request request = any;

    start_with(&server, "--faults", "[{\"fault\":\"cut\",\"how\":\"hang\"}]");
    open_one(&fixture, &server, 200);
    request.deadline_ns = now_ns() + SECOND_NS / 2;
    for (int i = 0; i < 200; i++)
        (void)http_fixture_ask(&fixture, request, "hello?");
    cr_assert(http_fixture_wait(&fixture, 200));
    expect_all(&fixture, HTTP_LATE);
    for (int i = 0; i < 200; i++)
        cr_expect_leq(fixture.calls[i].total_ns, SECOND_NS * 3 / 2);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* A cancelled call ends once, cancelled, whether it flies or waits; the others go on. */
Test(ends, a_cancelled_call_ends_once)
{
    struct serving server;
    struct http_fixture fixture;

    start_with(&server, "--latency", "constant:1500");
    open_one(&fixture, &server, 100);
    for (int i = 0; i < 100; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    wait_for_flight(&fixture, 64);
    for (int i = 0; i < 100; i += 2)
        http_cancel(fixture.client, fixture.calls[i].ticket);
    for (int i = 0; i < 100; i += 4)
        http_cancel(fixture.client, fixture.calls[i].ticket);
    cr_assert(http_fixture_wait(&fixture, 100));
    for (uint32_t i = 0; i < 100; i++) {
        cr_expect_eq(fixture.calls[i].ends, 1);
        cr_expect_eq(fixture.calls[i].class, i % 2 == 0 ? HTTP_CANCELLED : HTTP_DONE, "call %u", i);
    }
    for (int i = 0; i < 100; i++) /* late ones mean nobody */
        http_cancel(fixture.client, fixture.calls[i].ticket);
    http_fixture_close(&fixture);
    cr_expect_eq(fixture.ended, 100);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Closing ends what is left, at once; afterwards nothing is taken. */
Test(ends, closing_ends_what_is_left)
{
    struct serving server;
    struct http_fixture fixture;

    start_with(&server, "--latency", "constant:100000");
    open_one(&fixture, &server, 200);
    for (int i = 0; i < 200; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    wait_for_flight(&fixture, 64);
    http_fixture_close(&fixture);
    cr_expect_eq(fixture.ended, 200);
    expect_all(&fixture, HTTP_CANCELLED);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Stopping with a grace lets those in flight end as they would. */
Test(ends, stopping_lets_those_in_flight_end)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_fixture_call *late;

    start_with(&server, "--latency", "constant:1500");
    open_one(&fixture, &server, 101);
    for (int i = 0; i < 100; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    wait_for_flight(&fixture, 64);
    http_stop(fixture.client, 10 * SECOND_NS);
    late = http_fixture_ask(&fixture, any, "too late");
    cr_expect_eq(late->submitted, CRUX_CANCELLED);
    cr_assert(http_fixture_wait(&fixture, 100));
    http_fixture_close(&fixture);
    cr_expect_eq(http_fixture_count(&fixture, HTTP_DONE), 64, "as many as may be in flight");
    cr_expect_eq(http_fixture_count(&fixture, HTTP_CANCELLED), 36);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Held, a client sends nothing, and what is in flight is answered; let go, it sends what waits. */
Test(ends, held_calls_wait)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_view view;

    start_with(&server, "--latency", "constant:300");
    open_one(&fixture, &server, 100);
    for (int i = 0; i < 100; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    wait_for_flight(&fixture, 64);
    http_hold(fixture.client, HTTP_HELD);
    cr_assert(http_fixture_wait(&fixture, 64));
    do
        http_look(fixture.client, &view);
    while (view.in_flight > 0);
    cr_expect_eq(view.requests, 64);
    cr_expect_eq(view.waiting, 36);
    http_hold(fixture.client, HTTP_GOES);
    cr_assert(http_fixture_wait(&fixture, 100));
    expect_all(&fixture, HTTP_DONE);
    http_fixture_close(&fixture);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Dropping ends what waits and what comes, and lets those in flight end as they would. */
Test(ends, dropped_calls_end)
{
    struct serving server;
    struct http_fixture fixture;

    start_with(&server, "--latency", "constant:300");
    open_one(&fixture, &server, 101);
    for (int i = 0; i < 100; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    wait_for_flight(&fixture, 64);
    http_hold(fixture.client, HTTP_DROPS);
    (void)http_fixture_ask(&fixture, any, "too late");
    cr_assert(http_fixture_wait(&fixture, 101));
    cr_expect_eq(http_fixture_count(&fixture, HTTP_DONE), 64);
    cr_expect_eq(http_fixture_count(&fixture, HTTP_CANCELLED), 37);
    http_fixture_close(&fixture);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Nobody listens at the address: a call ends when patience does, and says so. */
Test(ends, nobody_is_there)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_options options = http_fixture_options();

    start_with(&server, "--kind", "vllm");
    serving_kill(&server);
    options.client.patience_ns = SECOND_NS / 2;
    http_fixture_open(&fixture, options, (const char *const[]){server.url, NULL}, 20);
    for (int i = 0; i < 20; i++)
        (void)http_fixture_ask(&fixture, any, "hello?");
    cr_assert(http_fixture_wait(&fixture, 20));
    expect_all(&fixture, HTTP_FAULTY);
    cr_expect_not_null(strstr(fixture.calls[19].sentence, "for 0.5 seconds"), "%s",
                       fixture.calls[19].sentence);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* A call that may be sent only once is sent only once. */
Test(ends, once_is_once)
{
    struct serving server;
    struct http_fixture fixture;
    struct http_request request = any;

    start_with(&server, "--faults", "[{\"fault\":\"reply\",\"status\":503}]");
    open_one(&fixture, &server, 1);
    request.once = true;
    (void)http_fixture_ask(&fixture, request, "hello");
    cr_assert(http_fixture_wait(&fixture, 1));
    expect_all(&fixture, HTTP_BUSY);
    cr_expect_eq(fixture.calls[0].requests, 1);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* --- secrets ------------------------------------------------------------------------------------
 */

TestSuite(secrets, .timeout = 60);

#define CANARY        "sk-canary/7Qx+Zw=0123456789"
#define CANARY_URL    "sk-canary%2F7Qx%2BZw%3D0123456789"
#define CANARY_BASE64 "c2stY2FuYXJ5LzdReCtadz0wMTIzNDU2Nzg5"             /* of the key */
#define CANARY_BEARER "QmVhcmVyIHNrLWNhbmFyeS83UXgrWnc9MDEyMzQ1Njc4OQ==" /* "Bearer " before it */

static void expect_no_canary(const char *text)
{
    static const char *const traces[] = {"canary/7Qx", "canary%2F7Qx", "FuYXJ5LzdReCt", "Nhbm",
                                         "y1jYW5hcnkvN1F4"};

    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
        cr_expect_null(strstr(text, traces[i]), "`%s` in `%s`", traces[i], text);
}

/* The key reaches the server, and nobody else sees it: not when the server repeats it in a
 * body or an error, in whatever form, nor when a call fails or a server is in trouble. */
Test(secrets, a_key_is_seen_by_its_server_alone)
{
    static const char faults[] =
        "[{\"fault\":\"reply\",\"status\":401,\"text\":\"raw.\",\"body\":"
        "\"{\\\"error\\\":\\\"wrong key " CANARY "\\\"}\"},"
        "{\"fault\":\"reply\",\"status\":500,\"text\":\"url.\",\"body\":\"?key=" CANARY_URL "\"},"
        "{\"fault\":\"reply\",\"status\":200,\"text\":\"base.\",\"body\":"
        "\"{\\\"a\\\":\\\"" CANARY_BASE64 "\\\"}\"},"
        "{\"fault\":\"reply\",\"status\":503,\"text\":\"busy.\",\"body\":\"" CANARY_BEARER "\"},"
        "{\"fault\":\"reply\",\"status\":302,\"text\":\"away.\",\"header\":\"Location: /?" CANARY
        "\"}]";
    static const char *const prompts[] = {"raw.", "url.", "base.", "busy.", "away.", "fine."};
    enum { CALLS = sizeof prompts / sizeof *prompts };
    struct serving server;
    struct http_fixture fixture;
    struct http_server where = {.key_env = "CRUX_TEST_KEY"};
    struct http_endpoint_view view;
    struct visit *visits;
    size_t count;

    (void)setenv("CRUX_TEST_KEY", CANARY, 1);
    start_with(&server, "--key-env", "CRUX_TEST_KEY", "--faults", faults);
    where.url = server.url;
    http_fixture_open_servers(&fixture, http_fixture_options(), &where, 1, CALLS);
    for (int i = 0; i < CALLS; i++) {
        struct http_request request = any;

        request.once = true;
        (void)http_fixture_ask(&fixture, request, prompts[i]);
        cr_assert(http_fixture_wait(&fixture, (uint32_t)i + 1));
    }
    http_look_at(fixture.client, 0, &view);
    http_fixture_close(&fixture);
    for (int i = 0; i < CALLS; i++) {
        expect_no_canary(fixture.calls[i].sentence);
        expect_no_canary(fixture.calls[i].body);
    }
    expect_no_canary(view.trouble);
    cr_expect_not_null(strstr(fixture.calls[0].sentence, "wrong key ****"), "%s",
                       fixture.calls[0].sentence);
    cr_expect_eq(fixture.calls[2].class, HTTP_DONE);
    cr_expect_eq(fixture.calls[5].class, HTTP_DONE, "%s", fixture.calls[5].sentence);
    count = serving_visits(&server, &visits);
    cr_assert_eq(count, CALLS);
    for (size_t i = 0; i < count; i++)
        cr_expect(visits[i].authorized);
    free(visits);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* Without the key the server's own words tell what is wrong. */
Test(secrets, a_missing_key_is_told)
{
    struct serving server;
    struct http_fixture fixture;

    (void)setenv("CRUX_TEST_KEY", CANARY, 1);
    start_with(&server, "--key-env", "CRUX_TEST_KEY");
    open_one(&fixture, &server, 1);
    (void)http_fixture_ask(&fixture, any, "hello");
    cr_assert(http_fixture_wait(&fixture, 1));
    expect_all(&fixture, HTTP_FATAL);
    cr_expect_not_null(strstr(fixture.calls[0].sentence, "401: Incorrect API key"), "%s",
                       fixture.calls[0].sentence);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* --- opening
 * --------------------------------------------------------------------------------------- */

TestSuite(opening, .timeout = 60);

/* What cannot work is refused with a sentence before anything is asked. */
Test(opening, refuses_what_cannot_work)
{
    static const struct http_server none = {.url = "http://127.0.0.1:1",
                                            .key_env = "CRUX_TEST_UNSET"};
    static const struct http_server ftp = {.url = "ftp://127.0.0.1/"};
    const struct http_server *const servers[] = {&none, &ftp};
    static const char *const words[] = {"CRUX_TEST_UNSET", "http://"};
    struct http_options options = http_options_default();
    struct http_client *client = NULL;
    struct crux_error error = {""};

    for (int i = 0; i < 2; i++) {
        options.servers = servers[i];
        options.server_count = 1;
        cr_expect_eq(http_open(&client, &options, &error), CRUX_INVALID);
        cr_expect_not_null(strstr(error.text, words[i]), "%s", error.text);
    }
    options.in_flight = 0;
    cr_expect_eq(http_open(&client, &options, &error), CRUX_INVALID);
    options.in_flight = 1;
    options.server_count = 0;
    cr_expect_eq(http_open(&client, &options, &error), CRUX_INVALID);
    cr_expect_null(client);
}
