/*
 * simulate.h - one simulation: a record that waits, not a thread that blocks.
 *
 * A simulation goes down the tree, asks what it has to ask, and comes back up
 * the same path. What it asks may be answered at once or much later, from any
 * thread; in between it is this record and nothing else. It touches its tree
 * twice only: when it descends (marks and one claim) and in its turn to settle.
 * Everything between is kept in the record and in its lane's cold memory.
 *
 *     strategy           descend, in a group: sets sim->aim (strategy.h)
 *     simulate_begin()   ask until an answer must be waited for
 *     simulate_resume()  the answer is there: take it, ask the next thing
 *     simulate_settle()  publish what was learnt, carry the value up
 *     simulate_withdraw() or undo the marks and learn nothing
 *
 * Threads. A record belongs to its lane; only crux_complete() comes from outside,
 *          and hands it back through the lane's mailbox.
 */
#ifndef SEARCH_SIMULATE_H
#define SEARCH_SIMULATE_H

#include "search/tree/cold.h"
#include "search/tree/tree.h"

#define SIMULATE_INLINE 17u /* depth that needs no memory beyond the record */

struct lane;

/* What a descent has found. */
enum aim {
    AIM_EVALUATE, /* a leaf nobody has seen, claimed */
    AIM_EXPAND,   /* a leaf that was evaluated, claimed */
    AIM_WIDEN,    /* a node that may have more children, its next wing claimed */
    AIM_SAME,     /* a leaf nobody has seen, claimed, whose state was evaluated elsewhere */
    AIM_KNOWN,    /* a value that needs no call */
    AIM_COLLIDED, /* somebody else is at this leaf */
    AIM_DEAD,     /* every way down is barred */
    AIM_SPENT     /* the calls this would take are not left */
};

enum phase {
    PHASE_PROPOSE, /* asking for children */
    PHASE_SCORE,   /* asking the execution critic about them */
    PHASE_ROLLOUT, /* asking for complete answers */
    PHASE_JUDGE,   /* asking the outcome critic about them */
    PHASE_VALUE,   /* asking the value critic in place of both */
    PHASE_RIPE,    /* nothing left to ask: waits for its turn to settle */
    PHASE_FAILED   /* a call failed for good: waits for its turn to withdraw */
};

struct simulation {
    struct simulation *next;          /* in the mailbox, or the queue of the unsent or the ripe */
    struct simulation *older, *newer; /* in the lane's window */
    struct lane *lane;
    struct cold_node *node;   /* of the leaf; NULL in a nameless world */
    struct family *family;    /* proposed for the leaf */
    struct block *wing;       /* AIM_WIDEN: the node's last one */
    struct rollout *rollouts; /* rollout_count of them, side by side */
    uint64_t started;         /* ordinal of the descent in its tree */
    uint64_t number;          /* in the lane's window, from 0 */
    struct slot **slots;      /* the path: slots[0] is the root, slots[depth] the leaf */
    uint16_t *choices;
    _Atomic uint64_t waiting; /* ticket of the pending call; 0: none */
    double value;
    uint32_t family_count;
    uint32_t rollout_count;
    uint32_t reserved; /* policy calls put aside for it and not made yet */
    int status;        /* of the completed call */
    uint16_t depth;
    uint16_t wanted; /* children to ask for */
    uint8_t aim, phase;
    bool admitted; /* holds a place among the calls in flight */
    bool claimed;
    bool holds_state; /* has the claim on its leaf's state (tree/transposition.h) */
    bool late;        /* its call was cancelled at the deadline */
    bool unjudged;    /* RIPE, but its rollouts are to be judged in turn */
    struct crux_call call;
    struct slot *near_slots[SIMULATE_INLINE + 1];
    uint16_t near_choices[SIMULATE_INLINE];
};

_Static_assert(sizeof(struct simulation) <= 512, "a simulation is at most 512 bytes");

/* What a record does next. */
enum progress {
    PROGRESS_WAITS,  /* a call is pending, or waits to be sent */
    PROGRESS_RIPE,   /* settle or withdraw it in its turn */
    PROGRESS_NOTHING /* the descent came to nothing; see sim->aim. Its marks still stand */
};

/* Who is asked in each phase before PHASE_RIPE; NULL: nobody, so the phase never comes. */
void simulate_ports(const struct crux_setup *setup, struct crux_port **ports);

void simulate_clear(struct simulation *sim); /* before the descent */
enum progress simulate_begin(struct simulation *sim);
enum progress simulate_send(struct simulation *sim);   /* it was waiting for a place */
enum progress simulate_resume(struct simulation *sim); /* its call has completed */

/* It settles now: ask what is asked in turn. */
void simulate_judge_in_turn(struct simulation *sim);

/* True: it counts as a visit. False: its tree has new children, and nothing was evaluated. */
bool simulate_settle(struct simulation *sim);
void simulate_withdraw(struct simulation *sim); /* marks and claim; nothing is learnt */

/* The search is stopping: what has not been asked will not be. */
void simulate_abandon(struct simulation *sim);

/* Tell the port of a pending call that its reply is no longer wanted. */
void simulate_cancel(struct simulation *sim);

/* The same when its deadline has passed; once. */
void simulate_cancel_late(struct simulation *sim, int64_t now_ns);

#endif
