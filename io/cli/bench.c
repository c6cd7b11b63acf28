/*
 * bench.c - `crux bench tree`: how fast is the search itself?
 *
 * Question   How many simulations a second, how many bytes a node, with nothing to wait
 *            for?
 * Workload   One problem, the hash tree: nameless children of equal prior, a value for
 *            every node, terminal at --depth; policy and critic answer at once.
 * Clock      search_ns of the tree: from the first descent to the last settle. Starting
 *            threads and the walk that checks are outside.
 * Check      The walk over the whole tree finds no violation and the root has exactly as
 *            many visits as simulations were asked for; else the exit status is 1.
 * Output     A table, or with --json one object. bytes_per_node is resident memory when
 *            the tree is done, less that before it, by nodes evaluated.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "critics/crux_critics.h"
#include "io/json.h"
#include "policies/crux_policies.h"

struct bench {
    struct crux_sink sink;
    struct crux_source source;
    struct crux_problem problem;
    bool handed_out;
    struct crux_policy *policy;
    struct crux_critic *critic;
    struct crux_search *search;
    int64_t resident_before, resident_after;
    /* of the tree */
    int64_t search_ns;
    uint64_t arena_bytes;
    struct crux_audit audit;
};

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long total = 0, resident = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld %lld", &total, &resident) != 2)
        resident = 0;
    (void)fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static int next_problem(struct crux_source *self, const struct crux_problem **out,
                        struct crux_error *error)
{
    struct bench *bench = (struct bench *)((char *)self - offsetof(struct bench, source));

    (void)error;
    if (bench->handed_out)
        return CRUX_END;
    bench->handed_out = true;
    *out = &bench->problem;
    return CRUX_OK;
}

static int take_tree(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct bench *bench = (struct bench *)self;

    (void)error;
    bench->resident_after = resident_bytes();
    bench->search_ns = tree->search_ns;
    bench->arena_bytes = tree->arena_bytes;
    bench->audit = tree->audit;
    return CRUX_OK;
}

/* --- figures ------------------------------------------------------------------------- */

static bool is_sound(const struct bench *bench, const struct options *options)
{
    const struct crux_audit *audit = &bench->audit;

    return audit->root_visits == options->setup.simulations && audit->in_flight_left == 0 &&
           audit->claims_left == 0 && audit->visit_errors == 0 && audit->sum_errors == 0;
}

static double sims_per_s(const struct bench *bench)
{
    return bench->search_ns <= 0
               ? 0
               : (double)bench->audit.root_visits / ((double)bench->search_ns / 1e9);
}

static double bytes_per_node(const struct bench *bench)
{
    uint64_t nodes = bench->audit.evaluated + (bench->audit.evaluated == 0);

    return (double)(bench->resident_after - bench->resident_before) / (double)nodes;
}

static int print_json(const struct bench *bench, const struct options *options,
                      struct crux_error *error)
{
    const struct crux_setup *setup = &options->setup;
    struct json *row = json_new_object();
    char *text;

    json_put(row, "branching", json_of_integer(options->branching));
    json_put(row, "depth", json_of_integer(setup->depth));
    json_put(row, "exploration", json_of_real(setup->exploration));
    json_put(row, "simulations", json_of_integer(setup->simulations));
    json_put(row, "workers", json_of_integer(setup->workers));
    json_put(row, "per_tree", json_of_integer(setup->per_tree));
    json_put(row, "seed", json_of_integer((int64_t)setup->seed));
    json_put(row, "seconds", json_of_real((double)bench->search_ns / 1e9));
    json_put(row, "sims_per_s", json_of_real(sims_per_s(bench)));
    json_put(row, "bytes_per_node", json_of_real(bytes_per_node(bench)));
    json_put(row, "arena_bytes", json_of_integer((int64_t)bench->arena_bytes));
    json_put(row, "root_visits", json_of_integer((int64_t)bench->audit.root_visits));
    json_put(row, "evaluated", json_of_integer((int64_t)bench->audit.evaluated));
    json_put(row, "in_flight_left", json_of_integer((int64_t)bench->audit.in_flight_left));
    json_put(row, "selfcheck", json_of_bool(is_sound(bench, options)));
    text = json_text(row, false);
    json_free(row);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to tell the result");
    (void)puts(text);
    free(text);
    return CRUX_OK;
}

static void print_table(const struct bench *bench, const struct options *options)
{
    const struct crux_setup *setup = &options->setup;

    (void)printf("branching %u, depth %u, exploration %g, simulations %u, workers %u\n",
                 options->branching, setup->depth, setup->exploration, setup->simulations,
                 setup->workers);
    (void)printf("%-22s %.0f\n", "simulations a second", sims_per_s(bench));
    (void)printf("%-22s %.1f\n", "bytes a node", bytes_per_node(bench));
    (void)printf("%-22s %" PRIu64 "\n", "bytes in the arena", bench->arena_bytes);
    (void)printf("%-22s %" PRIu64 "\n", "nodes evaluated", bench->audit.evaluated);
    (void)printf("%-22s %" PRIu64 "\n", "root visits", bench->audit.root_visits);
    (void)printf("%-22s %" PRIu64 "\n", "left in flight", bench->audit.in_flight_left);
    (void)printf("%-22s %s\n", "self-check", is_sound(bench, options) ? "passed" : "FAILED");
}

/* --- the way -------------------------------------------------------------------------- */

/* Every worker in the one tree. */
static struct crux_setup setup_of(const struct bench *bench, const struct options *options)
{
    struct crux_setup setup = options->setup;

    setup.policies[CRUX_STEP] = bench->policy;
    setup.value = bench->critic;
    setup.children = options->branching;
    setup.rollouts = 0;
    setup.lanes = setup.workers;
    setup.open_trees = 1;
    setup.summary_only = true;
    return setup;
}

static int open_all(struct bench *bench, const struct options *options, struct crux_error *error)
{
    struct crux_setup setup;
    char world[96];
    int status;

    (void)snprintf(world, sizeof world, "synthetic:%u,%u,%" PRIu64, options->branching,
                   options->setup.depth, options->setup.seed);
    status = crux_policy_open(&bench->policy, world, error);
    if (status == CRUX_OK)
        status = crux_synthetic_critic(&bench->critic, strchr(world, ':') + 1, error);
    if (status != CRUX_OK)
        return status;
    setup = setup_of(bench, options);
    return crux_open(&bench->search, &setup, error);
}

static int measure(struct bench *bench, struct options *options, struct crux_error *error)
{
    int status;

    bench->resident_before = resident_bytes();
    status = crux_run(bench->search, &bench->source, &bench->sink, error);
    if (status != CRUX_OK)
        return status;
    if (options->json)
        status = print_json(bench, options, error);
    else
        print_table(bench, options);
    return status == CRUX_OK && !is_sound(bench, options) ? EXIT_CHECK : status;
}

static int bench_run(struct options *options, struct crux_error *error)
{
    struct bench bench = {
        .sink = {take_tree},
        .source = {next_problem},
        .problem = {.id = "hash-tree", .prompt = ""},
    };
    int status;

    if (strcmp(options->operands[0], "tree") != 0)
        return crux_fail(error, CRUX_INVALID, "there is no bench '%.60s'; there is tree",
                         options->operands[0]);
    status = open_all(&bench, options, error);
    if (status == CRUX_OK)
        status = measure(&bench, options, error);
    crux_close(bench.search);
    crux_critic_close(bench.critic);
    crux_policy_close(bench.policy);
    return status;
}

const struct command bench_command = {
    .name = "bench",
    .bit = OPTIONS_BENCH,
    .operands = "tree",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "measure the search itself",
    .description =
        "Searches one synthetic tree whose policy and critic answer at once, with all workers in "
        "it, and prints simulations a second, resident bytes for each evaluated node, and the "
        "result of a walk over the whole tree. When the walk finds anything wrong the exit status "
        "is 1.\n"
        "The clock runs from the first descent to the last settled simulation. Numbers of two "
        "machines, or of one machine on two days, do not compare.",
    .examples = "crux bench tree\n"
                "crux bench tree --branching 8 --depth 24 --workers 1 --json",
    .exits = {EXIT_CHECK},
    .run = bench_run,
};
