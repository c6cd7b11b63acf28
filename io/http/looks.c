/*
 * looks.c - how a client is doing, for other threads: a copy that its own thread makes now and
 * then.
 */
#include "io/http/queue.h"

#include <string.h>

void http_queue_publish(struct http_queue *queue)
{
    (void)pthread_mutex_lock(&queue->published_lock);
    queue->published = queue->view;
    queue->published.in_flight = queue->flying.count;
    queue->published.resting = queue->resting.count;
    queue->published.waiting = queue->homeless.count;
    for (uint32_t i = 0; i < queue->endpoints.count; i++) {
        const struct http_endpoint *endpoint = &queue->endpoints.items[i];
        struct http_endpoint_view *out = &queue->published_endpoints[i];
        int64_t gated = endpoint->open_ns - queue->now_ns;

        queue->published.waiting += endpoint->waiting;
        out->in_flight = endpoint->in_flight;
        out->limit = (uint32_t)endpoint->adapt.limit;
        out->waiting = endpoint->waiting;
        out->samples = endpoint->samples;
        out->slots = endpoint->slots;
        out->gated_ns = gated > 0 ? gated : 0;
        out->well = endpoint->trouble_ns == 0;
        (void)memcpy(out->trouble, endpoint->trouble, sizeof out->trouble);
    }
    (void)pthread_mutex_unlock(&queue->published_lock);
}

void http_queue_look(struct http_queue *queue, struct http_view *out)
{
    (void)pthread_mutex_lock(&queue->published_lock);
    *out = queue->published;
    (void)pthread_mutex_unlock(&queue->published_lock);
}

void http_queue_look_at(struct http_queue *queue, uint32_t endpoint, struct http_endpoint_view *out)
{
    (void)pthread_mutex_lock(&queue->published_lock);
    *out = queue->published_endpoints[endpoint];
    (void)pthread_mutex_unlock(&queue->published_lock);
}
