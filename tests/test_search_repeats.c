/*
 * test_search_repeats.c - the same trees, whatever the threads do.
 *
 * A run's digest is a hash of all its finished trees. It must not depend on who answers
 * when, on workers, on places or on the number of open trees; with a test beside it that
 * shows what it does depend on.
 */
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>

TestSuite(same, .timeout = 240);

static uint64_t digest(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s: %s", search_fixture_pace_name(fixture->pace),
                   search_fixture_fault(fixture));
    cr_assert_eq(fixture->sink.trees, fixture->problems);
    return fixture->sink.digest;
}

/* What is asked of all ports, with failures and dead ends on the way. */
static void everything(struct search_fixture *fixture)
{
    fixture->script.fail_of = 40;
    fixture->script.dead_of = 30;
    fixture->execution = true;
    fixture->setup.rollouts = 2;
}

static void value_only(struct search_fixture *fixture)
{
    fixture->value = true;
    fixture->setup.rollouts = 0;
}

static void samples(struct search_fixture *fixture)
{
    fixture->setup.strategy = CRUX_SAMPLE;
    fixture->setup.calls = 40;
}

static void until_stopped(struct search_fixture *fixture)
{
    fixture->setup.stop_right = 1;
    fixture->setup.stop_wrong = 3;
    fixture->setup.probe = 5;
}

static void within_calls(struct search_fixture *fixture)
{
    fixture->setup.calls = 33;
    fixture->script.fail_of = 25;
}

static void within_tokens(struct search_fixture *fixture)
{
    fixture->setup.tokens = 333;
    fixture->script.fail_of = 25;
}

static void steered(struct search_fixture *fixture)
{
    fixture->setup.selection = CRUX_BUDGET;
    fixture->setup.children = 2;
    fixture->setup.calls = 70;
    fixture->setup.tokens = 600;
    fixture->script.fail_of = 25;
    fixture->script.dead_of = 30;
}

static void narrow(struct search_fixture *fixture)
{
    fixture->script.branching = fixture->setup.children = 2;
    fixture->setup.selection = CRUX_GREEDY;
    fixture->setup.per_tree = 16; /* many collisions */
}

static void wide(struct search_fixture *fixture)
{
    fixture->script.branching = fixture->setup.children = 40;
    fixture->setup.selection = CRUX_UCT;
}

static void in_groups(struct search_fixture *fixture)
{
    fixture->setup.per_tree = 16;
    fixture->setup.group = 6;
    fixture->script.fail_of = 40;
}

static void halved(struct search_fixture *fixture)
{
    fixture->setup.root = CRUX_ROOT_GUMBEL;
    fixture->setup.root_children = 4;
    fixture->script.fail_of = 40;
}

static void widened(struct search_fixture *fixture)
{
    fixture->setup.widen = 1.5;
    fixture->setup.widen_power = 0.5;
    fixture->script.branching = fixture->setup.children = 12;
    fixture->script.fail_of = 40;
    fixture->script.repeats = true;
}

static void meeting(struct search_fixture *fixture)
{
    fixture->setup.transpositions = true;
    fixture->script.meet = true;
    fixture->script.fail_of = 40;
}

static void (*const worlds[])(struct search_fixture *) = {
    everything, value_only, samples,   until_stopped, within_calls, within_tokens, steered,
    narrow,     wide,       in_groups, halved,        widened,      meeting};
#define WORLDS (sizeof worlds / sizeof *worlds)

static struct search_fixture issued(size_t world, enum search_fixture_pace pace)
{
    struct search_fixture fixture = search_fixture_of(pace);

    fixture.setup.order = CRUX_ORDER_ISSUED;
    worlds[world](&fixture);
    return fixture;
}

/* The scores that vector code gives are those of plain C, so the trees are. */
Test(repeats, vector_code_or_not)
{
    for (size_t world = 0; world < WORLDS; world++) {
        struct search_fixture fast = issued(world, WORLD_INSTANT),
                              plain = issued(world, WORLD_INSTANT);

        plain.setup.plain = true;
        cr_assert_eq(digest(&fast), digest(&plain), "world %zu", world);
    }
}

/* In issued order nothing but the setup's meaning decides: not workers, not places, not
 * open trees, not when answers come. */
Test(repeats, issued_order)
{
    static const struct {
        enum search_fixture_pace pace;
        uint32_t workers, in_flight, open_trees;
    } rows[] = {
        {WORLD_INSTANT, 8, 64, 3},
        {WORLD_LATE, 1, 1, 1},
        {WORLD_LATE, 2, 7, 6},
        {WORLD_LATE, 8, 64, 2},
    };

    for (size_t world = 0; world < WORLDS; world++) {
        struct search_fixture first = issued(world, WORLD_INSTANT);
        uint64_t expected;

        first.setup.workers = 1;
        expected = digest(&first);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct search_fixture fixture = issued(world, rows[i].pace);

            fixture.setup.workers = rows[i].workers;
            fixture.setup.in_flight = rows[i].in_flight;
            fixture.setup.open_trees = rows[i].open_trees;
            cr_assert_eq(digest(&fixture), expected, "world %zu, row %zu", world, i);
        }
    }
}

/* With one simulation at a time the order of arrival is that of issue. */
Test(repeats, one_at_a_time)
{
    for (size_t world = 0; world < WORLDS; world++) {
        struct search_fixture first = issued(world, WORLD_INSTANT),
                              second = issued(world, WORLD_LATE);

        first.setup.per_tree = second.setup.per_tree = 1;
        second.setup.order = CRUX_ORDER_ARRIVAL;
        cr_assert_eq(digest(&first), digest(&second), "world %zu", world);
    }
}

/* The seed, the number of simulations in flight a tree, and the rule do matter. */
Test(repeats, what_matters)
{
    struct search_fixture first = search_fixture_of(WORLD_INSTANT), second = first, third = first,
                          fourth = first;

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
Test(repeats, a_second_run)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct crux_search *search = NULL;
    struct crux_error error;
    uint64_t first;

    world_open(&fixture.world, &fixture.script);
    fixture.setup.policies[CRUX_STEP] = &fixture.world.policy;
    fixture.setup.critics[CRUX_ROLE_OUTCOME] = &fixture.world.outcome;
    fixture.setup.order = CRUX_ORDER_ISSUED;
    fixture.setup.limit_calls = 5 * 120;
    cr_assert_eq(crux_open(&search, &fixture.setup, &error), CRUX_OK);
    first = run_once(search);
    cr_assert_eq(run_once(search), first);
    cr_assert_eq(run_once(search), first);
    crux_close(search);
}

/* --- deep paths --------------------------------------------------------------------------- */

static void look_at_depth(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        if (tree->nodes[i].depth > deepest)
            deepest = tree->nodes[i].depth;
    cr_assert_eq(deepest, fixture->setup.depth);
    cr_assert_eq(tree->simulations, fixture->setup.simulations);
}

/* Paths deeper than a record has room for: a thousand steps, at once and late. */
Test(repeats, deep_paths)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    uint64_t expected;

    fixture.script = (struct world_script){.branching = 1, .depth = 1100, .right_of = 1};
    fixture.setup.depth = 1000;
    fixture.setup.children = 2;
    fixture.setup.exploration = 0.0;
    fixture.setup.selection = CRUX_PUCT;
    fixture.setup.simulations = 1050;
    fixture.setup.per_tree = 1;
    fixture.problems = 1;
    fixture.look = look_at_depth;
    expected = digest(&fixture);
    fixture.pace = WORLD_LATE;
    cr_assert_eq(digest(&fixture), expected);
}
