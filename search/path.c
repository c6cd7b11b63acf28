/*
 * path.c - the way down and the same way up.
 *
 * A path is the slots themselves, so coming back needs no search. Shallow paths
 * lie in the record; the first descent that is deeper makes room for the deepest
 * one there can be, and the record keeps it.
 */
#include "search/lane.h"
#include "search/rng.h"
#include "search/strategy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void path_begin(struct simulation *sim)
{
    struct open_tree *open = sim->lane->open;

    if (sim->slots == NULL) {
        sim->slots = sim->near_slots;
        sim->choices = sim->near_choices;
    }
    sim->depth = 0;
    sim->slots[0] = &open->tree.root;
    sim->node = &open->root;
    sim->call.state =
        (struct crux_state){.problem = open->problem, .choices = sim->choices, .key = open->key};
}

static bool make_far(struct simulation *sim)
{
    size_t most = sim->lane->crew->setup.depth + 2;
    struct slot **slots = malloc(most * (sizeof *slots + sizeof *sim->choices));
    uint16_t *choices;

    if (slots == NULL)
        return false;
    choices = (uint16_t *)(slots + most);
    memcpy(slots, sim->slots, (sim->depth + 1u) * sizeof *slots);
    memcpy(choices, sim->choices, sim->depth * sizeof *choices);
    sim->slots = slots;
    sim->choices = choices;
    sim->call.state.choices = choices;
    return true;
}

bool path_room(struct simulation *sim)
{
    assert(sim->depth <= sim->lane->crew->setup.depth);
    return sim->slots != sim->near_slots || sim->depth < SIMULATE_INLINE || make_far(sim);
}

uint32_t path_down(struct simulation *sim, struct block *block, uint32_t index)
{
    struct tree *tree = &sim->lane->open->tree;
    struct crux_state *state = &sim->call.state;
    struct slot *slot = tree_child(tree, block, index);

    sim->choices[sim->depth++] = (uint16_t)index;
    sim->slots[sim->depth] = slot;
    sim->node = block->family != NULL ? &block->family->node[index] : NULL;
    state->last = sim->node != NULL ? sim->node->step : NULL;
    state->depth = sim->depth;
    state->key = rng_join(state->key, index);
    return tree_enter(slot);
}

void path_leave(struct simulation *sim, uint32_t value)
{
    for (uint32_t i = sim->depth + 1u; i-- > 0;)
        tree_leave(sim->slots[i], value);
}

void path_withdraw(struct simulation *sim)
{
    for (uint32_t i = sim->depth + 1u; i-- > 0;)
        tree_withdraw(sim->slots[i]);
}

void path_free(struct simulation *sim)
{
    if (sim->slots != sim->near_slots)
        free(sim->slots);
    sim->slots = NULL;
}
