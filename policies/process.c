/*
 * process.c - policy `process`: proposals of a program of the user's own (served_program).
 *
 * One program serves all threads; the number of calls that it has before it at a time is limited by
 * the search's calls in flight.
 */
#include "policies/catalogue.h"

#include <stdlib.h>

#include "io/backends/backends.h"

struct process_policy {
    struct crux_policy policy;
    struct served_program *program;
};

static struct served_program *policy_program(struct crux_port *port)
{
    return ((struct process_policy *)(void *)port)->program;
}

static int process_policy_ask(struct crux_port *port, struct crux_call *call)
{
    return served_program_ask(policy_program(port), call);
}

static void process_policy_cancel(struct crux_port *port, struct crux_call *call)
{
    served_program_cancel(policy_program(port), call);
}

static void process_policy_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    served_program_release(reply);
}

static void process_policy_close(struct crux_port *port)
{
    served_program_close(policy_program(port));
    free(port);
}

/* A policy around a program, which it owns; NULL: none was opened. */
static int wrap_program(struct crux_policy **out, struct served_program *program, int status,
                        struct crux_error *error)
{
    struct process_policy *self;

    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        served_program_close(program);
        return crux_fail(error, CRUX_MEMORY, "no memory for policy process");
    }
    self->policy.tells_entropy = true;
    self->policy.revises = true;
    self->policy.port = (struct crux_port){.name = "process",
                                           .ask = process_policy_ask,
                                           .cancel = process_policy_cancel,
                                           .release = process_policy_release,
                                           .close = process_policy_close};
    self->program = program;
    *out = &self->policy;
    return CRUX_OK;
}

int process_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                        struct crux_error *error)
{
    struct served_program *program = NULL;
    int status = backends_program(&program, backends, arg, "policy process", error);

    return wrap_program(out, program, status, error);
}
