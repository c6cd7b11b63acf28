/*
 * leaf.c - the end of selection: what a leaf needs next, and claiming it for that.
 */
#include "search/strategies/leaf.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/run.h"
#include "search/strategies/branch.h"
#include "search/strategies/widen.h"

#include <assert.h>

/* Policy calls that evaluating the leaf, or its first child, may take. */
static uint32_t leaf_calls_to_evaluate(const struct simulation *sim)
{
    return sim->lane->run->setup.rollouts > 0 ? 1 : 0;
}

static enum found leaf_take(struct simulation *sim, enum tree_state from, enum tree_state to,
                            uint32_t calls, enum found found)
{
    assert(!sim->claimed);
    if (!budget_reserve(sim, calls))
        return FOUND_SPENT;
    if (!tree_claim(&sim->lane->open->tree, path_leaf(sim), from, to)) {
        budget_unreserve(sim);
        return FOUND_COLLISION;
    }
    sim->claimed = true;
    return found;
}

/* The leaf is ours; is its state? */
static enum found leaf_claim_state(struct simulation *sim, uint64_t key)
{
    struct open_tree *open = sim->lane->open;
    uint32_t value = 0;

    assert(sim->claimed && key != 0);
    switch (transposition_claim(&open->transpositions, key, &value)) {
    case TRANSPOSITION_MINE:
        sim->holds_state = true;
        break;
    case TRANSPOSITION_KNOWN:
        budget_unreserve(sim);
        sim->value = (double)value / TREE_ONE;
        return FOUND_TRANSPOSITION;
    case TRANSPOSITION_TAKEN:
        budget_unreserve(sim);
        tree_set_state(&open->tree, path_leaf(sim), TREE_EVALUATING, TREE_UNVISITED);
        sim->claimed = false;
        return FOUND_COLLISION;
    case TRANSPOSITION_FULL:
        break;
    }
    return FOUND_EVALUATE;
}

static enum found leaf_claim_unvisited(struct simulation *sim)
{
    const struct crux_step *step = sim->call.state.last;
    uint32_t calls = step != NULL && step->terminal ? 0 : leaf_calls_to_evaluate(sim);
    enum found found = leaf_take(sim, TREE_UNVISITED, TREE_EVALUATING, calls, FOUND_EVALUATE);

    if (found == FOUND_EVALUATE && step != NULL && step->state_hash != 0 &&
        sim->lane->run->setup.transpositions)
        return leaf_claim_state(sim, step->state_hash);
    return found;
}

/* What the leaf is expanded with; there always is something. */
static const struct grammar_row *leaf_row(const struct simulation *sim)
{
    const struct crux_step *last = sim->call.state.last;
    const struct grammar_row *row = sim->lane->run->next[last != NULL ? last->kind : GRAMMAR_ROOT];

    assert(row != NULL);
    return row;
}

static uint32_t leaf_children(const struct crux_setup *setup, const struct grammar_row *row)
{
    if (row->rule)
        return CRUX_KINDS;
    return row->kind == CRUX_DOC ? setup->documents : widen_wanted(setup, 1);
}

static enum found leaf_claim_evaluated(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    const struct grammar_row *row = leaf_row(sim);
    uint32_t calls;

    assert(sim->depth <= setup->depth);
    if (sim->depth >= setup->depth)
        return FOUND_KNOWN;
    if (!path_room(sim, sim->depth))
        return FOUND_DEAD_END;
    /* Where equal states share their evaluation an expansion evaluates nothing. */
    calls = row->rule ? 0 : branch_gates(sim) ? 2 : 1;
    calls += setup->transpositions ? 0 : leaf_calls_to_evaluate(sim);
    sim->wanted = (uint16_t)(branch_gates(sim) ? 1 : leaf_children(setup, row));
    return leaf_take(sim, TREE_LEAF, TREE_BUILDING, calls, FOUND_EXPAND);
}

enum found leaf_claim(struct simulation *sim, enum tree_state state)
{
    assert(sim->call.state.depth == sim->depth);
    switch (state) {
    case TREE_UNVISITED:
        return leaf_claim_unvisited(sim);
    case TREE_LEAF:
        return leaf_claim_evaluated(sim);
    case TREE_TERMINAL:
        return FOUND_KNOWN;
    case TREE_EVALUATING:
    case TREE_BUILDING:
        break;
    }
    return FOUND_COLLISION;
}
