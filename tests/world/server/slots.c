/*
 * slots.c - the slots of the fake server: a list of stays that wait, a heap of those that are
 * served.
 *
 * Every stay that is served has at least one slot, so the heap never holds more than
 * there are slots.
 */
#include "tests/world/server/slots.h"

#include <stdlib.h>

bool slots_open(struct slots *slots, uint32_t total)
{
    *slots = (struct slots){.total = total, .heap = calloc(total, sizeof(struct stay *))};
    return slots->heap != NULL;
}

void slots_close(struct slots *slots)
{
    free(slots->heap);
    slots->heap = NULL;
}

/* --- the heap ---------------------------------------------------------------------- */

static void put_at(struct slots *slots, size_t place, struct stay *stay)
{
    slots->heap[place] = stay;
    stay->place = place;
}

static void rise(struct slots *slots, size_t place)
{
    struct stay *stay = slots->heap[place];

    while (place > 0 && stay->due_ns < slots->heap[(place - 1) / 2]->due_ns) {
        put_at(slots, place, slots->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_at(slots, place, stay);
}

static void sink(struct slots *slots, size_t place)
{
    struct stay *stay = slots->heap[place];

    for (;;) {
        size_t child = 2 * place + 1;

        if (child + 1 < slots->count && slots->heap[child + 1]->due_ns < slots->heap[child]->due_ns)
            child++;
        if (child >= slots->count || slots->heap[child]->due_ns >= stay->due_ns)
            break;
        put_at(slots, place, slots->heap[child]);
        place = child;
    }
    put_at(slots, place, stay);
}

static void take_from_heap(struct slots *slots, size_t place)
{
    struct stay *last = slots->heap[--slots->count];

    if (place == slots->count)
        return;
    put_at(slots, place, last);
    rise(slots, place);
    sink(slots, last->place);
}

/* --- coming and leaving --------------------------------------------------------------- */

static void unlink_waiting(struct slots *slots, struct stay *stay)
{
    if (stay->previous != NULL)
        stay->previous->next = stay->next;
    else
        slots->first = stay->next;
    if (stay->next != NULL)
        stay->next->previous = stay->previous;
    else
        slots->last = stay->previous;
    slots->waiting--;
}

static void serve_waiting(struct slots *slots, int64_t now_ns)
{
    while (slots->first != NULL && slots->busy + slots->first->width <= slots->total) {
        struct stay *stay = slots->first;

        unlink_waiting(slots, stay);
        slots->busy += stay->width;
        if (slots->begins != NULL)
            slots->begins(slots->context, stay);
        stay->start_ns = now_ns;
        stay->due_ns = now_ns + stay->latency_ns;
        put_at(slots, slots->count++, stay);
        rise(slots, stay->place);
    }
}

void slots_enter(struct slots *slots, struct stay *stay, int64_t now_ns)
{
    stay->start_ns = 0;
    stay->end_ns = 0;
    stay->next = NULL;
    stay->previous = slots->last;
    if (slots->last != NULL)
        slots->last->next = stay;
    else
        slots->first = stay;
    slots->last = stay;
    slots->waiting++;
    serve_waiting(slots, now_ns);
}

void slots_leave(struct slots *slots, struct stay *stay, int64_t now_ns)
{
    if (stay->start_ns == 0) {
        unlink_waiting(slots, stay);
    } else {
        take_from_heap(slots, stay->place);
        slots->busy -= stay->width;
        stay->end_ns = now_ns;
    }
    serve_waiting(slots, now_ns);
}

struct stay *slots_due(struct slots *slots, int64_t now_ns)
{
    struct stay *stay = slots->count == 0 ? NULL : slots->heap[0];

    if (stay == NULL || stay->due_ns > now_ns)
        return NULL;
    slots_leave(slots, stay, now_ns);
    return stay;
}

int64_t slots_next(const struct slots *slots)
{
    return slots->count == 0 ? INT64_MAX : slots->heap[0]->due_ns;
}
