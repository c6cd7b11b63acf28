/*
 * crew.h - the workers, the trees that are open, and the limits over all of them.
 *
 *     ready lanes --> worker: lane_run() --> waits | again | done
 *          ^                                   |              |
 *          '---- crux_complete(), crew_notify -'     last lane of a tree: harvest, sink,
 *                                                    next problem into the same place
 *
 * An open tree is a place that holds one problem after another; its memory is
 * made once. It is driven by one lane, or by several when workers share it. A
 * lane is run by one worker at a time, whichever is free.
 *
 * Three limits: calls in flight in all (crew_admit), simulations in flight a tree
 * (the lane's window), open trees (the places). When calls are short, lanes
 * queue for them; sending waits, descending never does.
 *
 * What may run together. Everything here but open, run and close may be called
 * from any worker; crew_notify() and crew_done() from any thread.
 * Progress. admit, done, notify: lock-free. Workers sleep on a semaphore. The
 * source is asked under a lock, once a problem.
 */
#ifndef SEARCH_CREW_H
#define SEARCH_CREW_H

#include "search/tree/answers.h"
#include "search/tree/cold.h"
#include "search/strategies/gumbel.h"
#include "search/ready.h"
#include "search/tree/transposition.h"
#include "search/tree/tree.h"

#include <pthread.h>
#include <semaphore.h>

struct lane;
struct crew;

#define CREW_PHASES 5 /* of a simulation, in which something is asked */

/* Why the run ends before its time. */
enum halt { HALT_NO, HALT_STOP, HALT_CALLS, HALT_TIME, HALT_ERROR };

/* A place for one problem after another. Fields without _Atomic are written
 * while no lane runs, or by the only lane. */
struct open_tree {
    struct crew *crew;
    struct lane *lanes; /* setup->lanes of them */
    const struct crux_problem *problem;
    struct tree tree;
    struct cold_node root;
    struct gumbel gumbel;   /* with root GUMBEL */
    struct same same;       /* with transpositions */
    struct answers answers; /* distinct right and wrong ones, for --stop and --probe */
    uint64_t key;           /* of the root's state */
    uint64_t simulation_limit;
    int64_t began_ns;
    _Atomic uint64_t begun;    /* simulations handed out to lanes */
    _Atomic uint64_t reserved; /* policy calls put aside or made */
    _Atomic uint64_t rollouts; /* settled: numbers them */
    _Atomic uint64_t turns;    /* settled or withdrawn; wakes parked lanes of a shared tree */
    _Atomic uint32_t parked;
    _Atomic uint32_t lanes_left;
    _Atomic int ended;             /* -1: goes on; else enum crux_reason */
    _Atomic bool cut;              /* a halt has taken simulations from it */
    bool made;                     /* tree and lanes have their memory */
    bool instant;                  /* no port makes anybody wait */
    _Atomic(const char *) failure; /* of the first call that failed for good; or NULL */
};

struct crew {
    struct crux_setup setup;
    struct crux_port *ports[CREW_PHASES]; /* by enum phase: see simulate_ports() */
    struct crux_source *source;
    struct crux_sink *sink;
    struct open_tree *open;
    uint32_t open_count;
    struct lane *lanes;   /* open_count * setup.lanes */
    struct ready ready;   /* lanes that have something to do */
    struct ready starved; /* lanes with calls that no place was left for */
    sem_t work;           /* one post for every number put into ready */
    pthread_mutex_t source_lock;
    bool source_ended;
    int64_t deadline_ns;          /* of the run; 0: none */
    _Atomic int64_t next_look_ns; /* at the deadlines of calls */
    struct crux_error error;      /* of HALT_ERROR; written once, under source_lock */
    int error_status;
    _Atomic int halt;
    _Atomic uint32_t trees_left; /* places that may still hold a tree */
    _Atomic uint32_t completing; /* threads inside crux_complete() */
    _Atomic bool over;
    _Alignas(64) _Atomic uint64_t in_flight;
    _Atomic uint64_t starving; /* numbers in `starved` */
    _Atomic uint64_t calls;    /* to policies, kept only under limit_calls */
    _Alignas(64) _Atomic uint64_t trees_done;
    _Atomic uint64_t trees_failed, pairs, rights;
};

int crew_open(struct crew *crew, const struct crux_setup *setup, struct crux_error *error);
int crew_run(struct crew *crew, struct crux_error *error);
void crew_close(struct crew *crew);
int64_t crew_now(const struct crew *crew);

/* End the run: nothing new is begun. Async-signal-safe. */
void crew_halt(struct crew *crew, enum halt why);
void crew_halt_error(struct crew *crew, int status, const struct crux_error *error);
enum halt crew_halted(const struct crew *crew);

/* A place among the calls in flight. False: there is none; the lane will be
 * notified when there may be. */
bool crew_admit(struct crew *crew, struct lane *lane);
void crew_done(struct crew *crew); /* give it back */

/* May one more policy call be made under limit_calls? No halts the run. */
bool crew_spend(struct crew *crew);

/* The lane has something to do. False: it is closed, nothing came of it. */
bool crew_notify(struct crew *crew, struct lane *lane);

/* When there is a place and somebody waits for one, tell him. A lane that had its
 * chance and did not need it calls this, so that no place is forgotten; one that has
 * closed since it asked is passed over. */
void crew_pass_on(struct crew *crew);

/* In a tree that lanes share: one of them has settled, or is done; wake those that are parked. */
void crew_turn(struct open_tree *open);

/* Park a lane until another one of its tree has settled. False: one has, since turns. */
bool crew_park(struct lane *lane, uint64_t turns);

/* The last lane of a tree is done: harvest, diverge, annotate, sink (finish.c). */
int finish_tree(struct open_tree *open, struct crux_error *error);

#endif
