/*
 * hanging_policy.h - a policy that lets some calls hang until they are cancelled, and its clock.
 *
 * Calls that do not hang are answered at once by the port behind it. Time stands still
 * while there is work and moves when a worker has nothing to do; so what happens before a
 * deadline and what after it does not depend on the machine.
 *
 *     hanging_policy_open(&hanging, &fixture);
 *     hanging.every = 7;
 *     search_fixture_run(&fixture);
 *
 * It keeps count of what it sees and judges nothing. Any number of workers.
 */
#ifndef TESTS_WORLD_HANGING_POLICY_H
#define TESTS_WORLD_HANGING_POLICY_H

#include "tests/world/search_fixture.h"

#define HANGING_SECOND INT64_C(1000000000)
#define HANGING_MOST   1024u /* calls that hang at a time */

/* What it does when a call is cancelled: give up, fail, answer, or answer when a worker
 * has nothing to do. */
enum hanging_policy_hurry {
    HANGING_GIVES_UP,
    HANGING_FAILS,
    HANGING_ANSWERS,
    HANGING_ANSWERS_LATER
};

struct hanging_policy_call {
    struct crux_call *call;
    uint64_t ticket;
    bool cancelled;
};

struct hanging_policy {
    struct crux_policy policy;
    struct crux_clock clock;
    struct search_fixture *fixture;

    /* To be set before the run: */
    enum hanging_policy_hurry hurry;
    uint32_t only;        /* the asking that hangs, counted from 1; 0: none */
    uint32_t every;       /* each every-th call hangs; 0: none */
    bool answers_in_time; /* what hangs is answered, one call whenever time moves */
    int64_t step_ns;      /* by which time moves */

    pthread_mutex_t lock;
    struct hanging_policy_call calls[HANGING_MOST];
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

/* Into the fixture's setup: calls may take ten seconds, time moves by four. One worker. */
void hanging_policy_open(struct hanging_policy *hanging, struct search_fixture *fixture);

#endif
