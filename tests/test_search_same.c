/*
 * test_search_same.c - the same trees, whatever the threads do.
 *
 * A run's digest is a hash of all its finished trees. It must not depend on who answers
 * when, on workers, on places or on the number of open trees; with a test beside it that
 * shows what it does depend on.
 */
#include "tests/world/trial.h"

#include <criterion/criterion.h>

TestSuite(same, .timeout = 240);

static uint64_t digest(struct trial *trial)
{
    trial_run(trial);
    cr_assert_eq(trial->status, CRUX_OK, "%s", trial->error.text);
    cr_assert_null(trial_fault(trial), "%s: %s", trial_pace_name(trial->pace), trial_fault(trial));
    cr_assert_eq(trial->sink.trees, trial->problems);
    return trial->sink.digest;
}

/* What is asked of all ports, with failures and dead ends on the way. */
static void everything(struct trial *trial)
{
    trial->script.fail_of = 40;
    trial->script.dead_of = 30;
    trial->execution = true;
    trial->setup.rollouts = 2;
}

static void value_only(struct trial *trial)
{
    trial->value = true;
    trial->setup.rollouts = 0;
}

static void samples(struct trial *trial)
{
    trial->setup.strategy = CRUX_SAMPLE;
    trial->setup.calls = 40;
}

static void until_stopped(struct trial *trial)
{
    trial->setup.stop_right = 1;
    trial->setup.stop_wrong = 3;
    trial->setup.probe = 5;
}

static void within_calls(struct trial *trial)
{
    trial->setup.calls = 33;
    trial->script.fail_of = 25;
}

static void narrow(struct trial *trial)
{
    trial->script.branching = trial->setup.children = 2;
    trial->setup.selection = CRUX_GREEDY;
    trial->setup.per_tree = 16; /* many collisions */
}

static void wide(struct trial *trial)
{
    trial->script.branching = trial->setup.children = 40;
    trial->setup.selection = CRUX_UCT;
}

static void in_groups(struct trial *trial)
{
    trial->setup.per_tree = 16;
    trial->setup.group = 6;
    trial->script.fail_of = 40;
}

static void halved(struct trial *trial)
{
    trial->setup.root = CRUX_ROOT_GUMBEL;
    trial->setup.root_children = 4;
    trial->script.fail_of = 40;
}

static void widened(struct trial *trial)
{
    trial->setup.widen = 1.5;
    trial->setup.widen_power = 0.5;
    trial->script.branching = trial->setup.children = 12;
    trial->script.fail_of = 40;
    trial->script.repeats = true;
}

static void meeting(struct trial *trial)
{
    trial->setup.transpositions = true;
    trial->script.meet = true;
    trial->script.fail_of = 40;
}

static void (*const worlds[])(struct trial *) = {everything,   value_only, samples, until_stopped,
                                                 within_calls, narrow,     wide,    in_groups,
                                                 halved,       widened,    meeting};
#define WORLDS (sizeof worlds / sizeof *worlds)

static struct trial issued(size_t world, enum trial_pace pace)
{
    struct trial trial = trial_of(pace);

    trial.setup.order = CRUX_ORDER_ISSUED;
    worlds[world](&trial);
    return trial;
}

/* The scores that vector code gives are those of plain C, so the trees are. */
Test(same, vector_code_or_not)
{
    for (size_t world = 0; world < WORLDS; world++) {
        struct trial fast = issued(world, WORLD_INSTANT), plain = issued(world, WORLD_INSTANT);

        plain.setup.plain = true;
        cr_assert_eq(digest(&fast), digest(&plain), "world %zu", world);
    }
}

/* In issued order nothing but the setup's meaning decides: not workers, not places, not
 * open trees, not when answers come. */
Test(same, issued_order)
{
    static const struct {
        enum trial_pace pace;
        uint32_t workers, in_flight, open_trees;
    } rows[] = {
        {WORLD_INSTANT, 8, 64, 3},
        {WORLD_LATE, 1, 1, 1},
        {WORLD_LATE, 2, 7, 6},
        {WORLD_LATE, 8, 64, 2},
    };

    for (size_t world = 0; world < WORLDS; world++) {
        struct trial first = issued(world, WORLD_INSTANT);
        uint64_t expected;

        first.setup.workers = 1;
        expected = digest(&first);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct trial trial = issued(world, rows[i].pace);

            trial.setup.workers = rows[i].workers;
            trial.setup.in_flight = rows[i].in_flight;
            trial.setup.open_trees = rows[i].open_trees;
            cr_assert_eq(digest(&trial), expected, "world %zu, row %zu", world, i);
        }
    }
}

/* With one simulation at a time the order of arrival is that of issue. */
Test(same, one_at_a_time)
{
    for (size_t world = 0; world < WORLDS; world++) {
        struct trial first = issued(world, WORLD_INSTANT), second = issued(world, WORLD_LATE);

        first.setup.per_tree = second.setup.per_tree = 1;
        second.setup.order = CRUX_ORDER_ARRIVAL;
        cr_assert_eq(digest(&first), digest(&second), "world %zu", world);
    }
}

/* The seed, the number of simulations in flight a tree, and the rule do matter. */
Test(same, what_matters)
{
    struct trial first = trial_of(WORLD_INSTANT), second = first, third = first, fourth = first;

    first.setup.order = second.setup.order = third.setup.order = fourth.setup.order =
        CRUX_ORDER_ISSUED;
    second.setup.seed = 2;
    third.setup.per_tree = 2;
    fourth.setup.selection = CRUX_UCT;
    cr_assert_neq(digest(&first), digest(&second));
    cr_assert_neq(digest(&first), digest(&third));
    cr_assert_neq(digest(&first), digest(&fourth));
}

/* --- one search, several runs ---------------------------------------------------------- */

static uint64_t run_once(struct crux_search *search)
{
    struct world_source source;
    struct world_sink sink;
    struct crux_error error;

    world_source_open(&source, 5);
    world_sink_open(&sink);
    cr_assert_eq(crux_run(search, &source.source, &sink.sink, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(sink.violations, 0);
    world_source_close(&source);
    return sink.digest;
}

/* A search may run again, and its memory remembers nothing; each run has its own limit. */
Test(same, a_second_run)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct crux_search *search = NULL;
    struct crux_error error;
    uint64_t first;

    world_open(&trial.world, &trial.script);
    trial.setup.policies[CRUX_STEP] = &trial.world.policy;
    trial.setup.critics[CRUX_ROLE_OUTCOME] = &trial.world.outcome;
    trial.setup.order = CRUX_ORDER_ISSUED;
    trial.setup.limit_calls = 5 * 120;
    cr_assert_eq(crux_open(&search, &trial.setup, &error), CRUX_OK);
    first = run_once(search);
    cr_assert_eq(run_once(search), first);
    cr_assert_eq(run_once(search), first);
    crux_close(search);
}

/* --- deep paths --------------------------------------------------------------------------- */

static void look_at_depth(struct trial *trial, const struct crux_tree *tree)
{
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        if (tree->nodes[i].depth > deepest)
            deepest = tree->nodes[i].depth;
    cr_assert_eq(deepest, trial->setup.depth);
    cr_assert_eq(tree->simulations, trial->setup.simulations);
}

/* Paths deeper than a record has room for: a thousand steps, at once and late. */
Test(same, deep_paths)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    uint64_t expected;

    trial.script = (struct world_script){.branching = 1, .depth = 1100, .right_of = 1};
    trial.setup.depth = 1000;
    trial.setup.children = 2;
    trial.setup.exploration = 0.0;
    trial.setup.selection = CRUX_PUCT;
    trial.setup.simulations = 1050;
    trial.setup.per_tree = 1;
    trial.problems = 1;
    trial.look = look_at_depth;
    expected = digest(&trial);
    trial.pace = WORLD_LATE;
    cr_assert_eq(digest(&trial), expected);
}
