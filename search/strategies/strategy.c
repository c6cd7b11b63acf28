/*
 * strategy.c - the table of strategies, one row each.
 */
#include "search/strategies/strategy.h"

#include "search/strategies/beam.h"
#include "search/strategies/mcts.h"
#include "search/strategies/particles.h"
#include "search/strategies/plan.h"
#include "search/strategies/rag.h"
#include "search/strategies/refine.h"
#include "search/strategies/sample.h"

#include <assert.h>
#include <stddef.h>

#define STRATEGY_ROOM 16u

static const struct strategy *strategy_rows[STRATEGY_ROOM] = {
    [CRUX_MCTS] = &mcts_strategy,     [CRUX_SAMPLE] = &sample_strategy,
    [CRUX_REFINE] = &refine_strategy, [CRUX_PLAN] = &plan_strategy,
    [CRUX_BEAM] = &beam_strategy,     [CRUX_PARTICLES] = &particles_strategy,
    [CRUX_RAG] = &rag_strategy,
};

const struct strategy *strategy_row(unsigned number)
{
    return number < STRATEGY_ROOM ? strategy_rows[number] : NULL;
}

unsigned strategy_count(void)
{
    unsigned count = 0;

    while (count < STRATEGY_ROOM && strategy_rows[count] != NULL)
        count++;
    return count;
}

unsigned strategy_add(const struct strategy *row)
{
    unsigned number = strategy_count();

    assert(row != NULL && row->name != NULL);
    assert(row->simulations != NULL && row->descend != NULL && row->next != NULL);
    assert(number < STRATEGY_ROOM);
    strategy_rows[number] = row;
    return number;
}
