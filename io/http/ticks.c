/*
 * ticks.c - what only time brings to a queue: deadlines, requests that take too long, rests that
 * are over, endpoints for which there is no use in waiting; and a queue that is held or stopped.
 */
#include "io/http/places.h"

#include <stdio.h>

#include "io/clock.h"

#define TICK_NS (CLOCK_SECOND_NS / 20)

/* The time limit that a request has passed, in words; NULL: none. */
static const char *too_slow(const struct http_queue *queue, const struct http_call *call)
{
    const struct http_options *options = &queue->options;
    int64_t now_ns = queue->now_ns;

    if (call->first_byte_ns == 0)
        return now_ns - call->sent_ns > options->client.answer_ns
                   ? "no answer came in time (--answer-timeout)"
                   : NULL;
    if (now_ns - call->last_byte_ns > options->client.stall_ns)
        return "the answer began and then stalled (--stall-timeout)";
    return now_ns - call->first_byte_ns > options->client.body_ns
               ? "the answer came too slowly (--body-timeout)"
               : NULL;
}

static void end_slow(struct http_queue *queue)
{
    struct http_call *next;

    for (struct http_call *call = queue->flying.first; call != NULL; call = next) {
        struct http_result result = {.verdict = {.class = HTTP_FAULTY}, .wait_ns = -1};
        const char *why = too_slow(queue, call);

        next = call->next;
        if (why == NULL || queue->salvage(queue->context, call))
            continue;
        (void)snprintf(result.verdict.sentence, sizeof result.verdict.sentence, "%s", why);
        result.broken = call->first_byte_ns == 0;
        result.unknown = queue->drop(queue->context, call);
        http_queue_came(queue, call, &result);
    }
}

static void end_late(struct http_queue *queue, const struct http_list *list)
{
    struct http_call *next;

    for (struct http_call *call = list->first; call != NULL; call = next) {
        next = call->next;
        if (call->request.deadline_ns != 0 && call->request.deadline_ns <= queue->now_ns)
            http_places_drop(queue, call, HTTP_LATE, "no answer before the call's deadline");
    }
}

static void wake_rested(struct http_queue *queue)
{
    struct http_call *next;

    for (struct http_call *call = queue->resting.first; call != NULL; call = next) {
        next = call->next;
        if (call->rest_until_ns > queue->now_ns)
            continue;
        http_places_leave(queue, call);
        http_places_wait_again(queue, call);
    }
}

/* Is there no use in waiting for this endpoint? */
static bool is_hopeless(struct http_queue *queue, const struct http_endpoint *endpoint, char *why,
                        size_t room)
{
    if (http_endpoints_left(&queue->endpoints, endpoint, queue->now_ns)) {
        (void)snprintf(why, room, "it asks to wait longer than --retry-after-max");
        return true;
    }
    (void)snprintf(why, room, "nothing has come through for %g seconds (--patience)",
                   (double)queue->options.client.patience_ns / (double)CLOCK_SECOND_NS);
    return endpoint->trouble_ns != 0 &&
           queue->now_ns - endpoint->trouble_ns > queue->options.client.patience_ns;
}

static bool all_hopeless(struct http_queue *queue)
{
    char why[80];

    if (queue->endpoints.joins && !http_endpoints_any_used(&queue->endpoints))
        return queue->now_ns - queue->alone_ns > queue->options.client.patience_ns;
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (!http_places_endpoint(queue, i)->gone &&
            !is_hopeless(queue, http_places_endpoint(queue, i), why, sizeof why))
            return false;
    return true;
}

/* Haste that outlasts all patience is want of money. */
static enum http_class class_of_hopeless(struct http_queue *queue,
                                         const struct http_endpoint *endpoint)
{
    bool left = http_endpoints_left(&queue->endpoints, endpoint, queue->now_ns);

    return endpoint->hasty && !left ? HTTP_FATAL : endpoint->why;
}

/* Calls for which there has been no endpoint for so long. */
static void end_homeless(struct http_queue *queue)
{
    char why[80];

    (void)snprintf(why, sizeof why, "there has been no endpoint for %g seconds (--patience)",
                   (double)queue->options.client.patience_ns / (double)CLOCK_SECOND_NS);
    while (queue->homeless.first != NULL)
        http_places_end_unanswered(queue, queue->homeless.first,
                                   &(struct http_reply){.class = HTTP_FAULTY, .nobody = true}, why);
}

/* Since when is there no endpoint? */
static void note_alone(struct http_queue *queue)
{
    if (http_endpoints_any_used(&queue->endpoints))
        queue->alone_ns = 0;
    else if (queue->alone_ns == 0)
        queue->alone_ns = queue->now_ns;
}

/* Calls that only a hopeless endpoint could answer: all of its own when the others are
 * hopeless too, else those that may go nowhere else. */
static void end_hopeless(struct http_queue *queue)
{
    bool all;
    char why[80];

    note_alone(queue);
    all = all_hopeless(queue);
    if (all)
        end_homeless(queue);
    for (uint32_t i = 0; i < queue->endpoints.count; i++) {
        const struct http_endpoint *endpoint = http_places_endpoint(queue, i);
        struct http_call *next;

        if (endpoint->waiting == 0 || !is_hopeless(queue, endpoint, why, sizeof why))
            continue;
        for (struct http_call *call = queue->waiting[i].first; call != NULL; call = next) {
            next = call->next;
            if (all || call->request.endpoint != HTTP_ANY_ENDPOINT)
                http_places_end_unanswered(
                    queue, call,
                    &(struct http_reply){.class = class_of_hopeless(queue, endpoint),
                                         .nobody = all},
                    why);
        }
    }
}

/* End every call that waits or rests, and with flying also those in flight. */
static void clear(struct http_queue *queue, bool flying)
{
    static const char why[] = "the client is stopped";

    while (queue->resting.first != NULL)
        http_places_end_without(queue, queue->resting.first, HTTP_CANCELLED, why);
    while (queue->homeless.first != NULL)
        http_places_end_without(queue, queue->homeless.first, HTTP_CANCELLED, why);
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        while (queue->waiting[i].first != NULL)
            http_places_end_without(queue, queue->waiting[i].first, HTTP_CANCELLED, why);
    while (flying && queue->flying.first != NULL)
        http_places_drop(queue, queue->flying.first, HTTP_CANCELLED, why);
}

/* An endpoint could not show meanwhile that it is well: its time counts anew. */
void http_queue_hold(struct http_queue *queue, enum http_going going)
{
    if (going == queue->going)
        return;
    queue->going = going;
    if (going == HTTP_GOES)
        queue->alone_ns = 0;
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (going == HTTP_GOES && http_places_endpoint(queue, i)->trouble_ns != 0)
            http_places_endpoint(queue, i)->trouble_ns = queue->now_ns;
}

void http_queue_tick(struct http_queue *queue)
{
    if (queue->now_ns < queue->tick_ns)
        return;
    queue->tick_ns = queue->now_ns + TICK_NS;
    end_late(queue, &queue->flying);
    end_slow(queue);
    end_late(queue, &queue->resting);
    end_late(queue, &queue->homeless);
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        end_late(queue, &queue->waiting[i]);
    wake_rested(queue);
    if (queue->going == HTTP_GOES)
        end_hopeless(queue);
    else if (queue->going == HTTP_DROPS)
        clear(queue, false);
    http_queue_publish(queue);
}

bool http_queue_wind_up(struct http_queue *queue, int64_t grace_ns)
{
    if (grace_ns < 0)
        return false;
    if (!queue->stopped)
        queue->grace_ends_ns = queue->now_ns + grace_ns;
    queue->stopped = true;
    clear(queue, queue->now_ns >= queue->grace_ends_ns);
    return queue->flying.count == 0;
}
