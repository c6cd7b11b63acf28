/*
 * mcts.c - strategy `mcts`: follow the best-looking children to a leaf.
 *
 * A leaf that nobody has seen is evaluated; one that was, is expanded: so a
 * policy is asked only for nodes that selection comes back to.
 */
#include "search/lane.h"
#include "search/strategy.h"

/* Policy calls that evaluating the leaf, or its first child, may take. */
static uint32_t calls_to_evaluate(const struct simulation *sim)
{
    return sim->lane->crew->setup.rollouts > 0 ? 1 : 0;
}

static enum aim claim_leaf(struct simulation *sim, enum tree_state from, enum tree_state to,
                           uint32_t calls, enum aim aim)
{
    if (!lane_reserve(sim->lane, sim, calls))
        return AIM_SPENT;
    if (!tree_claim(path_leaf(sim), from, to)) {
        lane_unreserve(sim->lane, sim);
        return AIM_COLLIDED;
    }
    sim->claimed = true;
    return aim;
}

static enum aim aim_at_new(struct simulation *sim)
{
    const struct crux_step *step = sim->call.state.last;
    uint32_t calls = step != NULL && step->terminal ? 0 : calls_to_evaluate(sim);

    return claim_leaf(sim, TREE_UNVISITED, TREE_EVALUATING, calls, AIM_EVALUATE);
}

static enum aim aim_at_leaf(struct simulation *sim)
{
    if (sim->depth >= sim->lane->crew->setup.depth)
        return AIM_KNOWN;
    if (!path_room(sim))
        return AIM_DEAD;
    return claim_leaf(sim, TREE_LEAF, TREE_BUILDING, 1 + calls_to_evaluate(sim), AIM_EXPAND);
}

enum aim mcts_aim(struct simulation *sim)
{
    struct open_tree *open = sim->lane->open;
    uint32_t handle, index;

    path_begin(sim);
    handle = tree_enter(&open->tree.root);
    while (handle >= ARENA_FIRST) {
        struct block *block = tree_block(&open->tree, handle);

        index = tree_select(&open->tree, &sim->lane->chunk, path_leaf(sim), block);
        if (index == TREE_SOON)
            return AIM_COLLIDED;
        if (index == TREE_NONE || !path_room(sim))
            return AIM_DEAD;
        handle = path_down(sim, block, index);
    }
    switch ((enum tree_state)handle) {
    case TREE_UNVISITED:
        return aim_at_new(sim);
    case TREE_LEAF:
        return aim_at_leaf(sim);
    case TREE_TERMINAL:
        return AIM_KNOWN;
    case TREE_EVALUATING:
    case TREE_BUILDING:
        break;
    }
    return AIM_COLLIDED;
}
