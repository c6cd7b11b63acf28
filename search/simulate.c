/*
 * simulate.c - one simulation, from the root to a leaf and back.
 *
 *     descend    the strategy's aim(): follow the best-looking children to a leaf
 *     expand     ask the policy what could come next there, step to the first child
 *     evaluate   roll out answers and ask the outcome critic, or ask the value critic
 *     settle     publish what was learnt, carry the value up the same path
 *
 * This file is the only place that knows the order of these four. What is asked
 * in which phase is one table; a port that answers at once and one that answers
 * late run through the same lines.
 */
#include "search/lane.h"
#include "search/reply.h"
#include "search/rng.h"
#include "search/strategy.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- what is asked in which phase ------------------------------------------ */

static struct crux_port *policy_port(const struct crux_setup *setup, enum crux_kind kind)
{
    struct crux_policy *policy = setup->policies[kind];

    return &(policy != NULL ? policy : setup->policies[CRUX_STEP])->port;
}

static struct crux_port *port_of(const struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;

    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        return policy_port(setup, CRUX_STEP);
    case PHASE_ROLLOUT:
        return policy_port(setup, CRUX_ANSWER);
    case PHASE_SCORE:
        return &setup->execution->port;
    case PHASE_JUDGE:
        return &setup->outcome->port;
    case PHASE_VALUE:
        return &setup->value->port;
    case PHASE_RIPE:
    case PHASE_FAILED:
        break;
    }
    return NULL;
}

static bool asks_policy(const struct simulation *sim)
{
    return sim->phase == PHASE_PROPOSE || sim->phase == PHASE_ROLLOUT;
}

static void ask_for_proposals(struct simulation *sim, enum crux_kind kind, uint32_t count)
{
    bool sampling = sim->lane->crew->setup.strategy == CRUX_SAMPLE;

    sim->call.verb = CRUX_PROPOSE;
    sim->call.kind = kind;
    sim->call.count = count;
    sim->call.sample = sampling ? (uint32_t)sim->started : 0;
    sim->call.seed = rng_join(sim->call.state.key, (uint64_t)kind);
}

static void ask_about(struct simulation *sim, enum crux_verb verb,
                      const struct crux_step *candidates, uint32_t count)
{
    sim->call.verb = verb;
    sim->call.candidates = candidates;
    sim->call.count = count;
    sim->call.sample = 0;
    sim->call.seed = rng_join(sim->call.state.key, CRUX_KINDS + (uint64_t)verb);
}

static void fill_in(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;
    bool sampling = setup->strategy == CRUX_SAMPLE;

    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        ask_for_proposals(sim, CRUX_STEP, setup->children);
        break;
    case PHASE_ROLLOUT:
        ask_for_proposals(sim, CRUX_ANSWER, sampling ? 1 : setup->rollouts);
        break;
    case PHASE_SCORE:
        ask_about(sim, CRUX_SCORE, sim->family->steps, sim->family->count);
        break;
    case PHASE_JUDGE:
        ask_about(sim, CRUX_JUDGE, sim->rollouts[0].step, sim->rollout_count);
        break;
    case PHASE_VALUE:
        ask_about(sim, CRUX_SCORE, sim->call.state.last, 1);
        break;
    case PHASE_RIPE:
    case PHASE_FAILED:
        break;
    }
    sim->call.reply = (struct crux_reply){0};
}

/* --- from phase to phase ----------------------------------------------------- */

static void fail(struct simulation *sim, int status, const char *sentence)
{
    char *copy = cold_text(&sim->lane->cold, sentence, strlen(sentence));

    sim->status = status;
    sim->phase = PHASE_FAILED;
    sim->call.reply.sentence = copy != NULL ? copy : "no memory";
}

/* The leaf, or the first of its new children, is to be evaluated. */
static void begin_evaluation(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;
    const struct crux_step *last = sim->call.state.last;
    struct crux_error error;

    if (last != NULL && last->terminal && setup->outcome != NULL) {
        int status = reply_no_rollout(sim, last, &error);

        if (status != CRUX_OK)
            fail(sim, status, error.text);
        else
            sim->phase = PHASE_JUDGE;
    } else {
        sim->phase = setup->rollouts > 0 ? PHASE_ROLLOUT : PHASE_VALUE;
    }
}

static void step_to_first_child(struct simulation *sim)
{
    struct crux_state *state = &sim->call.state;

    if (sim->family != NULL) {
        reply_sort_children(sim->family);
        state->last = sim->family->node[0].step;
    }
    sim->choices[sim->depth] = 0;
    state->depth++;
    state->key = rng_join(state->key, 0);
    begin_evaluation(sim);
}

static int take_reply(struct simulation *sim, struct crux_error *error)
{
    static int (*const take[])(struct simulation *, const char *, struct crux_error *) = {
        [PHASE_PROPOSE] = reply_children, [PHASE_SCORE] = reply_child_scores,
        [PHASE_ROLLOUT] = reply_rollouts, [PHASE_JUDGE] = reply_outcomes,
        [PHASE_VALUE] = reply_value,
    };

    return take[sim->phase](sim, port_of(sim)->name, error);
}

/* The reply was taken: what is to be asked next? */
static void next_phase(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;

    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        if (sim->family_count == 0)
            sim->phase = PHASE_RIPE;
        else if (setup->execution != NULL && sim->family != NULL)
            sim->phase = PHASE_SCORE;
        else
            step_to_first_child(sim);
        break;
    case PHASE_SCORE:
        step_to_first_child(sim);
        break;
    case PHASE_ROLLOUT:
        sim->phase = PHASE_JUDGE;
        break;
    case PHASE_JUDGE:
    case PHASE_VALUE:
    case PHASE_RIPE:
        sim->phase = PHASE_RIPE;
        break;
    case PHASE_FAILED:
        break;
    }
}

static void receive(struct simulation *sim, int status)
{
    struct crux_port *port = port_of(sim);
    struct crux_reply reply = sim->call.reply;
    struct crux_error error;

    if (status != CRUX_DONE) {
        fail(sim, status, reply.sentence != NULL ? reply.sentence : "the call failed");
        return;
    }
    status = take_reply(sim, &error);
    if (port->release != NULL)
        port->release(port, &reply);
    if (status != CRUX_OK)
        fail(sim, status, error.text);
    else
        next_phase(sim);
}

/* --- asking ------------------------------------------------------------------- */

static enum progress ask(struct simulation *sim)
{
    struct crux_port *port = port_of(sim);
    int status;

    if (asks_policy(sim)) {
        lane_count(&sim->lane->counts.calls, 1);
        sim->reserved -= sim->reserved > 0;
    }
    sim->call.ticket++;
    /* release: pairs with the acquire in crux_complete(): whoever takes the ticket sees
     * the call. The record is parked from here: it may complete before ask() returns. */
    atomic_store_explicit(&sim->waiting, sim->call.ticket, memory_order_release);
    status = port->ask(port, &sim->call);
    if (status == CRUX_PENDING)
        return PROGRESS_WAITS;
    atomic_store_explicit(&sim->waiting, 0, memory_order_relaxed);
    if (sim->admitted)
        crew_done(sim->lane->crew);
    sim->admitted = false;
    receive(sim, status);
    return PROGRESS_RIPE;
}

/* Ask one thing after another until one must be waited for, or none is left. */
static enum progress advance(struct simulation *sim)
{
    struct crew *crew = sim->lane->crew;

    while (sim->phase < PHASE_RIPE) {
        if (!sim->admitted && !port_of(sim)->instant) {
            sim->admitted = crew_admit(crew, sim->lane);
            if (!sim->admitted) {
                lane_wait_to_send(sim->lane, sim);
                return PROGRESS_WAITS;
            }
        }
        if (asks_policy(sim) && !crew_spend(crew)) {
            simulate_abandon(sim);
            break;
        }
        fill_in(sim);
        if (ask(sim) == PROGRESS_WAITS)
            return PROGRESS_WAITS;
    }
    return PROGRESS_RIPE;
}

enum progress simulate_begin(struct simulation *sim)
{
    bool sampling = sim->lane->crew->setup.strategy == CRUX_SAMPLE;

    sim->family = NULL;
    sim->family_count = 0;
    sim->rollout_count = 0;
    sim->reserved = 0;
    sim->claimed = false;
    sim->status = CRUX_OK;
    sim->aim = (uint8_t)(sampling ? sample_aim(sim) : mcts_aim(sim));
    switch ((enum aim)sim->aim) {
    case AIM_EXPAND:
        sim->phase = PHASE_PROPOSE;
        return advance(sim);
    case AIM_EVALUATE:
        begin_evaluation(sim);
        return advance(sim);
    case AIM_KNOWN:
        sim->phase = PHASE_RIPE;
        return PROGRESS_RIPE;
    case AIM_COLLIDED:
    case AIM_DEAD:
    case AIM_SPENT:
        break;
    }
    return PROGRESS_NOTHING;
}

enum progress simulate_send(struct simulation *sim)
{
    return advance(sim);
}

enum progress simulate_resume(struct simulation *sim)
{
    sim->admitted = false; /* crux_complete() gave the place back */
    receive(sim, sim->status);
    if (sim->phase < PHASE_RIPE && crew_halted(sim->lane->crew) != HALT_NO)
        simulate_abandon(sim);
    return advance(sim);
}

void simulate_abandon(struct simulation *sim)
{
    if (sim->admitted)
        crew_done(sim->lane->crew);
    sim->admitted = false;
    sim->phase = PHASE_FAILED;
    sim->status = CRUX_STOPPED;
}

void simulate_cancel(struct simulation *sim)
{
    struct crux_port *port = port_of(sim);

    /* relaxed: the port itself knows whether the call is still pending. */
    if (port != NULL && port->cancel != NULL &&
        atomic_load_explicit(&sim->waiting, memory_order_relaxed) != 0)
        port->cancel(port, &sim->call);
}

/* --- settling ------------------------------------------------------------------ */

static uint32_t brood_prior(const struct brood *brood, uint32_t index)
{
    float prior =
        brood->family != NULL ? brood->family->node[index].prior : 1.0F / (float)brood->count;
    uint32_t fixed = tree_fixed(prior);

    return fixed > 0 ? fixed : 1; /* 0 would bar it */
}

static void count_own(struct cold_node *node, uint32_t value)
{
    if (node == NULL)
        return;
    /* relaxed: compared after the last simulation. */
    atomic_fetch_add_explicit(&node->own_visits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&node->own_sum, value, memory_order_relaxed);
}

static void attach_rollouts(struct simulation *sim, struct cold_node *node)
{
    struct open_tree *open = sim->lane->open;

    for (uint32_t i = 0; i < sim->rollout_count; i++) {
        struct rollout *rollout = &sim->rollouts[i];

        rollout->ordinal = atomic_fetch_add_explicit(&open->rollouts, 1, memory_order_relaxed);
        cold_attach(node, rollout);
    }
}

/* The mean of what is known of the leaf: a terminal's value, exactly. */
static uint32_t known_value(const struct simulation *sim)
{
    struct tally tally = tree_tally(path_leaf(sim));

    return tally.visits > 0 ? (uint32_t)(tally.sum / tally.visits) : 0;
}

static enum tree_state state_after(const struct crux_step *step)
{
    return step != NULL && step->terminal ? TREE_TERMINAL : TREE_LEAF;
}

static uint32_t settle_evaluated(struct simulation *sim)
{
    uint32_t value = tree_fixed(sim->value);

    if (sim->rollout_count > 0)
        attach_rollouts(sim, sim->node);
    count_own(sim->node, value);
    if (sim->claimed)
        tree_turn(path_leaf(sim), TREE_EVALUATING, state_after(sim->call.state.last));
    return value;
}

static uint32_t settle_dead_end(struct simulation *sim)
{
    uint32_t value = known_value(sim);

    count_own(sim->node, value);
    tree_turn(path_leaf(sim), TREE_BUILDING, TREE_TERMINAL);
    return value;
}

static uint32_t settle_expanded(struct simulation *sim)
{
    struct lane *lane = sim->lane;
    uint32_t value = tree_fixed(sim->value);
    struct cold_node *child = sim->family != NULL ? &sim->family->node[0] : NULL;
    struct brood brood = {
        .count = sim->family_count,
        .depth = sim->depth + 1u,
        .family = sim->family,
        .prior = brood_prior,
        .first = state_after(sim->call.state.last),
        .value = value,
    };

    if (!tree_publish(&lane->open->tree, &lane->chunk, path_leaf(sim), &brood))
        return settle_dead_end(sim); /* the arena is full: search on with the tree there is */
    if (sim->rollout_count > 0)
        attach_rollouts(sim, child);
    count_own(child, value);
    return value;
}

void simulate_settle(struct simulation *sim)
{
    uint32_t value;

    assert(sim->phase == PHASE_RIPE);
    if (sim->aim == AIM_KNOWN) {
        value = known_value(sim);
        count_own(sim->node, value);
    } else if (sim->aim == AIM_EVALUATE) {
        value = settle_evaluated(sim);
    } else {
        value = sim->family_count == 0 ? settle_dead_end(sim) : settle_expanded(sim);
    }
    path_leave(sim, value);
}

void simulate_withdraw(struct simulation *sim)
{
    struct slot *leaf = path_leaf(sim);

    if (sim->claimed && sim->aim == AIM_EVALUATE)
        tree_turn(leaf, TREE_EVALUATING, TREE_UNVISITED);
    if (sim->claimed && sim->aim == AIM_EXPAND)
        tree_turn(leaf, TREE_BUILDING, TREE_LEAF);
    path_withdraw(sim);
}

/* --- from outside ---------------------------------------------------------------- */

bool crux_complete(struct crux_call *call, uint64_t ticket, int status)
{
    struct simulation *sim =
        (struct simulation *)((char *)call - offsetof(struct simulation, call));
    uint64_t expected = ticket;

    assert(status != CRUX_PENDING);
    /* acquire: pairs with the release in ask(). Who takes the ticket owns the record
     * until it is delivered; everybody else is late. */
    if (ticket == 0 || !atomic_compare_exchange_strong_explicit(
                           &sim->waiting, &expected, 0, memory_order_acq_rel, memory_order_relaxed))
        return false;
    sim->status = status;
    lane_deliver(sim->lane, sim);
    return true;
}
