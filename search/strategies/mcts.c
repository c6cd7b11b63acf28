/*
 * mcts.c - strategy `mcts`: selection for one simulation, and the order of its phases.
 */
#include "search/strategies/mcts.h"

#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"
#include "search/rng.h"
#include "search/run.h"
#include "search/strategies/branch.h"
#include "search/strategies/gumbel.h"
#include "search/strategies/leaf.h"
#include "search/strategies/mcts_group.h"
#include "search/strategies/root.h"
#include "search/strategies/widen.h"

#include <assert.h>
#include <stdlib.h>

/* --- the root, by Gumbel's rule ---------------------------------------------------- */

/* The arms are there before the block is: a lane that finds the root's children finds them. */
static void mcts_expands(struct simulation *sim, const struct expansion *expansion)
{
    struct open_tree *open = sim->lane->open;
    struct tally root = tree_tally(&open->tree.root);
    double mean = root.visits > 0 ? (double)root.sum / root.visits / TREE_ONE : 0.5;

    if (root_gumbel(open) != NULL && sim->depth == 0 && sim->found == FOUND_EXPAND)
        gumbel_draw(root_gumbel(open), open->key, expansion->family, expansion->count, mean);
}

static bool mcts_open(void **state, const struct crux_setup *setup)
{
    struct gumbel *gumbel;

    *state = NULL;
    if (setup->root != CRUX_ROOT_GUMBEL)
        return true;
    gumbel = calloc(1, sizeof *gumbel);
    if (gumbel == NULL || !gumbel_open(gumbel, setup)) {
        free(gumbel);
        return false;
    }
    *state = gumbel;
    return true;
}

static void mcts_close(void *state)
{
    if (state != NULL)
        gumbel_close(state);
    free(state);
}

/* --- the way down -------------------------------------------------------------------- */

/* The child to follow; TREE_NONE, TREE_SOON. */
static uint32_t mcts_choose(struct simulation *sim, struct block *top)
{
    struct lane *lane = sim->lane;
    uint32_t choice;

    if (sim->depth == 0 && root_choose(lane, top, &choice, 1))
        return choice;
    return tree_select(&lane->open->tree, &lane->chunk, path_leaf(sim), top);
}

/* One level down from a node with this block. False: the descent has ended, sim->found says how. */
static bool mcts_step_down(struct simulation *sim, struct block *top, uint32_t *handle)
{
    struct tree *tree = &sim->lane->open->tree;
    bool room = sim->depth < SIMULATE_INLINE || path_room(sim, sim->depth);
    uint32_t depth = sim->depth, choice, index;
    struct block *wing;

    assert(sim->depth < sim->lane->run->setup.depth);
    if (room && tree->widens && widen_here(sim, top))
        return false;
    choice = index = mcts_choose(sim, top);
    if (choice >= TREE_SOON || !room) {
        sim->found = choice == TREE_SOON ? FOUND_COLLISION : FOUND_DEAD_END;
        return false;
    }
    wing = tree_wing_of(tree, top, &index);
    sim->choices[depth] = (uint16_t)choice;
    sim->slots[depth + 1] = tree_child(tree, wing, index);
    path_arrive(sim, depth + 1, rng_join(sim->call.state.key, choice), wing, index);
    *handle = tree_enter(tree, path_leaf(sim), 1);
    return true;
}

static void mcts_descend_alone(struct simulation *sim)
{
    struct tree *tree = &sim->lane->open->tree;
    uint32_t handle;

    path_begin(sim);
    handle = tree_enter(tree, path_leaf(sim), 1);
    while (handle >= ARENA_FIRST)
        if (!mcts_step_down(sim, tree_block(tree, handle), &handle))
            return;
    sim->found = (uint8_t)leaf_claim(sim, (enum tree_state)handle);
}

static void mcts_descend(struct simulation **group, uint32_t count)
{
    assert(count > 0 && count <= LANE_GROUP_MOST);
    if (count == 1)
        mcts_descend_alone(group[0]);
    else
        mcts_group_descend(group, count);
}

/* --- what is asked after what ---------------------------------------------------------- */

void mcts_next(struct simulation *sim)
{
    const struct run *run = sim->lane->run;

    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        if (sim->found == FOUND_WIDEN)
            widen_drop_known(sim);
        else if (branch_asks_again(sim) || !branch_join(sim))
            break;
        if (sim->family_count == 0)
            sim->phase = PHASE_READY;
        else if (run->scorers[sim->call.kind] != NULL && sim->family != NULL)
            sim->phase = PHASE_SCORE;
        else
            phase_step_to_first_child(sim);
        break;
    case PHASE_SCORE:
        phase_step_to_first_child(sim);
        break;
    case PHASE_ROLLOUT:
        phase_judge(sim);
        break;
    case PHASE_JUDGE:
    case PHASE_VALUE:
        sim->phase = PHASE_READY;
        break;
    case PHASE_READY:
    case PHASE_FAILED:
        assert(false); /* nothing was asked */
    }
}

static uint64_t mcts_simulations(const struct crux_setup *setup)
{
    return setup->simulations;
}

const struct strategy mcts_strategy = {
    .name = "mcts",
    .simulations = mcts_simulations,
    .open = mcts_open,
    .close = mcts_close,
    .descend = mcts_descend,
    .next = mcts_next,
    .expands = mcts_expands,
};
