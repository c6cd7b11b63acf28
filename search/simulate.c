/*
 * simulate.c - one simulation, from the root to a leaf and back.
 *
 *     descend    the strategy: follow the best-looking children to a leaf
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
#include "search/tree/transposition.h"
#include "search/strategies/strategy.h"
#include "search/strategies/widen.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- what is asked in which phase ------------------------------------------ */

static struct crux_port *policy_port(const struct crux_setup *setup, enum crux_kind kind)
{
    struct crux_policy *policy = setup->policies[kind];

    return &(policy != NULL ? policy : setup->policies[CRUX_STEP])->port;
}

static struct crux_port *critic_port(struct crux_critic *critic)
{
    return critic != NULL ? &critic->port : NULL;
}

_Static_assert(PHASE_RIPE == CREW_PHASES, "a port for every phase that asks");

void simulate_ports(const struct crux_setup *setup, struct crux_port **ports)
{
    ports[PHASE_PROPOSE] = policy_port(setup, CRUX_STEP);
    ports[PHASE_ROLLOUT] = policy_port(setup, CRUX_ANSWER);
    ports[PHASE_SCORE] = critic_port(setup->execution);
    ports[PHASE_JUDGE] = critic_port(setup->outcome);
    ports[PHASE_VALUE] = critic_port(setup->value);
}

static struct crux_port *port_of(const struct simulation *sim)
{
    return sim->phase < PHASE_RIPE ? sim->lane->crew->ports[sim->phase] : NULL;
}

static bool asks_policy(const struct simulation *sim)
{
    return sim->phase == PHASE_PROPOSE || sim->phase == PHASE_ROLLOUT;
}

static void ask_for_proposals(struct simulation *sim, enum crux_kind kind, uint32_t sample,
                              uint32_t count)
{
    sim->call.verb = CRUX_PROPOSE;
    sim->call.kind = kind;
    sim->call.count = count;
    sim->call.sample = sample;
    sim->call.seed = rng_join(sim->call.state.key, (uint64_t)kind);
}

static struct block *children_of(const struct simulation *sim)
{
    return tree_block(&sim->lane->open->tree, tree_tally(path_leaf(sim)).handle);
}

/* Children that the node to be expanded or widened has already. */
static uint32_t children_before(const struct simulation *sim)
{
    return sim->aim == AIM_WIDEN ? tree_children(&sim->lane->open->tree, children_of(sim)) : 0;
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
        ask_for_proposals(sim, CRUX_STEP, children_before(sim), sim->wanted);
        break;
    case PHASE_ROLLOUT:
        ask_for_proposals(sim, CRUX_ANSWER, sampling ? (uint32_t)sim->started : 0,
                          sampling ? 1 : setup->rollouts);
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

/* Its rollouts are there: judge them, or have them judged when it settles. */
static void begin_judgement(struct simulation *sim)
{
    const struct crux_critic *outcome = sim->lane->crew->setup.outcome;

    sim->unjudged = outcome->in_turn;
    sim->phase = outcome->in_turn ? PHASE_RIPE : PHASE_JUDGE;
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
            begin_judgement(sim);
    } else {
        sim->phase = setup->rollouts > 0 ? PHASE_ROLLOUT : PHASE_VALUE;
    }
}

/* The first of the new children is evaluated at once. Where equal states share their
 * evaluation that may have been done, or be under way: then the next descent sees to it. */
static void step_to_first_child(struct simulation *sim)
{
    struct crux_state *state = &sim->call.state;
    uint32_t index = children_before(sim);

    if (sim->family != NULL)
        reply_sort_children(sim->family);
    if (sim->lane->crew->setup.transpositions) {
        sim->phase = PHASE_RIPE;
        return;
    }
    if (sim->family != NULL)
        state->last = sim->family->node[0].step;
    sim->choices[sim->depth] = (uint16_t)index;
    state->depth++;
    state->key = rng_join(state->key, index);
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
        if (sim->aim == AIM_WIDEN)
            widen_drop_known(sim);
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
        begin_judgement(sim);
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
    const char *sentence = sim->call.reply.sentence;
    struct crux_error error;

    if (status != CRUX_DONE) {
        fail(sim, status, sentence != NULL ? sentence : "the call failed");
        return;
    }
    status = take_reply(sim, &error);
    if (port->release != NULL)
        port->release(port, &sim->call.reply);
    if (status != CRUX_OK)
        fail(sim, status, error.text);
    else
        next_phase(sim);
}

/* --- asking ------------------------------------------------------------------- */

static enum progress ask(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;
    struct crux_port *port = port_of(sim);
    int status;

    if (asks_policy(sim)) {
        lane_count(&sim->lane->counts.calls, 1);
        sim->reserved -= sim->reserved > 0;
    }
    if (setup->deadline_ns > 0)
        sim->call.deadline_ns = crew_now(sim->lane->crew) + setup->deadline_ns;
    sim->late = false; /* this call is not, whatever the one before it was */
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

void simulate_clear(struct simulation *sim)
{
    sim->family = NULL;
    sim->family_count = 0;
    sim->rollout_count = 0;
    sim->reserved = 0;
    sim->claimed = false;
    sim->holds_state = false;
    sim->late = false;
    sim->unjudged = false;
    sim->status = CRUX_OK;
}

enum progress simulate_begin(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;

    switch ((enum aim)sim->aim) {
    case AIM_EXPAND:
        sim->wanted = (uint16_t)widen_wanted(setup, 1);
        sim->phase = PHASE_PROPOSE;
        return advance(sim);
    case AIM_WIDEN:
        sim->phase = PHASE_PROPOSE;
        return advance(sim);
    case AIM_EVALUATE:
        begin_evaluation(sim);
        return advance(sim);
    case AIM_KNOWN:
    case AIM_SAME:
        sim->phase = PHASE_RIPE;
        return PROGRESS_RIPE;
    case AIM_COLLIDED:
    case AIM_DEAD:
    case AIM_SPENT:
        break;
    }
    return PROGRESS_NOTHING;
}

void simulate_judge_in_turn(struct simulation *sim)
{
    if (!sim->unjudged || sim->phase != PHASE_RIPE)
        return;
    sim->unjudged = false;
    sim->phase = PHASE_JUDGE;
    (void)advance(sim); /* such critics are instant */
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

void simulate_cancel_late(struct simulation *sim, int64_t now_ns)
{
    /* relaxed: the lane's worker, which asks this, has made the call; only that it has
     * completed may be seen late, and then the port knows better. */
    if (sim->late || sim->phase >= PHASE_RIPE || now_ns < sim->call.deadline_ns ||
        atomic_load_explicit(&sim->waiting, memory_order_relaxed) == 0)
        return;
    sim->late = true;
    simulate_cancel(sim);
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

static uint32_t prior_of(const struct brood *brood, uint32_t index)
{
    float share = (float)brood->count / (float)(brood->before + brood->count);
    uint32_t fixed = tree_fixed((double)(brood->family->node[index].prior * share));

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

    /* In floating point, where division is fast; exact, since both are below 2^53. */
    return tally.visits > 0 ? (uint32_t)((double)tally.sum / tally.visits) : 0;
}

static enum tree_state state_after(const struct crux_step *step)
{
    return step != NULL && step->terminal ? TREE_TERMINAL : TREE_LEAF;
}

/* The state's value is known from now on to all that are equal to it. */
static void tell_equal_states(struct simulation *sim, uint32_t value)
{
    if (sim->holds_state)
        same_settle(&sim->lane->open->same, sim->call.state.last->same, value);
    sim->holds_state = false;
}

static uint32_t settle_evaluated(struct simulation *sim)
{
    uint32_t value = tree_fixed(sim->value);

    if (sim->rollout_count > 0)
        attach_rollouts(sim, sim->node);
    count_own(sim->node, value);
    tell_equal_states(sim, value);
    /* Before the turn: whoever finds the leaf evaluated finds its value. */
    tree_leave(&sim->lane->open->tree, path_leaf(sim), 1, value);
    if (sim->claimed)
        tree_turn(&sim->lane->open->tree, path_leaf(sim), TREE_EVALUATING,
                  state_after(sim->call.state.last));
    return value;
}

static uint32_t settle_dead_end(struct simulation *sim)
{
    uint32_t value = known_value(sim);

    count_own(sim->node, value);
    tree_turn(&sim->lane->open->tree, path_leaf(sim), TREE_BUILDING, TREE_TERMINAL);
    return value;
}

static struct brood brood_of(const struct simulation *sim)
{
    uint32_t equal = tree_fixed(1.0 / sim->family_count);
    bool evaluated = !sim->lane->crew->setup.transpositions;

    return (struct brood){
        .count = sim->family_count,
        .depth = sim->depth + 1u,
        .family = sim->family,
        .equal = sim->family != NULL ? 0
                 : equal > 0         ? equal
                                     : 1,
        .prior = prior_of,
        .before = children_before(sim),
        .first = evaluated ? state_after(sim->call.state.last) : TREE_UNVISITED,
        .value = evaluated ? tree_fixed(sim->value) : 0,
    };
}

/* The arms are there before the block is: whoever finds the root's children finds them. */
static void draw_arms(struct simulation *sim, const struct brood *brood)
{
    struct open_tree *open = sim->lane->open;
    struct tally root = tree_tally(&open->tree.root);
    double mean = root.visits > 0 ? (double)root.sum / root.visits / TREE_ONE : 0.5;

    if (open->crew->setup.root == CRUX_ROOT_GUMBEL && sim->depth == 0 && sim->aim == AIM_EXPAND)
        gumbel_draw(&open->gumbel, open->key, brood->family, brood->count, mean);
}

/* False: the arena is full; search on with the tree there is. */
static bool publish(struct simulation *sim, const struct brood *brood)
{
    struct lane *lane = sim->lane;

    draw_arms(sim, brood);
    if (sim->aim == AIM_WIDEN)
        return tree_widen(&lane->open->tree, &lane->chunk, sim->wing, brood);
    return tree_publish(&lane->open->tree, &lane->chunk, path_leaf(sim), brood);
}

/* Returns whether the first of the children was evaluated. */
static bool settle_children(struct simulation *sim, uint32_t *value)
{
    struct brood brood = brood_of(sim);
    struct cold_node *child = sim->family != NULL ? &sim->family->node[0] : NULL;

    if (!publish(sim, &brood)) {
        if (sim->aim == AIM_EXPAND) {
            *value = settle_dead_end(sim);
            return true;
        }
        tree_unclaim_wing(sim->wing, true);
        return false;
    }
    if (brood.first == TREE_UNVISITED)
        return false;
    *value = brood.value;
    if (sim->rollout_count > 0)
        attach_rollouts(sim, child);
    count_own(child, brood.value);
    return true;
}

static bool settle_proposed(struct simulation *sim, uint32_t *value)
{
    if (sim->family_count > 0)
        return settle_children(sim, value);
    if (sim->aim == AIM_WIDEN) {
        tree_unclaim_wing(sim->wing, true);
        return false;
    }
    *value = settle_dead_end(sim);
    return true;
}

bool simulate_settle(struct simulation *sim)
{
    uint32_t value = 0, levels = sim->depth + 1u;
    bool counts = true;

    assert(sim->phase == PHASE_RIPE);
    switch ((enum aim)sim->aim) {
    case AIM_KNOWN:
        value = known_value(sim);
        count_own(sim->node, value);
        break;
    case AIM_EVALUATE:
    case AIM_SAME:
        value = settle_evaluated(sim);
        levels--; /* the leaf has it */
        break;
    case AIM_EXPAND:
    case AIM_WIDEN:
        counts = settle_proposed(sim, &value);
        break;
    case AIM_COLLIDED:
    case AIM_DEAD:
    case AIM_SPENT:
        assert(false);
    }
    if (counts)
        path_leave(sim, levels, value);
    else
        path_withdraw(sim);
    return counts;
}

/* Give back what was claimed. */
static void unclaim(struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;

    if (sim->holds_state)
        same_withdraw(&sim->lane->open->same, sim->call.state.last->same);
    sim->holds_state = false;
    if (!sim->claimed)
        return;
    if (sim->aim == AIM_EXPAND)
        tree_turn(tree, path_leaf(sim), TREE_BUILDING, TREE_LEAF);
    else if (sim->aim == AIM_WIDEN)
        tree_unclaim_wing(sim->wing, !sim->late && sim->status != CRUX_STOPPED);
    else
        tree_turn(tree, path_leaf(sim), TREE_EVALUATING, TREE_UNVISITED);
}

void simulate_withdraw(struct simulation *sim)
{
    unclaim(sim);
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
                           &sim->waiting, &expected, 0, memory_order_acquire, memory_order_relaxed))
        return false;
    sim->status = status;
    lane_deliver(sim->lane, sim);
    return true;
}
