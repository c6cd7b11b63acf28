/*
 * html_nodes.h - which nodes of a tree a page holds.
 *
 * All of them where there is room. Else, as long as there is some left: the root, the path to the
 * best answer, of each pair the paths of both (in the order of pairs; a path that does not fit
 * whole is not begun, and ends these), and then those with most visits. A node comes after its
 * parent, and of equal ones the first in the tree's order comes first: so the choice is the same
 * everywhere, and the parent of every node that is there is there.
 *
 * Ownership. The caller's struct; html_nodes_close() takes one that failed or was zeroed, too.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_HTML_NODES_H
#define IO_VIEWS_HTML_NODES_H

#include "search/crux.h"

struct html_nodes {
    bool *shown;       /* by node */
    uint32_t *hidden;  /* by node: its children that are not shown */
    uint32_t count;    /* shown */
    uint32_t rollouts; /* of shown nodes */
};

int html_nodes_choose(struct html_nodes *out, const struct crux_tree *tree, uint64_t room,
                      struct crux_error *error);
void html_nodes_close(struct html_nodes *nodes);

/* The node itself, or the nearest above it that is shown; CRUX_NO_NODE: none is. */
uint32_t html_nodes_above(const struct html_nodes *nodes, const struct crux_tree *tree,
                          uint32_t node);

#endif
