/*
 * process.c - a program of the user's own as a policy: a port before a wire.
 *
 * All that is not about policies is in io/process/process.h. One program serves all threads; how
 * many calls it has before it at a time is for the search's limit of calls in flight to say.
 */
#include "policies/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "io/backends/backends.h"
#include "io/process/process.h"

#define TIMEOUT      300.0 /* seconds: a program may load a model before it answers */
#define TIMEOUT_MOST 86400.0

struct process_policy {
    struct crux_policy policy;
    struct wire *wire;
};

static struct wire *wire_of(struct crux_port *port)
{
    return ((struct process_policy *)(void *)port)->wire;
}

static int ask(struct crux_port *port, struct crux_call *call)
{
    return wire_ask(wire_of(port), call);
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    wire_cancel(wire_of(port), call);
}

static void release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    wire_release(reply);
}

static void close_policy(struct crux_port *port)
{
    wire_close(wire_of(port));
    free(port);
}

/* [timeout=SECONDS:]COMMAND */
static int parse(struct wire_setup *setup, const char *arg, struct crux_error *error)
{
    static const char name[] = "timeout=";
    double seconds = TIMEOUT;
    char *end;

    setup->command = arg != NULL ? arg : "";
    if (strncmp(setup->command, name, sizeof name - 1) == 0) {
        seconds = strtod(setup->command + sizeof name - 1, &end);
        if (*end != ':' || !(seconds > 0.0 && seconds <= TIMEOUT_MOST))
            return crux_fail(error, CRUX_INVALID,
                             "policy process takes timeout=SECONDS:COMMAND with seconds above 0 "
                             "and up to %g, not `%.80s`",
                             TIMEOUT_MOST, arg);
        setup->command = end + 1;
    }
    setup->silence_ns = (int64_t)(seconds * 1e9);
    if (setup->command[strspn(setup->command, " \t")] == '\0')
        return crux_fail(error, CRUX_INVALID, "policy process takes a command: process:COMMAND");
    return CRUX_OK;
}

int process_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                        struct crux_error *error)
{
    struct process_policy *self;
    struct wire_setup setup = {.name = "process"};
    int status = parse(&setup, arg, error);

    if (status != CRUX_OK)
        return status;
    if (backends != NULL) {
        setup.ledger = backends_ledger(backends);
        setup.account = backends_account(backends);
    }
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy process");
    self->policy.port = (struct crux_port){
        .name = "process", .ask = ask, .cancel = cancel, .release = release, .close = close_policy};
    status = wire_open(&self->wire, &setup, error);
    if (status == CRUX_OK)
        *out = &self->policy;
    else
        free(self);
    return status;
}
