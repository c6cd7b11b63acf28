/*
 * bench.h - the benches of `crux bench`, one function each.
 *
 * A bench is a row in the table of bench.c and a file NAME.c (server: served.c) that opens with its
 * question, workload, clock, self-check and output. It prints its figures and answers
 * the exit status: EXIT_CHECK when its own check fails, so that a wrong figure is loud.
 *
 * Threads. A bench is run once, by main()'s thread; it may start threads and processes
 *          of its own and ends them before it returns.
 * Errors.  A negative enum crux_status and a sentence.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "io/cli/options/options.h"

/* --- options (bench.c, and each bench's own beside it) ------------------------- */

/* The struct of options that only `crux bench` has: options->own. */
struct bench_options {
    uint32_t branching, runs; /* tree */
    uint32_t seeds;           /* latency ... */
    int latency;              /* ... enum bench_latency_law */
    char *server, *bare;      /* slots: programs, NULL: beside ours ... */
    uint32_t slots;           /* ... and what it measures */
    uint64_t calls;           /* slots, server */
    int64_t mean_ns;
    bool planner;
    bool yes; /* server: calls are made without asking */
};

extern const struct options_group bench_tree_options, bench_latency_options, bench_slots_options,
    bench_server_options;

int bench_tree(struct options *options, struct crux_error *error);
int bench_latency(struct options *options, struct crux_error *error);
int bench_limits(struct options *options, struct crux_error *error);
int bench_slots(struct options *options, struct crux_error *error);
int bench_served(struct options *options, struct crux_error *error);

#endif
