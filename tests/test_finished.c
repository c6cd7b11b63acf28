/*
 * test_finished.c - reading a finished tree: its paths, and the answer to give.
 *
 * Trees are flat arrays written by hand, as a store would give them back.
 */
#include "search/crux.h"

#include <criterion/criterion.h>
#include <string.h>

/*      0
 *     / \
 *    1   2        visits, value beside the node
 *   / \   \
 *  3   4   5
 */
static struct crux_node nodes[] = {
    {.parent = CRUX_NO_NODE, .depth = 0, .visits = 20, .text = ""},
    {.parent = 0, .depth = 1, .visits = 10, .value = 0.5, .text = "one"},
    {.parent = 0, .depth = 1, .visits = 9, .value = 0.9, .text = "two"},
    {.parent = 1, .depth = 2, .visits = 4, .value = 0.5, .text = "three"},
    {.parent = 1, .depth = 2, .visits = 4, .value = 0.6, .text = "four"},
    {.parent = 2, .depth = 2, .visits = 8, .value = 0.9, .text = "five"},
};
static struct crux_rollout rollouts[4];
static struct crux_tree tree = {.nodes = nodes, .node_count = 6, .rollouts = rollouts};

static void answers(uint32_t count, const uint32_t *at)
{
    for (uint32_t i = 0; i < count; i++)
        rollouts[i] = (struct crux_rollout){.node = at[i], .text = "x", .answer = "", .reward = 1};
    tree.rollout_count = count;
}

#define ANSWERS_AT(...)                                                                            \
    answers(sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t), (const uint32_t[]){__VA_ARGS__})

/* --- paths ------------------------------------------------------------------------ */

static void insist_path(uint32_t rollout, const char *expected)
{
    struct crux_text steps[8];
    size_t count = crux_path_steps(&tree, rollout, steps, 8);
    char found[100] = "";

    for (size_t i = 0; i < count; i++) {
        strncat(found, steps[i].start, steps[i].length);
        strcat(found, ";");
    }
    cr_assert_str_eq(found, expected);
}

/* A path is the steps of the node, from the root, and then the lines. */
Test(finished, a_path_is_steps_then_lines)
{
    ANSWERS_AT(4);
    rollouts[0].text = "five\nsix";
    insist_path(0, "one;four;five;six;");
}

/* Empty lines are no steps. */
Test(finished, empty_lines_are_no_steps)
{
    ANSWERS_AT(0, 1);
    rollouts[0].text = "\n\na\n\nb\n";
    rollouts[1].text = "";
    insist_path(0, "a;b;");
    insist_path(1, "one;");
}

/* Steps are counted whether or not there is room for them, and none is written past it. */
Test(finished, room_is_respected)
{
    struct crux_text steps[4] = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 7}};

    ANSWERS_AT(4);
    rollouts[0].text = "five\nsix";
    cr_assert_eq(crux_path_steps(&tree, 0, NULL, 0), 4);
    cr_assert_eq(crux_path_steps(&tree, 0, steps, 3), 4);
    cr_assert_eq(steps[2].length, 4);
    cr_assert_eq(steps[3].length, 7);
}

/* --- the answer to give ---------------------------------------------------------------- */

/* Without a rollout there is no answer. */
Test(finished, no_answer_to_give)
{
    tree.rollout_count = 0;
    cr_assert_eq(crux_best_rollout(&tree), CRUX_NO_NODE);
}

/* Reward decides before any path. */
Test(finished, reward_comes_first)
{
    ANSWERS_AT(3, 5, 4);
    rollouts[0].reward = rollouts[2].reward = 0.4;
    cr_assert_eq(crux_best_rollout(&tree), 1);
}

/* Paths are compared where they part: most visits there, whatever lies below. */
Test(finished, visits_where_paths_part)
{
    ANSWERS_AT(5, 3);
    cr_assert_eq(crux_best_rollout(&tree), 1);
}

/* Equal visits: the higher value. */
Test(finished, then_value)
{
    ANSWERS_AT(3, 4);
    cr_assert_eq(crux_best_rollout(&tree), 1);
}

/* Equal visits and value: the first child. */
Test(finished, then_order)
{
    nodes[4].value = 0.5;
    ANSWERS_AT(4, 3);
    cr_assert_eq(crux_best_rollout(&tree), 1);
}

/* Of two on one path the deeper node is further along it, from either side. */
Test(finished, deeper_on_one_path)
{
    ANSWERS_AT(1, 4, 0);
    cr_assert_eq(crux_best_rollout(&tree), 1);
    ANSWERS_AT(4, 1, 0);
    cr_assert_eq(crux_best_rollout(&tree), 0);
}

/* Of two at one node the one that settled first. */
Test(finished, first_at_one_node)
{
    ANSWERS_AT(3, 3);
    cr_assert_eq(crux_best_rollout(&tree), 0);
}

/* Nodes of unlike depth are compared where their paths part. */
Test(finished, unlike_depths)
{
    ANSWERS_AT(5, 1);
    cr_assert_eq(crux_best_rollout(&tree), 1);
    ANSWERS_AT(2, 3);
    cr_assert_eq(crux_best_rollout(&tree), 1);
}
