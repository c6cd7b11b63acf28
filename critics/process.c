/*
 * process.c - critic `process`: scores, verdicts and notes of a program of the user's own
 * (served_program).
 */
#include "critics/process.h"

#include <stdlib.h>

#include "io/backends/backends.h"
#include "io/process/process.h"

struct process_critic {
    struct crux_critic critic;
    struct served_program *program;
};

static struct served_program *critic_program(struct crux_port *port)
{
    return ((struct process_critic *)(void *)port)->program;
}

static int process_critic_ask(struct crux_port *port, struct crux_call *call)
{
    return served_program_ask(critic_program(port), call);
}

static void process_critic_cancel(struct crux_port *port, struct crux_call *call)
{
    served_program_cancel(critic_program(port), call);
}

static void process_critic_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    served_program_release(reply);
}

static void process_critic_close(struct crux_port *port)
{
    served_program_close(critic_program(port));
    free(port);
}

/* A critic around a program, which it owns; NULL: none was opened. */
static int wrap_program_as_critic(struct crux_critic **out, struct served_program *program,
                                  int status, struct crux_error *error)
{
    struct process_critic *self;

    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        served_program_close(program);
        return crux_fail(error, CRUX_MEMORY, "no memory for critic process");
    }
    self->critic = (struct crux_critic){
        .port = {.name = "process",
                 .ask = process_critic_ask,
                 .cancel = process_critic_cancel,
                 .release = process_critic_release,
                 .close = process_critic_close},
        .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE | 1U << CRUX_ANNOTATE,
    };
    self->program = program;
    *out = &self->critic;
    return CRUX_OK;
}

int process_critic_new(struct crux_critic **out, const char *argument,
                       struct crux_backends *backends, struct crux_error *error)
{
    struct served_program *program = NULL;
    int status = backends_program(&program, backends, argument, "critic process", error);

    return wrap_program_as_critic(out, program, status, error);
}

int process_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct process_options options;

    (void)role;
    return process_options_read(&options, argument, "critic process", error);
}
