/*
 * desk.h - a model's slots: who is being served, who waits, and until when.
 *
 * A stay takes as many slots as it has choices, from the moment when they are free until
 * its latency has passed. Those who wait are served in the order in which they
 * came; a wide one holds up those behind it. The desk allocates only its heap; a
 * stay is a part of the caller's own record, and must not die while it is at the desk.
 */
#ifndef TESTS_WORLD_SERVER_DESK_H
#define TESTS_WORLD_SERVER_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stay {
    uint32_t width;               /* slots, 1 .. slots of the desk */
    int64_t latency_ns;           /* how long it takes once it is served */
    int64_t start_ns, due_ns;     /* of its service; start 0: it waits */
    int64_t end_ns;               /* when it gave its slots back; 0: it has not */
    struct stay *next, *previous; /* among those who wait */
    size_t place;                 /* in the heap of those who are served */
};

struct desk {
    uint32_t slots, busy;
    uint64_t waiting;
    struct stay *first, *last;
    struct stay **heap; /* the first is due first */
    size_t count;
};

bool desk_open(struct desk *desk, uint32_t slots); /* false: no memory */
void desk_close(struct desk *desk);

void desk_enter(struct desk *desk, struct stay *stay, int64_t now_ns);
void desk_leave(struct desk *desk, struct stay *stay, int64_t now_ns); /* before it is due */

/* A stay whose time has come, with its slots given back; NULL: none yet. */
struct stay *desk_due(struct desk *desk, int64_t now_ns);
int64_t desk_next(const struct desk *desk); /* when the next one is due; INT64_MAX: never */

#endif
