/*
 * limits.c - `crux bench limits`: what does this machine allow?
 *
 * Question   What do a load, an atomic, a line handed over and the search's own inner loop
 *            cost here, and how many simulations a second can they be made into?
 * Workload   Chains of dependent loads (machine.c); tree_select() and its neighbours on
 *            a tree in the nearest cache (bench_probe()); the ports of the hash tree; and one
 *            search of each workload, for its mean depth.
 * Clock      CLOCK_MONOTONIC around loops; each time the least of several repetitions.
 * Check      The searches pass their own check; every time is above 0, a load from far takes
 *            longer than one from near, and 16 chains less a load than one; else the
 *            exit status is 1.
 * Output     Every term with its unit, and the simulations a second for 1 and 2 workers:
 *
 *     t_sim = d (B/8 t_scan + 3 t_mark + t_level) + m t_mem + n t_block + t_evaluate
 *
 * d is the mean depth of the tree, m = d ln(bytes / cache) / ln(nodes) the levels that a
 * cache of one processor does not hold (a tree whose levels grow by a constant factor),
 * t_mem a line's load with 16 chains side by side, n new blocks a simulation. Workers
 * that share a tree are held by the root's line as well: it changes hands twice for
 * G simulations that go down together, G / (2 t_handover) in all.
 */
#include "bench/bench.h"

#include <math.h>
#include <stdio.h>

#include "io/cli/commands.h"

#define EVALUATIONS 20000u
#define REPEATS     10
#define DEPTH_MOST  1024u
#define GROUP       16u
#define RUNS        2 /* searches of each workload */

/* --- what a simulation is made of ------------------------------------------------------ */

static double time_evaluation(const struct crux_setup *setup, double depth)
{
    static const uint16_t choices[DEPTH_MOST];
    struct crux_port *policy = &setup->policies[CRUX_STEP]->port,
                     *critic = &setup->critics[CRUX_ROLE_VALUE]->port;
    struct crux_call call = {.state = {.choices = choices, .depth = (uint32_t)lround(depth)}};
    int64_t best = INT64_MAX;

    for (int i = 0; i < REPEATS; i++) {
        int64_t began = bench_now(), took;

        for (uint32_t j = 0; j < EVALUATIONS; j++) {
            call.count = 1;
            (void)policy->ask(policy, &call);
            (void)critic->ask(critic, &call);
        }
        took = bench_now() - began;
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

static struct crux_setup setup_of(const struct options *options, uint32_t branching, uint32_t depth)
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

static bool is_sound(const struct limits *all)
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

/* --- output --------------------------------------------------------------------------------------
 */

/* One figure: its key in JSON, what a reader is told, its unit, its value. */
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

static int print_json(const struct limits *all, struct crux_error *error)
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

static void print_table(const struct limits *all)
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
        all.setups[i] = setup_of(options, workloads[i].branching, workloads[i].depth);
        status = measure_workload(&all, i, error);
    }
    if (status != CRUX_OK)
        return status;
    all.sound = is_sound(&all);
    if (options->json)
        status = print_json(&all, error);
    else
        print_table(&all);
    return status == CRUX_OK && !all.sound ? EXIT_CHECK : status;
}
