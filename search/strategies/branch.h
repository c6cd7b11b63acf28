/*
 * branch.h - entropy-gated branching: a node is asked for few children where the policy is sure of
 * what comes next, and for many where it is not (EGB, arXiv 2503.21961).
 *
 * An expansion asks for one child first. The reply tells the entropy of the first token that
 * follows the node, whatever was drawn; with it the node's number of children is known, and what
 * is missing is asked for at once, as the samples behind the first:
 *
 *     below branch_low                        1
 *     from branch_high on, or not known       children
 *     between                                 1 + (children - 1) (H - low) / (high - low), rounded
 *
 * Nothing but the reply decides, so the tree is the same for any number of workers, and again from
 * a ledger. Where nothing came of the first call its entropy says nothing about what would, and all
 * the others are asked for. A root whose arms are drawn by Gumbel's rule keeps all its children.
 *
 * Threads. Like the descent and the phases that call it.
 */
#ifndef SEARCH_STRATEGIES_BRANCH_H
#define SEARCH_STRATEGIES_BRANCH_H

#include "search/simulate.h"

/* Children of a node with this entropy; below 0: it is not known. */
uint32_t branch_children(const struct crux_setup *setup, double entropy);

/* Is the leaf that sim expands asked for one child first? */
bool branch_gates(const struct simulation *sim);

/* The children of an expansion came. True: they are those of the first call, and others are to be
 * asked for; the phase stays. */
bool branch_asks_again(struct simulation *sim);

/* The children of both calls become one family, without those of the second that say what the
 * first says. Where there was one call only nothing changes. False: it has failed. */
bool branch_join(struct simulation *sim);

#endif
