/*
 * simulate.c - one MCTS simulation: the calls it makes, phase after phase.
 *
 *     descend    the strategy: follow the best-looking children to a leaf (selection)
 *     expand     ask the policy what could come next there, step to the first child (expansion)
 *     evaluate   roll out answers and ask the outcome critic, or ask the value critic
 *                (simulation, rollout)
 *     settle     publish what was learnt and back the value up the same path (backup,
 *                backpropagation; settle.c)
 *
 * This file is the only place that knows how a phase asks: its port, its question, what is
 * taken of the reply. A port that answers at once and one that answers late run through the
 * same lines.
 */
#include "search/simulate.h"

#include "search/admission.h"
#include "search/budget.h"
#include "search/phase.h"
#include "search/reply.h"
#include "search/rng.h"
#include "search/run.h"
#include "search/strategies/strategy.h"

#include <assert.h>

/* --- what is asked in which phase ------------------------------------------ */

/* The row of the kind that is proposed in this phase. */
static const struct grammar_row *simulate_row(const struct simulation *sim)
{
    const struct run *run = sim->lane->run;
    const struct crux_step *last = sim->call.state.last;
    uint32_t kind = last != NULL ? last->kind : GRAMMAR_ROOT;

    return sim->phase == PHASE_ROLLOUT ? run->end[kind] : run->next[kind];
}

bool simulate_revises(const struct simulation *sim)
{
    return sim->lane->run->strategy->revises && sim->found == FOUND_EVALUATE &&
           sim->revision->answer != NULL;
}

static bool simulate_asks_policy(const struct simulation *sim)
{
    return sim->phase == PHASE_PROPOSE || sim->phase == PHASE_ROLLOUT;
}

/* Who is asked; never NULL in a phase that comes (setup.c). */
static struct crux_port *simulate_port(const struct simulation *sim)
{
    const struct run *run = sim->lane->run;

    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
    case PHASE_ROLLOUT:
        return run->policies[simulate_row(sim)->kind];
    case PHASE_SCORE:
        return run->scorers[simulate_row(sim)->kind];
    case PHASE_JUDGE:
        return run->critics[CRUX_ROLE_OUTCOME];
    case PHASE_VALUE:
        return run->critics[CRUX_ROLE_VALUE];
    case PHASE_READY:
    case PHASE_FAILED:
        break;
    }
    return NULL;
}

static void simulate_ask_for(struct simulation *sim, uint32_t sample, uint32_t count)
{
    enum crux_kind kind = simulate_row(sim)->kind;

    assert(count > 0);
    sim->call.verb = CRUX_PROPOSE;
    sim->call.kind = kind;
    sim->call.count = count;
    sim->call.sample = sample;
    sim->call.revision = simulate_revises(sim) ? sim->revision : NULL;
    sim->call.seed = rng_join(sim->call.state.key, (uint64_t)kind);
}

static void simulate_ask_about(struct simulation *sim, enum crux_verb verb,
                               const struct crux_step *candidates, uint32_t count)
{
    assert(count > 0);
    sim->call.verb = verb;
    sim->call.candidates = candidates;
    sim->call.count = count;
    sim->call.sample = 0;
    sim->call.claim = NULL;
    sim->call.seed = rng_join(sim->call.state.key, CRUX_KINDS + (uint64_t)verb);
}

static void simulate_fill_in(struct simulation *sim)
{
    const struct run *run = sim->lane->run;
    bool samples = run->strategy->samples;

    assert(sim->phase < PHASE_READY);
    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        simulate_ask_for(sim, phase_samples_before(sim), sim->wanted);
        break;
    case PHASE_ROLLOUT:
        simulate_ask_for(sim, samples ? (uint32_t)sim->started : 0,
                         samples ? 1 : run->setup.rollouts);
        break;
    case PHASE_SCORE:
        simulate_ask_about(sim, CRUX_SCORE, sim->family->steps, sim->family->count);
        break;
    case PHASE_JUDGE:
        simulate_ask_about(sim, CRUX_JUDGE, sim->rollouts[0].step, sim->rollout_count);
        break;
    case PHASE_VALUE:
        simulate_ask_about(sim, CRUX_SCORE, sim->call.state.last, 1);
        break;
    case PHASE_READY:
    case PHASE_FAILED:
        break;
    }
}

/* --- taking a reply ------------------------------------------------------------ */

static int simulate_take(struct simulation *sim, struct crux_error *error)
{
    static int (*const take[])(struct simulation *, const char *, struct crux_error *) = {
        [PHASE_PROPOSE] = reply_children, [PHASE_SCORE] = reply_child_scores,
        [PHASE_ROLLOUT] = reply_rollouts, [PHASE_JUDGE] = reply_outcomes,
        [PHASE_VALUE] = reply_value,
    };

    assert(sim->phase < PHASE_READY);
    return take[sim->phase](sim, sim->asking.port->name, error);
}

static void simulate_receive(struct simulation *sim, int status)
{
    const char *sentence = sim->call.reply.sentence;
    struct crux_error error;

    sim->late = sim->late && status != CRUX_DONE;
    if (status != CRUX_DONE) {
        phase_fail(sim, status, sentence != NULL ? sentence : "the call failed");
        return;
    }
    status = simulate_take(sim, &error);
    crux_release(&sim->asking);
    if (status != CRUX_OK)
        phase_fail(sim, status, error.text);
    else
        sim->lane->run->strategy->next(sim);
}

/* --- asking ------------------------------------------------------------------- */

static void simulate_count_call(struct simulation *sim)
{
    struct lane *lane = sim->lane;

    assert(sim->asked < UINT8_MAX);
    sim->asked++;
    if (!simulate_asks_policy(sim))
        return;
    lane_count(&lane->counts.calls, 1);
    if (sim->reserved > 0)
        sim->reserved--;
}

/* As if it had been asked and cancelled at its deadline. */
static void simulate_be_late(struct simulation *sim)
{
    simulate_count_call(sim);
    sim->late = true;
    phase_fail(sim, CRUX_CANCELLED, "the call was late");
}

static enum progress simulate_ask(struct simulation *sim, struct crux_port *port)
{
    struct lane *lane = sim->lane;
    int64_t deadline_ns = lane->run->setup.deadline_ns;
    int status;

    assert(port->instant || sim->admitted);
    simulate_count_call(sim);
    if (deadline_ns > 0)
        sim->call.deadline_ns = run_now(lane->run) + deadline_ns;
    sim->late = false; /* this call is not, whatever the one before it was */
    status = crux_ask(port, &sim->asking);
    if (status == CRUX_PENDING)
        return PROGRESS_WAITS;
    if (sim->admitted)
        admission_give_back(lane->admission);
    sim->admitted = false;
    simulate_receive(sim, status);
    return PROGRESS_READY;
}

/* What follows by rule is there at once, and costs nothing. */
static bool simulate_by_rule(struct simulation *sim)
{
    struct crux_error error;
    int status;

    if (sim->phase != PHASE_PROPOSE || !simulate_row(sim)->rule)
        return false;
    status = reply_by_rule(sim, &error);
    if (status != CRUX_OK)
        phase_fail(sim, status, error.text);
    else
        sim->lane->run->strategy->next(sim);
    return true;
}

/* Ask one thing after another until one must be waited for, or none is left. */
static enum progress simulate_advance(struct simulation *sim)
{
    struct lane *lane = sim->lane;

    while (sim->phase < PHASE_READY) {
        struct crux_port *port;

        if (simulate_by_rule(sim))
            continue;
        port = simulate_port(sim);
        assert(port != NULL);
        if (sim->late_call == sim->asked + 1u) {
            simulate_be_late(sim);
            break;
        }
        if (!sim->admitted && !port->instant) {
            sim->admitted = admission_take(lane->admission, lane);
            if (!sim->admitted)
                return PROGRESS_UNSENT;
        }
        if (simulate_asks_policy(sim) && !budget_spend(lane->run)) {
            simulate_abandon(sim);
            break;
        }
        simulate_fill_in(sim);
        if (simulate_ask(sim, port) == PROGRESS_WAITS)
            return PROGRESS_WAITS;
    }
    return PROGRESS_READY;
}

void simulate_make(struct simulation *sim, struct lane *lane,
                   void (*answered)(struct crux_asking *asking, int status))
{
    assert(lane != NULL && answered != NULL);
    sim->lane = lane;
    sim->asking.answered = answered;
}

void simulate_clear(struct simulation *sim)
{
    assert(atomic_load_explicit(&sim->asking.waiting, memory_order_relaxed) == 0);
    assert(!sim->admitted);
    sim->family = NULL;
    sim->family_count = 0;
    sim->rollout_count = 0;
    sim->valued = NULL;
    sim->reserved = 0;
    sim->tokens = 0;
    sim->claimed = false;
    sim->holds_state = false;
    sim->late = false;
    sim->asked = 0;
    sim->late_call = 0;
    sim->unjudged = false;
    sim->again = false;
    sim->status = CRUX_OK;
}

enum progress simulate_begin(struct simulation *sim)
{
    switch ((enum found)sim->found) {
    case FOUND_EXPAND:
    case FOUND_WIDEN:
        assert(sim->wanted > 0);
        sim->phase = PHASE_PROPOSE;
        return simulate_advance(sim);
    case FOUND_EVALUATE:
        phase_evaluate(sim);
        return simulate_advance(sim);
    case FOUND_KNOWN:
    case FOUND_TRANSPOSITION:
        sim->phase = PHASE_READY;
        return PROGRESS_READY;
    case FOUND_COLLISION:
    case FOUND_DEAD_END:
    case FOUND_SPENT:
        break;
    }
    return PROGRESS_NOTHING;
}

void simulate_judge_in_turn(struct simulation *sim)
{
    if (!sim->unjudged || sim->phase != PHASE_READY)
        return;
    sim->unjudged = false;
    sim->phase = PHASE_JUDGE;
    (void)simulate_advance(sim);
    assert(sim->phase >= PHASE_READY); /* such critics are instant */
}

enum progress simulate_send(struct simulation *sim)
{
    assert(!sim->admitted);
    return simulate_advance(sim);
}

enum progress simulate_resume(struct simulation *sim)
{
    assert(sim->phase < PHASE_READY);
    assert(atomic_load_explicit(&sim->asking.waiting, memory_order_relaxed) == 0);
    sim->admitted = false; /* lane_answered() gave the place back */
    simulate_receive(sim, sim->status);
    if (sim->phase < PHASE_READY && run_halted(sim->lane->run) != HALT_NO)
        simulate_abandon(sim);
    return simulate_advance(sim);
}

void simulate_abandon(struct simulation *sim)
{
    assert(atomic_load_explicit(&sim->asking.waiting, memory_order_relaxed) == 0);
    if (sim->admitted)
        admission_give_back(sim->lane->admission);
    sim->admitted = false;
    sim->phase = PHASE_FAILED;
    sim->status = CRUX_STOPPED;
}

void simulate_cancel(struct simulation *sim)
{
    crux_cancel(&sim->asking);
}

void simulate_cancel_late(struct simulation *sim, int64_t now_ns)
{
    /* relaxed: the lane's worker, which asks this, has made the call; only that it has
     * completed may be seen late, and then the port knows better. */
    if (sim->late || sim->phase >= PHASE_READY || now_ns < sim->call.deadline_ns ||
        atomic_load_explicit(&sim->asking.waiting, memory_order_relaxed) == 0)
        return;
    sim->late = true;
    simulate_cancel(sim);
}
