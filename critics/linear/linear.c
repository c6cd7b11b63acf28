/*
 * linear.c - rates candidates by the weights of a file.
 */
#include "critics/linear/linear.h"

#include "critics/linear/model.h"
#include "critics/match/compare.h"
#include "critics/match/path.h"
#include "critics/numbers/path.h"

#include <stdlib.h>
#include <string.h>

struct linear_critic {
    struct crux_critic critic;
    struct linear_model *model;
    bool whole; /* judges a state by itself: by all of its path */
};

/* The candidate at a position; NULL: the state itself is to be rated, and is the root. An answer
 * that adds nothing is the path that it completes, as in training. */
static const struct crux_step *rated_step(const struct crux_call *call, uint32_t position)
{
    const struct crux_step *step =
        call->candidates != NULL ? &call->candidates[position] : call->state.last;

    return call->verb == CRUX_JUDGE && step != NULL && step->length == 0 ? step->previous : step;
}

static bool rate_one(const struct linear_critic *self, const struct crux_call *call, uint32_t i,
                     struct linear_features *features, double *out)
{
    if (!linear_features_of(features, call->state.problem, rated_step(call, i), self->whole))
        return false;
    *out = linear_model_rate(self->model, features);
    return true;
}

/* --- scores --------------------------------------------------------------------------------- */

/* Are candidates of the kind that it was trained on? What it says of others is chance. */
static bool is_trained_on(const struct linear_critic *self, const struct crux_call *call)
{
    bool compared = linear_compares(self->model->role) && self->model->kind != CRUX_KINDS;

    for (uint32_t i = 0; compared && call->candidates != NULL && i < call->count; i++)
        if (call->candidates[i].kind != self->model->kind)
            return false;
    return true;
}

static int linear_score_all(const struct linear_critic *self, struct crux_call *call)
{
    struct linear_features features = {.index = NULL};
    double *scores;
    bool ok;

    if (!is_trained_on(self, call)) {
        call->reply.sentence = "critic linear was trained on steps of another kind than it is asked"
                               " about: --critic execution:KIND says which it is for";
        return CRUX_FAILED;
    }
    scores = calloc(call->count, sizeof *scores);
    ok = scores != NULL;
    for (uint32_t i = 0; ok && i < call->count; i++)
        ok = rate_one(self, call, i, &features, &scores[i]);
    linear_features_free(&features);
    if (!ok) {
        free(scores);
        return CRUX_MEMORY;
    }
    call->reply.count = call->count;
    call->reply.scores = scores;
    call->reply.owner = scores;
    return CRUX_DONE;
}

/* --- verdicts ------------------------------------------------------------------------------- */

/* What the answer says, in the form in which answers are compared: a puzzle's is the expression
 * that its steps make. A guess is no label. False: no memory. */
static bool put_rated_answer(struct crux_call *call, uint32_t i, double rate)
{
    struct crux_outcome outcome = {.reward = rate, .verdict = CRUX_UNKNOWN};
    const struct crux_step *last = rated_step(call, i);
    char expression[NUMBERS_EXPRESSION_BYTES + 64];
    struct numbers_problem numbers;
    struct numbers_walk walk;
    struct match_form *form;
    char *answer;

    if (numbers_problem_read(&numbers, call->state.problem->line) &&
        numbers_walk_begin(&walk, &numbers)) {
        (void)numbers_walk_chain(&walk, last);
        numbers_walk_answer(&walk, expression, sizeof expression);
        outcome.answer = expression;
        match_path_put(call, i, outcome);
        return true;
    }
    answer = match_path_answer(last);
    form = answer != NULL ? match_read(answer, strlen(answer)) : NULL;
    outcome.answer = form != NULL ? match_text(form) : "";
    match_path_put(call, i, outcome);
    match_free(form);
    free(answer);
    return form != NULL;
}

static int linear_judge_all(const struct linear_critic *self, struct crux_call *call)
{
    struct linear_features features = {.index = NULL};
    bool ok = match_path_reply(call) == CRUX_DONE;

    for (uint32_t i = 0; ok && i < call->count; i++) {
        double rate;

        ok = rate_one(self, call, i, &features, &rate) && put_rated_answer(call, i, rate);
    }
    linear_features_free(&features);
    if (ok)
        return CRUX_DONE;
    free(call->reply.owner);
    call->reply = (struct crux_reply){.count = 0};
    return CRUX_MEMORY;
}

/* --- the port ------------------------------------------------------------------------------- */

static int linear_ask(struct crux_port *port, struct crux_call *call)
{
    const struct linear_critic *self = (const struct linear_critic *)(void *)port;
    int status =
        call->verb == CRUX_JUDGE ? linear_judge_all(self, call) : linear_score_all(self, call);

    if (status == CRUX_MEMORY)
        call->reply.sentence = "no memory to rate candidates";
    return status;
}

static void linear_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void linear_close(struct crux_port *port)
{
    struct linear_critic *self = (struct linear_critic *)(void *)port;

    linear_model_close(self->model);
    free(self);
}

static int check_linear_role(const struct linear_model *model, enum crux_role role,
                             const char *path, struct crux_error *error)
{
    if (model->role == role)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "%.200s was trained as %s critic, and is asked for as %s critic; `crux train"
                     " --critic %s` makes one",
                     path, crux_role_name(model->role), crux_role_name(role), crux_role_name(role));
}

int linear_critic_new(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_error *error)
{
    struct linear_critic *self = calloc(1, sizeof *self);
    int status;

    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic linear");
    if (argument == NULL || argument[0] == '\0')
        status = crux_fail(error, CRUX_INVALID,
                           "critic linear takes the file that `crux train` has written:"
                           " linear:FILE");
    else
        status = linear_model_read(&self->model, argument, error);
    if (status == CRUX_OK)
        status = check_linear_role(self->model, role, argument, error);
    if (status != CRUX_OK) {
        linear_model_close(self->model);
        free(self);
        return status;
    }
    self->whole = !linear_compares(role);
    self->critic.port = (struct crux_port){.name = "linear",
                                           .instant = true,
                                           .ask = linear_ask,
                                           .release = linear_release,
                                           .close = linear_close};
    self->critic.verbs = 1u << (role == CRUX_ROLE_OUTCOME ? CRUX_JUDGE : CRUX_SCORE);
    *out = &self->critic;
    return CRUX_OK;
}
