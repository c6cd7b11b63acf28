/*
 * widen.h - progressive widening: a node asks the policy again when it has been
 * visited often enough for more children (Coulom 2007, "Computing Elo Ratings of Move
 * Patterns": k N^a of them; Chaslot et al. 2008).
 *
 * What a policy proposes costs a call, so a node does not begin with all the children
 * it will ever have. A widening is a simulation of its own: it holds the place behind the
 * node's last wing, asks for what is missing, and settles like an expansion.
 *
 * Threads. Like the descent that calls it: widen_here() claims, at most one
 *          widening is in flight per node.
 */
#ifndef SEARCH_STRATEGIES_WIDEN_H
#define SEARCH_STRATEGIES_WIDEN_H

#include "search/simulate.h"

/* Children that a node with this number of visits may have; without widening, setup->children. */
uint32_t widen_wanted(const struct crux_setup *setup, uint32_t visits);

/* In a tree that widens: should sim, which has come to this node, widen it and go no
 * further? Then sim->found is set. There is room for one more choice. */
bool widen_here(struct simulation *sim, struct block *block);

/* Ask for so many children more at this node, at most as many as a node is asked for at once.
 * False: the calls are not left, another simulation does it, or nothing more will come. */
bool widen_claim(struct simulation *sim, struct block *block, uint32_t wanted);

/* Of the proposals that came for a widening, forget those that say what a child of the
 * node says already. */
void widen_drop_known(struct simulation *sim);

#endif
