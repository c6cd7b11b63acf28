/*
 * synthetic.c - policy `synthetic` and its critic: the hash tree, a world without text for
 * measuring the search.
 *
 * Everything is a hash of the path, so it has no memory and costs a few
 * nanoseconds: what a benchmark of it measures is the search and nothing else.
 */
#include "policies/catalogue.h"

#include "io/draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct synthetic {
    uint32_t branching, depth;
    uint64_t seed;
};

struct synthetic_policy {
    struct crux_policy policy;
    struct synthetic tree;
};

struct synthetic_critic {
    struct crux_critic critic;
    struct synthetic tree;
};

static int synthetic_parse(struct synthetic *out, const char *arg, struct crux_error *error)
{
    int end = 0;
    int fields = arg == NULL ? 0
                             : sscanf(arg, "%" SCNu32 ",%" SCNu32 "%n,%" SCNu64 "%n",
                                      &out->branching, &out->depth, &end, &out->seed, &end);

    if (fields >= 2 && arg[end] == '\0')
        if (out->branching >= 1 && out->branching <= 4096 && out->depth >= 1 && out->depth <= 1024)
            return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "synthetic takes B,D[,SEED] with B in 1 .. 4096 and D in 1 .. 1024, not `%s`",
                     arg != NULL ? arg : "");
}

static void close_port(struct crux_port *port)
{
    free(port);
}

static int synthetic_propose(struct crux_port *port, struct crux_call *call)
{
    const struct synthetic *tree = &((struct synthetic_policy *)(void *)port)->tree;
    uint32_t left =
        tree->branching - (call->sample < tree->branching ? call->sample : tree->branching);
    uint32_t count = call->count < left ? call->count : left;

    if (call->revision != NULL) {
        call->reply.sentence = "policy synthetic revises no answers";
        return CRUX_FAILED;
    }
    call->reply.count = call->state.depth < tree->depth ? count : 0;
    return CRUX_DONE;
}

static int synthetic_score(struct crux_port *port, struct crux_call *call)
{
    static _Thread_local double value;
    const struct synthetic *tree = &((struct synthetic_critic *)(void *)port)->tree;
    uint64_t key = draw_mix(tree->seed);
    double sum = 0.0;

    for (uint32_t i = 0; i < call->state.depth; i++) {
        key = draw(key, call->state.choices[i]);
        sum += (double)(key >> 40) * 0x1p-24 - 0.5;
    }
    value = 0.5 + sum / tree->depth;
    call->reply.count = 1;
    call->reply.scores = &value;
    return CRUX_DONE;
}

int synthetic_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                          struct crux_error *error)
{
    struct synthetic tree = {.seed = 1};
    struct synthetic_policy *self;
    int status = synthetic_parse(&tree, arg, error);

    (void)backends;
    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy synthetic");
    self->tree = tree;
    self->policy.port = (struct crux_port){
        .name = "synthetic", .instant = true, .ask = synthetic_propose, .close = close_port};
    *out = &self->policy;
    return CRUX_OK;
}

int crux_synthetic_critic(struct crux_critic **out, const char *arg, struct crux_error *error)
{
    struct synthetic tree = {.seed = 1};
    struct synthetic_critic *self;
    int status = synthetic_parse(&tree, arg, error);

    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic synthetic");
    self->tree = tree;
    self->critic.port = (struct crux_port){
        .name = "synthetic", .instant = true, .ask = synthetic_score, .close = close_port};
    self->critic.verbs = 1u << CRUX_SCORE;
    *out = &self->critic;
    return CRUX_OK;
}
