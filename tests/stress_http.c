/*
 * stress_http.c - many threads ask and cancel at once, for ThreadSanitizer.
 *
 * Four threads submit calls and cancel every third of them at some time, a fifth one looks
 * at the client, a sixth has one of its servers leave and come back and adds addresses where nobody
 * is, which part again; done() submits a follow-up for every seventh call. After the client is
 * closed each call must have ended exactly once. The server fails some of them, so that
 * every way back into the queue is taken.
 */
#include "io/http/http.h"
#include "tests/world/serving.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, CALLS = 1500 };

struct call {
    struct stress *stress;
    bool follows; /* another one, when it has ended */
    _Atomic uint32_t ends;
};

struct stress {
    struct http_client *client;
    struct call calls[THREADS][2 * CALLS];
    _Atomic uint32_t submitted, ended, changes;
    const char *url; /* of the server that comes and goes */
    _Atomic bool over;
};

struct worker {
    struct stress *stress;
    int number;
};

static const char body[] = "{\"prompt\": \"hello\", \"seed\": 1}";

static void submit(struct call *call, http_ticket *ticket);

static void on_done(void *context, struct http_reply *reply)
{
    struct call *call = context;
    http_ticket ticket;

    atomic_fetch_add(&call->ends, 1);
    atomic_fetch_add(&call->stress->ended, 1);
    if (reply->body != NULL && reply->requests % 2 == 1) { /* keep it for a moment */
        char *kept = reply->body;

        reply->body = NULL;
        assert(strlen(kept) == reply->length);
        free(kept);
    }
    if (call->follows)
        submit(call + CALLS, &ticket);
}

static void submit(struct call *call, http_ticket *ticket)
{
    struct http_request request = {.path = "completions",
                                   .pieces = {{body, sizeof body - 1}},
                                   .piece_count = 1,
                                   .sticky = (uint64_t)(uintptr_t)call >> 7, /* of some calls */
                                   .samples = 1 + call->follows,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .done = on_done,
                                   .context = call};

    if (http_submit(call->stress->client, &request, ticket) == CRUX_OK)
        atomic_fetch_add(&call->stress->submitted, 1);
}

static void *ask(void *context)
{
    const struct worker *worker = context;
    struct stress *stress = worker->stress;
    http_ticket tickets[CALLS];

    for (int i = 0; i < CALLS; i++) {
        struct call *call = &stress->calls[worker->number][i];

        call->follows = i % 7 == 0;
        submit(call, &tickets[i]);
        if (i % 3 == 0)
            http_cancel(stress->client, tickets[i / 2]);
    }
    return NULL;
}

static void *look(void *context)
{
    struct stress *stress = context;
    struct http_endpoint_view endpoint;
    struct http_view view;

    while (!atomic_load(&stress->over)) {
        http_look(stress->client, &view);
        http_look_at(stress->client, 1, &endpoint);
        assert(view.in_flight <= 64 && endpoint.limit <= 64);
    }
    return NULL;
}

static int join(struct stress *stress, const char *url, uint32_t *number)
{
    const struct http_server server = {.url = url, .slots = 3};
    struct crux_error error = {""};
    int status = http_join(stress->client, &server, number, &error);

    assert(status == CRUX_OK || status == CRUX_CANCELLED);
    atomic_fetch_add(&stress->changes, status == CRUX_OK);
    return status;
}

/* Until the client is stopped. */
static void *change(void *context)
{
    struct stress *stress = context;
    uint32_t number = 1, nobody;

    for (uint32_t turn = 0;; turn++) {
        char url[40];

        http_part(stress->client, number);
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", 1 + turn % 5);
        if (join(stress, url, &nobody) != CRUX_OK)
            return NULL;
        http_part(stress->client, nobody);
        if (join(stress, stress->url, &number) != CRUX_OK)
            return NULL;
        (void)sched_yield();
    }
}

static void run(struct stress *stress)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS + 2];
    int status = 0;

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){stress, i};
        status |= pthread_create(&threads[i], NULL, ask, &workers[i]);
    }
    status |= pthread_create(&threads[THREADS], NULL, look, stress);
    status |= pthread_create(&threads[THREADS + 1], NULL, change, stress);
    assert(status == 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    while (atomic_load(&stress->ended) < THREADS * CALLS / 2)
        (void)sched_yield();
    http_stop(stress->client, 100000000); /* some are left */
    atomic_store(&stress->over, true);
    (void)pthread_join(threads[THREADS], NULL);
    (void)pthread_join(threads[THREADS + 1], NULL);
    http_close(stress->client);
}

int main(void)
{
    static const char *const arguments[] = {
        "--latency", "lognormal:5", "--faults",
        "[{\"fault\":\"reply\",\"status\":429,\"retry_after\":\"0\",\"probability\":0.01},"
        "{\"fault\":\"reply\",\"status\":500,\"probability\":0.02},"
        "{\"fault\":\"cut\",\"how\":\"reset\",\"probability\":0.02}]",
        NULL};
    static struct stress stress;
    struct serving servers[2];
    struct http_server where[2] = {{.url = servers[0].url}, {.url = servers[1].url}};
    struct http_options options = http_options_default();
    struct crux_error error = {""};
    int status;

    serving_start(&servers[0], arguments);
    serving_start(&servers[1], arguments);
    options.servers = where;
    options.server_count = 2;
    options.in_flight = 64;
    options.joins = true;
    stress.url = servers[1].url;
    status = http_open(&stress.client, &options, &error);
    assert(status == CRUX_OK);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < 2 * CALLS; j++)
            stress.calls[i][j].stress = &stress;
    run(&stress);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < 2 * CALLS; j++)
            assert(atomic_load(&stress.calls[i][j].ends) <= 1);
    assert(atomic_load(&stress.ended) == atomic_load(&stress.submitted));
    assert(atomic_load(&stress.changes) > 10);
    (void)printf("%u calls ended once each, %u changes of servers\n", atomic_load(&stress.ended),
                 atomic_load(&stress.changes));
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
    return 0;
}
