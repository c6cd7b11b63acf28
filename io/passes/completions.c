/*
 * completions.c - asks a policy for answers, then the outcome critic whether they are right.
 */
#include "io/passes/completions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"

void completions_begin(struct completions *completions, const struct completions_order *order)
{
    assert(completions->steps == NULL && completions->failure == NULL && !completions->waits);
    assert(order->count > 0);
    *completions = (struct completions){.order = *order};
}

bool completions_done(const struct completions *completions)
{
    return completions->stage == COMPLETIONS_DONE;
}

void completions_free(struct completions *completions)
{
    free(completions->steps);
    free(completions->failure);
    completions->steps = NULL;
    completions->failure = NULL;
}

/* --- asking ---------------------------------------------------------------------------------- */

static void completions_propose(struct completions *completions)
{
    const struct completions_order *order = &completions->order;
    struct crux_call *call = &completions->question.asking.call;

    completions->question.port = &order->policy->port;
    *call = (struct crux_call){.verb = CRUX_PROPOSE,
                               .kind = CRUX_ANSWER,
                               .count = order->count,
                               .sample = order->first,
                               .state = order->state,
                               .revision = order->revision,
                               .seed = draw(order->seed, order->first)};
    call->state.key = order->seed;
}

static void completions_judge(struct completions *completions)
{
    const struct completions_order *order = &completions->order;

    completions->question.port = &order->outcome->port;
    completions->question.asking.call =
        (struct crux_call){.verb = CRUX_JUDGE,
                           .count = completions->count,
                           .state = order->state,
                           .candidates = completions->steps,
                           .seed = draw(order->seed, (uint64_t)order->first << 32 | 1)};
    completions->question.asking.call.state.key = order->seed;
}

int completions_next(struct completions *completions, struct passes_question **out)
{
    if (completions->waits)
        return CRUX_PENDING;
    if (completions->stage == COMPLETIONS_DONE)
        return CRUX_END;
    if (completions->stage == COMPLETIONS_PROPOSE)
        completions_propose(completions);
    else
        completions_judge(completions);
    completions->waits = true;
    *out = &completions->question;
    return CRUX_OK;
}

/* --- answers --------------------------------------------------------------------------------- */

static int completions_fail(struct completions *completions, const char *sentence,
                            struct crux_error *error)
{
    completions->stage = COMPLETIONS_DONE;
    completions->failure = strdup(sentence != NULL ? sentence : "a call failed");
    return completions->failure != NULL ? CRUX_OK
                                        : crux_fail(error, CRUX_MEMORY, "no memory for a failure");
}

/* Keep the answers: the reply goes back to its port. */
static int completions_take(struct completions *completions, struct crux_error *error)
{
    const struct crux_reply *reply = &completions->question.asking.call.reply;
    const struct crux_state *state = &completions->order.state;
    size_t bytes = 0;
    char *at;

    if (reply->count > 0 && reply->proposals == NULL)
        return completions_fail(completions, "the policy answers without texts", error);
    for (uint32_t i = 0; i < reply->count; i++)
        bytes += strlen(reply->proposals[i].text) + 1;
    completions->steps = calloc(1, reply->count * sizeof *completions->steps + bytes + 1);
    if (completions->steps == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u answers", reply->count);
    at = (char *)(completions->steps + reply->count);
    for (uint32_t i = 0; i < reply->count; i++) {
        const struct crux_proposal *proposal = &reply->proposals[i];

        completions->steps[i] = (struct crux_step){.previous = state->last,
                                                   .text = at,
                                                   .length = (uint32_t)strlen(proposal->text),
                                                   .depth = state->depth + 1,
                                                   .tokens = proposal->tokens,
                                                   .kind = CRUX_ANSWER,
                                                   .terminal = true};
        at = stpcpy(at, proposal->text) + 1;
    }
    completions->count = reply->count;
    completions->stage = reply->count > 0 ? COMPLETIONS_JUDGE : COMPLETIONS_DONE;
    return CRUX_OK;
}

static int completions_count(struct completions *completions, struct crux_error *error)
{
    const struct crux_reply *reply = &completions->question.asking.call.reply;

    if (reply->outcomes == NULL || reply->count != completions->count)
        return completions_fail(completions, "the critic gives not one verdict for each answer",
                                error);
    for (uint32_t i = 0; i < reply->count; i++) {
        completions->of += reply->outcomes[i].verdict != CRUX_UNKNOWN;
        completions->right += reply->outcomes[i].verdict == CRUX_RIGHT;
    }
    completions->stage = COMPLETIONS_DONE;
    return CRUX_OK;
}

/* A critic that costs nothing is no call that was paid for. */
static void completions_pay(struct completions *completions)
{
    const struct crux_reply *reply = &completions->question.asking.call.reply;

    if (completions->stage == COMPLETIONS_PROPOSE || reply->price > 0 ||
        reply->prompt_tokens + reply->completion_tokens > 0)
        learnt_pay(&completions->cost, reply);
}

int completions_answered(struct completions *completions, int status, struct crux_error *error)
{
    assert(completions->waits);
    completions->waits = false;
    if (status != CRUX_DONE)
        return completions_fail(completions, completions->question.asking.call.reply.sentence,
                                error);
    completions_pay(completions);
    if (completions->stage == COMPLETIONS_PROPOSE)
        return completions_take(completions, error);
    return completions_count(completions, error);
}
