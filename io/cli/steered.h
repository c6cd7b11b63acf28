/*
 * steered.h - a search or a pass that runs, and the backends that it asks, steered as one.
 *
 *     signals.h  Ctrl-C       --stop, leave, call off-->  steered  --> crux_steer.h, passes.h
 *     obey.h     crux ctl     --pause, limits, ...---->            --> backends.h
 *
 * Threads. Any, while the search or pass is open; steered_stop() also from a signal handler.
 */
#ifndef IO_CLI_STEERED_H
#define IO_CLI_STEERED_H

#include "io/backends/backends.h"
#include "io/passes/passes.h"
#include "search/crux_steer.h"

struct steered {
    struct crux_search *search;     /* one of these two */
    struct passes *passes;          /* the other is NULL */
    struct crux_backends *backends; /* NULL: nothing is paid for */
};

/* Nothing new begins. */
void steered_stop(const struct steered *steered);

/* After a stop: what has not been sent yet ends at once; what is out is waited for. */
void steered_leave(const struct steered *steered);

/* And what is out is not waited for any more. May be said again. */
void steered_call_off(const struct steered *steered);

/* Calls that were asked for and have not been answered; and what is known of where they are. */
uint64_t steered_flying(const struct steered *steered);
void steered_load(const struct steered *steered, struct served_load *out);

/* After steered_leave(), and the moment that it takes: calls whose answers may come. */
uint64_t steered_out(const struct steered *steered);

void steered_pause(const struct steered *steered);
void steered_resume(const struct steered *steered);

/* In flight from now on: as backends_set_in_flight() has it, and the run's as many as follow. */
int steered_set_in_flight(const struct steered *steered, const char *backend, uint32_t in_flight,
                          struct crux_error *error);
int steered_set_limit_ns(const struct steered *steered, int64_t limit_ns, struct crux_error *error);

void steered_look(const struct steered *steered, struct crux_steering *out);

#endif
