/*
 * path.h - the way down and the same way up.
 *
 * A path is the slots themselves, so coming back needs no search. Shallow paths
 * lie in the record; the first descent that is deeper makes room for the deepest
 * one there can be, and the record keeps it.
 *
 * Threads. By the worker that runs the record's lane.
 */
#ifndef SEARCH_PATH_H
#define SEARCH_PATH_H

#include "search/simulate.h"

#include <assert.h>

/* At the root, which the caller marks. */
void path_begin(struct simulation *sim);

/* Room for one choice more than depth, asked for at one depth after another: below
 * SIMULATE_INLINE there is room, and at it the path moves. False: no memory. sim->slots and
 * sim->choices may move. */
bool path_room(struct simulation *sim, uint32_t depth);

/* Carry the value, fixed point, up the first `levels` slots of the path, at most all of them
 * (backup, backpropagation). In a shared tree what the
 * next one has in common with it is put off and done for both at once. */
void path_leave(struct simulation *sim, uint32_t levels, uint32_t value);
void path_withdraw(struct simulation *sim);

/* Do what was put off. */
void path_flush(struct lane *lane);

/* The memory of a path deeper than the record has room for. */
void path_free(struct simulation *sim);

static inline struct slot *path_leaf(const struct simulation *sim)
{
    assert(sim->slots != NULL);
    return sim->slots[sim->depth];
}

/* The record has come to the last slot of its path, at this depth; key: of the state there. block:
 * the wing that the slot lies in, and index its number there; NULL at the root. */
static inline void path_arrive(struct simulation *sim, uint32_t depth, uint64_t key,
                               const struct block *block, uint32_t index)
{
    struct crux_state *state = &sim->call.state;

    assert((block == NULL) == (depth == 0));
    assert(block == NULL || index < block->count);
    sim->depth = (uint16_t)depth;
    state->depth = depth;
    state->key = key;
    if (block != NULL)
        sim->node = block->family != NULL ? &block->family->node[index] : NULL;
    state->last = sim->node != NULL ? sim->node->step : NULL;
}

#endif
