/*
 * court.h - a search on two backends: policy chat on one fake server, a judge (judge.h) on another
 * with prices and a limit of its own.
 *
 *     struct court court;
 *
 *     court_open(&court, &plan);
 *     court_run(&court);           until the problems are done, or plan.seconds have passed
 *     court_read_log(&court, ...)  what a server's log says
 *     court_close(&court);
 *
 * What goes wrong while it is built ends the program.
 */
#ifndef TESTS_WORLD_COURT_H
#define TESTS_WORLD_COURT_H

#include "io/crux_io.h"
#include "tests/world/serving.h"

enum { COURT_POLICY, COURT_JUDGE, COURT_SIDES };

struct court_plan {
    uint32_t in_flight[COURT_SIDES];
    uint32_t every; /* answers for one question to the judge */
    uint32_t problems, simulations, per_tree, open_trees; /* the last: 0 is the default */
    const char *latency;                                  /* of both servers */
    uint64_t limit_calls;
    double seconds; /* 0: until the problems are done */
};

struct court {
    struct court_plan plan;
    struct serving servers[COURT_SIDES];
    struct crux_backends *backends;
    struct crux_setup setup;
    struct crux_search *search;
    int status; /* of the run, by crux_backends_status() */
    struct crux_error error;
    int64_t stopped_ns; /* when no more was begun; CLOCK_MONOTONIC */
    uint64_t trees, failed, withdrawn;
};

void court_open(struct court *court, const struct court_plan *plan);
void court_run(struct court *court);
void court_close(struct court *court);

/* By the log of a server, which ends here: the requests that it had, how many of them at most
 * at a time, and which share of its places was taken between the first moment when all were (never:
 * 0) and stopped_ns. */
struct court_log {
    size_t requests;
    uint32_t most;
    double fill, seconds;
};
void court_read_log(struct court *court, int side, struct court_log *out);

#endif
