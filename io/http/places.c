/*
 * places.c - moves a queue's calls between its lists, and ends them.
 */
#include "io/http/places.h"

#include <stdio.h>

#include "io/http/retry.h"

struct http_endpoint *http_places_endpoint(struct http_queue *queue, uint32_t number)
{
    return &queue->endpoints.items[number];
}

uint32_t http_places_samples(const struct http_call *call)
{
    return call->request.samples > 0 ? call->request.samples : 1;
}

/* No endpoint is there for it. */
static void places_wait_nowhere(struct http_queue *queue, struct http_call *call)
{
    if (call->request.endpoint == HTTP_ANY_ENDPOINT) {
        call->endpoint = UINT32_MAX;
        http_calls_append(&queue->homeless, call);
    } else {
        call->state = HTTP_INBOX;
        http_places_end_without(queue, call, HTTP_FATAL, "this endpoint has left");
    }
}

void http_places_wait(struct http_queue *queue, struct http_call *call, uint32_t number, bool first)
{
    struct http_endpoint *endpoint;

    if (number != UINT32_MAX && http_places_endpoint(queue, number)->gone)
        number = call->request.endpoint != HTTP_ANY_ENDPOINT
                     ? UINT32_MAX
                     : http_endpoints_home(&queue->endpoints, call->request.sticky);
    call->state = HTTP_WAITING;
    call->ahead = first;
    if (number == UINT32_MAX) {
        places_wait_nowhere(queue, call);
        return;
    }
    endpoint = http_places_endpoint(queue, number);
    call->endpoint = number;
    call->turn = endpoint->turns + endpoint->waiting++;
    if (!queue->options.arrival)
        http_order_add(&endpoint->order, call);
    if (first)
        http_calls_prepend(&queue->waiting[number], call);
    else
        http_calls_append(&queue->waiting[number], call);
}

void http_places_leave(struct http_queue *queue, struct http_call *call)
{
    switch (call->state) {
    case HTTP_WAITING:
        if (call->endpoint == UINT32_MAX) {
            http_calls_remove(&queue->homeless, call);
            break;
        }
        http_order_remove(&http_places_endpoint(queue, call->endpoint)->order, call);
        http_places_endpoint(queue, call->endpoint)->waiting--;
        http_calls_remove(&queue->waiting[call->endpoint], call);
        break;
    case HTTP_RESTING:
        http_calls_remove(&queue->resting, call);
        break;
    case HTTP_FLYING:
        http_places_endpoint(queue, call->endpoint)->in_flight--;
        http_places_endpoint(queue, call->endpoint)->samples -= http_places_samples(call);
        http_calls_remove(&queue->flying, call);
        break;
    default:
        break;
    }
    call->state = HTTP_INBOX; /* in no list of the queue's */
}

void http_places_wait_again(struct http_queue *queue, struct http_call *call)
{
    uint32_t to = call->request.endpoint;

    if (to == HTTP_ANY_ENDPOINT)
        to = http_endpoints_again(&queue->endpoints, call->request.sticky, call->endpoint,
                                  queue->now_ns);
    http_places_wait(queue, call, to,
                     to != UINT32_MAX && http_places_endpoint(queue, to)->trouble_ns == 0);
}

void http_places_rest(struct http_queue *queue, struct http_call *call, uint32_t round)
{
    call->state = HTTP_RESTING;
    call->rest_until_ns =
        queue->now_ns + http_retry_wait(round, http_endpoints_draw(&queue->endpoints));
    http_calls_append(&queue->resting, call);
}

/* --- how calls end -------------------------------------------------------------------------- */

void http_places_end(struct http_queue *queue, struct http_call *call, const char *why,
                     struct http_reply *reply)
{
    char sentence[512] = "", proxy[160] = "";

    if (call->endpoint != UINT32_MAX && *http_places_endpoint(queue, call->endpoint)->proxy != '\0')
        (void)snprintf(proxy, sizeof proxy, " (through the proxy %s)",
                       http_places_endpoint(queue, call->endpoint)->proxy);
    if (reply->class != HTTP_DONE && call->endpoint != UINT32_MAX)
        (void)snprintf(
            sentence, sizeof sentence, call->requests > 1 ? "%s%s: %s (%u requests)" : "%s%s: %s",
            http_places_endpoint(queue, call->endpoint)->base, proxy, why, call->requests);
    else if (reply->class != HTTP_DONE)
        (void)snprintf(sentence, sizeof sentence, "%s", why);
    reply->sentence = sentence;
    reply->endpoint = call->endpoint;
    reply->requests = call->requests;
    reply->total_ns = queue->now_ns - call->submitted_ns;
    reply->waited_ns = (call->first_ns == 0 ? queue->now_ns : call->first_ns) - call->submitted_ns;
    reply->took_ns = call->sent_ns == 0 ? 0 : queue->now_ns - call->sent_ns;
    reply->tries = (struct http_tries){call->requests, call->faulty, call->bad, call->refreshed,
                                       call->endpoint};
    queue->view.ended[reply->class] += !reply->again;
    call->request.done(call->request.context, reply);
    http_calls_end(&queue->calls, call);
}

void http_places_end_unanswered(struct http_queue *queue, struct http_call *call,
                                struct http_reply *reply, const char *why)
{
    char whole[420];
    const char *trouble =
        call->endpoint == UINT32_MAX ? "" : http_places_endpoint(queue, call->endpoint)->trouble;

    http_places_leave(queue, call);
    (void)snprintf(whole, sizeof whole, *trouble == '\0' ? "%s" : "%s; last: %s", why, trouble);
    http_places_end(queue, call, reply->class == HTTP_CANCELLED ? why : whole, reply);
}

void http_places_end_without(struct http_queue *queue, struct http_call *call,
                             enum http_class class, const char *why)
{
    struct http_reply reply = {.class = class};

    http_places_end_unanswered(queue, call, &reply, why);
}

void http_places_drop(struct http_queue *queue, struct http_call *call, enum http_class class,
                      const char *why)
{
    struct http_reply reply = {.class = class};

    reply.unknown = call->state == HTTP_FLYING && queue->drop(queue->context, call);
    http_places_end_unanswered(queue, call, &reply, why);
}
