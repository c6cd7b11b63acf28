/*
 * members.c - takes endpoints into a queue and out of it.
 */
#include "io/http/members.h"

#include "io/http/places.h"
#include "io/http/secret.h"

#include <string.h>

struct http_members_change {
    struct http_endpoint *joins; /* NULL: the one with this number parts */
    uint32_t number;
    int status;
    struct crux_error error;
    bool taken;
};

void http_members_open(struct http_members *members)
{
    (void)pthread_mutex_init(&members->lock, NULL);
    (void)pthread_cond_init(&members->moved, NULL);
}

void http_members_close(struct http_members *members)
{
    (void)pthread_cond_destroy(&members->moved);
    (void)pthread_mutex_destroy(&members->lock);
}

/* --- on the I/O thread ---------------------------------------------------------------------- */

/* A place for an endpoint with this address: its own, a new one, or that of one which has parted
 * and has nothing in flight. UINT32_MAX: there is none. */
static uint32_t members_place(const struct http_queue *queue, const struct http_endpoint *joins)
{
    const struct http_endpoints *endpoints = &queue->endpoints;

    for (uint32_t i = 0; i < endpoints->count; i++)
        if (strcmp(endpoints->items[i].base, joins->base) == 0)
            return i;
    if (endpoints->count < endpoints->most)
        return endpoints->count;
    for (uint32_t i = 0; i < endpoints->count; i++)
        if (endpoints->items[i].gone && endpoints->items[i].in_flight == 0)
            return i;
    return UINT32_MAX;
}

/* Those that waited for an endpoint have a home again. */
static void members_house(struct http_queue *queue)
{
    while (queue->homeless.first != NULL) {
        struct http_call *call = queue->homeless.first;

        http_places_leave(queue, call);
        http_places_wait(queue, call, http_endpoints_home(&queue->endpoints, call->request.sticky),
                         false);
    }
}

/* One that has come back: what is in flight there still uses its headers, so it stays as it is. */
static void members_revive(struct http_endpoint *place, const struct http_endpoint *joins)
{
    place->gone = false;
    place->slots = joins->slots;
    place->open_ns = place->trouble_ns = 0;
    place->rounds = place->lost = 0;
}

static void members_settle(struct http_queue *queue, struct http_endpoint *joins, uint32_t number)
{
    struct http_endpoints *endpoints = &queue->endpoints;

    joins->born = ++endpoints->born;
    joins->adapt = http_adapt_open(queue->options.in_flight);
    http_endpoints_unmake(&endpoints->items[number]);
    endpoints->items[number] = *joins;
    *joins = (struct http_endpoint){.base = NULL};
    endpoints->count += number == endpoints->count;
}

static int members_join(struct http_queue *queue, struct http_members_change *change)
{
    uint32_t number = members_place(queue, change->joins);
    struct http_endpoint *place = number == UINT32_MAX ? NULL : http_places_endpoint(queue, number);
    bool known =
        place != NULL && place->base != NULL && strcmp(place->base, change->joins->base) == 0;

    if (place == NULL)
        return crux_fail(&change->error, CRUX_INVALID, "endpoint `%.200s`: there are %d already",
                         change->joins->base, HTTP_ENDPOINTS_MOST);
    if (known && !place->gone)
        return crux_fail(&change->error, CRUX_INVALID, "endpoint `%.200s`: it is one already",
                         change->joins->base);
    if (known)
        members_revive(place, change->joins);
    else
        members_settle(queue, change->joins, number);
    members_house(queue);
    change->number = number;
    return CRUX_OK;
}

static void members_part(struct http_queue *queue, uint32_t number)
{
    struct http_list *waiting = &queue->waiting[number];

    queue->endpoints.items[number].gone = true;
    while (waiting->first != NULL) {
        struct http_call *call = waiting->first;
        bool ahead = call->ahead;

        http_places_leave(queue, call);
        http_places_wait(queue, call, number, ahead);
    }
}

static void members_do(struct http_queue *queue, struct http_members_change *change)
{
    if (change->joins != NULL)
        change->status = members_join(queue, change);
    else
        members_part(queue, change->number);
}

/* With the lock. */
static void members_end(struct http_members *members)
{
    if (members->change == NULL)
        return;
    members->change->taken = true;
    members->change = NULL;
    (void)pthread_cond_broadcast(&members->moved);
}

void http_members_take(struct http_queue *queue)
{
    struct http_members *members = &queue->members;
    struct http_members_change *change;

    (void)pthread_mutex_lock(&members->lock);
    change = members->change;
    (void)pthread_mutex_unlock(&members->lock);
    if (change == NULL)
        return;
    members_do(queue, change); /* without the lock: calls may end, and done() be called */
    (void)pthread_mutex_lock(&members->lock);
    members_end(members);
    (void)pthread_mutex_unlock(&members->lock);
}

void http_members_shut(struct http_queue *queue)
{
    struct http_members *members = &queue->members;

    (void)pthread_mutex_lock(&members->lock);
    members->shut = true;
    if (members->change != NULL)
        members->change->status =
            crux_fail(&members->change->error, CRUX_CANCELLED, "the client is stopped");
    members_end(members);
    (void)pthread_cond_broadcast(&members->moved);
    (void)pthread_mutex_unlock(&members->lock);
}

/* --- on any other --------------------------------------------------------------------------- */

static void members_ask(struct http_queue *queue, struct http_members_change *change,
                        void (*wake)(void *context), void *context)
{
    struct http_members *members = &queue->members;

    (void)pthread_mutex_lock(&members->lock);
    while (members->change != NULL && !members->shut)
        (void)pthread_cond_wait(&members->moved, &members->lock);
    if (members->shut) {
        change->status = crux_fail(&change->error, CRUX_CANCELLED, "the client is stopped");
        change->taken = true;
    } else {
        members->change = change;
        wake(context);
    }
    while (!change->taken)
        (void)pthread_cond_wait(&members->moved, &members->lock);
    (void)pthread_mutex_unlock(&members->lock);
}

int http_members_join(struct http_queue *queue, const struct http_server *server,
                      uint32_t *endpoint, void (*wake)(void *context), void *context,
                      struct crux_error *error)
{
    struct http_endpoint joins = {.base = NULL};
    struct http_members_change change = {.joins = &joins};
    int status = http_endpoints_make(&joins, server, 1, error); /* its limit comes later */

    if (status == CRUX_OK) {
        members_ask(queue, &change, wake, context);
        status = change.status;
        if (status == CRUX_OK)
            *endpoint = change.number;
        else
            (void)crux_fail(error, status, "%s", change.error.text);
    }
    http_endpoints_unmake(&joins);
    return status;
}

void http_members_part(struct http_queue *queue, uint32_t endpoint, void (*wake)(void *context),
                       void *context)
{
    struct http_members_change change = {.number = endpoint};

    members_ask(queue, &change, wake, context);
}
