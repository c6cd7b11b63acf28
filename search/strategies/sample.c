/*
 * sample.c - strategy `sample`: independent answers, no tree; the baseline of best-of-n.
 */
#include "search/strategies/sample.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"

#include <assert.h>

uint64_t sample_simulations(const struct crux_setup *setup)
{
    return budget_answers(setup);
}

static void sample_descend(struct simulation **group, uint32_t count)
{
    struct tree *tree = &group[0]->lane->open->tree;

    assert(count > 0 && count <= LANE_GROUP_MOST);
    (void)tree_enter(tree, &tree->root, count);
    for (uint32_t i = 0; i < count; i++) {
        path_begin(group[i]);
        group[i]->found = (uint8_t)(budget_reserve(group[i], 1) ? FOUND_EVALUATE : FOUND_SPENT);
    }
}

void sample_next(struct simulation *sim)
{
    assert(sim->phase == PHASE_ROLLOUT || sim->phase == PHASE_JUDGE);
    if (sim->phase == PHASE_ROLLOUT)
        phase_judge(sim);
    else
        sim->phase = PHASE_READY;
}

const struct strategy sample_strategy = {
    .name = "sample",
    .refuses = STRATEGY_NO_ROLLOUTS | STRATEGY_GUMBEL | STRATEGY_WIDENING |
               STRATEGY_TRANSPOSITIONS | STRATEGY_BRANCHING,
    .samples = true,
    .simulations = sample_simulations,
    .descend = sample_descend,
    .next = sample_next,
};
