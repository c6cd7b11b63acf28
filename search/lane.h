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
 *            arena (open_tree.h). It is made once and serves one problem after another.
 * Threads.   By the worker that runs it; making, opening and closing while none does.
 */
#ifndef SEARCH_LANE_H
#define SEARCH_LANE_H

#include "search/admission.h"

/* What lane_run() ended with. */
enum lane_end {
    LANE_WAITS, /* for a reply, or for a place among the calls in flight */
    LANE_MORE,  /* it has had its turn and can go on */
    LANE_DONE   /* nothing is left to do for this tree */
};

/* Of a tree whose run, schedule and lanes are set. False: no memory. */
bool lane_make(struct lane *lane, struct open_tree *open, struct admission *admission,
               uint32_t number);
void lane_close(struct lane *lane);

/* For the next problem; nothing of the last one is open. */
void lane_open(struct lane *lane);

/* Keep to this order; the lane frees it. NULL and 0: to none. */
void lane_follow(struct lane *lane, struct crux_arrival *order, size_t count);

/* Does the order that is followed say that the note of this pair was late? */
bool lane_note_is_late(const struct lane *lane, uint64_t pair);

/* Report an arrival to the setup's arrivals, if there are any. */
void lane_report(const struct lane *lane, uint64_t number, uint32_t late);

enum lane_end lane_run(struct lane *lane);

#endif
