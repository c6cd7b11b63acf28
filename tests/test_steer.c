/*
 * test_steer.c - what strategies/steer.h promises of selection budget: wide while little is spent,
 * deep later, one child more where that looks best.
 *
 * The numbers of a choice are computed here again from the header's equations.
 */
#include "search/strategies/steer.h"
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 1e-5

TestSuite(steer, .timeout = 240);

/* --- the equations ---------------------------------------------------------------------- */

/* Q + C P sqrt(2 ln(N_p + O_p) / (1 + N + O)); what is spent comes on top (steer.c). */
Test(steer, a_child_is_worth_its_equation)
{
    struct crux_setup setup = crux_setup_default();
    struct select_child child = {.visits = 3, .pending = 1, .sum = 2, .prior = 0.25F};
    struct select_rule rule;
    struct select_parent parent;

    setup.selection = CRUX_BUDGET;
    setup.exploration = 2.0;
    rule = select_rule_of(&setup);
    parent = select_parent_of(&rule, 15.0F, 1.0F, 0.5F);
    cr_assert_float_eq((double)select_score(&parent, child),
                       2.0 / 3.0 + 2.0 * 0.25 * sqrt(2.0 * log(16.0) / 5.0), NEAR);
    child = (struct select_child){.prior = 0.25F};
    cr_assert_float_eq((double)select_score(&parent, child),
                       0.5 + 2.0 * 0.25 * sqrt(2.0 * log(16.0)), NEAR);
}

/* The mean of the children's values, and their variance as far as something is left. */
Test(steer, one_child_more_is_worth_its_equation)
{
    cr_assert_float_eq(steer_one_more(1.5, 1.25, 3, 0.0), 0.5 + 0.5 / 3.0, NEAR);
    cr_assert_float_eq(steer_one_more(1.5, 1.25, 3, 0.75), 0.5 + 0.25 * 0.5 / 3.0, NEAR);
    cr_assert_float_eq(steer_one_more(1.5, 1.25, 3, 1.0), 0.5, NEAR);
    cr_assert_float_eq(steer_one_more(0.9, 0.27, 3, 0.0), 0.3, NEAR); /* all alike: no rounding */
}

/* --- whole searches --------------------------------------------------------------------- */

struct shape {
    uint64_t depths, nodes; /* of evaluated nodes */
    uint32_t widest;        /* most children of a node */
};

static void look_at_shape(struct search_fixture *fixture, const struct crux_tree *tree)
{
    struct shape *shape = fixture->context;
    uint32_t *children = calloc(tree->node_count, sizeof *children);

    cr_assert_not_null(children);
    for (uint32_t i = 1; i < tree->node_count; i++) {
        uint32_t count = ++children[tree->nodes[i].parent];

        shape->widest = count > shape->widest ? count : shape->widest;
        if (tree->nodes[i].visits > 0) {
            shape->depths += tree->nodes[i].depth;
            shape->nodes++;
        }
    }
    free(children);
}

static struct search_fixture steered(struct shape *shape)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    memset(shape, 0, sizeof *shape);
    fixture.setup.selection = CRUX_BUDGET;
    fixture.setup.exploration = 1.0;
    fixture.setup.order = CRUX_ORDER_ISSUED;
    fixture.script.branching = 24;
    fixture.script.depth = 12;
    fixture.setup.children = 2;
    fixture.setup.simulations = 400;
    fixture.context = shape;
    fixture.look = look_at_shape;
    return fixture;
}

static void run(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
}

static double depth_of(const struct shape *shape)
{
    cr_assert_gt(shape->nodes, 0);
    return (double)shape->depths / (double)shape->nodes;
}

/* A node has the two children that it asked for, and more where that looked better. */
Test(steer, asks_for_one_child_more)
{
    struct shape shape;
    struct search_fixture fixture = steered(&shape);

    run(&fixture);
    cr_assert_gt(shape.widest, 2);
}

/* The same in a policy that says the same words again: it is not asked for ever. */
Test(steer, ends_where_nothing_new_comes)
{
    struct shape shape;
    struct search_fixture fixture = steered(&shape);

    fixture.script.repeats = true;
    run(&fixture);
    cr_assert_eq(shape.widest, 2);
    cr_assert_eq(fixture.sink.simulations, 400 * fixture.problems);
}

/* With the same simulations: who has spent nothing of a large number of calls explores, who is near
 * the end of a small one goes deep. Simulations bound neither. */
Test(steer, goes_deep_where_little_is_left)
{
    struct shape wide, deep;
    struct search_fixture rich = steered(&wide), poor = steered(&deep);

    rich.setup.simulations = poor.setup.simulations = 1000000;
    rich.setup.stop_right = rich.setup.stop_wrong = 0;
    rich.setup.limit_calls = 60 * 2; /* cut while a hundredth is spent */
    rich.problems = poor.problems = 1;
    rich.setup.calls = 12000;
    poor.setup.calls = 120;
    search_fixture_run(&rich);
    cr_assert_eq(rich.status, CRUX_LIMIT);
    run(&poor);
    cr_assert_gt(depth_of(&deep), depth_of(&wide));
}

/* Tokens are a budget like calls: five a reply, two replies a call here. */
Test(steer, goes_by_tokens_too)
{
    struct shape calls, tokens;
    struct search_fixture by_calls = steered(&calls), by_tokens = steered(&tokens);

    by_calls.setup.calls = 200;
    by_tokens.setup.tokens = 1500;
    run(&by_calls);
    run(&by_tokens);
    cr_assert_gt(tokens.widest, 2);
    cr_assert_float_eq(depth_of(&calls), depth_of(&tokens), 0.5);
}

/* Without texts nodes have their own depth alone; the search ends as it must. */
Test(steer, values_without_rollouts)
{
    struct shape shape;
    struct search_fixture fixture = steered(&shape);

    fixture.value = true;
    fixture.setup.rollouts = 0;
    fixture.script.depth = 3; /* complete answers, known and left alone */
    run(&fixture);
    cr_assert_eq(fixture.sink.simulations, 400 * fixture.problems);
}

/* --- what it excludes ------------------------------------------------------------------- */

static void insist_refused(const struct crux_setup *setup, const char *what)
{
    struct crux_search *search = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_open(&search, setup, &error), CRUX_INVALID, "%s", what);
    cr_assert_not_null(strstr(error.text, what), "%s", error.text);
}

Test(steer, excludes_what_shares_out_otherwise)
{
    struct world_script script = {.branching = 2, .depth = 2};
    struct world world;
    struct crux_setup setup = crux_setup_default(), with;

    world_open(&world, &script);
    setup.policies[CRUX_STEP] = &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.selection = CRUX_BUDGET;
    with = setup;
    with.lanes = 2;
    insist_refused(&with, "selection budget and more than one lane exclude each other");
    with = setup;
    with.root = CRUX_ROOT_GUMBEL;
    insist_refused(&with, "selection budget and root gumbel exclude each other");
    with = setup;
    with.widen = 1.0;
    insist_refused(&with, "selection budget and widen exclude each other");
    with = setup;
    with.branch_high = 1.0;
    insist_refused(&with, "selection budget and branch exclude each other");
}
