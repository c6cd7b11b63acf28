/*
 * root.h - which children of the root the next simulations of strategy `mcts` go on to, where
 * that is Gumbel's to say (gumbel.h) and not the selection rule's.
 *
 * Threads. By the worker that runs the lane.
 */
#ifndef SEARCH_STRATEGIES_ROOT_H
#define SEARCH_STRATEGIES_ROOT_H

#include "search/strategies/steer.h"

struct gumbel;

/* Of a tree that mcts searches with root GUMBEL; else NULL. */
static inline struct gumbel *root_gumbel(const struct open_tree *open)
{
    return steer_steers(open) ? NULL : open->strategy;
}

/* Choose for count simulations at the root with this block. False: the selection rule chooses. */
bool root_choose(struct lane *lane, struct block *root, uint32_t *choices, uint32_t count);

#endif
