/*
 * rag.c - strategy `rag`: a path of documents, and answers sampled at its end.
 */
#include "search/strategies/rag.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"
#include "search/reply.h"
#include "search/run.h"
#include "search/strategies/front.h"
#include "search/strategies/sample.h"

#include <assert.h>
#include <stdlib.h>

struct rag {
    uint16_t *choices; /* that lead to the last document: the first child each time */
    uint32_t depth;    /* documents that were found */
    bool busy;         /* one more is being asked for */
    bool answers;      /* no more are: answers are sampled */
    uint64_t sampled;
};

static bool rag_open(void **state, const struct crux_setup *setup)
{
    struct rag *rag = calloc(1, sizeof *rag);

    if (rag == NULL)
        return false;
    rag->choices = calloc(setup->documents, sizeof *rag->choices);
    if (rag->choices == NULL) {
        free(rag);
        return false;
    }
    *state = rag;
    return true;
}

static void rag_begin(struct open_tree *open)
{
    struct rag *rag = open->strategy;

    rag->depth = 0;
    rag->busy = rag->answers = false;
    rag->sampled = 0;
}

static void rag_close(void *state)
{
    struct rag *rag = state;

    if (rag != NULL)
        free(rag->choices);
    free(rag);
}

static struct tree_needs rag_needs(const struct crux_setup *setup)
{
    return (struct tree_needs){.children = 1, .blocks = setup->documents};
}

static bool rag_wants(const struct lane *lane)
{
    const struct rag *rag = lane->open->strategy;

    return rag->answers || !rag->busy;
}

static enum found rag_claim_answer(struct simulation *sim, struct rag *rag)
{
    if (!budget_reserve(sim, 1))
        return FOUND_SPENT;
    sim->started = rag->sampled++;
    return FOUND_EVALUATE; /* by all at once: nobody claims it */
}

/* The last call is an answer's. */
static enum found rag_claim(struct simulation *sim, struct rag *rag)
{
    if (!rag->answers && !rag->busy && !budget_reserve(sim, 2))
        rag->answers = true;
    if (rag->answers)
        return rag_claim_answer(sim, rag);
    if (rag->busy) /* of a group */
        return FOUND_COLLISION;
    sim->claimed =
        tree_claim(&sim->lane->open->tree, path_leaf(sim), TREE_UNVISITED, TREE_BUILDING);
    assert(sim->claimed);
    rag->busy = true;
    sim->wanted = 1;
    return FOUND_EXPAND;
}

static void rag_descend(struct simulation **group, uint32_t count)
{
    struct open_tree *open = group[0]->lane->open;
    struct rag *rag = open->strategy;

    assert(count > 0 && count <= LANE_GROUP_MOST);
    (void)tree_enter(&open->tree, &open->tree.root, count);
    for (uint32_t i = 0; i < count; i++) {
        path_begin(group[i]);
        group[i]->found =
            (uint8_t)(front_walk(group[i], rag->choices, rag->depth) ? rag_claim(group[i], rag)
                                                                     : FOUND_SPENT);
    }
}

static void rag_next(struct simulation *sim)
{
    if (sim->phase != PHASE_PROPOSE) {
        sample_next(sim);
        return;
    }
    if (sim->family_count > 0)
        reply_sort_children(sim->family);
    sim->phase = PHASE_READY;
}

static void rag_settled(struct simulation *sim)
{
    const struct open_tree *open = sim->lane->open;
    struct rag *rag = open->strategy;

    if (rag->answers)
        return;
    assert(rag->busy && sim->depth == rag->depth);
    rag->busy = false;
    if (sim->phase == PHASE_FAILED && (sim->late || sim->status == CRUX_STOPPED))
        return; /* it is asked again, where anything is */
    if (tree_tally(path_leaf(sim)).handle >= ARENA_FIRST)
        rag->choices[rag->depth++] = 0;
    else
        rag->answers = true;
    rag->answers |= rag->depth == open->run->setup.documents;
}

const struct strategy rag_strategy = {
    .name = "rag",
    .refuses = FRONT_REFUSES,
    .samples = true,
    .levels = true,
    .grammar = &grammar_rag,
    .needs = rag_needs,
    .simulations = sample_simulations,
    .open = rag_open,
    .begin = rag_begin,
    .close = rag_close,
    .wants = rag_wants,
    .descend = rag_descend,
    .next = rag_next,
    .settled = rag_settled,
};
