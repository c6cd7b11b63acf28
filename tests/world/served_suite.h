/*
 * served_suite.h - what the suites of a backend share, for Criterion: a fake model server, and a
 * session with it, which is a ledger in a store, an account and the backend. Every program that
 * includes this has its own.
 */
#ifndef TESTS_WORLD_SERVED_SUITE_H
#define TESTS_WORLD_SERVED_SUITE_H

#include "io/account.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"
#include "tests/world/http_fixture.h"
#include "tests/world/served_fixture.h"
#include "tests/world/serving.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)

static struct serving serving;
static struct crux_store *store;
static struct ledger *ledger;
static struct account *account;
static struct served *served;
static struct crux_error why;
static uint32_t halts;

static inline void on_halt(void *context)
{
    (void)context;
    halts++;
}

static const struct served_prices dear = {
    .prompt = 2000000, .cached = 1000000, .completion = 10000000};

static inline void open_backend(const char *url, const char *name)
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

static inline void open_session(struct account_limits limits)
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

static inline void close_session(void)
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

static inline void begin(const char *const *arguments)
{
    store_fixture_set_up();
    serving_start(&serving, arguments);
    open_session((struct account_limits){.calls = 0});
}

static inline void begin_quick(void)
{
    begin((const char *const[]){"--latency", "constant:2", NULL});
}

static inline void begin_slow(void)
{
    begin((const char *const[]){"--latency", "constant:300", NULL});
}

static inline void tear_down(void)
{
    close_session();
    serving_stop(&serving);
    store_fixture_tear_down();
}

/* A session anew, with limits. */
static inline void use_limits(struct account_limits limits)
{
    close_session();
    open_session(limits);
}

/* How many requests and how many choices (NULL: never mind) the server was asked for; ends the
 * server. */
static inline size_t visits_of(uint32_t *choices)
{
    struct visit *visits = NULL;
    size_t count;

    close_session();
    count = serving_visits(&serving, &visits);
    if (choices != NULL)
        *choices = 0;
    for (size_t i = 0; i < count && choices != NULL; i++)
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

#endif
