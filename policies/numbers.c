/*
 * numbers.c - policy `numbers`, for the numbers games: proposes legal steps by a preference
 * that never looks ahead.
 *
 * Its taste is a handful of habits of people who play: whole numbers rather than
 * fractions, results that divide the target or are it, no zeros, nothing huge.
 * That is right often and wrong often, which is what a search needs. Steps are
 * drawn without replacement by adding Gumbel noise to the preference and taking
 * the highest (Vieira 2014; Kool et al. 2019), with noise from the call's seed.
 */
#include "policies/catalogue.h"

#include "critics/numbers/text.h"
#include "io/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARPNESS_DEFAULT 1.0
#define SHARPNESS_MOST    10.0

struct numbers_policy {
    struct crux_policy policy;
    double sharpness;
};

/* --- taste --------------------------------------------------------------------------- */

/* -log(-log(u)) for a u inside (0, 1). */
static double gumbel(uint64_t word)
{
    return -log(-log(draw_uniform(word)));
}

static bool is_whole(struct rational value)
{
    return value.under == 1;
}

static bool divides(int64_t target, struct rational value)
{
    return is_whole(value) && value.over > 0 && target % value.over == 0;
}

/* How much a player likes a step, in nats; by its result alone. */
static double taste(const struct numbers_operation *operation, int64_t target)
{
    struct rational result = operation->result;
    double size = fabs((double)result.over / (double)result.under);
    double scale = fabs((double)target) + 1.0;
    double liking = 0.0;

    liking -= is_whole(result) ? 0.0 : 2.0;
    liking -= result.over < 0 ? 1.5 : 0.0;
    liking -= result.over == 0 ? 1.0 : 0.0;
    liking += divides(target, result) ? 0.7 : 0.0;
    liking -= size > 2.0 * scale ? 1.0 : 0.0;
    return liking;
}

struct choice {
    struct numbers_operation operation;
    double liking, key;
    uint32_t order;
};

static int by_numbers_key(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;

    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* All legal operations, the drawn ones first. */
static uint32_t choose_steps(const struct numbers_policy *self,
                             const struct numbers_problem *problem,
                             const struct numbers_state *state, uint64_t seed,
                             struct choice out[NUMBERS_LEGAL_MOST])
{
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(state, legal);

    for (uint32_t i = 0; i < count; i++) {
        double liking = self->sharpness * taste(&legal[i], problem->target);

        out[i] = (struct choice){legal[i], liking, liking + gumbel(draw(seed, i)), i};
    }
    qsort(out, count, sizeof *out, by_numbers_key);
    return count;
}

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

static double total_weight(const struct choice *choices, uint32_t count)
{
    double total = 0.0;

    for (uint32_t i = 0; i < count; i++)
        total += exp(choices[i].liking);
    return total;
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

static struct crux_proposal numbers_step_of(const struct numbers_problem *problem,
                                            const struct choice *choice, struct numbers_state after,
                                            double total, char *text)
{
    bool complete;

    numbers_apply(&after, &choice->operation);
    (void)numbers_print_step(text, &choice->operation, &after);
    complete = numbers_complete(problem, &after);
    return (struct crux_proposal){
        .text = text,
        .prior = (float)(exp(choice->liking) / total),
        .logprob = (float)(choice->liking - log(total)),
        .terminal = complete,
        .state_hash = complete ? 0 : hash_of_left(&after, problem->target),
    };
}

static int numbers_propose_steps(const struct numbers_policy *self, struct crux_call *call,
                                 const struct numbers_problem *problem,
                                 const struct numbers_state *state)
{
    struct choice choices[NUMBERS_LEGAL_MOST];
    uint32_t legal = choose_steps(self, problem, state, call->seed, choices);
    uint32_t first = legal < call->sample ? legal : call->sample; /* where this call begins */
    uint32_t count = legal - first < call->count ? legal - first : call->count;
    double total = total_weight(choices, legal);
    char *texts = NULL;
    struct crux_proposal *proposals = new_proposals(call, count, NUMBERS_STEP_BYTES, &texts);

    if (proposals == NULL)
        return numbers_policy_fail(call, CRUX_MEMORY, "no memory for steps");
    for (uint32_t i = 0; i < count; i++)
        proposals[i] = numbers_step_of(problem, &choices[first + i], *state, total,
                                       texts + i * (size_t)NUMBERS_STEP_BYTES);
    return CRUX_DONE;
}

/* A whole answer: one drawn step after another. */
static void play_on(const struct numbers_policy *self, const struct numbers_problem *problem,
                    struct numbers_state state, uint64_t seed, char *out)
{
    struct choice choices[NUMBERS_LEGAL_MOST];

    while (!numbers_complete(problem, &state)) {
        if (choose_steps(self, problem, &state, seed, choices) == 0)
            break; /* every operation overflows: the answer stays incomplete */
        numbers_apply(&state, &choices[0].operation);
        out += numbers_print_step(out, &choices[0].operation, &state);
        *out++ = '\n';
        seed = draw(seed, NUMBERS_LEGAL_MOST);
    }
    *out = '\0';
}

static int numbers_propose_answers(const struct numbers_policy *self, struct crux_call *call,
                                   const struct numbers_problem *problem,
                                   const struct numbers_state *state)
{
    const size_t bytes = NUMBERS_MOST * (size_t)NUMBERS_STEP_BYTES;
    char *texts = NULL;
    struct crux_proposal *proposals = new_proposals(call, call->count, bytes, &texts);

    if (proposals == NULL)
        return numbers_policy_fail(call, CRUX_MEMORY, "no memory for answers");
    for (uint32_t i = 0; i < call->count; i++) {
        char *text = texts + i * bytes;
        size_t length;

        play_on(self, problem, *state, draw(call->seed, call->sample + i), text);
        length = strlen(text);
        if (length > 0)
            text[length - 1] = '\0'; /* the last line has no line break */
        proposals[i] = (struct crux_proposal){.text = text, .prior = 1.0F, .terminal = true};
    }
    return CRUX_DONE;
}

static int numbers_propose(struct crux_port *port, struct crux_call *call)
{
    const struct numbers_policy *self = (const struct numbers_policy *)(void *)port;
    const struct crux_step *last = call->state.last;
    struct numbers_problem problem;
    struct numbers_state state;

    if (call->revision != NULL)
        return numbers_policy_fail(call, CRUX_FAILED, "policy numbers revises no answers");
    if (call->state.problem->line == NULL)
        return numbers_policy_fail(
            call, CRUX_FAILED,
            "the problem came without its line, from which policy numbers reads"
            " `numbers`");
    if (!numbers_problem_read(&problem, call->state.problem->line) ||
        !numbers_begin(&problem, &state))
        return numbers_policy_fail(call, CRUX_FAILED,
                                   "the problem has no numbers: policy numbers needs the field"
                                   " `numbers`");
    if (last != NULL && !numbers_left_of(last->text, last->length, &state))
        return numbers_policy_fail(call, CRUX_FAILED,
                                   "the last step does not say which numbers are left");
    return call->kind == CRUX_ANSWER ? numbers_propose_answers(self, call, &problem, &state)
                                     : numbers_propose_steps(self, call, &problem, &state);
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
