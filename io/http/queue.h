/*
 * queue.h - what a client does with its calls, without a network.
 *
 * It decides which call is sent next and where to, and what becomes of a call when a request
 * has ended: it ends too, waits again, or rests first. The client's thread (http.c) asks for the
 * next one; the network's side (transfers.c) sends it, and reports what came of it.
 *
 *     take    calls and cancels that came from other threads
 *     next    a call to send now
 *     came    a request has ended
 *     tick    what only time brings: rests that are over, deadlines, requests that take too
 *             long, lost patience
 *
 * Which call is next: turns.h. Endpoints come and go: members.h.
 *
 * Threads. The client's I/O thread, but for http_queue_may_have() and the two that look.
 */
#ifndef IO_HTTP_QUEUE_H
#define IO_HTTP_QUEUE_H

#include "io/http/calls.h"
#include "io/http/members.h"
#include "io/http/message.h"

struct http_queue {
    struct http_options options;
    struct http_calls calls;
    struct http_endpoints endpoints;
    struct http_list *waiting; /* one an endpoint */
    struct http_list homeless; /* wait for an endpoint to come */
    struct http_list resting, flying;
    struct http_members members;
    int64_t alone_ns;      /* since when there is no endpoint; 0: there is one */
    uint32_t first_choice; /* the endpoint that is looked at first */
    int64_t now_ns;        /* of this round of the loop; http.c sets it */
    int64_t tick_ns;       /* when the next tick is due */
    int64_t grace_ends_ns;
    bool stopped;
    enum http_going going;

    /* Give up the request of a call that flies, without a word to the queue. True: it had been
     * sent, at least in part. */
    bool (*drop)(void *context, struct http_call *call);
    /* Report a call that flies as come, if its reply is whole but for its end. */
    bool (*salvage)(void *context, struct http_call *call);
    void *context;

    struct http_view view;
    pthread_mutex_t published_lock;
    struct http_view published;
    struct http_endpoint_view *published_endpoints;
};

int http_queue_open(struct http_queue *out, const struct http_options *options,
                    struct crux_error *error);
void http_queue_close(struct http_queue *queue);

/* May a client have so many requests in flight? Raises the limit of open files where it must. */
int http_queue_may_have(uint32_t in_flight, struct crux_error *error);

/* So many from now on. */
void http_queue_allow(struct http_queue *queue, uint32_t in_flight);

void http_queue_take(struct http_queue *queue);

/* A call that is to be sent now, to call->endpoint; it flies from now on. NULL: none. */
struct http_call *http_queue_next(struct http_queue *queue);
void http_queue_came(struct http_queue *queue, struct http_call *call, struct http_result *result);

void http_queue_tick(struct http_queue *queue); /* does nothing before it is due */
void http_queue_publish(struct http_queue *queue);

/* From any thread: what was published last. */
void http_queue_look(struct http_queue *queue, struct http_view *out);
void http_queue_look_at(struct http_queue *queue, uint32_t endpoint,
                        struct http_endpoint_view *out);

/* What http_hold() said last; before http_queue_take(). */
void http_queue_hold(struct http_queue *queue, enum http_going going);

/* Stopping: at once for what waits, after the grace for what flies; below 0: not stopping.
 * True: all is over. */
bool http_queue_wind_up(struct http_queue *queue, int64_t grace_ns);

#endif
