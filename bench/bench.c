/*
 * bench.c - `crux bench`: the table of benches, and the command that runs one of them.
 */
#include "bench/bench.h"

#include <string.h>

#include "io/cli/commands.h"
#include "io/cli/options/values.h"

enum { GROUPS = 6 };

static const struct options_group bench_calls_group;

static const struct bench {
    const char *name;
    int (*run)(struct options *options, struct crux_error *error);
    const struct options_group *groups[GROUPS]; /* options that not every bench has */
} benches[] = {
    {"tree", bench_tree, {&bench_tree_options}},
    {"latency", bench_latency, {&bench_latency_options}},
    {"limits", bench_limits, {NULL}},
    {"slots", bench_slots, {&bench_slots_options, &bench_calls_group}},
    {"server",
     bench_served,
     {&bench_server_options, &bench_calls_group, &table_server, &table_model, &table_prompt,
      &table_prices}},
};

enum { BENCHES = sizeof benches / sizeof benches[0] };

static bool bench_has(const struct bench *bench, const struct options_group *group)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (bench->groups[i] == group)
            return true;
    return false;
}

static int bench_check_group(const struct options *options, const struct bench *bench,
                             const struct options_group *group, const char *of,
                             struct crux_error *error)
{
    for (const struct options_row *row = group->rows; row->name != NULL; row++)
        if (options_given(options, row->name))
            return crux_fail(error, CRUX_INVALID, "--%s is for crux bench %s, not for %s",
                             row->name, of, bench->name);
    return CRUX_OK;
}

/* Options of another bench would be passed over silently. */
static int check_owns(const struct options *options, const struct bench *bench,
                      struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; i < BENCHES; i++)
        for (size_t j = 0; j < GROUPS && status == CRUX_OK; j++)
            if (benches[i].groups[j] != NULL && !bench_has(bench, benches[i].groups[j]))
                status =
                    bench_check_group(options, bench, benches[i].groups[j], benches[i].name, error);
    return status;
}

static int bench_run(struct options *options, struct crux_error *error)
{
    const char *name = options->operands[0];

    for (size_t i = 0; i < BENCHES; i++)
        if (strcmp(benches[i].name, name) == 0)
            return check_owns(options, &benches[i], error) == CRUX_OK
                       ? benches[i].run(options, error)
                       : CRUX_INVALID;
    return crux_fail(error, CRUX_INVALID,
                     "there is no bench '%.60s'; there are tree, latency, limits, slots and server",
                     name);
}

static const struct options_topic bench_topic = {"bench", "what more than one bench has"};

static const struct options_row bench_rows[] = {
    {"plain", "", &values_flag, OPTIONS_COMMAND, offsetof(struct options, setup.plain), 0, 0, NULL,
     false,
     "Score children in plain C, as on a machine without vectors for it; the trees are the same."},
    {.name = NULL}};

static const struct options_row bench_calls_rows[] = {
    {"calls", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct bench_options, calls), 1,
     100000000, NULL, true,
     "bench slots: open problems until N requests were asked for; 100,000 unless said otherwise. "
     "bench server: calls in all, 400 unless said otherwise; each number of calls in flight gets "
     "two rounds at least."},
    {.name = NULL}};

static const struct options_group bench_calls_group = {&bench_topic, OPTIONS_OWN, bench_calls_rows};

static const struct options_group bench_group = {&bench_topic, OPTIONS_SHARED, bench_rows};

static const struct options_group *const bench_groups[] = {&bench_tree_options,
                                                           &bench_latency_options,
                                                           &bench_slots_options,
                                                           &bench_server_options,
                                                           &bench_calls_group,
                                                           &bench_group,
                                                           &table_server,
                                                           &table_model,
                                                           &table_prompt,
                                                           &table_prices,
                                                           &table_tree,
                                                           &table_seed,
                                                           &table_speed,
                                                           &table_config,
                                                           &table_json,
                                                           &table_help,
                                                           NULL};

/* The head of the A-suite: every simulation evaluates a new node. */
static void bench_defaults(struct options *options)
{
    struct bench_options *own = options->own;

    own->branching = 32;
    own->runs = 1;
    own->seeds = 300;
    own->slots = 256;
    own->calls = 100000;
    own->mean_ns = 100000000;
    options->setup.depth = 16;
    options->setup.exploration = 8;
    options->setup.selection = CRUX_PUCT;
    options->setup.simulations = 1000000;
    options->setup.per_tree = 1;
    options->setup.calls = 0;
}

const struct command bench_command = {
    .name = "bench",
    .options = {OPTIONS_BENCH, bench_groups, sizeof(struct bench_options), bench_defaults},
    .operands = "tree|latency|limits|slots|server",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "measure the search itself, or a model server",
    .description =
        "tree: searches one synthetic tree whose policy and critic answer at once, with all "
        "workers in it, and prints simulations a second, the simulations a second that this "
        "machine's own times allow, resident bytes for each evaluated node, and the result of a "
        "walk over the whole tree. The clock runs from the first descent to the last settled "
        "simulation.\n"
        "latency: searches synthetic trees whose critic answers late, in virtual time, and prints "
        "how much of the sequential search's gain is kept with many calls in flight, how full the "
        "server's slots are, and what a call costs. Without options a suite of rows; with "
        "--simulations, --in-flight, --open-trees, --per-tree, --latency or --correction the one "
        "row that they describe. It has one worker.\n"
        "limits: measures this machine's memory, atomics and the search's own inner loop, and "
        "prints the simulations a second that they allow.\n"
        "slots: searches word problems with policy chat against a fake model server on loopback, "
        "and prints how full the server's slots were, by its own log, how many calls were made "
        "twice, and what a call costs in processor time and memory, against a bare loop over "
        "libcurl. Server and bare loop are programs that are built with crux's tests.\n"
        "server: asks a server of yours (--endpoint) as a search would, with 1, 2, 4, ... "
        "--in-flight calls at a time, and prints the tokens a second that it writes and reads, the "
        "share of prompts that it had in its cache, how long calls took, and the number of calls "
        "in flight from which on more bring nothing. It says what that costs and asks before it "
        "begins. Without --in-flight it goes up to twice the slots that the server tells, else to "
        "64. It ends when the server lets nothing through for a minute, or at Ctrl-C; rows that "
        "were measured before are printed.\n"
        "When a bench finds its own check broken the exit status is 1. Numbers of two machines, "
        "or of one machine on two days, do not compare.",
    .examples = "crux bench tree\n"
                "crux bench tree --branching 8 --depth 24 --workers 1 --runs 7 --json\n"
                "crux bench latency --seeds 20\n"
                "crux bench latency --simulations 4000 --in-flight 256 --latency stragglers\n"
                "crux bench limits\n"
                "crux bench slots --slots 2000 --mean-seconds 1 --calls 250000\n"
                "crux bench slots --planner --calls 50000\n"
                "crux bench server --endpoint http://127.0.0.1:8000/v1 --in-flight 64",
    .exits = {EXIT_CHECK, EXIT_SOME_FAILED},
    .run = bench_run,
};
