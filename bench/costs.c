/*
 * costs.c - the model of a simulation's time: its parts measured, and their sum.
 */
#include "bench/costs.h"

#include <math.h>

#include "io/clock.h"

#define EVALUATIONS 20000u
#define REPEATS     10
#define DEPTH_MOST  1024u

/* --- what a simulation is made of ------------------------------------------------------ */

static double time_evaluation(const struct crux_setup *setup, double depth)
{
    static const uint16_t choices[DEPTH_MOST];
    struct crux_port *policy = &setup->policies[CRUX_STEP]->port,
                     *critic = &setup->critics[CRUX_ROLE_VALUE]->port;
    struct crux_call call = {.state = {.choices = choices, .depth = (uint32_t)lround(depth)}};
    int64_t best = INT64_MAX;

    for (int i = 0; i < REPEATS; i++) {
        int64_t began = clock_now_ns(), took;

        for (uint32_t j = 0; j < EVALUATIONS; j++) {
            call.count = 1;
            (void)policy->ask(policy, &call);
            (void)critic->ask(critic, &call);
        }
        took = clock_now_ns() - began;
        best = took < best ? took : best;
    }
    return (double)best / EVALUATIONS;
}

static void keep_less(double *best, double took)
{
    if (*best <= 0.0 || took < *best)
        *best = took;
}

int bench_costs_keep(struct bench_costs *costs, const struct crux_setup *setup, double depth,
                     struct crux_error *error)
{
    struct bench_probe core;
    int status = bench_probe(&core, setup, error);

    if (status != CRUX_OK)
        return status;
    keep_less(&costs->core.scan_ns, core.scan_ns);
    keep_less(&costs->core.level_ns, core.level_ns);
    keep_less(&costs->core.mark_ns, core.mark_ns);
    keep_less(&costs->core.shared_mark_ns, core.shared_mark_ns);
    keep_less(&costs->core.block_ns, core.block_ns);
    keep_less(&costs->evaluate, time_evaluation(setup, depth));
    return CRUX_OK;
}

/* --- the formula ----------------------------------------------------------------------- */

static double cold_levels(const struct bench_figures *figures, const struct bench_machine *machine)
{
    double bytes = (double)figures->arena_bytes, cache = (double)machine->cache_bytes;

    if (bytes <= cache || figures->audit.evaluated < 2)
        return 0.0;
    return figures->mean_depth * log(bytes / cache) / log((double)figures->audit.evaluated);
}

struct bench_limit bench_limit(const struct crux_setup *setup, uint32_t workers,
                               const struct bench_figures *figures,
                               const struct bench_machine *machine)
{
    const struct bench_probe *core = &figures->costs.core;
    uint32_t tiles = (setup->children + 7) / 8;
    struct bench_limit limit = {
        .depth = figures->mean_depth,
        .tiles = tiles,
        .scan = core->scan_ns,
        .mark = workers > 1 ? core->shared_mark_ns : core->mark_ns,
        .level = core->level_ns,
        .cold_levels = cold_levels(figures, machine),
        .memory = machine->far_by_16_ns,
        .blocks = (double)figures->audit.blocks / (double)figures->audit.root_visits,
        .block = core->block_ns,
        .evaluate = figures->costs.evaluate,
    };

    limit.simulation = limit.depth * (limit.tiles * limit.scan + 3.0 * limit.mark + limit.level) +
                       limit.cold_levels * limit.memory + limit.blocks * limit.block +
                       limit.evaluate;
    limit.sims_per_s = workers * 1e9 / limit.simulation;
    if (workers > 1 && machine->handover_ns > 0.0) {
        limit.sims_per_s_shared = setup->group * 1e9 / (2.0 * machine->handover_ns);
        limit.sims_per_s = fmin(limit.sims_per_s, limit.sims_per_s_shared);
    }
    return limit;
}
