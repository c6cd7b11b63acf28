/*
 * linear.c - rates candidates by the weights of a file.
 */
#include "critics/linear/linear.h"

#include "critics/linear/model.h"

#include <stdlib.h>

struct linear_critic {
    struct crux_critic critic;
    struct linear_model *model;
    bool whole; /* judges a state by itself: by all of its path */
};

/* The candidate at a position; NULL: the state itself is to be rated, and is the root. */
static const struct crux_step *rated_step(const struct crux_call *call, uint32_t position)
{
    return call->candidates != NULL ? &call->candidates[position] : call->state.last;
}

/* Rate every candidate. NULL: no memory. */
static double *rate_all(const struct linear_critic *self, const struct crux_call *call)
{
    struct linear_features features = {.index = NULL};
    double *rates = calloc(call->count, sizeof *rates);
    bool ok = rates != NULL;

    for (uint32_t i = 0; ok && i < call->count; i++) {
        ok = linear_features_of(&features, call->state.problem, rated_step(call, i), self->whole);
        if (ok)
            rates[i] = linear_model_rate(self->model, &features);
    }
    linear_features_free(&features);
    if (!ok) {
        free(rates);
        return NULL;
    }
    return rates;
}

/* A guess is no label. */
static struct crux_outcome *outcomes_of(const double *rates, uint32_t count)
{
    struct crux_outcome *outcomes = calloc(count, sizeof *outcomes);

    for (uint32_t i = 0; outcomes != NULL && i < count; i++)
        outcomes[i] = (struct crux_outcome){.reward = rates[i], .verdict = CRUX_UNKNOWN};
    return outcomes;
}

static int linear_ask(struct crux_port *port, struct crux_call *call)
{
    const struct linear_critic *self = (const struct linear_critic *)(void *)port;
    double *rates = rate_all(self, call);

    call->reply.owner = rates;
    if (rates != NULL && call->verb == CRUX_JUDGE) {
        call->reply.outcomes = outcomes_of(rates, call->count);
        call->reply.owner = (void *)(uintptr_t)call->reply.outcomes;
        free(rates);
    } else {
        call->reply.scores = rates;
    }
    if (call->reply.owner == NULL) {
        call->reply.sentence = "no memory to rate candidates";
        return CRUX_MEMORY;
    }
    call->reply.count = call->count;
    return CRUX_DONE;
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
