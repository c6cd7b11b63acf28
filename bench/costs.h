/*
 * costs.h - the model of a simulation's time: what its parts cost here, and how many simulations
 * per second they allow.
 *
 *     t_sim = d (B/8 t_scan + 3 t_mark + t_level) + m t_mem + n t_block + t_evaluate
 *
 * The terms are explained in limits.c, which prints them; tree.c holds a search against the sum.
 *
 * Values. Drive it from one thread; bench_costs_keep() asks the setup's ports.
 */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include "bench/machine.h"
#include "bench/probe.h"
#include "search/crux.h"

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

/* Measure once more and keep what is less; costs begin as zeros. setup has its ports. */
int bench_costs_keep(struct bench_costs *costs, const struct crux_setup *setup, double depth,
                     struct crux_error *error);

/* The terms of the formula, in nanoseconds unless said otherwise. */
struct bench_limit {
    double depth, tiles;                  /* levels per simulation; eights of children per level */
    double scan, mark, level;             /* of a level: a tile, a word, the rest */
    double cold_levels, memory;           /* levels out of the cache, and a line of one */
    double blocks, block;                 /* new blocks per simulation, and one of them */
    double evaluate;                      /* policy and critic */
    double simulation;                    /* all of it */
    double sims_per_s, sims_per_s_shared; /* the limit; what the root's line allows, 0: no limit */
};

/* For this number of workers in the tree that was found to have these figures. */
struct bench_limit bench_limit(const struct crux_setup *setup, uint32_t workers,
                               const struct bench_figures *figures,
                               const struct bench_machine *machine);

#endif
