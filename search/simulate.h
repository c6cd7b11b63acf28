/*
 * simulate.h - one simulation: a record that waits, not a thread that blocks.
 *
 * A simulation goes down the tree, asks what it has to ask, and comes back up
 * the same path. What it asks may be answered at once or much later, from any
 * thread; in between it is this record and nothing else. It touches its tree
 * twice only: when it descends (marks and one claim) and in its turn to settle.
 * Everything between is kept in the record and in its lane's cold memory.
 *
 *     strategy           descend, in a group: sets sim->found (strategies/strategy.h)
 *     simulate_begin()   ask until an answer must be waited for
 *     simulate_resume()  the answer is there: take it, ask the next thing
 *     settle_publish()   publish what was learnt, back the value up the path (backup; settle.h)
 *     settle_withdraw()  or undo the marks and learn nothing
 *
 * Phases. What is asked next is the strategy's choice (strategy.h, next); each phase has one port.
 *
 *     PROPOSE --> SCORE --> ROLLOUT --> JUDGE --> READY
 *        |          |           ^                  ^
 *        |          '---------- + ------ VALUE ----'    in place of ROLLOUT and JUDGE
 *        '---- nothing was proposed ---------------'
 *     any phase that asks --> FAILED, when its call failed permanently or is not made any more
 *
 * PROPOSE is asked twice where its first reply says how many children there should be (branch.h),
 * and nobody is asked where children follow by rule (grammar.h).
 *
 * Threads. A record belongs to its lane; only crux_complete() comes from outside,
 *          and hands it back through the lane's mailbox.
 */
#ifndef SEARCH_SIMULATE_H
#define SEARCH_SIMULATE_H

#include "search/tree/cold.h"
#include "search/tree/tree.h"

#define SIMULATE_INLINE 14u /* depth that needs no memory beyond the record */

struct lane;

/* What a descent has found. */
enum found {
    FOUND_EVALUATE,      /* a leaf not evaluated yet, claimed */
    FOUND_EXPAND,        /* a leaf that was evaluated, claimed */
    FOUND_WIDEN,         /* a node that may have more children, its next wing claimed */
    FOUND_TRANSPOSITION, /* a leaf not evaluated yet, claimed; its state was, elsewhere */
    FOUND_KNOWN,         /* a value that needs no call */
    FOUND_COLLISION,     /* another simulation holds this leaf */
    FOUND_DEAD_END,      /* every way down is closed */
    FOUND_SPENT          /* the calls this would take are not left */
};

enum phase {
    PHASE_PROPOSE, /* asking for children */
    PHASE_SCORE,   /* asking the execution critic about them */
    PHASE_ROLLOUT, /* asking for complete answers */
    PHASE_JUDGE,   /* asking the outcome critic about them */
    PHASE_VALUE,   /* asking the value critic in place of both */
    PHASE_READY,   /* nothing left to ask: waits for its turn to settle */
    PHASE_FAILED   /* a call failed permanently: waits for its turn to withdraw */
};

struct simulation {
    struct simulation *next;          /* in the mailbox, or the queue of the unsent or the ready */
    struct simulation *older, *newer; /* in the lane's window */
    struct lane *lane;
    struct cold_node *node; /* of the leaf; NULL in a nameless world */
    struct family *family;  /* proposed for the leaf */
    union {
        struct block *wing;   /* FOUND_WIDEN: the node's last one */
        struct family *first; /* FOUND_EXPAND, asked again: what the first call brought */
        const struct crux_revision *revision; /* of a strategy that revises, and its own until it is
                                                 settled: what the answer is to be better than; with
                                                 no answer in it: nothing */
    };
    union {
        struct rollout *rollouts;    /* rollout_count of them, side by side; 0: ... */
        const struct remark *valued; /* ... what the value critic said of the leaf, or NULL */
    };
    uint64_t started;    /* ordinal of the descent in its tree, unless its strategy has set it */
    uint64_t number;     /* in the lane's window, from 0 */
    struct slot **slots; /* the path: slots[0] is the root, slots[depth] the leaf */
    uint16_t *choices;
    double value;
    uint32_t family_count;
    uint32_t rollout_count;
    uint32_t tokens; /* of the replies that it has taken; the problem's when it settles */
    int status;      /* of the completed call */
    uint16_t depth;
    uint16_t wanted;      /* children to ask for */
    uint8_t found, phase; /* enum found, enum phase */
    bool admitted;        /* holds a place among the calls in flight */
    bool claimed;         /* has the claim on its leaf, or on the wing */
    bool holds_state;     /* has the claim on its leaf's state (tree/transposition.h) */
    bool late;            /* its call was cancelled at the deadline, and nothing came */
    bool unjudged;        /* READY, but its rollouts are to be judged in turn */
    uint8_t asked;        /* calls */
    uint32_t late_call;   /* of its calls that an order says was late, counted from 1; 0: none */
    float entropy;        /* that the reply with its children told; below 0: unknown */
    bool again;           /* FOUND_EXPAND: asked for children a second time */
    uint8_t first_count;  /* children that the first call brought: 0 or 1 */
    uint8_t reserved;     /* policy calls put aside for it and not made yet */
    union {               /* a call is its asking */
        struct crux_asking asking;
        struct crux_call call;
    };
    struct slot *near_slots[SIMULATE_INLINE + 1];
    uint16_t near_choices[SIMULATE_INLINE];
};

_Static_assert(sizeof(struct simulation) <= 512, "a simulation is at most 512 bytes");

/* What a record does next. */
enum progress {
    PROGRESS_WAITS,  /* a call is pending */
    PROGRESS_UNSENT, /* a call waits for a place among those in flight: simulate_send() */
    PROGRESS_READY,  /* settle or withdraw it in its turn */
    PROGRESS_NOTHING /* the descent came to nothing; see sim->found. Its marks still stand */
};

/* Before the first descent of a record, and before every one. */
void simulate_make(struct simulation *sim, struct lane *lane,
                   void (*answered)(struct crux_asking *asking, int status));
void simulate_clear(struct simulation *sim);

/* The record of an asking that is a simulation's. */
static inline struct simulation *simulate_of(struct crux_asking *asking)
{
    return (struct simulation *)(void *)((char *)asking - offsetof(struct simulation, asking));
}

/* Is it asked for an answer that is better than another one? */
bool simulate_revises(const struct simulation *sim);

enum progress simulate_begin(struct simulation *sim);
enum progress simulate_send(struct simulation *sim);   /* it was waiting for a place */
enum progress simulate_resume(struct simulation *sim); /* its call has completed */

/* It settles now: ask what is asked in turn. */
void simulate_judge_in_turn(struct simulation *sim);

/* The search is stopping: what has not been asked will not be. */
void simulate_abandon(struct simulation *sim);

/* Notify the port of a pending call that its reply is no longer wanted. */
void simulate_cancel(struct simulation *sim);

/* The same when its deadline has passed; once. */
void simulate_cancel_late(struct simulation *sim, int64_t now_ns);

#endif
