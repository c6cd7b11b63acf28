/*
 * lane.h - one worker's way through one tree: the window of its simulations.
 *
 * A lane is an actor. At most one worker runs it at a time; replies come to its
 * mailbox from any thread. It takes one event after another, chosen from its own
 * state only: while its window has room for a group, its allowance of collisions is
 * unspent and budget remains, a group descends; otherwise it settles one. With
 * CRUX_ORDER_ISSUED that one is the oldest, and it waits for it; so a tree with
 * one lane is the same whatever the replies' times.
 *
 * Who owns what. The lane owns its records, its cold memory, its chunk of the
 *            arena. It is made once and serves one problem after another.
 * Threads.   lane_run() and all it calls by the worker that runs it;
 *            lane_deliver() by any thread, lock-free.
 */
#ifndef SEARCH_LANE_H
#define SEARCH_LANE_H

#include "search/crew.h"
#include "search/queue.h"

/* CLOSED: between two trees, or after the last one; nothing wakes it. */
enum lane_state { LANE_CLOSED, LANE_IDLE, LANE_QUEUED, LANE_RUNNING, LANE_AGAIN };

/* What lane_run() ended with. */
enum lane_end {
    LANE_WAITS, /* for a reply, or for a place among the calls in flight */
    LANE_MORE,  /* it has had its turn and can go on */
    LANE_DONE   /* nothing is left to do for this tree */
};

#define LANE_GROUP_MOST 64u /* simulations that go down together */

/* Over the whole run; written by the lane's worker, read by crux_look(). */
struct lane_counts {
    _Atomic uint64_t simulations, withdrawn, calls, collisions, prompt_tokens, completion_tokens;
    _Atomic int64_t price;
};

/* In a shared tree: simulations on their way up, as far as the last one's path. What many
 * have in common is changed once for all of them. */
struct carry {
    struct slot **slots; /* room for the deepest path; NULL: the tree is not shared */
    uint64_t *sums;      /* at each level, of those that stop there */
    uint32_t *counts;
    uint32_t levels;
};

struct lane {
    struct crew *crew;
    struct open_tree *open;
    uint32_t number; /* in the crew */
    _Atomic int state;
    _Atomic(struct simulation *) mailbox; /* newest first */
    struct arena_chunk chunk;
    struct cold cold;
    struct simulation *records, *unused;
    struct simulation *oldest, *newest; /* the window */
    struct simulation *collided;        /* their marks stand until the next settle */
    struct queue ripe, unsent;
    struct carry carry;
    uint32_t window, pool; /* simulations that may be open; records */
    uint32_t group;        /* that go down together, at most the window */
    uint32_t in_window, collisions;
    uint32_t stash;              /* simulations that came to nothing and may be begun again */
    uint64_t handed, handed_end; /* numbers of simulations handed out to this lane */
    uint64_t settled;            /* of this tree */
    uint64_t numbered;           /* came into the window */
    uint64_t *order;             /* the numbers to settle, order_count of them, or NULL */
    size_t order_count, order_at;
    uint64_t turns; /* of the tree, before the first of the collided */
    bool cancelled; /* its pending calls have been told to hurry */
    bool spent;     /* the next simulation needs more calls than are left */
    _Atomic bool parked;
    _Alignas(64) struct lane_counts counts;
    struct lane_counts at_open; /* counts when the tree was opened */
};

bool lane_make(struct lane *lane, struct open_tree *open, uint32_t number);
void lane_open(struct lane *lane); /* for the next problem */
/* Keep to this order of settling; the lane frees it. */
void lane_follow(struct lane *lane, uint64_t *order, size_t count);
void lane_close(struct lane *lane);
enum lane_end lane_run(struct lane *lane);

/* A record's call has completed. */
void lane_deliver(struct lane *lane, struct simulation *sim);

/* A record waits for a place among the calls in flight. */
void lane_wait_to_send(struct lane *lane, struct simulation *sim);

/* Put aside policy calls of the problem's budget; give back what was not used. */
bool lane_reserve(struct lane *lane, struct simulation *sim, uint32_t calls);
void lane_unreserve(struct lane *lane, struct simulation *sim);

/* relaxed throughout: one writer, and a reader who wants a figure, not an order. */
static inline void lane_count(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static inline uint64_t lane_counted(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
