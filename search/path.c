/*
 * path.c - the nodes a simulation went through, and the backup of its value along them.
 */
#include "search/path.h"

#include "search/open_tree.h"
#include "search/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void path_begin(struct simulation *sim)
{
    struct open_tree *open = sim->lane->open;

    assert(open->problem != NULL);
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

static bool path_make_far(struct simulation *sim, uint32_t depth)
{
    size_t most = sim->lane->run->setup.depth + 2;
    struct slot **slots = malloc(most * (sizeof *slots + sizeof *sim->choices));
    uint16_t *choices;

    assert(depth == SIMULATE_INLINE); /* the near slots are full, no more than full */
    if (slots == NULL)
        return false;
    choices = (uint16_t *)(slots + most);
    memcpy(slots, sim->slots, (depth + 1u) * sizeof *slots);
    memcpy(choices, sim->choices, depth * sizeof *choices);
    sim->slots = slots;
    sim->choices = choices;
    sim->call.state.choices = choices;
    return true;
}

bool path_room(struct simulation *sim, uint32_t depth)
{
    assert(depth <= sim->lane->run->setup.depth);
    return sim->slots != sim->near_slots || depth < SIMULATE_INLINE || path_make_far(sim, depth);
}

/* Levels from `levels` on are done; what they counted belongs to the one above as well. */
static void path_flush_to(struct lane *lane, uint32_t levels)
{
    struct carry *carry = &lane->carry;

    assert(levels <= carry->levels);
    for (; carry->levels > levels; carry->levels--) {
        uint32_t level = carry->levels - 1;

        tree_leave(&lane->open->tree, carry->slots[level], carry->counts[level],
                   carry->sums[level]);
        if (level > 0) {
            carry->counts[level - 1] += carry->counts[level];
            carry->sums[level - 1] += carry->sums[level];
        }
    }
}

void path_flush(struct lane *lane)
{
    path_flush_to(lane, 0);
}

static void path_carry_up(struct lane *lane, struct slot *const *slots, uint32_t levels,
                          uint32_t value)
{
    struct carry *carry = &lane->carry;
    uint32_t common = 0;

    assert(levels > 0 && levels <= lane->run->setup.depth + 1);
    while (common < levels && common < carry->levels && carry->slots[common] == slots[common])
        common++;
    path_flush_to(lane, common);
    for (; carry->levels < levels; carry->levels++) {
        carry->slots[carry->levels] = slots[carry->levels];
        carry->counts[carry->levels] = 0;
        carry->sums[carry->levels] = 0;
    }
    carry->counts[levels - 1]++;
    carry->sums[levels - 1] += value;
}

void path_leave(struct simulation *sim, uint32_t levels, uint32_t value)
{
    const struct tree *tree = &sim->lane->open->tree;

    assert(levels <= sim->depth + 1u && value <= TREE_ONE);
    if (levels > 0 && sim->lane->carry.slots != NULL) {
        path_carry_up(sim->lane, sim->slots, levels, value);
        return;
    }
    for (uint32_t i = levels; i-- > 0;)
        tree_leave(tree, sim->slots[i], 1, value);
}

void path_withdraw(struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;

    assert(sim->slots[0] == &sim->lane->open->tree.root);
    for (uint32_t i = sim->depth + 1u; i-- > 0;)
        tree_withdraw(tree, sim->slots[i], 1);
}

void path_free(struct simulation *sim)
{
    if (sim->slots != sim->near_slots)
        free(sim->slots);
    sim->slots = NULL;
}
