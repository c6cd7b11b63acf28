/*
 * test_variants.c - what each variant of the search does to a finished tree.
 *
 * That they keep every promise of a search, whatever the threads do, is in
 * test_search_same.c; here is what they are for.
 */
#include "tests/world/trial.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(variants, .timeout = 120);

static void run(struct trial *trial)
{
    trial_run(trial);
    cr_assert_eq(trial->status, CRUX_OK, "%s", trial->error.text);
    cr_assert_null(trial_fault(trial), "%s", trial_fault(trial));
    cr_assert_eq(trial->sink.trees, trial->problems);
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

static void each_state_is_evaluated_once(struct trial *trial, const struct crux_tree *tree)
{
    char(*states)[64] = calloc(tree->rollout_count + 1u, sizeof *states);
    uint64_t *evaluated = trial->context;
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
        struct trial trial = trial_of((enum trial_pace)pace);
        uint64_t evaluated = 0;

        trial.setup.transpositions = true;
        trial.script.meet = true;
        trial.setup.simulations = 200;
        trial.setup.per_tree = 16;
        trial.look = each_state_is_evaluated_once;
        trial.context = &evaluated;
        run(&trial);
        cr_assert_gt(evaluated, 0);
        cr_assert_lt(evaluated, 200 * trial.problems);
    }
}

static void some_state_is_evaluated_twice(struct trial *trial, const struct crux_tree *tree)
{
    bool *twice = trial->context;
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
    struct trial trial = trial_of(WORLD_INSTANT);
    bool twice = false;

    trial.script.meet = true;
    trial.setup.simulations = 200;
    trial.look = some_state_is_evaluated_twice;
    trial.context = &twice;
    run(&trial);
    cr_assert(twice);
}

/* --- widening ---------------------------------------------------------------------- */

static void children_follow_visits(struct trial *trial, const struct crux_tree *tree)
{
    uint32_t *widest = trial->context;

    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t count = children_of(tree, i), visits = tree->nodes[i].visits;
        double most = ceil(trial->setup.widen * pow(visits, trial->setup.widen_power));

        cr_assert_leq(count, most > 1 ? most : 1, "%u children after %u visits", count, visits);
        *widest = count > *widest ? count : *widest;
    }
    /* The root was asked again and again, and has what its visits allow, less one. */
    cr_assert_geq(
        children_of(tree, 0) + 1.0,
        ceil(trial->setup.widen * pow(tree->nodes[0].visits - trial->setup.per_tree, 0.5)));
}

static void no_child_says_what_another_says(struct trial *trial, const struct crux_tree *tree)
{
    (void)trial;
    for (uint32_t i = 0; i < tree->node_count; i++)
        for (uint32_t j = 0; j < i; j++)
            cr_assert(tree->nodes[i].parent != tree->nodes[j].parent ||
                      strcmp(tree->nodes[i].text, tree->nodes[j].text) != 0);
}

/* Progressive widening: a node with N visits has at most k N^a children. */
Test(variants, children_grow_with_visits)
{
    for (int pace = 0; pace < WORLD_PACES; pace++) {
        struct trial trial = trial_of((enum trial_pace)pace);
        uint32_t widest = 0;

        trial.setup.widen = 1.0;
        trial.setup.widen_power = 0.5;
        trial.setup.simulations = 150;
        trial.setup.per_tree = 4;
        trial.script.branching = trial.setup.children = 40;
        trial.look = children_follow_visits;
        trial.context = &widest;
        run(&trial);
        cr_assert_gt(widest, 8, "no node was widened beyond its first tile");
    }
}

/* What a policy says twice is one child. */
Test(variants, what_was_said_before_is_no_new_child)
{
    struct trial trial = trial_of(WORLD_INSTANT);

    trial.setup.widen = 1.0;
    trial.setup.widen_power = 0.7;
    trial.setup.simulations = 150;
    trial.script.repeats = true;
    trial.look = no_child_says_what_another_says;
    run(&trial);
}

/* --- gumbel ------------------------------------------------------------------------ */

static void few_are_considered(struct trial *trial, const struct crux_tree *tree)
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
    cr_assert_leq(tried, trial->setup.root_children + 1);
    cr_assert_leq(most, second + 2, "the last two share what is left");
}

/* Sequential halving: of many children few are considered, and two are left in the end. */
Test(variants, gumbel_halves_the_roots_children)
{
    struct trial trial = trial_of(WORLD_INSTANT);

    trial.setup.root = CRUX_ROOT_GUMBEL;
    trial.setup.root_children = 4;
    trial.setup.simulations = 48;
    trial.setup.per_tree = 1;
    trial.script.branching = trial.setup.children = 40;
    trial.look = few_are_considered;
    run(&trial);
}

/* --- groups ------------------------------------------------------------------------- */

static void add_value(struct trial *trial, const struct crux_tree *tree)
{
    *(double *)trial->context += tree->nodes[0].value;
}

/* A group of one at a time and one of eight find about the same: marks keep them apart. */
Test(variants, groups_do_not_cost_quality)
{
    double value[2] = {0, 0};

    for (int i = 0; i < 2; i++) {
        struct trial trial = trial_of(WORLD_INSTANT);

        trial.problems = 40;
        trial.setup.simulations = 200;
        trial.setup.per_tree = 8;
        trial.setup.group = i == 0 ? 1 : 8;
        trial.look = add_value;
        trial.context = &value[i];
        run(&trial);
    }
    cr_assert_gt(value[1], 0.9 * value[0]);
}
