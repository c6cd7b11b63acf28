/*
 * siblings.h - which children of one node are a pair, the better one and a lower one: the rule by
 * which critics that compare are trained and by which the view `ranking` is written.
 *
 *     family   children of one node that may stand in each other's place: those of one kind, and
 *              sub-goals, of whatever kind they are
 *     better   the child of the highest worth (CR-Planner, arXiv 2410.01428, section 2.3)
 *     lower    a child whose worth is lower, by `margin` or more
 *
 * The paper says neither how far apart the two must be nor whether one lower sibling is taken or
 * each. Here each is, unless the rule says one: then the next lower one, the first of several, and
 * the first of the best. Else of several best ones that are equal each gets its turn, so that each
 * of the best and each lower one is in a pair. Two that say the same are none, and a family of
 * equals gives none.
 *
 * Pure but for the memory that it works in; any thread.
 */
#ifndef IO_SIBLINGS_H
#define IO_SIBLINGS_H

#include "search/crux.h"

#define SIBLINGS_EVERY ((1U << CRUX_KINDS) - 1) /* every kind */

struct siblings_rule {
    uint32_t kinds; /* a set: of the children that take part */
    double margin;  /* least difference of the two, in [0, 1]; 0: any */
    enum crux_siblings siblings;
};

/* What came along the way. */
struct siblings_count {
    uint64_t families; /* of two and more that take part ... */
    uint64_t unknown;  /* ... and those in which the worth of none is known */
};

/* A pair, by number of node. False ends the walk. */
typedef bool siblings_pair(void *context, uint32_t better, uint32_t lower);

/* What a child is worth by what came back through it; below 0: from fewer visits than these, at
 * least one. */
double siblings_value(const struct crux_node *node, uint32_t least_visits);

/* All pairs of a tree, families in the order of their parents. worth: of each node; below 0: not
 * known, and it is in no pair. *count is added to. False: pair() has said so, or there is no
 * memory. */
bool siblings_each(const struct crux_tree *tree, const struct siblings_rule *rule,
                   const double *worth, siblings_pair *pair, void *context,
                   struct siblings_count *count);

#endif
