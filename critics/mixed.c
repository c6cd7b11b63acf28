/*
 * mixed.c - hands each question on to the critic of its problem, and the reply back to that one.
 *
 * A reply that is released names no problem, so who made it is kept in place of its owner.
 */
#include "critics/mixed.h"

#include <assert.h>
#include <stdlib.h>

#include "critics/numbers/annotate.h"
#include "critics/numbers/numbers.h"
#include "io/numbers.h"

struct mixed_critic {
    struct crux_critic critic;
    struct crux_critic *puzzles, *others; /* others NULL: nothing is said of them */
};

/* What an owner becomes on its way out: who made it, and what it was. */
struct mixed_owner {
    struct crux_critic *maker;
    void *owner;
};

static struct crux_critic *mixed_choose(const struct mixed_critic *mixed,
                                        const struct crux_call *call)
{
    const struct crux_problem *problem =
        call->verb == CRUX_ANNOTATE ? call->tree->problem : call->state.problem;
    struct numbers_problem numbers;

    return numbers_problem_read(&numbers, problem->line) ? mixed->puzzles : mixed->others;
}

/* Both are instant: the reply is there when ask() returns. */
static int mixed_ask(struct crux_port *port, struct crux_call *call)
{
    const struct mixed_critic *mixed = (const struct mixed_critic *)(void *)port;
    struct crux_critic *chosen = mixed_choose(mixed, call);
    struct mixed_owner *owner;
    int status;

    if (chosen == NULL)
        return CRUX_DONE;
    owner = malloc(sizeof *owner);
    if (owner == NULL) {
        call->reply.sentence = "no memory to hand a question on";
        return CRUX_MEMORY;
    }
    status = chosen->port.ask(&chosen->port, call);
    assert(status != CRUX_PENDING);
    if (status != CRUX_DONE) {
        free(owner);
        return status;
    }
    *owner = (struct mixed_owner){chosen, call->reply.owner};
    call->reply.owner = owner;
    return status;
}

static void mixed_release(struct crux_port *port, struct crux_reply *reply)
{
    struct mixed_owner *owner = reply->owner;

    (void)port;
    if (owner == NULL)
        return;
    reply->owner = owner->owner;
    if (owner->maker->port.release != NULL)
        owner->maker->port.release(&owner->maker->port, reply);
    free(owner);
}

static void mixed_close_one(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}

static void mixed_close(struct crux_port *port)
{
    struct mixed_critic *mixed = (struct mixed_critic *)(void *)port;

    mixed_close_one(mixed->puzzles);
    mixed_close_one(mixed->others);
    free(mixed);
}

/* Takes both critics, also when it fails. */
static int mixed_new(struct crux_critic **out, struct crux_critic *puzzles,
                     struct crux_critic *others, unsigned verbs, struct crux_error *error)
{
    struct mixed_critic *mixed = calloc(1, sizeof *mixed);

    if (mixed == NULL || puzzles == NULL) {
        mixed_close_one(puzzles);
        mixed_close_one(others);
        free(mixed);
        return crux_fail(error, CRUX_MEMORY, "no memory for critic mixed");
    }
    mixed->puzzles = puzzles;
    mixed->others = others;
    mixed->critic.port = (struct crux_port){.name = "mixed",
                                            .instant = true,
                                            .ask = mixed_ask,
                                            .release = mixed_release,
                                            .close = mixed_close};
    mixed->critic.verbs = verbs;
    if (others != NULL) {
        mixed->critic.sees_reference = others->sees_reference;
        mixed->critic.in_turn = others->in_turn;
    }
    *out = &mixed->critic;
    return CRUX_OK;
}

int mixed_outcome_new(struct crux_critic **out, struct crux_critic *others,
                      struct crux_error *error)
{
    const char *name = others->port.name;

    if (others->port.instant)
        return mixed_new(out, numbers_outcome_new(), others, 1u << CRUX_JUDGE, error);
    others->port.close(&others->port);
    return crux_fail(error, CRUX_INVALID,
                     "critic mixed hands questions to critics that answer at once, and %.100s does "
                     "not",
                     name);
}

int mixed_annotate_new(struct crux_critic **out, struct crux_error *error)
{
    return mixed_new(out, numbers_annotate_new(), NULL, 1u << CRUX_ANNOTATE, error);
}
