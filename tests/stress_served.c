/*
 * stress_served.c - askers, cancels and limits against one backend, from all sides.
 *
 * Runs under ThreadSanitizer, with the fake model server. Threads ask for overlapping samples of a
 * few prompts, call some of their questions off, and run into a limit in the end. Some replies are
 * faults. Main judges after the join: every question was answered once, with as many samples as it
 * was for or with a failure, and the limit held.
 *
 *     stress_served [QUESTIONS]
 */
#include "io/account.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"
#include "tests/world/http_fixture.h"
#include "tests/world/served_fixture.h"
#include "tests/world/serving.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKERS = 4, PROMPTS = 60 };

static struct serving serving;
static struct ledger *ledger;
static struct account *account;
static struct served *served;
static struct served_fixture *fixtures;
static uint32_t count, limit;
static _Atomic uint32_t next, halts;

static void on_halt(void *context)
{
    (void)context;
    halts++;
}

static void *ask(void *context)
{
    uint32_t mine;

    (void)context;
    while ((mine = next++) < count) {
        (void)served_fixture_ask(&fixtures[mine], served);
        if (mine % 11 == 0)
            served_cancel(served, &fixtures[mine], 0);
        if (mine % 16 == 0)
            (void)served_fixture_wait(&fixtures[mine]);
    }
    return NULL;
}

static int open_all(struct crux_error *error)
{
    const struct http_server server = {.url = serving.url};
    const struct account_limits limits = {.calls = limit};
    struct served_options options = {
        .name = "chat", .model = "fake", .http = http_fixture_options()};
    int status = ledger_open(&ledger, NULL, error);

    if (status == CRUX_OK)
        status = account_open(&account, &limits, error);
    if (status != CRUX_OK)
        return status;
    account_on_halt(account, on_halt, NULL);
    options.http.servers = &server;
    options.http.server_count = 1;
    options.http.in_flight = 32;
    options.ledger = ledger;
    options.account = account;
    return served_open(&served, &options, error);
}

static void write_questions(void)
{
    char prompt[40];

    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(prompt, sizeof prompt, "%s %u", i % 13 == 0 ? "bad" : "good",
                       i * 7 % PROMPTS);
        served_fixture_about(&fixtures[i], prompt, 1 + i % 4);
        fixtures[i].question.first = i % 3;
        fixtures[i].question.form = i % 5 == 0 ? &served_fixture_one : &served_fixture_all;
    }
}

static uint64_t judge(void)
{
    struct account_sum paid;
    uint64_t wrong = 0, good = 0;

    account_look(account, &paid, NULL);
    wrong += paid.calls > limit || halts > 1;
    for (uint32_t i = 0; i < count; i++) {
        wrong += !served_fixture_wait(&fixtures[i]) || fixtures[i].answers != 1;
        wrong += fixtures[i].status == CRUX_OK && fixtures[i].count != 1 + i % 4;
        wrong += fixtures[i].status > CRUX_OK;
        good += fixtures[i].status == CRUX_OK;
    }
    wrong += good == 0; /* else it was not a test */
    return wrong;
}

int main(int argument_count, char **arguments)
{
    static const char *const settings[] = {
        "--latency", "lognormal:2", "--faults",
        "[{\"text\":\"bad\",\"probability\":0.5,\"fault\":\"edit\",\"edit\":\"no_choices\"}]",
        NULL};
    struct crux_error error = {""};
    pthread_t threads[ASKERS];
    uint64_t wrong = 0;

    count = argument_count > 1 ? (uint32_t)atoi(arguments[1]) : 1500;
    limit = count / 2;
    fixtures = calloc(count, sizeof *fixtures);
    serving_start(&serving, settings);
    if (fixtures == NULL || open_all(&error) != CRUX_OK)
        return 1;
    write_questions();
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_create(&threads[i], NULL, ask, NULL);
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_join(threads[i], NULL);
    wrong = judge();
    served_close(served);
    ledger_close(ledger);
    account_close(account);
    serving_stop(&serving);
    for (uint32_t i = 0; i < count; i++)
        served_fixture_free(&fixtures[i]);
    free(fixtures);
    (void)printf("%llu broken\n", (unsigned long long)wrong);
    return wrong == 0 ? 0 : 1;
}
