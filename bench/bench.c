/*
 * bench.c - `crux bench`: the table of benches, and the command that runs one of them.
 */
#include "bench/bench.h"

#include <string.h>

#include "io/cli/commands.h"

static const struct bench {
    const char *name;
    int (*run)(struct options *options, struct crux_error *error);
} benches[] = {
    {"tree", bench_tree},
    {"latency", bench_latency},
    {"limits", bench_limits},
    {"slots", bench_slots},
};

enum { BENCHES = sizeof benches / sizeof benches[0] };

/* Options that one bench alone has. */
static const struct own {
    const char *option, *bench;
} owns[] = {
    {"branching", "tree"},  {"runs", "tree"},    {"seeds", "latency"},
    {"latency", "latency"}, {"slots", "slots"},  {"mean-seconds", "slots"},
    {"calls", "slots"},     {"server", "slots"}, {"bare", "slots"},
};

static int check_owns(const struct options *options, const char *name, struct crux_error *error)
{
    for (size_t i = 0; i < sizeof owns / sizeof owns[0]; i++)
        if (strcmp(owns[i].bench, name) != 0 && options_given(options, owns[i].option))
            return crux_fail(error, CRUX_INVALID, "--%s is for crux bench %s, not for %s",
                             owns[i].option, owns[i].bench, name);
    return CRUX_OK;
}

static int bench_run(struct options *options, struct crux_error *error)
{
    const char *name = options->operands[0];

    for (size_t i = 0; i < BENCHES; i++)
        if (strcmp(benches[i].name, name) == 0)
            return check_owns(options, name, error) == CRUX_OK ? benches[i].run(options, error)
                                                               : CRUX_INVALID;
    return crux_fail(error, CRUX_INVALID,
                     "there is no bench '%.60s'; there are tree, latency, limits and slots", name);
}

const struct command bench_command = {
    .name = "bench",
    .bit = OPTIONS_BENCH,
    .operands = "tree|latency|limits|slots",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "measure the search itself",
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
        "When a bench finds its own check broken the exit status is 1. Numbers of two machines, "
        "or of one machine on two days, do not compare.",
    .examples = "crux bench tree\n"
                "crux bench tree --branching 8 --depth 24 --workers 1 --runs 7 --json\n"
                "crux bench latency --seeds 20\n"
                "crux bench latency --simulations 4000 --in-flight 256 --latency stragglers\n"
                "crux bench limits\n"
                "crux bench slots --slots 2000 --mean-seconds 1 --calls 250000",
    .exits = {EXIT_CHECK, EXIT_SOME_FAILED},
    .run = bench_run,
};
