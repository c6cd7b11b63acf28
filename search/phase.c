/*
 * phase.c - what a simulation asks next: children, scores, rollouts, verdicts, or nothing more.
 */
#include "search/phase.h"

#include "search/open_tree.h"
#include "search/path.h"
#include "search/reply.h"
#include "search/rng.h"
#include "search/run.h"
#include "search/strategies/strategy.h"

#include <assert.h>
#include <string.h>

uint32_t phase_children_before(const struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;

    assert(sim->found != FOUND_WIDEN || sim->wing != NULL);
    if (sim->found != FOUND_WIDEN)
        return 0;
    return tree_children(tree, tree_block(tree, tree_tally(path_leaf(sim)).handle));
}

uint32_t phase_samples_before(const struct simulation *sim)
{
    const struct strategy *strategy = sim->lane->run->strategy;

    if (strategy->samples_before != NULL)
        return strategy->samples_before(sim);
    return sim->again ? 1 : phase_children_before(sim);
}

void phase_fail(struct simulation *sim, int status, const char *sentence)
{
    char *copy = cold_text(&sim->lane->cold, sentence, strlen(sentence));

    assert(status < 0 || status == CRUX_STOPPED);
    assert(sentence != NULL);
    sim->status = status;
    sim->phase = PHASE_FAILED;
    sim->call.reply.sentence = copy != NULL ? copy : "no memory";
}

void phase_judge(struct simulation *sim)
{
    const struct crux_critic *outcome = sim->lane->run->setup.critics[CRUX_ROLE_OUTCOME];

    assert(outcome != NULL && sim->rollout_count > 0);
    sim->unjudged = outcome->in_turn;
    sim->phase = outcome->in_turn ? PHASE_READY : PHASE_JUDGE;
}

void phase_evaluate(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    const struct crux_step *last = sim->call.state.last;
    struct crux_error error;
    int status;

    assert(setup->rollouts > 0 || setup->critics[CRUX_ROLE_VALUE] != NULL);
    if (last == NULL || !last->terminal || setup->critics[CRUX_ROLE_OUTCOME] == NULL) {
        sim->phase = setup->rollouts > 0 ? PHASE_ROLLOUT : PHASE_VALUE;
        return;
    }
    status = reply_no_rollout(sim, last, &error);
    if (status == CRUX_OK)
        phase_judge(sim);
    else
        phase_fail(sim, status, error.text);
}

void phase_step_to_first_child(struct simulation *sim)
{
    struct crux_state *state = &sim->call.state;
    uint32_t index = phase_children_before(sim);

    assert(sim->family_count > 0);
    assert(sim->family == NULL || sim->family->count == sim->family_count);
    assert(sim->depth < sim->lane->run->setup.depth);
    if (sim->family != NULL)
        reply_sort_children(sim->family);
    if (sim->lane->run->setup.transpositions) {
        sim->phase = PHASE_READY;
        return;
    }
    if (sim->family != NULL)
        state->last = sim->family->node[0].step;
    sim->choices[sim->depth] = (uint16_t)index;
    state->depth++;
    state->key = rng_join(state->key, index);
    phase_evaluate(sim);
}
