/*
 * open_tree.h - a place for one problem after another, and the lanes that drive it.
 *
 * An open tree's memory is made once. It is driven by one lane, or by several when workers
 * share it; a lane is run by one worker at a time, whichever is free (lane.h).
 *
 * Life of a lane; schedule.c takes the arrows.
 *
 *     CLOSED --open--> QUEUED --a worker--> RUNNING --let go--> IDLE --notify--> QUEUED
 *                        ^                  |   |
 *                        |               notify '--its tree is done--> CLOSED
 *                        |                  v
 *                        '---- let go --- AGAIN ----------------------> CLOSED
 *
 * Who owns what. A lane owns its records, its cold memory, its chunk of the arena.
 * Threads.   `retired` and `returns` belong to the lock of the crew's source. The other
 *            members without _Atomic are written while no lane of the tree runs, or by the
 *            worker that runs the only lane, or, in a lane, by the worker that runs it.
 */
#ifndef SEARCH_OPEN_TREE_H
#define SEARCH_OPEN_TREE_H

#include "search/queue.h"
#include "search/tree/answers.h"
#include "search/tree/cold.h"
#include "search/tree/transposition.h"
#include "search/tree/tree.h"

struct run;
struct schedule;
struct admission;
struct lane;

#define LANE_GROUP_MOST 64u /* simulations that go down together */

/* A place for one problem after another. */
struct open_tree {
    struct run *run;
    struct schedule *schedule;
    struct lane *lanes; /* setup->lanes of them */
    const struct crux_problem *problem;
    struct tree tree;
    struct cold_node root;
    void *strategy;                       /* its state for this tree; NULL: it has none */
    struct transpositions transpositions; /* where equal states share their evaluation */
    struct answers answers; /* distinct right and wrong ones, for --stop and --probe */
    struct finish *finish;  /* the tree is being made into data (finish.h); or NULL */
    uint64_t key;           /* of the root's state */
    uint64_t simulation_limit;
    int64_t began_ns;
    _Atomic uint64_t begun;    /* simulations handed out to lanes */
    _Atomic uint64_t reserved; /* policy calls put aside or made */
    _Atomic uint64_t tokens;   /* of simulations that have settled or were withdrawn */
    _Atomic uint64_t rollouts; /* settled: numbers them */
    _Atomic uint64_t settles;  /* settled or withdrawn; wakes parked lanes of a shared tree */
    _Atomic uint32_t parked;
    _Atomic uint32_t lanes_left;
    _Atomic int ended;             /* -1: goes on; else enum crux_reason */
    _Atomic bool cut;              /* a halt has taken simulations from it */
    bool made;                     /* tree and lanes have their memory */
    bool instant;                  /* no port makes a simulation wait */
    bool retired, returns;         /* no problem is left for it; it is taken back (crew_more()) */
    _Atomic(const char *) failure; /* of the first call that failed permanently; or NULL */
};

enum lane_state { LANE_CLOSED, LANE_IDLE, LANE_QUEUED, LANE_RUNNING, LANE_AGAIN };

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

/* One worker's way through one tree. */
struct lane {
    struct run *run;
    struct schedule *schedule;
    struct admission *admission;
    struct open_tree *open;
    uint32_t number;                      /* in the crew */
    _Atomic int state;                    /* enum lane_state */
    _Atomic(struct simulation *) mailbox; /* newest first */
    struct arena_chunk chunk;
    struct cold cold;
    struct simulation *records, *unused;
    struct simulation *oldest, *newest; /* the window */
    struct simulation *collided;        /* their marks stand until the next settle */
    struct queue ready, unsent;
    struct carry carry;
    uint32_t window, pool; /* simulations that may be open; records */
    uint32_t group;        /* that go down together, at most the window */
    uint32_t in_window, collisions;
    uint32_t again;             /* simulations that were begun in vain and may be begun again */
    uint64_t taken, taken_end;  /* numbers of simulations that the tree's budget gave this lane */
    uint64_t settled;           /* of this tree */
    uint64_t numbered;          /* came into the window */
    struct crux_arrival *order; /* what is to arrive, order_count of them, or NULL */
    size_t order_count, order_at;
    bool order_has_late; /* some of it was late */
    uint64_t settles;    /* of the tree, before the first of the collided */
    bool cancelled;      /* its pending calls have been asked to hurry */
    bool spent;          /* the next simulation needs more calls than are left */
    _Atomic bool parked;
    _Alignas(64) struct lane_counts counts;
    struct lane_counts at_open; /* counts when the tree was opened */
};

/* Does a worker run the lane? For assertions of that worker, so relaxed: no other takes the
 * lane from it, and a notice only makes AGAIN of RUNNING. */
static inline bool lane_is_running(const struct lane *lane)
{
    int state = atomic_load_explicit(&lane->state, memory_order_relaxed);

    return state == LANE_RUNNING || state == LANE_AGAIN;
}

/* relaxed throughout: one writer, and readers that want a figure, not an order. */
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
