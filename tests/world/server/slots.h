/*
 * slots.h - a model's slots: who is being served, who waits, and until when.
 *
 * A stay takes as many slots as it has choices, from the moment when they are free until
 * its latency has passed. Those who wait are served in the order in which they
 * came; a wide one holds up those behind it. Only the heap is allocated; a
 * stay is a part of the caller's own record, and must not die before it has left.
 */
#ifndef TESTS_WORLD_SERVER_SLOTS_H
#define TESTS_WORLD_SERVER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stay {
    uint32_t width;               /* slots, 1 .. total */
    int64_t latency_ns;           /* how long it takes once it is served */
    int64_t start_ns, due_ns;     /* of its service; start 0: it waits */
    int64_t end_ns;               /* when it gave its slots back; 0: it has not */
    struct stay *next, *previous; /* among those who wait */
    size_t place;                 /* in the heap of those who are served */
};

struct slots {
    uint32_t total, busy;
    uint64_t waiting;
    struct stay *first, *last;
    struct stay **heap;                               /* the first is due first */
    void (*begins)(void *context, struct stay *stay); /* before its latency is looked at, or NULL */
    void *context;
    size_t count;
};

bool slots_open(struct slots *slots, uint32_t total); /* false: no memory */
void slots_close(struct slots *slots);

void slots_enter(struct slots *slots, struct stay *stay, int64_t now_ns);
void slots_leave(struct slots *slots, struct stay *stay, int64_t now_ns); /* before it is due */

/* A stay whose time has come, with its slots given back; NULL: none yet. */
struct stay *slots_due(struct slots *slots, int64_t now_ns);
int64_t slots_next(const struct slots *slots); /* when the next one is due; INT64_MAX: never */

#endif
