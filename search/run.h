/*
 * run.h - what a whole run shares and never changes while it goes on: the setup, the port for
 * each question, the clock; and what may change: its limit of time, and the one word that ends it.
 *
 *     run_make()   a setup becomes ports by kind and role
 *     run_now()    time, from the setup's clock
 *     run_halt()   nothing new is begun; the first reason stays
 *
 * Threads. run_halted(), run_now() and run_limit() from any thread; run_halt() also from a signal
 *          handler;
 *          run_halt_error() from any worker. Opening, beginning, closing: alone.
 */
#ifndef SEARCH_RUN_H
#define SEARCH_RUN_H

#include "search/crux.h"
#include "search/strategies/grammar.h"

#include <pthread.h>
#include <stdatomic.h>

struct strategy;

/* Why the run ends before its time. */
enum halt { HALT_NO, HALT_STOP, HALT_CALLS, HALT_TIME, HALT_ERROR };

struct run {
    struct crux_setup setup;
    const struct strategy *strategy;
    const struct grammar *grammar;
    /* By the kind of the last step, or GRAMMAR_ROOT: what a node is expanded with, and what
     * completes the path behind it; NULL: nothing may. */
    const struct grammar_row *next[GRAMMAR_ROOT + 1], *end[GRAMMAR_ROOT + 1];
    struct crux_port *policies[CRUX_KINDS]; /* by kind; NULL: none */
    struct crux_port *critics[CRUX_ROLES];  /* by role; NULL: none */
    struct crux_port *scorers[CRUX_KINDS];  /* by kind: who scores fresh children; NULL: nobody */
    _Atomic int64_t limit_ns;               /* as setup.limit_ns, and of now */
    _Atomic int64_t began_ns;               /* when the clock of the limit started; 0: not yet */
    _Atomic int halt;
    _Atomic bool hurries;       /* it was halted, and what is in flight is called off */
    _Atomic uint64_t calls;     /* to policies, counted only under limit_calls */
    pthread_mutex_t error_lock; /* of the two below */
    struct crux_error error;    /* of HALT_ERROR */
    int error_status;
};

/* The strategy is that of the setup (strategy.h). */
void run_make(struct run *run, const struct crux_setup *setup, const struct strategy *strategy);
void run_free(struct run *run);

/* The clock of the limit starts. A search that was stopped stays stopped, and one that has failed
 * says again how. */
void run_begin(struct run *run);

int64_t run_now(const struct run *run);

/* When the limit of time is reached, by run_now(); 0: never. */
int64_t run_deadline(const struct run *run);
void run_limit(struct run *run, int64_t limit_ns);

/* End the run: nothing new is begun. Async-signal-safe. */
void run_halt(struct run *run, enum halt why);
void run_halt_error(struct run *run, int status, const struct crux_error *error);
enum halt run_halted(const struct run *run);

/* Nor is what is in flight waited for: a limit in seconds was reached, or somebody said so. */
bool run_hurries(const struct run *run);

/* What crux_run() answers, once all workers have ended. */
int run_verdict(const struct run *run, struct crux_error *error);

#endif
