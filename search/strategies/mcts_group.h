/*
 * mcts_group.h - strategy `mcts` for several simulations that go down together.
 *
 * Simulations at the same node are a cohort: they choose together, mark each child once for all
 * that go to it, and split. Cohorts wait in a queue, so between two looks at a block there is time
 * for its lines to come from memory. The tree becomes the same as if each had gone down alone,
 * one after another, with the marks of those before it in place.
 */
#ifndef SEARCH_STRATEGIES_MCTS_GROUP_H
#define SEARCH_STRATEGIES_MCTS_GROUP_H

#include "search/simulate.h"

/* count 1 .. LANE_GROUP_MOST. Afterwards those with a way in common stand side by side. */
void mcts_group_descend(struct simulation **group, uint32_t count);

#endif
