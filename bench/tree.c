/*
 * tree.c - `crux bench tree`: how fast is the search itself?
 *
 * Question   How many simulations per second, how many bytes per node, with nothing to wait
 *            for, and what share of what this machine allows is that?
 * Workload   One problem, the hash tree: nameless children of equal prior, a value for
 *            every node, terminal at --depth; policy and critic answer at once. All workers
 *            share it; --group simulations per worker go down together.
 * Clock      search_ns of the tree: from the first descent to the last settle. Starting
 *            threads and the walk that checks are outside. All --runs are problems of one
 *            search: the first finds memory that the system has yet to clear, the others
 *            what the one before left.
 * Check      The walk over the whole tree finds no violation and the root has exactly as
 *            many visits as simulations were asked for, in every run; else the exit
 *            status is 1.
 * Output     A table, or with --json one object; the fastest of --runs, the simulations per
 *            second of the first, and the median of all. bytes_per_node is resident memory
 *            when the first tree is done, less that before it, by nodes evaluated. sims_per_s_limit
 *            is made of times that are measured after every run (limits.c).
 */
#include "bench/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/measure.h"
#include "io/cli/commands.h"
#include "io/cli/options/values.h"
#include "policies/crux_policies.h"

#define GROUP 16u /* simulations of a worker that go down together, unless said */

/* All runs: one search with the same problem again and again, as an engine meets them. */
struct series {
    struct crux_sink sink;
    struct crux_source source;
    struct crux_problem problem;
    const struct crux_setup *setup;
    uint32_t runs, begun, ended;
    int64_t resident_before;
    double *rates;
    struct bench_figures *out;
};

/* --- one run --------------------------------------------------------------------------- */

static int bench_tree_next_problem(struct crux_source *self, const struct crux_problem **out,
                                   struct crux_error *error)
{
    struct series *series = (struct series *)((char *)self - offsetof(struct series, source));

    (void)error;
    if (series->begun == series->runs)
        return CRUX_END;
    series->begun++;
    *out = &series->problem;
    return CRUX_OK;
}

static double rate_of(const struct crux_tree *tree)
{
    return tree->search_ns > 0 ? (double)tree->audit.root_visits / ((double)tree->search_ns / 1e9)
                               : 0.0;
}

static void bench_tree_keep(struct bench_figures *out, const struct crux_tree *tree)
{
    const struct crux_audit *audit = &tree->audit;
    uint64_t visits = audit->root_visits + (audit->root_visits == 0);

    out->sims_per_s = rate_of(tree);
    out->seconds = (double)tree->search_ns / 1e9;
    out->mean_depth = (double)audit->visits / (double)visits - 1.0;
    out->arena_bytes = tree->arena_bytes;
    out->audit = *audit;
}

/* Later trees use the memory of the first again. */
static void keep_first(struct bench_figures *out, const struct crux_tree *tree, int64_t resident)
{
    uint64_t nodes = tree->audit.evaluated + (tree->audit.evaluated == 0);

    out->sims_per_s_first = rate_of(tree);
    out->bytes_per_node = (double)resident / (double)nodes;
}

static int bench_tree_take_tree(struct crux_sink *self, const struct crux_tree *tree,
                                struct crux_error *error)
{
    struct series *series = (struct series *)self;
    struct bench_figures *out = series->out;

    if (series->ended == 0)
        keep_first(out, tree, bench_resident() - series->resident_before);
    series->rates[series->ended++] = rate_of(tree);
    out->sound &= bench_sound(&tree->audit, series->setup->simulations);
    if (rate_of(tree) > out->sims_per_s)
        bench_tree_keep(out, tree);
    return bench_costs_keep(&out->costs, series->setup, out->mean_depth, error);
}

/* --- a series of them -------------------------------------------------------------------- */

static int bench_tree_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int run_often(const struct crux_setup *setup, double *rates, uint32_t runs,
                     struct bench_figures *out, struct crux_error *error)
{
    struct crux_search *core = NULL;
    struct series series = {
        .sink = {bench_tree_take_tree},
        .source = {bench_tree_next_problem},
        .problem = {.id = "hash-tree", .prompt = ""},
        .setup = setup,
        .runs = runs,
        .rates = rates,
        .out = out,
    };
    int status = crux_open(&core, setup, error);

    *out = (struct bench_figures){.sound = true};
    series.resident_before = bench_resident();
    if (status == CRUX_OK)
        status = crux_run(core, &series.source, &series.sink, error);
    crux_close(core);
    if (status != CRUX_OK)
        return status;
    out->sound &= series.ended == runs;
    qsort(rates, runs, sizeof *rates, bench_tree_ascending);
    out->sims_per_s_median = (rates[(runs - 1) / 2] + rates[runs / 2]) / 2.0;
    return CRUX_OK;
}

int bench_search(const struct crux_setup *setup, uint32_t runs, struct bench_figures *out,
                 struct crux_error *error)
{
    struct crux_setup own = *setup;
    double *rates = calloc(runs, sizeof *rates);
    struct crux_policy *policy = NULL;
    char world[64];
    int status;

    if (rates == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u runs", runs);
    (void)snprintf(world, sizeof world, "synthetic:%u,%u,%" PRIu64, setup->children, setup->depth,
                   setup->seed);
    status = crux_policy_open(&policy, world, NULL, error);
    if (status == CRUX_OK)
        status = crux_synthetic_critic(&own.critics[CRUX_ROLE_VALUE],
                                       world + sizeof "synthetic:" - 1, error);
    own.policies[CRUX_STEP] = policy;
    if (status == CRUX_OK)
        status = run_often(&own, rates, runs, out, error);
    crux_critic_close(own.critics[CRUX_ROLE_VALUE]);
    crux_policy_close(policy);
    free(rates);
    return status;
}

/* --- output ------------------------------------------------------------------------------- */

static double bench_tree_share_of(const struct bench_figures *figures,
                                  const struct bench_limit *limit)
{
    return figures->sims_per_s / limit->sims_per_s;
}

static int bench_tree_print_json(const struct crux_setup *setup, uint32_t runs,
                                 const struct bench_figures *figures,
                                 const struct bench_limit *limit, struct crux_error *error)
{
    const struct crux_audit *audit = &figures->audit;
    struct json *row = json_new_object();

    json_put(row, "branching", json_of_integer(setup->children));
    json_put(row, "depth", json_of_integer(setup->depth));
    json_put(row, "exploration", json_of_real(setup->exploration));
    json_put(row, "simulations", json_of_integer(setup->simulations));
    json_put(row, "workers", json_of_integer(setup->workers));
    json_put(row, "per_tree", json_of_integer(setup->per_tree));
    json_put(row, "group", json_of_integer(setup->group));
    json_put_count(row, "seed", setup->seed);
    json_put(row, "runs", json_of_integer(runs));
    json_put(row, "seconds", json_of_real(figures->seconds));
    json_put(row, "sims_per_s", json_of_real(figures->sims_per_s));
    json_put(row, "sims_per_s_median", json_of_real(figures->sims_per_s_median));
    json_put(row, "sims_per_s_first", json_of_real(figures->sims_per_s_first));
    json_put(row, "sims_per_s_limit", json_of_real(limit->sims_per_s));
    json_put(row, "share_of_limit", json_of_real(bench_tree_share_of(figures, limit)));
    json_put(row, "bytes_per_node", json_of_real(figures->bytes_per_node));
    json_put(row, "mean_depth", json_of_real(figures->mean_depth));
    json_put_count(row, "arena_bytes", figures->arena_bytes);
    json_put_count(row, "root_visits", audit->root_visits);
    json_put_count(row, "evaluated", audit->evaluated);
    json_put_count(row, "in_flight_left", audit->in_flight_left);
    json_put(row, "selfcheck", json_of_bool(figures->sound));
    return bench_print(row, error);
}

static void bench_tree_print_table(const struct crux_setup *setup, uint32_t runs,
                                   const struct bench_figures *figures,
                                   const struct bench_limit *limit)
{
    (void)printf("branching %u, depth %u, exploration %g, simulations %u, workers %u, group %u\n",
                 setup->children, setup->depth, setup->exploration, setup->simulations,
                 setup->workers, setup->group);
    (void)printf("%-22s %.0f", "simulations a second", figures->sims_per_s);
    if (runs > 1)
        (void)printf(" (best of %u; median %.0f, first %.0f)", runs, figures->sims_per_s_median,
                     figures->sims_per_s_first);
    (void)printf("\n%-22s %.0f\n", "  this machine allows", limit->sims_per_s);
    (void)printf("%-22s %.1f %%\n", "  share of that", 100.0 * bench_tree_share_of(figures, limit));
    (void)printf("%-22s %.1f\n", "bytes a node", figures->bytes_per_node);
    (void)printf("%-22s %.2f\n", "mean depth", figures->mean_depth);
    (void)printf("%-22s %" PRIu64 "\n", "bytes in the arena", figures->arena_bytes);
    (void)printf("%-22s %" PRIu64 "\n", "nodes evaluated", figures->audit.evaluated);
    (void)printf("%-22s %" PRIu64 "\n", "root visits", figures->audit.root_visits);
    (void)printf("%-22s %" PRIu64 "\n", "left in flight", figures->audit.in_flight_left);
    (void)printf("%-22s %s\n", "self-check", figures->sound ? "passed" : "FAILED");
}

/* --- the way --------------------------------------------------------------------------------- */

/* Every worker in the one tree, each with a group of its own in flight. */
static struct crux_setup bench_tree_setup_of(const struct options *options)
{
    const struct bench_options *own = options->own;
    struct crux_setup setup = options->setup;

    if (!options_given(options, "group"))
        setup.group = GROUP;
    if (!options_given(options, "per-tree"))
        setup.per_tree = setup.group * setup.workers;
    setup.children = own->branching;
    setup.rollouts = 0;
    setup.lanes = setup.workers;
    setup.open_trees = 1;
    setup.summary_only = true;
    return setup;
}

static const struct options_topic tree_topic = {"tree", "what crux bench tree alone has"};

static const struct options_row tree_rows[] = {
    {"branching", "N", &values_count, OPTIONS_COMMAND, offsetof(struct bench_options, branching), 1,
     4096, NULL, true, "bench tree: the number of children of every node."},
    {"runs", "N", &values_count, OPTIONS_COMMAND, offsetof(struct bench_options, runs), 1, 1000,
     NULL, true, "bench tree: repeat N times; report the fastest run and the median."},
    {.name = NULL}};

const struct options_group bench_tree_options = {&tree_topic, OPTIONS_OWN, tree_rows};

int bench_tree(struct options *options, struct crux_error *error)
{
    const struct bench_options *own = options->own;
    struct crux_setup setup = bench_tree_setup_of(options);
    struct bench_figures figures;
    struct bench_machine machine;
    struct bench_limit limit;
    int status = bench_search(&setup, own->runs, &figures, error);

    if (status == CRUX_OK)
        status = bench_machine_brief(&machine, error);
    if (status != CRUX_OK)
        return status;
    limit = bench_limit(&setup, setup.workers, &figures, &machine);
    if (options->json)
        status = bench_tree_print_json(&setup, own->runs, &figures, &limit, error);
    else
        bench_tree_print_table(&setup, own->runs, &figures, &limit);
    return status == CRUX_OK && !figures.sound ? EXIT_CHECK : status;
}
