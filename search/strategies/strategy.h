/*
 * strategy.h - what a strategy is: where the next simulations go.
 *
 * descend() walks a group of simulations from the root to the leaves it chooses,
 * enters every slot on the way (sim->slots, sim->choices, sim->depth, the key and
 * last step of sim->call.state), sets sim->node and sim->aim, and claims each leaf
 * that must not be shared. All strategies share simulate.c, the ports, the budget and
 * the order of settling, so they can be compared at equal cost.
 */
#ifndef SEARCH_STRATEGIES_STRATEGY_H
#define SEARCH_STRATEGIES_STRATEGY_H

#include "search/simulate.h"

void mcts_descend(struct simulation **group, uint32_t count);   /* mcts.c */
void sample_descend(struct simulation **group, uint32_t count); /* sample.c */

/* At the root, which the caller marks. */
void path_begin(struct simulation *sim);

/* Room for one choice more than depth; false: no memory. sim->slots and sim->choices may move. */
bool path_room(struct simulation *sim, uint32_t depth);

/* Carry the value up the first `levels` slots of the path. In a shared tree what the next
 * one has in common with it is put off and done for both at once. */
void path_leave(struct simulation *sim, uint32_t levels, uint32_t value);
void path_withdraw(struct simulation *sim);

/* Do what was put off. */
void path_flush(struct lane *lane);

/* The memory of a path deeper than the record has room for. */
void path_free(struct simulation *sim);

static inline struct slot *path_leaf(const struct simulation *sim)
{
    return sim->slots[sim->depth];
}

#endif
