/*
 * http.c - the HTTP client: a queue, its transfers, and the one thread that works for both; and how
 * other threads reach it.
 */
#include "io/http/http.h"

#include "io/clock.h"
#include "io/http/poll.h"
#include "io/http/queue.h"
#include "io/http/transfers.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct http_client {
    struct http_queue queue;
    struct http_poll poll;
    struct http_transfers *transfers;
    pthread_t thread;
    bool started;
    _Atomic int64_t grace_ns;   /* below 0: not stopped */
    _Atomic int going;          /* enum http_going, as http_hold() said last */
    _Atomic uint32_t in_flight; /* as http_set_in_flight() said last */
};

/* --- the thread ---------------------------------------------------------------------- */

static void allow(struct http_client *client, uint32_t in_flight)
{
    if (client->queue.options.in_flight == in_flight)
        return;
    http_queue_allow(&client->queue, in_flight);
    http_transfers_allow(client->transfers, in_flight);
}

static void *run(void *context)
{
    struct http_client *client = context;
    struct http_queue *queue = &client->queue;
    struct http_ready ready[HTTP_READY];
    bool over = false;
    int count = 0;

    while (!over) {
        struct http_call *call;
        bool finished;
        int64_t until_ns;

        queue->now_ns = clock_now_ns();
        finished = http_transfers_work(client->transfers, ready, count);
        /* relaxed: the word is all there is to see. */
        http_queue_hold(
            queue, (enum http_going)atomic_load_explicit(&client->going, memory_order_relaxed));
        allow(client, atomic_load_explicit(&client->in_flight, memory_order_relaxed));
        http_members_take(queue);
        http_queue_take(queue);
        http_queue_tick(queue);
        /* acquire: pairs with the release in http_stop(): calls are shut out by then. */
        over = http_queue_wind_up(queue,
                                  atomic_load_explicit(&client->grace_ns, memory_order_acquire));
        while ((call = http_queue_next(queue)) != NULL)
            http_transfers_begin(client->transfers, call);
        until_ns = http_transfers_timer(client->transfers);
        if (queue->tick_ns < until_ns)
            until_ns = queue->tick_ns;
        count =
            http_poll_wait(&client->poll, finished || over ? 0 : until_ns - queue->now_ns, ready);
    }
    queue->now_ns = clock_now_ns();
    http_members_shut(queue);
    http_queue_take(queue); /* what was submitted before it was shut */
    http_queue_publish(queue);
    return NULL;
}

/* Signals are the host's: this thread takes none, and writes to dead connections end there. */
static bool http_start(struct http_client *client)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    client->started = pthread_create(&client->thread, NULL, run, client) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return client->started;
}

/* --- opening and closing ------------------------------------------------------------------ */

/* What it has besides its queue. */
static int open_network(struct http_client *client, struct crux_error *error)
{
    int status;

    if (!http_poll_open(&client->poll))
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    status = http_transfers_open(&client->transfers, &client->queue, &client->poll, error);
    if (status == CRUX_OK && !http_start(client))
        status = crux_fail(error, CRUX_MEMORY, "cannot start the thread of the HTTP client");
    return status;
}

int http_open(struct http_client **out, const struct http_options *options,
              struct crux_error *error)
{
    struct http_client *client;
    int status;

    client = calloc(1, sizeof *client);
    if (client == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    atomic_init(&client->grace_ns, -1);
    atomic_init(&client->going, HTTP_GOES);
    atomic_init(&client->in_flight, options->in_flight);
    client->poll = (struct http_poll){-1, -1};
    status = http_queue_open(&client->queue, options, error);
    if (status != CRUX_OK) {
        free(client);
        return status;
    }
    client->queue.endpoints.random = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 32;
    status = open_network(client, error);
    if (status != CRUX_OK)
        http_close(client);
    else
        *out = client;
    return status;
}

int http_submit(struct http_client *client, const struct http_request *request, http_ticket *ticket)
{
    bool wake = false;
    int status = http_calls_put(&client->queue.calls, request, clock_now_ns(), ticket, &wake);

    if (status == CRUX_OK && wake)
        http_poll_wake(&client->poll);
    return status;
}

void http_cancel(struct http_client *client, http_ticket ticket)
{
    if (http_calls_cancel(&client->queue.calls, ticket))
        http_poll_wake(&client->poll);
}

void http_hold(struct http_client *client, enum http_going going)
{
    atomic_store_explicit(&client->going, (int)going, memory_order_relaxed);
    http_poll_wake(&client->poll);
}

int http_set_in_flight(struct http_client *client, uint32_t in_flight, struct crux_error *error)
{
    int status = http_queue_may_have(in_flight, error);

    if (status != CRUX_OK)
        return status;
    atomic_store_explicit(&client->in_flight, in_flight, memory_order_relaxed);
    http_poll_wake(&client->poll);
    return CRUX_OK;
}

const char *http_endpoint_url(const struct http_client *client, uint32_t endpoint)
{
    return client->queue.endpoints.items[endpoint].base;
}

int http_check_server(const struct http_server *server, struct crux_error *error)
{
    struct http_endpoint endpoint = {.base = NULL};
    int status = http_endpoints_make(&endpoint, server, 1, error);

    http_endpoints_unmake(&endpoint);
    return status;
}

static void http_wake(void *client)
{
    http_poll_wake(&((struct http_client *)client)->poll);
}

int http_join(struct http_client *client, const struct http_server *server, uint32_t *endpoint,
              struct crux_error *error)
{
    return http_members_join(&client->queue, server, endpoint, http_wake, client, error);
}

void http_part(struct http_client *client, uint32_t endpoint)
{
    http_members_part(&client->queue, endpoint, http_wake, client);
}

uint32_t http_leave(struct http_client *client, uint32_t endpoint)
{
    return http_endpoints_leave(&client->queue.endpoints, endpoint);
}

void http_stop(struct http_client *client, int64_t grace_ns)
{
    int64_t running = -1;

    http_calls_shut(&client->queue.calls);
    /* release: pairs with the acquire in run(). */
    (void)atomic_compare_exchange_strong_explicit(&client->grace_ns, &running,
                                                  grace_ns < 0 ? 0 : grace_ns, memory_order_acq_rel,
                                                  memory_order_acquire);
    http_poll_wake(&client->poll);
}

void http_close(struct http_client *client)
{
    if (client == NULL)
        return;
    if (client->started) {
        http_stop(client, 0);
        (void)pthread_join(client->thread, NULL);
    }
    http_transfers_close(client->transfers);
    http_poll_close(&client->poll);
    http_queue_close(&client->queue);
    free(client);
}

void http_look(struct http_client *client, struct http_view *out)
{
    http_queue_look(&client->queue, out);
}

void http_look_at(struct http_client *client, uint32_t endpoint, struct http_endpoint_view *out)
{
    http_queue_look_at(&client->queue, endpoint, out);
}
