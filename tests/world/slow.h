/*
 * slow.h - a policy that lets some calls hang until it is told to hurry, and its clock.
 *
 * Calls that do not hang are answered at once by the port behind it. Time stands still
 * while there is work and moves when a worker has nothing to do; so what happens before a
 * deadline and what after it does not depend on the machine.
 *
 *     slow_open(&slow, &trial);
 *     slow.every = 7;
 *     trial_run(&trial);
 *
 * It keeps count of what it sees and judges nothing. Any number of workers.
 */
#ifndef TESTS_WORLD_SLOW_H
#define TESTS_WORLD_SLOW_H

#include "tests/world/trial.h"

#define SLOW_SECOND INT64_C(1000000000)
#define SLOW_MOST   1024u /* calls that hang at a time */

/* What it does when it is told to hurry: give up, fail, answer, or answer when a worker
 * has nothing to do. */
enum slow_hurry { SLOW_GIVES_UP, SLOW_FAILS, SLOW_ANSWERS, SLOW_ANSWERS_LATER };

struct slow_call {
    struct crux_call *call;
    uint64_t ticket;
    bool cancelled;
};

struct slow {
    struct crux_policy policy;
    struct crux_clock clock;
    struct trial *trial;

    /* To be set before the run: */
    enum slow_hurry hurry;
    uint32_t only;        /* the asking that hangs, counted from 1; 0: none */
    uint32_t every;       /* each so many-th hangs; 0: none */
    bool answers_in_time; /* what hangs is answered, one call whenever time moves */
    int64_t step_ns;      /* by which time moves */

    pthread_mutex_t lock;
    struct slow_call calls[SLOW_MOST];
    uint32_t count;    /* of calls that hang */
    uint64_t last_key; /* of the state of the last one that came to hang */
    _Atomic int64_t now_ns;

    /* To be read after the run: */
    _Atomic uint64_t asked, hung, cancelled;
    _Atomic uint64_t asked_at_cancel; /* how many calls had been asked when one was cancelled */
    _Atomic uint64_t asked_again;     /* about the state of last_key */
    _Atomic uint64_t wrong_deadlines; /* not so much after the asking as the setup says */
    _Atomic uint64_t wrong_tickets;   /* a bad one was taken, or the good one was not */
    _Atomic uint64_t wrong_cancels;   /* of a call that did not hang, or a second time */
};

/* Into the trial's setup: calls may take ten seconds, time moves by four. One worker. */
void slow_open(struct slow *slow, struct trial *trial);

#endif
