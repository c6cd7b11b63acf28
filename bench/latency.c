/*
 * latency.c - `crux bench latency`: what do many slow calls in flight cost?
 *
 * Question   How much of the sequential search's gain is kept with K calls in flight, how
 *            full are the server's slots, and what does a call cost the processor?
 * Workload   Hash trees, B = 8, D = 12, a tree per problem; the value critic answers the truth
 *            with uniform noise, NOISE wide, after a latency of mean one second: constant,
 *            log-normal (sigma 0.6), or log-normal with 1 % stragglers of 10x. N
 *            simulations per tree; each that meets a new node makes one call. PUCT with
 *            C = EXPLORATION.
 * Clock      Latency is virtual (server.h): time jumps to the next due call when the
 *            one worker has nothing to do. cpu_us_per_call is getrusage() over the
 *            run, of a process of its own, by calls; the virtual server's own heap
 *            and hashes are in it.
 * Check      No node is asked about twice; calls are exactly the nodes that the walk over each
 *            tree finds evaluated; root visits are N; the walk finds nothing wrong. Else
 *            the exit status is 1.
 * Output     A row per shape. gain_kept is the sum of PV - 0.5 over the seeds by that of the
 *            sequential search with the same N on the same trees, with its 95 % interval
 *            (bootstrap over seeds, Efron 1979); PV is the true value of the node at the end of
 *            the path with most visits, 0.5 is what a random path has.
 *            bytes_per_in_flight is resident memory when all slots were first busy, less
 *            that of as many trees with one call each, by the slots more.
 */
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/measure.h"
#include "bench/process.h"
#include "bench/server.h"
#include "io/cli/commands.h"
#include "io/cli/options/values.h"
#include "policies/crux_policies.h"

#define BRANCHING    8
#define DEPTH        12
#define NOISE        0.3
#define EXPLORATION  1.0
#define RESAMPLES    2000
#define PER_TREE     8 /* of trees that are open together, unless said */
#define OPENED_LEAST 4 /* problems for each that is open at a time */

static const char *const corrections[] = {"unobserved", "virtual-loss"};
static const char *const laws[] = {"constant", "lognormal", "stragglers"};

/* What is run. */
struct shape {
    uint32_t calls, in_flight, trees, per_tree, seeds;
    enum crux_correction correction;
    enum bench_latency_law law;
};

/* Seeds are as the option has it. */
static const struct shape suite[] = {
    {1000, 32, 1, 32, 0, CRUX_UNOBSERVED, BENCH_CONSTANT},
    {1000, 128, 1, 128, 0, CRUX_UNOBSERVED, BENCH_CONSTANT},
    {4000, 128, 1, 128, 0, CRUX_UNOBSERVED, BENCH_CONSTANT},
    {1000, 32, 1, 32, 0, CRUX_UNOBSERVED, BENCH_LOGNORMAL},
    {1000, 128, 1, 128, 0, CRUX_UNOBSERVED, BENCH_LOGNORMAL},
    {4000, 128, 1, 128, 0, CRUX_UNOBSERVED, BENCH_LOGNORMAL},
    {1000, 32, 1, 32, 0, CRUX_VIRTUAL_LOSS, BENCH_CONSTANT},
    {1000, 128, 1, 128, 0, CRUX_VIRTUAL_LOSS, BENCH_CONSTANT},
    {4000, 128, 1, 128, 0, CRUX_VIRTUAL_LOSS, BENCH_CONSTANT},
    {1000, 256, 64, 8, 0, CRUX_UNOBSERVED, BENCH_STRAGGLERS},
    {1000, 1000, 125, 8, 0, CRUX_UNOBSERVED, BENCH_LOGNORMAL},
};

enum { SUITE = sizeof suite / sizeof suite[0] };

/* What came of it; in memory that we share with the child that ran it. */
struct found {
    uint64_t calls, duplicates, evaluated, collisions;
    uint32_t seeds, trees, unsound; /* seeds: problems that there is room for */
    double fill, cpu_us;
    int64_t resident;
    double pv[]; /* by problem */
};

/* One run of one shape. */
struct run {
    struct crux_source source;
    struct crux_sink sink;
    struct shape shape;
    bool base; /* one call per tree, for as many problems as are open at a time */
    struct bench_world world;
    const struct crux_setup *setup; /* as the options have it */
    struct bench_server *server;
    struct crux_policy *policy;
    struct crux_problem *problems;
    char (*ids)[16];
    uint32_t opened;
    struct found *found;
};

/* --- one run --------------------------------------------------------------------------- */

static int bench_latency_next_problem(struct crux_source *self, const struct crux_problem **out,
                                      struct crux_error *error)
{
    struct run *run = (struct run *)self;

    (void)error;
    if (run->opened == (run->base ? run->shape.trees : run->shape.seeds))
        return CRUX_END;
    bench_server_opens(run->server);
    *out = &run->problems[run->opened++];
    return CRUX_OK;
}

static int bench_latency_take_tree(struct crux_sink *self, const struct crux_tree *tree,
                                   struct crux_error *error)
{
    struct run *run = (struct run *)((char *)self - offsetof(struct run, sink));
    struct found *found = run->found;

    (void)error;
    found->trees++;
    found->evaluated += tree->audit.evaluated;
    found->collisions += tree->collisions;
    found->unsound += !bench_sound(&tree->audit, run->shape.calls);
    found->pv[tree->problem->ordinal] =
        bench_server_truth(&run->world, tree->problem->ordinal, tree->best, tree->best_depth);
    return CRUX_OK;
}

static int bench_latency_make_problems(struct run *run, struct crux_error *error)
{
    run->problems = calloc(run->shape.seeds, sizeof *run->problems);
    run->ids = calloc(run->shape.seeds, sizeof *run->ids);
    if (run->problems == NULL || run->ids == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u problems", run->shape.seeds);
    for (uint32_t i = 0; i < run->shape.seeds; i++) {
        (void)snprintf(run->ids[i], sizeof run->ids[i], "tree-%u", i);
        run->problems[i] = (struct crux_problem){.id = run->ids[i], .prompt = "", .ordinal = i};
    }
    return CRUX_OK;
}

static struct crux_setup bench_latency_setup_of(const struct run *run)
{
    struct crux_setup setup = *run->setup;

    setup.policies[CRUX_STEP] = run->policy;
    setup.critics[CRUX_ROLE_VALUE] = bench_server_critic(run->server);
    setup.clock = bench_server_clock(run->server);
    setup.correction = run->shape.correction;
    setup.simulations = run->shape.calls;
    setup.children = BRANCHING;
    setup.rollouts = 0;
    setup.depth = DEPTH;
    setup.workers = 1;
    setup.in_flight = run->world.slots;
    setup.per_tree = run->base ? 1 : run->shape.per_tree;
    setup.open_trees = run->shape.trees;
    setup.summary_only = true;
    return setup;
}

static int open_ports(struct run *run, struct crux_error *error)
{
    char world[64];
    int status;

    (void)snprintf(world, sizeof world, "synthetic:%d,%d", BRANCHING, DEPTH);
    status = crux_policy_open(&run->policy, world, NULL, error);
    if (status == CRUX_OK)
        status = bench_server_open(&run->server, &run->world, error);
    return status == CRUX_OK ? bench_latency_make_problems(run, error) : status;
}

static double bench_latency_cpu_us(void)
{
    struct rusage used;

    if (getrusage(RUSAGE_SELF, &used) != 0)
        return 0.0;
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void note_counts(struct run *run, int64_t resident_before)
{
    struct bench_server_counts counts = bench_server_counts(run->server);
    struct found *found = run->found;

    found->calls = counts.calls;
    found->duplicates = counts.duplicates;
    found->fill = bench_server_fill(run->server);
    if (counts.full_resident > 0)
        found->resident = counts.full_resident - resident_before;
}

/* In the child. */
static int run_shape(void *context, struct crux_error *error)
{
    struct run *run = context;
    struct crux_search *search = NULL;
    struct crux_setup setup;
    int64_t resident;
    int status = open_ports(run, error);

    if (status != CRUX_OK)
        goto done;
    setup = bench_latency_setup_of(run);
    resident = bench_resident();
    status = crux_open(&search, &setup, error);
    if (status != CRUX_OK)
        goto done;
    run->found->cpu_us = -bench_latency_cpu_us();
    status = crux_run(search, &run->source, &run->sink, error);
    run->found->cpu_us += bench_latency_cpu_us();
    note_counts(run, resident);
done:
    crux_close(search);
    bench_server_close(run->server);
    crux_policy_close(run->policy);
    free(run->problems);
    free(run->ids);
    return status;
}

/* --- what it means ---------------------------------------------------------------------- */

struct row {
    struct shape shape;
    struct found *found;
    double bytes; /* for one more in flight */
    double pv, pv_sequential;
    double gain, gain_low, gain_high;
    bool sound;
};

static double bench_latency_mean_of(const double *values, uint32_t count)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static uint64_t bench_latency_next_random(uint64_t *state) /* xorshift64* (Vigna 2016) */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

/* The gain kept by seeds drawn with replacement. */
static double resampled(const double *pv, const double *sequential, uint32_t count,
                        uint64_t *random)
{
    double kept = 0.0, whole = 0.0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)((bench_latency_next_random(random) >> 32) * count >> 32);

        kept += pv[at] - 0.5;
        whole += sequential[at] - 0.5;
    }
    return kept / whole;
}

static int bench_latency_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void bench_latency_compare(struct row *row, const double *sequential)
{
    uint32_t count = row->shape.seeds;
    uint64_t random = 0x9E3779B97F4A7C15u;
    double gains[RESAMPLES];

    row->pv = bench_latency_mean_of(row->found->pv, count);
    row->pv_sequential = bench_latency_mean_of(sequential, count);
    row->gain = (row->pv - 0.5) / (row->pv_sequential - 0.5);
    for (int i = 0; i < RESAMPLES; i++)
        gains[i] = resampled(row->found->pv, sequential, count, &random);
    qsort(gains, RESAMPLES, sizeof gains[0], bench_latency_ascending);
    row->gain_low = gains[RESAMPLES * 25 / 1000];
    row->gain_high = gains[RESAMPLES * 975 / 1000];
}

static bool bench_latency_is_sound(const struct shape *shape, const struct found *found)
{
    return found->duplicates == 0 && found->calls == found->evaluated && found->unsound == 0 &&
           found->trees == shape->seeds;
}

/* --- all rows ----------------------------------------------------------------------------- */

struct suite {
    struct shape shapes[SUITE];
    uint32_t count;
    struct crux_setup setup;
    struct row rows[SUITE];
    struct found *sequential[SUITE]; /* by the first row that has the same calls */
};

static size_t size_of(uint32_t seeds)
{
    return sizeof(struct found) + seeds * sizeof(double);
}

static struct found *open_found(uint32_t seeds)
{
    struct found *found = bench_shared(size_of(seeds));

    if (found != NULL)
        found->seeds = seeds;
    return found;
}

static void close_found(struct found *found)
{
    if (found != NULL)
        bench_unshare(found, size_of(found->seeds));
}

static int bench_latency_measure(const struct suite *all, const struct shape *shape, bool base,
                                 struct found **out, struct crux_error *error)
{
    struct run run = {
        .source = {bench_latency_next_problem},
        .sink = {bench_latency_take_tree},
        .shape = *shape,
        .base = base,
        .world = {.depth = DEPTH,
                  .noise = NOISE,
                  .seed = all->setup.seed,
                  .law = shape->law,
                  .slots = base ? shape->trees : shape->in_flight,
                  .room = shape->in_flight,
                  .calls_most = (uint64_t)shape->calls * shape->seeds,
                  .one_by_one = shape->trees == 1},
        .setup = &all->setup,
    };

    run.found = open_found(shape->seeds);
    if (run.found == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the figures of %u seeds", shape->seeds);
    *out = run.found;
    return bench_apart(run_shape, &run, error);
}

/* The same calls one at a time, on as many trees as any row needs. */
static int measure_sequential(struct suite *all, uint32_t at, struct crux_error *error)
{
    struct shape shape = all->shapes[at];
    struct found *found = NULL;
    int status;

    for (uint32_t i = 0; i < at; i++)
        if (all->shapes[i].calls == shape.calls) {
            all->sequential[at] = all->sequential[i];
            return CRUX_OK;
        }
    for (uint32_t i = at + 1; i < all->count; i++)
        if (all->shapes[i].calls == shape.calls && all->shapes[i].seeds > shape.seeds)
            shape.seeds = all->shapes[i].seeds;
    shape.in_flight = shape.per_tree = shape.trees = 1;
    shape.correction = CRUX_UNOBSERVED;
    status = bench_latency_measure(all, &shape, false, &found, error);
    all->sequential[at] = found;
    if (status == CRUX_OK && !bench_latency_is_sound(&shape, found))
        return crux_fail(error, CRUX_FAILED, "the sequential search failed its check");
    return status;
}

/* Memory for one more in flight: the same trees hold one call each, and all of theirs. */
static int measure_memory(struct suite *all, struct row *row, struct crux_error *error)
{
    const struct shape *shape = &row->shape;
    struct found *base = NULL;
    int status;

    if (shape->in_flight <= shape->trees || shape->seeds < shape->trees ||
        row->found->resident == 0)
        return CRUX_OK;
    status = bench_latency_measure(all, shape, true, &base, error);
    if (status == CRUX_OK)
        row->bytes =
            (double)(row->found->resident - base->resident) / (shape->in_flight - shape->trees);
    close_found(base);
    return status;
}

static int measure_row(struct suite *all, uint32_t at, struct crux_error *error)
{
    struct row *row = &all->rows[at];
    struct found *found = NULL;
    int status = measure_sequential(all, at, error);

    if (status != CRUX_OK)
        return status;
    row->shape = all->shapes[at];
    status = bench_latency_measure(all, &row->shape, false, &found, error);
    row->found = found;
    if (status != CRUX_OK)
        return status;
    row->sound = bench_latency_is_sound(&row->shape, found);
    bench_latency_compare(row, all->sequential[at]->pv);
    return measure_memory(all, row, error);
}

static void close_suite(struct suite *all)
{
    for (uint32_t i = 0; i < all->count; i++) {
        bool first = true;

        close_found(all->rows[i].found);
        for (uint32_t j = 0; j < i; j++)
            first &= all->sequential[j] != all->sequential[i];
        if (first)
            close_found(all->sequential[i]);
    }
}

/* --- output --------------------------------------------------------------------------------- */

static double by_calls(const struct row *row, double figure)
{
    return row->found->calls > 0 ? figure / (double)row->found->calls : 0.0;
}

static struct json *json_of_row(const struct row *row)
{
    const struct shape *shape = &row->shape;
    struct json *out = json_new_object();

    json_put(out, "calls", json_of_integer(shape->calls));
    json_put(out, "in_flight", json_of_integer(shape->in_flight));
    json_put(out, "trees", json_of_integer(shape->trees));
    json_put(out, "per_tree", json_of_integer(shape->per_tree));
    json_put(out, "correction", json_of_string(corrections[shape->correction]));
    json_put(out, "latency", json_of_string(laws[shape->law]));
    json_put(out, "seeds", json_of_integer(shape->seeds));
    json_put(out, "gain_kept", json_of_real(row->gain));
    json_put(out, "gain_kept_low", json_of_real(row->gain_low));
    json_put(out, "gain_kept_high", json_of_real(row->gain_high));
    json_put(out, "pv", json_of_real(row->pv));
    json_put(out, "pv_sequential", json_of_real(row->pv_sequential));
    json_put_count(out, "duplicate_calls", row->found->duplicates);
    json_put(out, "slot_fill", json_of_real(row->found->fill));
    json_put(out, "collisions_per_call",
             json_of_real(by_calls(row, (double)row->found->collisions)));
    json_put(out, "cpu_us_per_call", json_of_real(by_calls(row, row->found->cpu_us)));
    json_put(out, "bytes_per_in_flight", json_of_real(row->bytes));
    json_put(out, "selfcheck", json_of_bool(row->sound));
    return out;
}

static int bench_latency_print_json(const struct suite *all, bool sound, struct crux_error *error)
{
    struct json *out = json_new_object(), *rows = json_new_array();

    json_put(out, "branching", json_of_integer(BRANCHING));
    json_put(out, "depth", json_of_integer(DEPTH));
    json_put(out, "noise", json_of_real(NOISE));
    json_put(out, "exploration", json_of_real(all->setup.exploration));
    json_put_count(out, "seed", all->setup.seed);
    for (uint32_t i = 0; i < all->count; i++)
        json_add(rows, json_of_row(&all->rows[i]));
    json_put(out, "rows", rows);
    json_put(out, "selfcheck", json_of_bool(sound));
    return bench_print(out, error);
}

static void print_head(const struct suite *all)
{
    (void)printf("hash trees, branching %d, depth %d, noise %g, puct with C = %g; latency is "
                 "virtual\n%6s %6s %5s %4s %-12s %-10s %5s %21s %5s %4s %5s %5s %6s %6s\n",
                 BRANCHING, DEPTH, NOISE, all->setup.exploration, "calls", "flying", "trees",
                 "each", "correction", "latency", "seeds", "gain kept, 95 %", "PV", "twice", "fill",
                 "coll.", "us", "bytes");
}

static void print_row(const struct row *row)
{
    const struct shape *shape = &row->shape;

    (void)printf("%6u %6u %5u %4u %-12s %-10s %5u %5.1f (%5.1f .. %5.1f) %.3f %5" PRIu64
                 " %5.1f %5.2f %6.2f %6.0f%s\n",
                 shape->calls, shape->in_flight, shape->trees, shape->per_tree,
                 corrections[shape->correction], laws[shape->law], shape->seeds, 100.0 * row->gain,
                 100.0 * row->gain_low, 100.0 * row->gain_high, row->pv, row->found->duplicates,
                 100.0 * row->found->fill, by_calls(row, (double)row->found->collisions),
                 by_calls(row, row->found->cpu_us), row->bytes,
                 row->sound ? "" : "  FAILED its check");
    (void)fflush(stdout);
}

/* --- the way ---------------------------------------------------------------------------------- */

/* Trees that are open together are followed by others, else the slots are never full for
 * long. */
static uint32_t seeds_of(const struct shape *shape, uint32_t seeds)
{
    uint32_t least = shape->trees > 1 ? OPENED_LEAST * shape->trees : 1;

    return seeds > least ? seeds : least;
}

/* Run the suite; or, when a shape was asked for, that one. */
static void choose_shapes(struct suite *all, const struct options *options)
{
    static const char *const words[] = {"simulations", "in-flight", "open-trees",
                                        "per-tree",    "latency",   "correction"};
    const struct bench_options *own = options->own;
    const struct crux_setup *setup = &options->setup;
    bool asked[sizeof words / sizeof words[0]], one = false;
    struct shape *shape = &all->shapes[0];

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        one |= asked[i] = options_given(options, words[i]);
    memcpy(all->shapes, suite, sizeof suite);
    all->count = one ? 1 : SUITE;
    if (asked[0])
        shape->calls = setup->simulations;
    if (asked[1])
        shape->in_flight = shape->per_tree = setup->in_flight;
    if (asked[2])
        shape->trees = setup->open_trees > 0 ? setup->open_trees : 1;
    if (shape->trees > 1)
        shape->per_tree = PER_TREE;
    if (asked[3])
        shape->per_tree = setup->per_tree;
    if (asked[4])
        shape->law = (enum bench_latency_law)own->latency;
    if (asked[5])
        shape->correction = setup->correction;
    for (uint32_t i = 0; i < all->count; i++)
        all->shapes[i].seeds = seeds_of(&all->shapes[i], own->seeds);
}

/* In the order of enum bench_latency_law. */
static const char *const latency_words[] = {"constant", "lognormal", "stragglers", NULL};

static const struct options_topic latency_topic = {"latency", "what crux bench latency alone has"};

static const struct options_row latency_rows[] = {
    {"seeds", "N", &values_count, OPTIONS_COMMAND, offsetof(struct bench_options, seeds), 1, 100000,
     NULL, true,
     "bench latency: trees searched for every row, but at least four for each that is open at the "
     "same time."},
    {"latency", "LAW", &values_choice, OPTIONS_COMMAND, offsetof(struct bench_options, latency), 0,
     0, latency_words, true,
     "bench latency: the distribution of the time of a call, whose mean is one second. stragglers "
     "is lognormal, and one call in a hundred takes ten times as long."},
    {.name = NULL}};

const struct options_group bench_latency_options = {&latency_topic, OPTIONS_OWN, latency_rows};

int bench_latency(struct options *options, struct crux_error *error)
{
    struct suite all = {.setup = options->setup};
    bool sound = true;
    int status = CRUX_OK;

    if (!options_given(options, "exploration"))
        all.setup.exploration = EXPLORATION;
    choose_shapes(&all, options);
    if (!options->json)
        print_head(&all);
    for (uint32_t i = 0; status == CRUX_OK && i < all.count; i++) {
        status = measure_row(&all, i, error);
        sound &= all.rows[i].sound;
        if (status == CRUX_OK && !options->json)
            print_row(&all.rows[i]);
    }
    if (status == CRUX_OK && options->json)
        status = bench_latency_print_json(&all, sound, error);
    close_suite(&all);
    return status == CRUX_OK && !sound ? EXIT_CHECK : status;
}
