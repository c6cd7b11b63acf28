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
#include "search/strategies/steer.h"
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

/* --- what there is for each open tree, where something is ---------------------------- */

struct mcts_state {
    struct gumbel gumbel; /* first: root.h takes the state for it */
    struct steer steer;
};

static struct steer *mcts_steer(const struct open_tree *open)
{
    struct mcts_state *state = open->strategy;

    assert(steer_steers(open));
    return &state->steer;
}

static bool mcts_open(void **state, const struct crux_setup *setup)
{
    bool gumbel = setup->root == CRUX_ROOT_GUMBEL;
    struct mcts_state *made;

    *state = NULL;
    if (!gumbel && setup->selection != CRUX_BUDGET)
        return true;
    made = calloc(1, sizeof *made);
    if (made == NULL || (gumbel && !gumbel_open(&made->gumbel, setup))) {
        free(made);
        return false;
    }
    *state = made;
    return true;
}

static void mcts_begin(struct open_tree *open)
{
    if (steer_steers(open))
        steer_begin(mcts_steer(open));
}

static void mcts_close(void *state)
{
    struct mcts_state *made = state;

    if (made != NULL)
        gumbel_close(&made->gumbel);
    free(made);
}

/* --- the way down -------------------------------------------------------------------- */

/* The child to follow; TREE_NONE, TREE_SOON; STEER_WIDENS. */
static uint32_t mcts_choose(struct simulation *sim, struct block *top)
{
    struct lane *lane = sim->lane;
    uint32_t choice;

    if (steer_steers(lane->open))
        return steer_choose(mcts_steer(lane->open), sim, top);
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
    if (room && tree->widens && !steer_steers(sim->lane->open) && widen_here(sim, top))
        return false;
    choice = index = room ? mcts_choose(sim, top) : TREE_NONE;
    if (choice == STEER_WIDENS)
        return false;
    if (choice >= TREE_SOON) {
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
    if (count > 1 && !steer_steers(group[0]->lane->open)) {
        mcts_group_descend(group, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        mcts_descend_alone(group[i]);
}

static void mcts_settled(struct simulation *sim)
{
    if (steer_steers(sim->lane->open))
        steer_settled(mcts_steer(sim->lane->open), sim);
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
    .begin = mcts_begin,
    .close = mcts_close,
    .descend = mcts_descend,
    .next = mcts_next,
    .expands = mcts_expands,
    .settled = mcts_settled,
};
