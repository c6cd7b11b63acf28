/*
 * bench.h - the benches of `crux bench`, one function each.
 *
 * A bench is a row of the table in bench.c and a file NAME.c that opens with its
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

int bench_tree(struct options *options, struct crux_error *error);
int bench_latency(struct options *options, struct crux_error *error);
int bench_limits(struct options *options, struct crux_error *error);
int bench_slots(struct options *options, struct crux_error *error);

#endif
