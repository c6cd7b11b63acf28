/*
 * tally.h - of each node of a finished tree: the complete answers that go through it and of which
 * it is known whether they are right.
 *
 *     paths_open() -> tally_open() -> tally.of[node] ... -> tally_close(), always
 *
 * An answer goes through a node when its path has the node's steps, be they nodes of its own or
 * lines of its text. An answer of unknown verdict is in no count. A node's `value` is something
 * else: a mean over visits, which has rewards of unknown answers and numbers of the value critic in
 * it.
 *
 * Ownership. The caller's struct; tally_close() takes one that failed or was never begun, too.
 * Threads.   One at a time; constant after tally_open().
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_TALLY_H
#define IO_VIEWS_TALLY_H

#include "io/paths.h"

struct tally_node {
    uint32_t right, of; /* answers through it */
    uint32_t first[2];  /* the first wrong one, the first right one; CRUX_NO_NODE: none */
};

struct tally {
    const struct crux_tree *tree;
    struct tally_node *of; /* by node; that of the root is about all answers */
};

int tally_open(struct tally *out, const struct paths *paths, struct crux_error *error);
void tally_close(struct tally *tally);

/* The share of right ones; 0 without any. */
double tally_value(const struct tally_node *node);

#endif
