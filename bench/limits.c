/*
 * limits.c - `crux bench limits`: what does this machine allow?
 *
 * Question   What do a load, an atomic, a line handed over and the search's own inner loop
 *            cost here, and how many simulations per second can they be made into?
 * Workload   Chains of dependent loads (machine.c); tree_select() and its neighbours on
 *            a tree in the nearest cache (bench_probe()); the ports of the hash tree; and one
 *            search of each workload, for its mean depth.
 * Clock      io/clock.h around loops; each time the least of several repetitions.
 * Check      The searches pass their own check; every time is above 0, a load from far takes
 *            longer than one from near, and 16 chains less a load than one; else the
 *            exit status is 1.
 * Output     Every term with its unit, and the simulations per second for 1 and 2 workers:
 *
 *     t_sim = d (B/8 t_scan + 3 t_mark + t_level) + m t_mem + n t_block + t_evaluate
 *
 * d is the mean depth of the tree, m = d ln(bytes / cache) / ln(nodes) the levels that a
 * cache of one processor does not hold (a tree whose levels grow by a constant factor),
 * t_mem a line's load with 16 chains side by side, n new blocks per simulation. Workers
 * that share a tree are limited by the root's line as well: it changes hands twice for
 * G simulations that go down together, G / (2 t_handover) in all.
 */
#include "bench/bench.h"

#include "bench/costs.h"
#include "bench/machine.h"
#include "bench/measure.h"
#include "bench/tree.h"

#include <stdio.h>

#include "io/cli/commands.h"

#define GROUP 16u
#define RUNS  2 /* searches of each workload */

/* --- the workloads --------------------------------------------------------------------------- */

static const struct {
    uint32_t branching, depth;
} workloads[] = {{32, 16}, {8, 24}};

enum { WORKLOADS = sizeof workloads / sizeof workloads[0], WORKERS = 2 };

struct limits {
    struct bench_machine machine;
    struct crux_setup setups[WORKLOADS];
    struct bench_figures figures[WORKLOADS];
    struct bench_limit limits[WORKLOADS][WORKERS];
    bool sound;
};

static struct crux_setup bench_limits_setup_of(const struct options *options, uint32_t branching,
                                               uint32_t depth)
{
    struct crux_setup setup = options->setup;

    setup.children = branching;
    setup.depth = depth;
    setup.rollouts = 0;
    setup.workers = setup.lanes = 1;
    setup.group = setup.per_tree = GROUP;
    setup.open_trees = 1;
    setup.summary_only = true;
    return setup;
}

static int measure_workload(struct limits *all, size_t at, struct crux_error *error)
{
    int status = bench_search(&all->setups[at], RUNS, &all->figures[at], error);

    for (uint32_t i = 0; status == CRUX_OK && i < WORKERS; i++)
        all->limits[at][i] = bench_limit(&all->setups[at], i + 1, &all->figures[at], &all->machine);
    return status;
}

static bool bench_limits_is_sound(const struct limits *all)
{
    const struct bench_machine *machine = &all->machine;
    bool sound = machine->near_ns > 0 && machine->far_ns > machine->near_ns &&
                 machine->far_by_16_ns < machine->far_ns && machine->far_by_16_ns > 0 &&
                 machine->add_ns > 0 && machine->rmw_ns > 0;

    for (size_t i = 0; i < WORKLOADS; i++) {
        const struct bench_costs *costs = &all->figures[i].costs;

        sound &= all->figures[i].sound && costs->core.scan_ns > 0 && costs->core.level_ns > 0 &&
                 costs->core.mark_ns > 0 && costs->core.shared_mark_ns > 0 &&
                 costs->core.block_ns > 0 && costs->evaluate > 0;
    }
    return sound;
}

/* --- output ---------------------------------------------------------------------------------- */

/* One figure: its key in JSON, the words for a reader, its unit, its value. */
struct figure {
    const char *key, *text, *unit;
    double value;
};

enum { MACHINE_FIGURES = 9, LIMIT_FIGURES = 13 };

static void figures_of_machine(const struct bench_machine *machine,
                               struct figure out[MACHINE_FIGURES])
{
    const struct figure figures[MACHINE_FIGURES] = {
        {"load_near_ns", "dependent load, 512 KiB", "ns", machine->near_ns},
        {"load_middle_ns", "dependent load, 8 MiB", "ns", machine->middle_ns},
        {"load_far_ns", "dependent load, far", "ns", machine->far_ns},
        {"load_far_by_8_ns", "  8 chains side by side, a load", "ns", machine->far_by_8_ns},
        {"load_far_by_16_ns", "  16 chains side by side, a load", "ns", machine->far_by_16_ns},
        {"add_ns", "plain add in memory", "ns", machine->add_ns},
        {"fetch_add_ns", "fetch_add, uncontended", "ns", machine->rmw_ns},
        {"handover_ns", "line handed over, one way", "ns", machine->handover_ns},
        {"far_mib", "far is this much memory", "MiB", (double)(machine->far_bytes >> 20)},
    };

    for (int i = 0; i < MACHINE_FIGURES; i++)
        out[i] = figures[i];
}

static void figures_of_limit(const struct bench_limit *limit, struct figure out[LIMIT_FIGURES])
{
    const struct figure figures[LIMIT_FIGURES] = {
        {"mean_depth", "d        levels a simulation", "", limit->depth},
        {"tiles", "B/8      eights of children a level", "", limit->tiles},
        {"scan_ns", "t_scan   eight children", "ns", limit->scan},
        {"mark_ns", "t_mark   one change of a node's word", "ns", limit->mark},
        {"level_ns", "t_level  a level besides", "ns", limit->level},
        {"cold_levels", "m        levels out of the cache", "", limit->cold_levels},
        {"memory_ns", "t_mem    a line of one of them", "ns", limit->memory},
        {"blocks", "n        new blocks a simulation", "", limit->blocks},
        {"block_ns", "t_block  a new block", "ns", limit->block},
        {"evaluate_ns", "t_evaluate  policy and critic", "ns", limit->evaluate},
        {"simulation_ns", "t_sim    all of it", "ns", limit->simulation},
        {"sims_per_s_shared", "the root's line allows", "/s", limit->sims_per_s_shared},
        {"sims_per_s_limit", "limit", "/s", limit->sims_per_s},
    };

    for (int i = 0; i < LIMIT_FIGURES; i++)
        out[i] = figures[i];
}

static struct json *json_of_limit(const struct limits *all, size_t workload, uint32_t workers)
{
    struct figure figures[LIMIT_FIGURES];
    struct json *out = json_new_object();

    json_put(out, "branching", json_of_integer(all->setups[workload].children));
    json_put(out, "depth", json_of_integer(all->setups[workload].depth));
    json_put(out, "simulations", json_of_integer(all->setups[workload].simulations));
    json_put(out, "workers", json_of_integer(workers));
    json_put(out, "group", json_of_integer(all->setups[workload].group));
    figures_of_limit(&all->limits[workload][workers - 1], figures);
    for (int i = 0; i < LIMIT_FIGURES; i++)
        json_put(out, figures[i].key, json_of_real(figures[i].value));
    return out;
}

static int bench_limits_print_json(const struct limits *all, struct crux_error *error)
{
    struct json *out = json_new_object(), *rows = json_new_array();
    struct figure figures[MACHINE_FIGURES];

    figures_of_machine(&all->machine, figures);
    for (int i = 0; i < MACHINE_FIGURES; i++)
        json_put(out, figures[i].key, json_of_real(figures[i].value));
    for (size_t i = 0; i < WORKLOADS; i++)
        for (uint32_t workers = 1; workers <= WORKERS; workers++)
            json_add(rows, json_of_limit(all, i, workers));
    json_put(out, "rows", rows);
    json_put(out, "selfcheck", json_of_bool(all->sound));
    return bench_print(out, error);
}

static void print_workload(const struct limits *all, size_t at)
{
    struct figure one[LIMIT_FIGURES], two[LIMIT_FIGURES];

    (void)printf("\nbranching %u, depth %u, %u simulations; 1 worker, 2 workers\n",
                 all->setups[at].children, all->setups[at].depth, all->setups[at].simulations);
    figures_of_limit(&all->limits[at][0], one);
    figures_of_limit(&all->limits[at][1], two);
    for (int i = 0; i < LIMIT_FIGURES; i++) {
        int digits = one[i].unit[0] == '/' ? 0 : 2;

        (void)printf("  %-38s %12.*f %12.*f %s\n", one[i].text, digits, one[i].value, digits,
                     two[i].value, one[i].unit);
    }
}

static void bench_limits_print_table(const struct limits *all)
{
    struct figure figures[MACHINE_FIGURES];

    figures_of_machine(&all->machine, figures);
    for (int i = 0; i < MACHINE_FIGURES; i++)
        (void)printf("%-40s %12.2f %s\n", figures[i].text, figures[i].value, figures[i].unit);
    for (size_t i = 0; i < WORKLOADS; i++)
        print_workload(all, i);
    (void)printf("\n%-40s %s\n", "self-check", all->sound ? "passed" : "FAILED");
}

int bench_limits(struct options *options, struct crux_error *error)
{
    struct limits all;
    int status = bench_machine_whole(&all.machine, error);

    for (size_t i = 0; status == CRUX_OK && i < WORKLOADS; i++) {
        all.setups[i] = bench_limits_setup_of(options, workloads[i].branching, workloads[i].depth);
        status = measure_workload(&all, i, error);
    }
    if (status != CRUX_OK)
        return status;
    all.sound = bench_limits_is_sound(&all);
    if (options->json)
        status = bench_limits_print_json(&all, error);
    else
        bench_limits_print_table(&all);
    return status == CRUX_OK && !all.sound ? EXIT_CHECK : status;
}
