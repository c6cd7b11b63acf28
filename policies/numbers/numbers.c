/*
 * numbers.c - policy `numbers`, for the numbers games: proposes legal steps by a preference
 * that never looks ahead (taste.h).
 *
 * Under grammar cr-planner a rationale is such a step; a query asks for worked combinations of
 * the numbers at hand (query.h); and documents that were retrieved change what is liked
 * behind them (lessons.h). Steps of plain reasoning never have a document before them, so they are
 * what they are without any.
 */
#include "policies/catalogue.h"

#include "critics/numbers/text.h"
#include "io/draw.h"
#include "io/steps.h"
#include "policies/numbers/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARPNESS_DEFAULT 1.0
#define SHARPNESS_MOST    10.0

struct numbers_policy {
    struct crux_policy policy;
    double sharpness;
};

/* What a call is about. */
struct position {
    struct numbers_problem problem;
    struct numbers_state state;
    struct lessons lessons;
    struct taste taste;
    bool consulted; /* there is a query or a document on the path */
};

/* --- proposals -------------------------------------------------------------------------- */

static int numbers_policy_fail(struct crux_call *call, int status, const char *sentence)
{
    call->reply.sentence = sentence;
    return status;
}

/* One block: proposals, and behind them room for their texts. */
static struct crux_proposal *new_proposals(struct crux_call *call, uint32_t count, size_t bytes,
                                           char **texts)
{
    struct crux_proposal *proposals = calloc(1, count * (sizeof *proposals + bytes) + 1);

    if (proposals == NULL)
        return NULL;
    *texts = (char *)(proposals + count);
    call->reply.count = count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return proposals;
}

/* Of the numbers that are left, which are all that the rest of the game depends on: they
 * are sorted, so it does not matter in which order they were made. Never 0. */
static uint64_t hash_of_left(const struct numbers_state *state, int64_t target)
{
    uint64_t hash = draw_mix((uint64_t)target);

    for (uint32_t i = 0; i < state->count; i++)
        hash = draw(draw(hash, (uint64_t)state->left[i].over), (uint64_t)state->left[i].under);
    return hash != 0 ? hash : 1;
}

/* Equal numbers are equal states only as long as nothing else of the path matters: what was asked
 * and read decides what is liked, and what may be retrieved next. */
static uint64_t numbers_state_hash(const struct position *at, const struct numbers_state *after)
{
    return at->consulted ? 0 : hash_of_left(after, at->problem.target);
}

static struct crux_proposal numbers_step_of(const struct position *at, const struct choice *choice,
                                            double total, char *text)
{
    struct numbers_state after = at->state;
    bool complete;

    numbers_apply(&after, &choice->operation);
    (void)numbers_print_step(text, &choice->operation, &after);
    complete = numbers_complete(&at->problem, &after);
    return (struct crux_proposal){
        .text = text,
        .prior = (float)(exp(choice->liking) / total),
        .logprob = (float)(choice->liking - log(total)),
        .terminal = complete,
        .state_hash = complete ? 0 : numbers_state_hash(at, &after),
    };
}

static struct crux_proposal numbers_query_of(const struct position *at, const struct choice *choice,
                                             double total, char *text)
{
    query_print(text, choice, &at->state, at->problem.target);
    return (struct crux_proposal){
        .text = text,
        .prior = (float)(exp(choice->liking) / total),
        .logprob = (float)(choice->liking - log(total)),
    };
}

/* Steps or queries: those of the choices that this call is for. */
static int numbers_propose_some(struct crux_call *call, const struct position *at,
                                const struct choice *choices, uint32_t legal, size_t bytes,
                                struct crux_proposal (*of)(const struct position *at,
                                                           const struct choice *choice,
                                                           double total, char *text))
{
    uint32_t first = legal < call->sample ? legal : call->sample; /* where this call begins */
    uint32_t count = legal - first < call->count ? legal - first : call->count;
    double total = taste_total(choices, legal);
    char *texts = NULL;
    struct crux_proposal *proposals = new_proposals(call, count, bytes, &texts);

    if (proposals == NULL)
        return numbers_policy_fail(call, CRUX_MEMORY, "no memory for steps");
    for (uint32_t i = 0; i < count; i++)
        proposals[i] = of(at, &choices[first + i], total, texts + i * bytes);
    return CRUX_DONE;
}

static int numbers_propose_steps(struct crux_call *call, const struct position *at)
{
    struct choice choices[NUMBERS_LEGAL_MOST];
    uint32_t legal = taste_choose(&at->taste, &at->state, call->seed, choices);

    return numbers_propose_some(call, at, choices, legal, NUMBERS_STEP_BYTES, numbers_step_of);
}

static int numbers_propose_queries(struct crux_call *call, const struct position *at)
{
    struct choice choices[QUERY_MOST];
    uint32_t queries = query_choose(&at->taste, &at->state, call->seed, choices);

    return numbers_propose_some(call, at, choices, queries, QUERY_BYTES, numbers_query_of);
}

/* A whole answer: one drawn step after another. */
static void play_on(const struct position *at, uint64_t seed, char *out)
{
    struct choice choices[NUMBERS_LEGAL_MOST];
    struct numbers_state state = at->state;

    while (!numbers_complete(&at->problem, &state)) {
        if (taste_choose(&at->taste, &state, seed, choices) == 0)
            break; /* every operation overflows: the answer stays incomplete */
        numbers_apply(&state, &choices[0].operation);
        out += numbers_print_step(out, &choices[0].operation, &state);
        *out++ = '\n';
        seed = draw(seed, NUMBERS_LEGAL_MOST);
    }
    *out = '\0';
}

static int numbers_propose_answers(struct crux_call *call, const struct position *at)
{
    const size_t bytes = NUMBERS_MOST * (size_t)NUMBERS_STEP_BYTES;
    char *texts = NULL;
    struct crux_proposal *proposals = new_proposals(call, call->count, bytes, &texts);

    if (proposals == NULL)
        return numbers_policy_fail(call, CRUX_MEMORY, "no memory for answers");
    for (uint32_t i = 0; i < call->count; i++) {
        char *text = texts + i * bytes;
        size_t length;

        play_on(at, draw(call->seed, call->sample + i), text);
        length = strlen(text);
        if (length > 0)
            text[length - 1] = '\0'; /* the last line has no line break */
        proposals[i] = (struct crux_proposal){.text = text, .prior = 1.0F, .terminal = true};
    }
    return CRUX_DONE;
}

/* The numbers that the last step of reasoning leaves; the problem's before the first. NULL, or
 * why not. */
static const char *numbers_find_position(struct position *at, const struct crux_call *call)
{
    const struct crux_step *last = steps_reasoning(call->state.last);

    if (call->state.problem->line == NULL)
        return "the problem came without its line, from which policy numbers reads `numbers`";
    if (!numbers_problem_read(&at->problem, call->state.problem->line) ||
        !numbers_begin(&at->problem, &at->state))
        return "the problem has no numbers: policy numbers needs the field `numbers`";
    if (last != NULL && !numbers_left_of(last->text, last->length, &at->state))
        return "the last step does not say which numbers are left";
    return NULL;
}

static void numbers_consult(struct position *at, const struct crux_step *last)
{
    at->consulted = false;
    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        at->consulted = at->consulted || step->kind == CRUX_QUERY || step->kind == CRUX_DOC;
    lessons_read(&at->lessons, last);
}

static int numbers_propose_kind(struct crux_call *call, const struct position *at)
{
    switch (call->kind) {
    case CRUX_ANSWER:
        return numbers_propose_answers(call, at);
    case CRUX_QUERY:
        return numbers_propose_queries(call, at);
    case CRUX_DOC:
        return numbers_policy_fail(call, CRUX_FAILED,
                                   "policy numbers has no documents: another must propose them"
                                   " (--policy doc=...)");
    default:
        return numbers_propose_steps(call, at);
    }
}

static int numbers_propose(struct crux_port *port, struct crux_call *call)
{
    const struct numbers_policy *self = (const struct numbers_policy *)(void *)port;
    struct position at;
    const char *why;

    if (call->revision != NULL)
        return numbers_policy_fail(call, CRUX_FAILED, "policy numbers revises no answers");
    why = numbers_find_position(&at, call);
    if (why != NULL)
        return numbers_policy_fail(call, CRUX_FAILED, why);
    numbers_consult(&at, call->state.last);
    at.taste = (struct taste){self->sharpness, at.problem.target, &at.lessons};
    return numbers_propose_kind(call, &at);
}

/* --- the port ------------------------------------------------------------------------------- */

static void numbers_policy_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void numbers_policy_close(struct crux_port *port)
{
    free(port);
}

int numbers_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                        struct crux_error *error)
{
    double sharpness = SHARPNESS_DEFAULT;
    struct numbers_policy *self;
    char *end = NULL;

    (void)backends;
    if (arg != NULL) {
        sharpness = strtod(arg, &end);
        if (end == arg || *end != '\0' || !(sharpness >= 0.0 && sharpness <= SHARPNESS_MOST))
            return crux_fail(error, CRUX_INVALID,
                             "policy numbers takes a sharpness between 0 and %g, not `%s`",
                             SHARPNESS_MOST, arg);
    }
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy numbers");
    self->sharpness = sharpness;
    self->policy.port = (struct crux_port){.name = "numbers",
                                           .instant = true,
                                           .ask = numbers_propose,
                                           .release = numbers_policy_release,
                                           .close = numbers_policy_close};
    *out = &self->policy;
    return CRUX_OK;
}
