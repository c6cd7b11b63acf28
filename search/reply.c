/*
 * reply.c - checking and copying replies of policies and critics: nothing from outside is trusted.
 */
#include "search/reply.h"

#include "search/open_tree.h"
#include "search/rng.h"
#include "search/run.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- text ------------------------------------------------------------------- */

/* Bytes that a UTF-8 sequence has by its first byte, and the least code point it
 * may encode; 0: no first byte. */
static uint32_t sequence_length(unsigned char first, uint32_t *least)
{
    static const struct {
        unsigned char mask, value;
        uint32_t length, least;
    } rows[] = {
        {0x80, 0x00, 1, 0},
        {0xE0, 0xC0, 2, 0x80},
        {0xF0, 0xE0, 3, 0x800},
        {0xF8, 0xF0, 4, 0x10000},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((first & rows[i].mask) == rows[i].value) {
            *least = rows[i].least;
            return rows[i].length;
        }
    }
    return 0;
}

/* Bytes of the character at text, 0 when it is none. */
static uint32_t character(const unsigned char *text)
{
    uint32_t least = 0, length = sequence_length(text[0], &least);
    uint32_t code = length == 1 ? text[0] : text[0] & (0x7Fu >> length);

    for (uint32_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3F);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    return length;
}

bool reply_is_text(const char *text, bool lines)
{
    const unsigned char *at = (const unsigned char *)text;

    assert(text != NULL);
    while (*at != '\0') {
        uint32_t length = character(at);

        if (length == 0 || (*at == '\n' && !lines))
            return false;
        at += length;
    }
    return true;
}

/* --- proposals --------------------------------------------------------------- */

static int reply_refuse(struct crux_error *error, const char *port, const char *what)
{
    return crux_fail(error, CRUX_FAILED, "%s: %s", port, what);
}

static int reply_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
}

static void count_tokens(struct simulation *sim)
{
    struct lane_counts *counts = &sim->lane->counts;
    const struct crux_reply *reply = &sim->call.reply;
    int64_t price = atomic_load_explicit(&counts->price, memory_order_relaxed);
    uint64_t tokens = (uint64_t)reply->prompt_tokens + reply->completion_tokens + sim->tokens;

    sim->tokens = tokens < UINT32_MAX ? (uint32_t)tokens : UINT32_MAX;
    lane_count(&counts->prompt_tokens, reply->prompt_tokens);
    lane_count(&counts->completion_tokens, reply->completion_tokens);
    atomic_store_explicit(&counts->price, price + reply->price, memory_order_relaxed);
}

static const char *fault_of(const struct crux_proposal *proposal, bool lines)
{
    if (proposal->text == NULL)
        return "a proposal has no text";
    if (!reply_is_text(proposal->text, lines))
        return "a proposal's text is not valid UTF-8, or a step has more than one line";
    if (!isfinite(proposal->prior) || proposal->prior < 0.0F)
        return "a proposal's prior is not a number >= 0";
    if (!isfinite(proposal->logprob))
        return "a proposal's log-probability is not a number";
    return NULL;
}

static int check_proposals(const struct crux_call *call, const char *port, bool lines,
                           struct crux_error *error)
{
    assert(call->verb == CRUX_PROPOSE);
    if (call->reply.count > call->count)
        return reply_refuse(error, port, "more proposals than were asked for");
    for (uint32_t i = 0; i < call->reply.count; i++) {
        const char *fault = fault_of(&call->reply.proposals[i], lines);

        if (fault != NULL)
            return reply_refuse(error, port, fault);
    }
    return CRUX_OK;
}

static bool make_step(struct cold *cold, struct crux_step *step, const struct crux_call *call,
                      const struct crux_proposal *proposal)
{
    size_t length = strlen(proposal->text);

    assert(call->state.last == NULL || call->state.last->depth == call->state.depth);
    *step = (struct crux_step){
        .previous = call->state.last,
        .text = cold_text(cold, proposal->text, length),
        .length = (uint32_t)length,
        .depth = call->state.depth + 1,
        .tokens = proposal->tokens,
        .logprob = proposal->logprob,
        .kind = (uint8_t)call->kind,
        .terminal = proposal->terminal,
        .state_hash = proposal->state_hash,
        .origin = proposal->origin,
    };
    return step->text != NULL;
}

static bool make_child(struct simulation *sim, struct family *family, uint32_t i,
                       const struct crux_proposal *proposal)
{
    struct crux_step *step = &family->steps[i];
    struct cold_node *node = &family->node[i];

    assert(sim->node != NULL && i < family->count);
    if (!make_step(&sim->lane->cold, step, &sim->call, proposal))
        return false;
    node->step = step;
    node->prior = proposal->prior;
    node->score = -1.0F;
    node->scored = node->valued = NULL;
    node->path = rng_join(sim->node->path, rng_text(step->text, step->length));
    atomic_init(&node->rollouts, NULL);
    atomic_init(&node->own_visits, 0);
    atomic_init(&node->own_sum, 0);
    node->mean_depth = 0.0F;
    return true;
}

static int take_family(struct simulation *sim, const struct crux_proposal *proposals,
                       uint32_t count, struct crux_error *error)
{
    struct cold *cold = &sim->lane->cold;
    struct family *family = cold_take(cold, sizeof *family + count * sizeof family->node[0]);

    assert(count > 0);
    if (family == NULL)
        return reply_no_memory(error);
    family->count = count;
    family->steps = cold_take(cold, count * sizeof *family->steps);
    if (family->steps == NULL)
        return reply_no_memory(error);
    for (uint32_t i = 0; i < count; i++)
        if (!make_child(sim, family, i, &proposals[i]))
            return reply_no_memory(error);
    sim->family = family;
    return CRUX_OK;
}

int reply_children(struct simulation *sim, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;
    int status;

    assert(sim->phase == PHASE_PROPOSE);
    count_tokens(sim);
    sim->family = NULL;
    if (reply->knows_entropy && !(isfinite(reply->entropy) && reply->entropy >= 0.0F))
        return reply_refuse(error, port, "an entropy is not a number >= 0");
    sim->entropy = reply->knows_entropy ? reply->entropy : -1.0F;
    if (reply->count > 0 && reply->proposals == NULL && reply->count <= sim->call.count) {
        if (sim->lane->run->setup.rollouts > 0)
            return reply_refuse(error, port, "nameless steps cannot be rolled out");
        sim->family_count = reply->count; /* a nameless world */
        return CRUX_OK;
    }
    if (reply->count > 0 && sim->node == NULL)
        return reply_refuse(error, port, "named steps after a nameless one");
    status = check_proposals(&sim->call, port, false, error);
    if (status != CRUX_OK)
        return status;
    sim->family_count = reply->count;
    if (reply->count == 0)
        return CRUX_OK;
    return take_family(sim, reply->proposals, reply->count, error);
}

int reply_by_rule(struct simulation *sim, struct crux_error *error)
{
    const struct run *run = sim->lane->run;
    enum crux_kind kinds[CRUX_KINDS];
    uint32_t count = grammar_by_rule(run->grammar, &run->setup, sim->call.state.last, kinds);
    struct crux_proposal proposals[CRUX_KINDS] = {{.text = NULL}};
    int status;

    assert(count > 0); /* one of them always may */
    for (uint32_t i = 0; i < count; i++)
        proposals[i] = (struct crux_proposal){.text = crux_subgoal_text(kinds[i]), .prior = 1.0F};
    sim->entropy = -1.0F;
    sim->family = NULL;
    sim->call.kind = kinds[0]; /* in whose place the reply stands */
    sim->family_count = count;
    status = take_family(sim, proposals, count, error);
    for (uint32_t i = 0; status == CRUX_OK && i < count; i++)
        sim->family->steps[i].kind = (uint8_t)kinds[i];
    return status;
}

void reply_copy_child(struct family *into, uint32_t to, const struct family *of, uint32_t from)
{
    struct cold_node *node = &into->node[to];

    into->steps[to] = of->steps[from];
    node->step = &into->steps[to];
    node->prior = of->node[from].prior;
    node->score = of->node[from].score;
    node->scored = of->node[from].scored;
    node->valued = of->node[from].valued;
    node->path = of->node[from].path;
    atomic_init(&node->rollouts, NULL);
    atomic_init(&node->own_visits, 0);
    atomic_init(&node->own_sum, 0);
    node->mean_depth = 0.0F;
}

/* A score: a number up to 1; below 0 is unknown. */
static bool is_score(double score)
{
    return isfinite(score) && score <= 1.0;
}

/* --- what critics say beside their numbers ------------------------------------- */

/* NULL: it is as it must be. */
static const char *fault_of_opinion(const struct crux_opinion *opinion)
{
    if (opinion->step_count > CRUX_OPINION_STEPS)
        return "an opinion has more steps than any path";
    if (opinion->step_count > 0 && opinion->steps == NULL)
        return "an opinion has no rewards for its steps";
    for (uint32_t i = 0; i < opinion->step_count; i++)
        if (!is_score(opinion->steps[i]))
            return "a step's reward is not a number in [0, 1]";
    if (opinion->judges > 0 && !(isfinite(opinion->spread) && opinion->spread <= 0.5))
        return "a disagreement is not a number in [0, 0.5]";
    if (opinion->sentence != NULL && !reply_is_text(opinion->sentence, true))
        return "an opinion's sentence is not valid UTF-8";
    return NULL;
}

/* Keep what the critic said of candidate number i, if anything: *out is NULL otherwise. */
static int take_opinion(const struct remark **out, struct simulation *sim, uint32_t i, double score,
                        enum crux_role role, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;
    const struct crux_opinion *opinion = reply->opinions != NULL ? &reply->opinions[i] : NULL;
    struct remark remark = {.score = score < 0.0 ? -1.0 : score, .role = role};
    const char *fault;

    *out = NULL;
    if (opinion == NULL ||
        (opinion->step_count == 0 && opinion->judges == 0 && opinion->sentence == NULL))
        return CRUX_OK;
    fault = fault_of_opinion(opinion);
    if (fault != NULL)
        return reply_refuse(error, port, fault);
    remark.opinion = *opinion;
    if (opinion->judges == 0 || opinion->spread < 0.0)
        remark.opinion.spread = -1.0;
    *out = cold_remark(&sim->lane->cold, &remark);
    return *out != NULL ? CRUX_OK : reply_no_memory(error);
}

/* --- scores -------------------------------------------------------------------- */

static int take_score(struct simulation *sim, uint32_t i, const char *port,
                      struct crux_error *error)
{
    struct cold_node *node = &sim->family->node[i];
    bool subgoal = crux_kind_is_subgoal((enum crux_kind)node->step->kind);
    enum crux_role role = subgoal ? CRUX_ROLE_SUBGOAL : CRUX_ROLE_EXECUTION;
    double score = sim->call.reply.scores[i];

    if (!is_score(score))
        return reply_refuse(error, port, "a score is not a number in [0, 1]");
    node->score = score < 0.0 ? -1.0F : (float)score;
    return take_opinion(&node->scored, sim, i, score, role, port, error);
}

int reply_child_scores(struct simulation *sim, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;
    int status = CRUX_OK;

    assert(sim->family != NULL && sim->family->count == sim->call.count);
    count_tokens(sim);
    if (reply->count != sim->call.count || reply->scores == NULL)
        return reply_refuse(error, port, "not one score for each candidate");
    for (uint32_t i = 0; i < reply->count && status == CRUX_OK; i++)
        status = take_score(sim, i, port, error);
    return status;
}

static int by_prior(const void *a, const void *b)
{
    const struct cold_node *x = a, *y = b;

    if (x->prior != y->prior)
        return x->prior > y->prior ? -1 : 1;
    return x->step < y->step ? -1 : x->step > y->step;
}

/* What the execution critic thinks poor is tried late; an unknown score changes
 * nothing, and when it likes none, the policy's order stands. */
static void weigh_by_score(struct family *family)
{
    float total = 0.0F;

    for (uint32_t i = 0; i < family->count; i++)
        total += family->node[i].score != 0.0F ? family->node[i].prior : 0.0F;
    if (total <= 0.0F)
        return;
    for (uint32_t i = 0; i < family->count; i++)
        if (family->node[i].score >= 0.0F)
            family->node[i].prior *= family->node[i].score;
}

void reply_sort_children(struct family *family)
{
    float total = 0.0F;

    assert(family->count > 0);
    weigh_by_score(family);
    for (uint32_t i = 0; i < family->count; i++)
        total += family->node[i].prior;
    for (uint32_t i = 0; i < family->count; i++)
        family->node[i].prior =
            total > 0.0F ? family->node[i].prior / total : 1.0F / (float)family->count;
    qsort(family->node, family->count, sizeof family->node[0], by_prior);
}

/* --- answers ------------------------------------------------------------------ */

static int make_rollouts(struct simulation *sim, uint32_t count, struct crux_step **steps,
                         struct crux_error *error)
{
    struct cold *cold = &sim->lane->cold;

    assert(count > 0);
    sim->rollouts = cold_take(cold, count * sizeof *sim->rollouts);
    *steps = cold_take(cold, count * sizeof **steps);
    if (sim->rollouts == NULL || *steps == NULL)
        return reply_no_memory(error);
    sim->rollout_count = count;
    for (uint32_t i = 0; i < count; i++)
        sim->rollouts[i] = (struct rollout){.step = &(*steps)[i], .answer = ""};
    return CRUX_OK;
}

int reply_rollouts(struct simulation *sim, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;
    struct crux_step *steps;
    int status;

    count_tokens(sim);
    if (reply->count == 0 || reply->proposals == NULL)
        return reply_refuse(error, port, "no answer in the reply");
    status = check_proposals(&sim->call, port, true, error);
    if (status == CRUX_OK)
        status = make_rollouts(sim, reply->count, &steps, error);
    if (status != CRUX_OK)
        return status;
    for (uint32_t i = 0; i < reply->count; i++)
        if (!make_step(&sim->lane->cold, &steps[i], &sim->call, &reply->proposals[i]))
            return reply_no_memory(error);
    return CRUX_OK;
}

int reply_no_rollout(struct simulation *sim, const struct crux_step *last, struct crux_error *error)
{
    struct crux_step *step;
    int status = make_rollouts(sim, 1, &step, error);

    assert(last != NULL && last->terminal);
    if (status != CRUX_OK)
        return status;
    *step = (struct crux_step){.previous = last,
                               .text = "",
                               .depth = last->depth + 1,
                               .kind = CRUX_ANSWER,
                               .terminal = true};
    return CRUX_OK;
}

static int take_outcome(struct simulation *sim, uint32_t i, const char *port,
                        struct crux_error *error)
{
    struct rollout *rollout = &sim->rollouts[i];
    const struct crux_outcome *outcome = &sim->call.reply.outcomes[i];
    const char *answer = outcome->answer != NULL ? outcome->answer : "";

    if (!is_score(outcome->reward) || outcome->reward < 0.0)
        return reply_refuse(error, port, "a reward is not a number in [0, 1]");
    if ((unsigned)outcome->verdict > CRUX_WRONG || !reply_is_text(answer, true))
        return reply_refuse(error, port, "an outcome's verdict or answer is not as it must be");
    rollout->reward = outcome->reward;
    rollout->verdict = outcome->verdict;
    rollout->answer = cold_text(&sim->lane->cold, answer, strlen(answer));
    if (rollout->answer == NULL)
        return reply_no_memory(error);
    return take_opinion(&rollout->remark, sim, i, outcome->reward, CRUX_ROLE_OUTCOME, port, error);
}

int reply_outcomes(struct simulation *sim, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;
    double sum = 0.0;
    int status = CRUX_OK;

    assert(sim->call.count > 0 && sim->call.count == sim->rollout_count);
    count_tokens(sim);
    if (reply->count != sim->call.count || reply->outcomes == NULL)
        return reply_refuse(error, port, "not one outcome for each answer");
    for (uint32_t i = 0; i < reply->count && status == CRUX_OK; i++) {
        status = take_outcome(sim, i, port, error);
        sum += reply->outcomes[i].reward;
    }
    if (status == CRUX_OK)
        sim->value = sum / reply->count;
    return status;
}

int reply_value(struct simulation *sim, const char *port, struct crux_error *error)
{
    const struct crux_reply *reply = &sim->call.reply;

    assert(sim->call.count == 1);
    count_tokens(sim);
    if (reply->count != 1 || reply->scores == NULL || !is_score(reply->scores[0]))
        return reply_refuse(error, port, "not one value in [0, 1] for the leaf");
    if (reply->scores[0] < 0.0)
        return reply_refuse(error, port, "the value of the leaf is unknown");
    sim->value = reply->scores[0];
    return take_opinion(&sim->valued, sim, 0, sim->value, CRUX_ROLE_VALUE, port, error);
}
