/*
 * obey.h - a run does what crux ctl asks of it, and writes down what was changed.
 *
 *     crux ctl --io/control--> obey --> steered.h, requeue
 *                               '--> what was changed: the settings of the store
 *
 * Requests ("do"), as io/control/control.h has them; a member that is not named here is refused,
 * for what gives data their meaning is not changed while a run goes on:
 *
 *     status                       how the run is doing
 *     pause, resume, stop          as crux_steer.h, and signals.h for stop
 *     in-flight  n, backend        of one backend, or of those that have no limit of their own
 *     limits     calls, tokens,    what is named is changed, 0 is no limit; nothing named: they are
 *                price, seconds    told
 *     requeue                      problems that have failed are searched again
 *
 * Every answer is the status, with "problems" beside it for requeue and "recorded", false when what
 * was changed could not be written down.
 *
 * Threads. Opening and closing by one thread; while it is open, the control's own thread does it.
 * Errors.  As in crux.h. A run that cannot be steered says why, and is a run all the same.
 */
#ifndef IO_CLI_OBEY_H
#define IO_CLI_OBEY_H

#include "io/cli/options/options.h"
#include "io/cli/requeue.h"
#include "io/cli/steered.h"

struct obey;

struct obey_setup {
    const struct steered *steered;
    struct crux_store *store; /* open for writing; the run's */
    const char *command;      /* "generate" */
    struct requeue *requeue;  /* NULL: this kind of run does not search problems again */
};

/* What is named outlives it. */
int obey_open(struct obey **out, const struct obey_setup *setup, struct crux_error *error);
void obey_close(struct obey *obey); /* NULL is fine */

#endif
