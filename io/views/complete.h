/*
 * complete.h - is a set of stores a whole run, and if not, what does it lack?
 *
 * A store of a shard knows which part it is (option shard in its settings), how many parts there
 * are, and how many problems the whole input has. So a set that lacks a part, or a problem's tree,
 * can say which.
 *
 * Threads. One at a time.
 * Errors.  As those of the stores.
 */
#ifndef IO_VIEWS_COMPLETE_H
#define IO_VIEWS_COMPLETE_H

#include "io/views/merge.h"

struct complete {
    uint64_t input; /* problems of the whole input; 0: not known */
    uint64_t broken, unfinished;
    char lacks[600]; /* "": nothing */
};

/* As of now; trees is the number of those that were read. */
int complete_look(struct complete *out, const struct merge *merge, uint64_t trees,
                  struct crux_error *error);

/* CRUX_STORE, with a sentence: there is nothing, and why. */
int complete_none(const struct complete *complete, struct crux_error *error);

#endif
