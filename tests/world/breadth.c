/*
 * breadth.c - strategy `breadth`: every simulation goes on to the child that was tried least.
 */
#include "tests/world/breadth.h"

#include "search/open_tree.h"
#include "search/path.h"
#include "search/rng.h"
#include "search/strategies/leaf.h"
#include "search/strategies/mcts.h"

static uint64_t breadth_simulations(const struct crux_setup *setup)
{
    return setup->simulations;
}

static uint32_t breadth_least(const struct tree *tree, struct block *block)
{
    uint32_t least = UINT32_MAX, choice = 0;

    for (uint32_t i = 0; i < tree_slots(block); i++) {
        struct tally tally = tree_tally(tree_child(tree, block, i));

        if (tally.prior > 0 && tally.visits + tally.pending < least) {
            least = tally.visits + tally.pending;
            choice = i;
        }
    }
    return choice;
}

static void breadth_descend(struct simulation **group, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct simulation *sim = group[i];
        struct tree *tree = &sim->lane->open->tree;
        uint32_t handle;

        path_begin(sim);
        while ((handle = tree_enter(tree, path_leaf(sim), 1)) >= ARENA_FIRST) {
            struct block *block = tree_block(tree, handle);
            uint32_t choice = breadth_least(tree, block);

            (void)path_room(sim, sim->depth);
            sim->choices[sim->depth] = (uint16_t)choice;
            sim->slots[sim->depth + 1] = tree_child(tree, block, choice);
            path_arrive(sim, sim->depth + 1u, rng_join(sim->call.state.key, choice), block, choice);
        }
        sim->found = (uint8_t)leaf_claim(sim, (enum tree_state)handle);
    }
}

const struct strategy breadth_strategy = {.name = "breadth",
                                          .simulations = breadth_simulations,
                                          .descend = breadth_descend,
                                          .next = mcts_next};
