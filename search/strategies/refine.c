/*
 * refine.c - strategy `refine`: chains of answers, each in place of the one before.
 *
 * Chains that may go on stand in a ring. A descent takes the first of them along, as what its
 * simulation's answer is to be better than; settling decides how it goes on and puts it back.
 */
#include "search/strategies/refine.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"
#include "search/run.h"
#include "search/strategies/revise.h"
#include "search/strategies/sample.h"

#include <assert.h>
#include <stdlib.h>

struct refine_chain {
    struct crux_revision before; /* first: a simulation's revision is its chain */
    uint64_t number;             /* of all chains of the tree, from 0 */
    uint32_t round;              /* of the next answer; 0: the first */
};

struct refine {
    struct refine_chain *chains;
    struct refine_chain **ring; /* those that may go on */
    uint32_t count;             /* of chains; of them ... */
    uint32_t first, free;       /* ... free stand in the ring, from first on */
    uint64_t begun;             /* chains that have a number */
};

/* --- the ring ------------------------------------------------------------------------ */

static void refine_put(struct refine *refine, struct refine_chain *chain)
{
    assert(refine->free < refine->count);
    refine->ring[(refine->first + refine->free++) % refine->count] = chain;
}

static struct refine_chain *refine_take(struct refine *refine)
{
    struct refine_chain *chain = refine->ring[refine->first];

    assert(refine->free > 0);
    refine->first = (refine->first + 1) % refine->count;
    refine->free--;
    return chain;
}

/* The next one takes its place. */
static void refine_end_chain(struct refine *refine, struct refine_chain *chain)
{
    *chain = (struct refine_chain){.number = refine->begun++};
}

/* --- for each open tree ----------------------------------------------------------------- */

static uint32_t refine_chains(const struct crux_setup *setup)
{
    uint64_t whole = sample_simulations(setup) / (setup->refine_rounds + UINT64_C(1));

    if (whole > setup->per_tree)
        return setup->per_tree;
    return whole > 0 ? (uint32_t)whole : 1;
}

static void refine_close(void *state)
{
    struct refine *refine = state;

    if (refine == NULL)
        return;
    free(refine->chains);
    free(refine->ring);
    free(refine);
}

static bool refine_open(void **state, const struct crux_setup *setup)
{
    struct refine *refine = calloc(1, sizeof *refine);

    if (refine == NULL)
        return false;
    refine->count = refine_chains(setup);
    refine->chains = calloc(refine->count, sizeof *refine->chains);
    refine->ring = calloc(refine->count, sizeof *refine->ring);
    if (refine->chains == NULL || refine->ring == NULL) {
        refine_close(refine);
        return false;
    }
    *state = refine;
    return true;
}

static void refine_begin(struct open_tree *open)
{
    struct refine *refine = open->strategy;

    refine->first = refine->free = 0;
    refine->begun = 0;
    for (uint32_t i = 0; i < refine->count; i++) {
        refine_end_chain(refine, &refine->chains[i]);
        refine_put(refine, &refine->chains[i]);
    }
}

/* --- descents ------------------------------------------------------------------------- */

/* Chains that are not in the ring are in the window. */
static bool refine_wants(const struct lane *lane)
{
    const struct refine *refine = lane->open->strategy;

    assert(refine->free > 0 || lane->in_window > 0);
    return refine->free > 0;
}

static void refine_descend_one(struct simulation *sim, struct refine *refine)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    struct refine_chain *chain;

    path_begin(sim);
    sim->found = FOUND_COLLISION; /* of a group that is larger than the ring */
    if (refine->free == 0)
        return;
    sim->found = (uint8_t)(budget_reserve(sim, 1) ? FOUND_EVALUATE : FOUND_SPENT);
    if (sim->found == FOUND_SPENT)
        return;
    chain = refine_take(refine);
    sim->started = chain->number * (setup->refine_rounds + UINT64_C(1)) + chain->round;
    sim->revision = &chain->before;
}

static void refine_descend(struct simulation **group, uint32_t count)
{
    struct open_tree *open = group[0]->lane->open;

    assert(count > 0 && count <= LANE_GROUP_MOST);
    (void)tree_enter(&open->tree, &open->tree.root, count);
    for (uint32_t i = 0; i < count; i++)
        refine_descend_one(group[i], open->strategy);
}

/* --- how a chain goes on ------------------------------------------------------------------ */

static void refine_go_on(struct refine_chain *chain, const struct rollout *rollout)
{
    chain->before = revise_what(rollout);
    chain->round++;
}

/* A call that was late, or that a halt has taken, says nothing of its chain. */
static void refine_settled(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    struct refine_chain *chain = (struct refine_chain *)(uintptr_t)sim->revision;
    struct refine *refine = sim->lane->open->strategy;

    assert(chain != NULL);
    if (sim->phase == PHASE_FAILED) {
        if (!sim->late && sim->status != CRUX_STOPPED)
            refine_end_chain(refine, chain);
    } else if (revise_is_good(&sim->rollouts[0], setup) || chain->round >= setup->refine_rounds) {
        refine_end_chain(refine, chain);
    } else {
        refine_go_on(chain, &sim->rollouts[0]);
    }
    refine_put(refine, chain);
}

const struct strategy refine_strategy = {
    .name = "refine",
    .refuses = STRATEGY_NO_ROLLOUTS | STRATEGY_GUMBEL | STRATEGY_WIDENING |
               STRATEGY_TRANSPOSITIONS | STRATEGY_BRANCHING | STRATEGY_SHARED_TREES,
    .samples = true,
    .revises = true,
    .simulations = sample_simulations,
    .open = refine_open,
    .begin = refine_begin,
    .close = refine_close,
    .wants = refine_wants,
    .descend = refine_descend,
    .next = sample_next,
    .settled = refine_settled,
};
