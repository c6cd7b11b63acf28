/*
 * order.c - a sorted array of calls: looking up is a search by halves, putting in and taking out
 * move the rest. Tens of thousands wait at most, and a network round trip is long beside that.
 */
#include "io/http/order.h"

#include "io/http/calls.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER_FIRST_ROOM = 64 };

/* Where one of two bodies, cut into pieces in their own ways, has been read up to. */
struct order_place {
    const struct http_request *request;
    uint32_t piece;
    size_t at;
};

/* The bytes at a place that lie together; 0: the body is over. */
static size_t order_run(struct order_place *place)
{
    while (place->piece < place->request->piece_count &&
           place->at == place->request->pieces[place->piece].length) {
        place->piece++;
        place->at = 0;
    }
    return place->piece < place->request->piece_count
               ? place->request->pieces[place->piece].length - place->at
               : 0;
}

static int order_compare_bodies(const struct http_request *a, const struct http_request *b)
{
    struct order_place one = {.request = a}, other = {.request = b};

    for (;;) {
        size_t left = order_run(&one), right = order_run(&other);
        size_t length = left < right ? left : right;
        const char *mine, *theirs;

        if (length == 0)
            return (left > 0) - (right > 0);
        mine = a->pieces[one.piece].bytes + one.at;
        theirs = b->pieces[other.piece].bytes + other.at;
        if (mine != theirs && memcmp(mine, theirs, length) != 0) /* an image is one for many */
            return memcmp(mine, theirs, length);
        one.at += length;
        other.at += length;
    }
}

static int order_compare(const struct http_call *a, const struct http_call *b)
{
    int way;

    if (a->request.sticky != b->request.sticky)
        return a->request.sticky < b->request.sticky ? -1 : 1;
    way = order_compare_bodies(&a->request, &b->request);
    return way != 0 ? way : (a->number > b->number) - (a->number < b->number);
}

/* How many come before this call. */
static uint32_t order_place_of(const struct http_order *order, const struct http_call *call)
{
    uint32_t low = 0, high = order->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (order_compare(order->items[middle], call) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool order_grow(struct http_order *order)
{
    uint32_t room = order->room == 0 ? ORDER_FIRST_ROOM : 2 * order->room;
    struct http_call **grown = realloc(order->items, room * sizeof(struct http_call *));

    if (grown == NULL)
        return false;
    order->items = grown;
    order->room = room;
    return true;
}

void http_order_close(struct http_order *order)
{
    free(order->items);
    *order = (struct http_order){.items = NULL};
}

void http_order_add(struct http_order *order, struct http_call *call)
{
    uint32_t place;

    call->ordered = call->request.sticky != 0 && (order->count < order->room || order_grow(order));
    if (!call->ordered)
        return;
    place = order_place_of(order, call);
    memmove(&order->items[place + 1], &order->items[place],
            (order->count - place) * sizeof(struct http_call *));
    order->items[place] = call;
    order->count++;
    order->next += place < order->next;
}

void http_order_remove(struct http_order *order, struct http_call *call)
{
    uint32_t place;

    if (!call->ordered)
        return;
    place = order_place_of(order, call);
    call->ordered = false;
    order->count--;
    memmove(&order->items[place], &order->items[place + 1],
            (order->count - place) * sizeof(struct http_call *));
    order->next -= place < order->next;
}

/* To the front of those that were sent lately. */
static void order_note(struct http_order *order, uint64_t problem)
{
    uint32_t place = 0;

    while (place < HTTP_ORDER_RECENT - 1 && order->recent[place] != problem)
        place++;
    memmove(&order->recent[1], &order->recent[0], place * sizeof order->recent[0]);
    order->recent[0] = problem;
}

void http_order_sent(struct http_order *order, const struct http_call *call)
{
    if (call->request.sticky == 0)
        return;
    order_note(order, call->request.sticky);
    order->next = order_place_of(order, call);
}

/* The first one of a problem; NULL: none of it waits. */
static struct http_call *order_first(const struct http_order *order, uint64_t problem)
{
    uint32_t low = 0, high = order->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (order->items[middle]->request.sticky < problem)
            low = middle + 1;
        else
            high = middle;
    }
    return low < order->count && order->items[low]->request.sticky == problem ? order->items[low]
                                                                              : NULL;
}

struct http_call *http_order_begin(const struct http_order *order, struct http_call *call)
{
    return call->ordered ? order_first(order, call->request.sticky) : call;
}

struct http_call *http_order_for(const struct http_order *order, const struct http_order *other)
{
    struct http_call *found = NULL;

    for (uint32_t i = 0;
         order->count > 0 && found == NULL && i < HTTP_ORDER_RECENT && other->recent[i] != 0; i++)
        found = order_first(order, other->recent[i]);
    return found;
}

struct http_call *http_order_next(const struct http_order *order)
{
    if (order->recent[0] != 0 && order->next < order->count &&
        order->items[order->next]->request.sticky == order->recent[0])
        return order->items[order->next];
    return http_order_for(order, order);
}

bool http_order_knows(const struct http_order *order, uint64_t problem)
{
    for (uint32_t i = 0; i < HTTP_ORDER_RECENT && order->recent[i] != 0; i++)
        if (order->recent[i] == problem)
            return true;
    return false;
}
