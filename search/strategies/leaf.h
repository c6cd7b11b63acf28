/*
 * leaf.h - the end of a descent: what is found there, and claiming it.
 *
 * A leaf that was not evaluated is evaluated; one that was, is expanded: so a policy is asked only
 * for nodes that selection comes back to.
 *
 * Threads. By the worker that runs the record's lane.
 */
#ifndef SEARCH_STRATEGIES_LEAF_H
#define SEARCH_STRATEGIES_LEAF_H

#include "search/simulate.h"

/* The record has come to the slot sim->slots[sim->depth], which held this state when it was
 * entered; depth, node and call.state are set. Claims the leaf with the policy calls that it
 * takes, and says what was found. */
enum found leaf_claim(struct simulation *sim, enum tree_state state);

#endif
