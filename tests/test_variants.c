/*
 * test_variants.c - what each variant of the search does to a finished tree.
 *
 * That they keep every promise of a search, whatever the threads do, is in
 * test_search_repeats.c; here is what they are for.
 */
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(variants, .timeout = 120);

static void run(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    cr_assert_eq(fixture->sink.trees, fixture->problems);
}

static uint32_t children_of(const struct crux_tree *tree, uint32_t node)
{
    uint32_t count = 0;

    for (uint32_t i = node + 1; i < tree->node_count; i++)
        count += tree->nodes[i].parent == node;
    return count;
}

/* --- equal states ------------------------------------------------------------------ */

/* The words on the way to a node, sorted: what makes its state. */
static void state_of(const struct crux_tree *tree, uint32_t node, char *out)
{
    int words[16] = {0}, depth = (int)tree->nodes[node].depth;

    for (int i = 0; i < depth; i++, node = tree->nodes[node].parent)
        words[i] = atoi(tree->nodes[node].text + 1);
    for (int i = 1; i < depth; i++)
        for (int j = i; j > 0 && words[j - 1] > words[j]; j--) {
            int word = words[j];

            words[j] = words[j - 1];
            words[j - 1] = word;
        }
    *out = '\0';
    for (int i = 0; i < depth; i++)
        (void)snprintf(out + strlen(out), 8, "%d ", words[i]);
}

static void each_state_is_evaluated_once(struct search_fixture *fixture,
                                         const struct crux_tree *tree)
{
    char(*states)[64] = calloc(tree->rollout_count + 1u, sizeof *states);
    uint64_t *evaluated = fixture->context;
    uint32_t met = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        state_of(tree, tree->rollouts[i].node, states[i]);
        for (uint32_t j = 0; j < i; j++)
            cr_assert_str_neq(states[i], states[j], "one state was evaluated twice");
    }
    for (uint32_t i = 0; i < tree->node_count; i++)
        met += tree->nodes[i].visits > 0;
    cr_assert_gt(met, tree->rollout_count, "no two paths have met");
    *evaluated += tree->rollout_count;
    free(states);
}

/* Two paths to equal states: the critic is asked about one of them. */
Test(variants, equal_states_share_their_evaluation)
{
    for (int pace = 0; pace < WORLD_PACES; pace++) {
        struct search_fixture fixture = search_fixture_of((enum search_fixture_pace)pace);
        uint64_t evaluated = 0;

        fixture.setup.transpositions = true;
        fixture.script.meet = true;
        fixture.setup.simulations = 200;
        fixture.setup.per_tree = 16;
        fixture.look = each_state_is_evaluated_once;
        fixture.context = &evaluated;
        run(&fixture);
        cr_assert_gt(evaluated, 0);
        cr_assert_lt(evaluated, 200 * fixture.problems);
    }
}

static void some_state_is_evaluated_twice(struct search_fixture *fixture,
                                          const struct crux_tree *tree)
{
    bool *twice = fixture->context;
    char one[64], other[64];

    for (uint32_t i = 0; i < tree->rollout_count; i++)
        for (uint32_t j = 0; j < i; j++) {
            state_of(tree, tree->rollouts[i].node, one);
            state_of(tree, tree->rollouts[j].node, other);
            *twice |= strcmp(one, other) == 0;
        }
}

/* Without the option the same world is asked again: so the test above can fail. */
Test(variants, without_transpositions_equal_states_are_asked_again)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    bool twice = false;

    fixture.script.meet = true;
    fixture.setup.simulations = 200;
    fixture.look = some_state_is_evaluated_twice;
    fixture.context = &twice;
    run(&fixture);
    cr_assert(twice);
}

/* --- widening ---------------------------------------------------------------------- */

static void children_follow_visits(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t *widest = fixture->context;

    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t count = children_of(tree, i), visits = tree->nodes[i].visits;
        double most = ceil(fixture->setup.widen * pow(visits, fixture->setup.widen_power));

        cr_assert_leq(count, most > 1 ? most : 1, "%u children after %u visits", count, visits);
        *widest = count > *widest ? count : *widest;
    }
    /* The root was asked again and again, and has what its visits allow, less one. */
    cr_assert_geq(
        children_of(tree, 0) + 1.0,
        ceil(fixture->setup.widen * pow(tree->nodes[0].visits - fixture->setup.per_tree, 0.5)));
}

static void no_child_says_what_another_says(struct search_fixture *fixture,
                                            const struct crux_tree *tree)
{
    (void)fixture;
    for (uint32_t i = 0; i < tree->node_count; i++)
        for (uint32_t j = 0; j < i; j++)
            cr_assert(tree->nodes[i].parent != tree->nodes[j].parent ||
                      strcmp(tree->nodes[i].text, tree->nodes[j].text) != 0);
}

/* Progressive widening: a node with N visits has at most k N^a children. */
Test(variants, children_grow_with_visits)
{
    for (int pace = 0; pace < WORLD_PACES; pace++) {
        struct search_fixture fixture = search_fixture_of((enum search_fixture_pace)pace);
        uint32_t widest = 0;

        fixture.setup.widen = 1.0;
        fixture.setup.widen_power = 0.5;
        fixture.setup.simulations = 150;
        fixture.setup.per_tree = 4;
        fixture.script.branching = fixture.setup.children = 40;
        fixture.look = children_follow_visits;
        fixture.context = &widest;
        run(&fixture);
        cr_assert_gt(widest, 8, "no node was widened beyond its first tile");
    }
}

/* What a policy says twice is one child. */
Test(variants, what_was_said_before_is_no_new_child)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    fixture.setup.widen = 1.0;
    fixture.setup.widen_power = 0.7;
    fixture.setup.simulations = 150;
    fixture.script.repeats = true;
    fixture.look = no_child_says_what_another_says;
    run(&fixture);
}

/* --- gumbel ------------------------------------------------------------------------ */

static void few_are_considered(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t visits[64] = {0}, tried = 0, most = 0, second = 0;

    for (uint32_t i = 1, child = 0; i < tree->node_count; i++)
        if (tree->nodes[i].parent == 0)
            visits[child++] = tree->nodes[i].visits;
    for (uint32_t i = 0; i < 64; i++) {
        tried += visits[i] > 0;
        if (visits[i] > most) {
            second = most;
            most = visits[i];
        } else if (visits[i] > second) {
            second = visits[i];
        }
    }
    /* The expansion itself has evaluated the first child, considered or not. */
    cr_assert_leq(tried, fixture->setup.root_children + 1);
    cr_assert_leq(most, second + 2, "the last two share what is left");
}

/* Sequential halving: of many children few are considered, and two are left in the end. */
Test(variants, gumbel_halves_the_roots_children)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    fixture.setup.root = CRUX_ROOT_GUMBEL;
    fixture.setup.root_children = 4;
    fixture.setup.simulations = 48;
    fixture.setup.per_tree = 1;
    fixture.script.branching = fixture.setup.children = 40;
    fixture.look = few_are_considered;
    run(&fixture);
}

/* --- groups ------------------------------------------------------------------------- */

static void add_value(struct search_fixture *fixture, const struct crux_tree *tree)
{
    *(double *)fixture->context += tree->nodes[0].value;
}

/* A group of one at a time and one of eight find about the same: marks keep them apart. */
Test(variants, groups_do_not_cost_quality)
{
    double value[2] = {0, 0};

    for (int i = 0; i < 2; i++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

        fixture.problems = 40;
        fixture.setup.simulations = 200;
        fixture.setup.per_tree = 8;
        fixture.setup.group = i == 0 ? 1 : 8;
        fixture.look = add_value;
        fixture.context = &value[i];
        run(&fixture);
    }
    cr_assert_gt(value[1], 0.9 * value[0]);
}
