/*
 * bench.h - what the benches of `crux bench` share.
 *
 * A bench is a row of the table in bench.c and a file NAME.c that opens with its question,
 * workload, clock, self-check and output. It prints its figures and answers
 * the exit status: EXIT_CHECK when its own check fails, so that a wrong figure is loud.
 *
 * Threads. A bench is run once, by main()'s thread; it may start threads and processes
 *          of its own and ends them before it returns.
 * Errors.  A negative enum crux_status and a sentence.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "bench/machine.h"
#include "bench/probe.h"
#include "bench/process.h"
#include "io/cli/options/options.h"
#include "io/json.h"

/* --- options (bench.c, and each bench's own beside it) ------------------------- */

/* The struct of options that only `crux bench` has: options->own. */
struct bench_options {
    uint32_t branching, runs; /* tree */
    uint32_t seeds;           /* latency ... */
    int latency;              /* ... enum bench_latency_law */
    char *server, *bare;      /* slots: programs, NULL: beside ours ... */
    uint32_t slots;           /* ... and what it measures */
    uint64_t calls;
    int64_t mean_ns;
};

extern const struct options_group bench_tree_options, bench_latency_options, bench_slots_options;

int bench_tree(struct options *options, struct crux_error *error);
int bench_latency(struct options *options, struct crux_error *error);
int bench_limits(struct options *options, struct crux_error *error);
int bench_slots(struct options *options, struct crux_error *error);

/* Print one line of JSON and free it. */
int bench_print(struct json *object, struct crux_error *error);

/* Memory of this process that is really there, in bytes. */
int64_t bench_resident(void);

int64_t bench_now(void);

/* Every simulation is accounted for and the walk over the tree found nothing wrong. */
bool bench_sound(const struct crux_audit *audit, uint64_t simulations);

/* --- the tree with nothing to wait for (tree.c) ------------------------------ */

/* What the work of a simulation is made of, in nanoseconds: the least that was seen. */
struct bench_costs {
    struct bench_probe core; /* the search's own inner loop */
    double evaluate;         /* policy and critic, once, at the mean depth */
};

/* The fastest of several searches of the hash tree. */
struct bench_figures {
    double sims_per_s, sims_per_s_median, sims_per_s_first; /* median: of all runs */
    double seconds, bytes_per_node, mean_depth;
    uint64_t arena_bytes;
    struct crux_audit audit;
    struct bench_costs costs; /* measured after every run */
    bool sound;               /* every run */
};

/* Of setup all but the ports counts; children is the branching of the world. */
int bench_search(const struct crux_setup *setup, uint32_t runs, struct bench_figures *out,
                 struct crux_error *error);

/* --- what the machine allows (limits.c) --------------------------------------- */

/* Measure once more and keep what is less; costs begin as zeros. setup has its ports. */
int bench_costs_keep(struct bench_costs *costs, const struct crux_setup *setup, double depth,
                     struct crux_error *error);

/* The terms of the formula, in nanoseconds unless said otherwise. */
struct bench_limit {
    double depth, tiles;                  /* levels a simulation; eights of children a level */
    double scan, mark, level;             /* of a level: a tile, a word, the rest */
    double cold_levels, memory;           /* levels out of the cache, and a line of one */
    double blocks, block;                 /* new blocks a simulation, and one of them */
    double evaluate;                      /* policy and critic */
    double simulation;                    /* all of it */
    double sims_per_s, sims_per_s_shared; /* the limit; what the root's line allows, 0: no limit */
};

/* For so many workers in the tree that was found to have these figures. */
struct bench_limit bench_limit(const struct crux_setup *setup, uint32_t workers,
                               const struct bench_figures *figures,
                               const struct bench_machine *machine);

#endif
