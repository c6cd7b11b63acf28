/*
 * serving.h - requests like a search's own to a served model, so many at a time.
 *
 * What is asked. Problem number p is put SIBLINGS times for a next step behind two that are given,
 *     and SIBLINGS times for a whole answer: what crux asks most, and prompts whose beginnings are
 *     the same for as many questions in a row. No prompt comes twice with the same seed. What is in
 *     a reply is nothing to the bench.
 *
 * How.  So many are asked at once, and another one whenever one has come, until all were asked.
 *
 * What counts. The time from the moment when all places were taken until the last question was put;
 *     where every question got a place at once, until the last reply. A reply that came partly
 *     within it counts with that part of its time.
 *
 * Silence. Where an endpoint is in trouble and nothing has come for a while, it is said, once a
 *     rung. When the bench is ended early (process.h) what is out is called off.
 *
 * Threads. By one thread, which has heeded signals; replies come on others.
 * Errors.  CRUX_FAILED with the sentence of a question, when none of a rung was answered; or the
 *     bench was ended early: then the rung is none. CRUX_MEMORY.
 */
#ifndef BENCH_SERVING_H
#define BENCH_SERVING_H

#include "io/backends/backends.h"

enum { SERVING_SIBLINGS = 4, SERVING_WHY = 400 };

struct serving {
    struct crux_backends *backends;
    struct crux_policy *policy; /* opened on them */
    uint32_t endpoints;         /* theirs */
    uint64_t seed;
    uint64_t next; /* number of the next question, over all rungs */
};

struct serving_rung {
    uint32_t in_flight;
    uint64_t calls;                      /* in: to be made; and these were answered or ... */
    uint64_t failed;                     /* ... failed for good */
    uint64_t busy;                       /* requests that the server put off: 429, 503 */
    double seconds, out;                 /* of the window; calls out in it, on average */
    double prompt_rate, completion_rate; /* tokens a second */
    uint64_t prompt, cached, completion; /* tokens of all its calls; cached 0: none, or not told */
    int64_t median_ns, most_ns, nearly_ns; /* of answered calls: half, all, 95 % came so fast */
    char why[SERVING_WHY];                 /* the last that failed did so; "": none */
};

int serving_measure(struct serving *serving, struct serving_rung *rung, struct crux_error *error);

/* The rung to stay at: the first whose completion tokens a second are 95 % of the best one's. */
size_t serving_best(const struct serving_rung *rungs, size_t count);

/* The rungs up to most: 1, 2, 4, ... and most itself; calls are shared so that each takes about as
 * long, and are twice its places at least. The number of rungs, SERVING_RUNGS at most. */
enum { SERVING_RUNGS = 18 };
size_t serving_ladder(struct serving_rung rungs[SERVING_RUNGS], uint32_t most, uint64_t calls);

#endif
