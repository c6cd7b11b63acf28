/*
 * merge.h - the stores of one run's shards, read as one run.
 *
 * Trees come in the order of the input, whatever store they lie in. Stores must be
 * of one configuration and one input, so a problem's ordinal names it in all of
 * them, and one that is finished in two of them is refused. If the input has grown
 * since the run was begun, it must have done so in all of them.
 *
 * Ownership. The stores stay the caller's. A tree lives until the next one is asked
 *            for, so one tree per store is in memory.
 * Threads.   One at a time. Stores may be written meanwhile: a tree is read if
 *            it is finished when its ordinal comes.
 */
#ifndef IO_VIEWS_MERGE_H
#define IO_VIEWS_MERGE_H

#include "io/crux_io.h"

struct merge_shard {
    struct crux_store *store;
    struct crux_summary summary; /* as of merge_open() */
    struct crux_tree *head;      /* read, not yet handed out */
    int64_t after;               /* ordinal of the last one read */
    bool ended;
};

struct merge {
    struct merge_shard *shards;
    size_t count;
    struct crux_tree *current; /* handed out */
    struct crux_store *from;   /* the store that has it */
};

/* CRUX_INVALID names what differs between the stores. */
int merge_open(struct merge *out, struct crux_store *const *stores, size_t count,
               struct crux_error *error);
int merge_next(struct merge *merge, const struct crux_tree **out, struct crux_error *error);
void merge_close(struct merge *merge);

/* The summary by which all of them are called: that of the shard that was begun with the fewest
 * lines, for a shard may have been begun after the input grew. */
const struct crux_summary *merge_summary(const struct merge *merge);

#endif
