/*
 * turns.c - chooses between the calls of a queue, and between the queues of others.
 */
#include "io/http/turns.h"

#include "io/http/places.h"

enum { TURNS_LOOKED_AT = 16, TURNS_PASSED = 4096 };

/* Has it waited for as long as it may? */
static bool turns_is_urgent(const struct http_queue *queue, const struct http_endpoint *endpoint,
                            const struct http_call *call)
{
    int64_t deadline_ns = call->request.deadline_ns;

    return call->ahead || endpoint->turns > call->turn + TURNS_PASSED ||
           (deadline_ns != 0 && deadline_ns - queue->now_ns < queue->now_ns - call->submitted_ns);
}

/* The next of those that wait at this endpoint. */
static struct http_call *turns_own(const struct http_queue *queue, uint32_t number)
{
    const struct http_endpoint *endpoint = &queue->endpoints.items[number];
    struct http_call *oldest = queue->waiting[number].first, *next;

    if (oldest == NULL || queue->options.arrival || turns_is_urgent(queue, endpoint, oldest))
        return oldest;
    next = http_order_next(&endpoint->order);
    return next != NULL ? next : http_order_begin(&endpoint->order, oldest);
}

/* The endpoint that is furthest behind, of those that others may help; UINT32_MAX: none is. */
static uint32_t turns_busiest(const struct http_queue *queue, uint32_t but)
{
    uint32_t from = UINT32_MAX;

    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (i != but && http_endpoints_behind(&queue->endpoints.items[i], queue->now_ns) &&
            (from == UINT32_MAX ||
             queue->endpoints.items[i].waiting > queue->endpoints.items[from].waiting))
            from = i;
    return from;
}

/* A call that may leave the queue of another endpoint for this one: of a problem that this one has
 * begun with, else of one that the other has not. */
static struct http_call *turns_from_others(const struct http_queue *queue, uint32_t number)
{
    const struct http_endpoint *mine = &queue->endpoints.items[number];
    uint32_t from = turns_busiest(queue, number), looked = 0;
    struct http_call *found = NULL;

    if (from == UINT32_MAX)
        return NULL;
    if (!queue->options.arrival)
        found = http_order_for(&queue->endpoints.items[from].order, &mine->order);
    if (found != NULL && found->request.endpoint == HTTP_ANY_ENDPOINT)
        return found;
    found = NULL;
    for (struct http_call *call = queue->waiting[from].first;
         call != NULL && looked++ < TURNS_LOOKED_AT; call = call->next) {
        if (call->request.endpoint != HTTP_ANY_ENDPOINT)
            continue;
        if (queue->options.arrival || call->request.sticky == 0 ||
            !http_order_knows(&queue->endpoints.items[from].order, call->request.sticky))
            return call;
        found = found == NULL ? call : found;
    }
    return found;
}

struct http_call *http_turns_next(struct http_queue *queue, uint32_t endpoint)
{
    struct http_call *call = turns_own(queue, endpoint);

    return call != NULL ? call : turns_from_others(queue, endpoint);
}
