/*
 * strategy.h - what a strategy is: where the next simulation goes.
 *
 * aim() walks from the root to the leaf it chooses, enters every slot on the way
 * (sim->slots, sim->choices, sim->depth, the key and last step of sim->call.state),
 * sets sim->node, and claims the leaf where it must not be shared. All strategies share
 * simulate.c, the ports, the budget and the order of settling, so they can be
 * compared at equal cost.
 */
#ifndef SEARCH_STRATEGY_H
#define SEARCH_STRATEGY_H

#include "search/simulate.h"

enum aim mcts_aim(struct simulation *sim);   /* mcts.c */
enum aim sample_aim(struct simulation *sim); /* sample.c */

/* At the root, marked. */
void path_begin(struct simulation *sim);

/* One level down to child `index` in block; marks it and returns what it holds. */
uint32_t path_down(struct simulation *sim, struct block *block, uint32_t index);

/* Room for one more choice; false: no memory. */
bool path_room(struct simulation *sim);

void path_leave(struct simulation *sim, uint32_t value);
void path_withdraw(struct simulation *sim);

/* The memory of a path deeper than the record has room for. */
void path_free(struct simulation *sim);

static inline struct slot *path_leaf(const struct simulation *sim)
{
    return sim->slots[sim->depth];
}

#endif
