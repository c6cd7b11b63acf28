/*
 * desk.c - a list in the order of coming and a heap in the order of leaving.
 *
 * Every stay that is served has at least one slot, so the heap never holds more than
 * there are slots.
 */
#include "tests/world/server/desk.h"

#include <stdlib.h>

bool desk_open(struct desk *desk, uint32_t slots)
{
    *desk = (struct desk){.slots = slots, .heap = calloc(slots, sizeof(struct stay *))};
    return desk->heap != NULL;
}

void desk_close(struct desk *desk)
{
    free(desk->heap);
    desk->heap = NULL;
}

/* --- the heap ---------------------------------------------------------------------- */

static void put_at(struct desk *desk, size_t place, struct stay *stay)
{
    desk->heap[place] = stay;
    stay->place = place;
}

static void rise(struct desk *desk, size_t place)
{
    struct stay *stay = desk->heap[place];

    while (place > 0 && stay->due_ns < desk->heap[(place - 1) / 2]->due_ns) {
        put_at(desk, place, desk->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_at(desk, place, stay);
}

static void sink(struct desk *desk, size_t place)
{
    struct stay *stay = desk->heap[place];

    for (;;) {
        size_t child = 2 * place + 1;

        if (child + 1 < desk->count && desk->heap[child + 1]->due_ns < desk->heap[child]->due_ns)
            child++;
        if (child >= desk->count || desk->heap[child]->due_ns >= stay->due_ns)
            break;
        put_at(desk, place, desk->heap[child]);
        place = child;
    }
    put_at(desk, place, stay);
}

static void take_from_heap(struct desk *desk, size_t place)
{
    struct stay *last = desk->heap[--desk->count];

    if (place == desk->count)
        return;
    put_at(desk, place, last);
    rise(desk, place);
    sink(desk, last->place);
}

/* --- coming and leaving --------------------------------------------------------------- */

static void unlink_waiting(struct desk *desk, struct stay *stay)
{
    if (stay->previous != NULL)
        stay->previous->next = stay->next;
    else
        desk->first = stay->next;
    if (stay->next != NULL)
        stay->next->previous = stay->previous;
    else
        desk->last = stay->previous;
    desk->waiting--;
}

static void serve_waiting(struct desk *desk, int64_t now_ns)
{
    while (desk->first != NULL && desk->busy + desk->first->width <= desk->slots) {
        struct stay *stay = desk->first;

        unlink_waiting(desk, stay);
        desk->busy += stay->width;
        stay->start_ns = now_ns;
        stay->due_ns = now_ns + stay->latency_ns;
        put_at(desk, desk->count++, stay);
        rise(desk, stay->place);
    }
}

void desk_enter(struct desk *desk, struct stay *stay, int64_t now_ns)
{
    stay->start_ns = 0;
    stay->end_ns = 0;
    stay->next = NULL;
    stay->previous = desk->last;
    if (desk->last != NULL)
        desk->last->next = stay;
    else
        desk->first = stay;
    desk->last = stay;
    desk->waiting++;
    serve_waiting(desk, now_ns);
}

void desk_leave(struct desk *desk, struct stay *stay, int64_t now_ns)
{
    if (stay->start_ns == 0) {
        unlink_waiting(desk, stay);
    } else {
        take_from_heap(desk, stay->place);
        desk->busy -= stay->width;
        stay->end_ns = now_ns;
    }
    serve_waiting(desk, now_ns);
}

struct stay *desk_due(struct desk *desk, int64_t now_ns)
{
    struct stay *stay = desk->count == 0 ? NULL : desk->heap[0];

    if (stay == NULL || stay->due_ns > now_ns)
        return NULL;
    desk_leave(desk, stay, now_ns);
    return stay;
}

int64_t desk_next(const struct desk *desk)
{
    return desk->count == 0 ? INT64_MAX : desk->heap[0]->due_ns;
}
