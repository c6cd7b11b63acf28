/*
 * test_html_nodes.c - what io/views/html_nodes.h promises: which nodes of a tree a page holds.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "io/views/html_nodes.h"
#include "tests/world/grown.h"

static const struct crux_problem problem = {.id = "p", .prompt = "p", .line = "{}", .answer = ""};
static struct grown grown;
static struct html_nodes nodes;
static struct crux_error error;

static void begin(void)
{
    grown_begin(&grown, &problem);
    grown.nodes[0].visits = 100;
}

static void end(void)
{
    html_nodes_close(&nodes);
}

TestSuite(html_nodes, .init = begin, .fini = end);

static uint32_t node(uint32_t parent, uint32_t visits)
{
    uint32_t number = grown_node(&grown, parent, "s");

    grown.nodes[number].visits = visits;
    return number;
}

/* The nodes that are shown, as "0 2 3". */
static const char *chosen(uint64_t room)
{
    static char text[2000];
    size_t used = 0;
    uint32_t count = 0;

    html_nodes_close(&nodes);
    cr_assert_eq(html_nodes_choose(&nodes, &grown.tree, room, &error), CRUX_OK);
    text[0] = '\0';
    for (uint32_t i = 0; i < grown.tree.node_count; i++)
        if (nodes.shown[i]) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%u",
                                     count++ > 0 ? " " : "", i);
            cr_assert(i == 0 || nodes.shown[grown.nodes[i].parent], "node %u has no parent", i);
        }
    cr_assert_eq(nodes.count, count);
    return text;
}

Test(html_nodes, all_where_there_is_room)
{
    node(0, 3);
    node(1, 0);
    cr_assert_str_eq(chosen(3), "0 1 2");
    cr_assert_eq(nodes.hidden[0] + nodes.hidden[1] + nodes.hidden[2], 0);
}

Test(html_nodes, none_without_room_or_without_nodes)
{
    node(0, 3);
    grown_answer(&grown, 1, "x", CRUX_RIGHT);
    cr_assert_str_eq(chosen(0), "");
    cr_assert_eq(nodes.rollouts, 0);
    grown.tree.node_count = 0;
    grown.tree.rollout_count = 0;
    cr_assert_str_eq(chosen(5), "");
}

Test(html_nodes, by_visits_and_then_by_number)
{
    node(0, 5); /* 1 */
    node(1, 2); /* 2 */
    node(0, 5); /* 3 */
    node(0, 9); /* 4 */
    cr_assert_str_eq(chosen(1), "0");
    cr_assert_str_eq(chosen(2), "0 4");
    cr_assert_str_eq(chosen(3), "0 1 4");
    cr_assert_eq(nodes.hidden[0], 1);
    cr_assert_eq(nodes.hidden[1], 1);
    cr_assert_str_eq(chosen(4), "0 1 3 4");
    cr_assert_eq(nodes.hidden[0], 0);
}

Test(html_nodes, a_child_with_more_visits_than_its_parent_waits_for_it)
{
    node(0, 1);  /* 1 */
    node(1, 50); /* 2 */
    node(0, 2);  /* 3 */
    cr_assert_str_eq(chosen(2), "0 3");
    cr_assert_str_eq(chosen(3), "0 1 3");
}

Test(html_nodes, the_best_path_and_those_of_pairs_come_first)
{
    uint32_t right, wrong, a = node(0, 1), b = node(a, 1), c, d;

    right = grown_answer(&grown, b, "", CRUX_RIGHT); /* at 2 */
    grown.rollouts[right].reward = 1.0;
    (void)node(0, 40); /* 3: visited most */
    c = node(0, 1);    /* 4 */
    d = node(c, 1);    /* 5 */
    wrong = grown_answer(&grown, d, "", CRUX_WRONG);
    (void)grown_answer(&grown, 3, "", CRUX_UNKNOWN);
    (void)grown_pair(&grown, wrong, right, 0);
    /* There is no room for the best path whole: it is not begun. */
    cr_assert_str_eq(chosen(2), "0 3");
    cr_assert_str_eq(chosen(3), "0 1 2");
    cr_assert_eq(nodes.rollouts, 1);
    /* The pair's other end does not fit: what was visited most. */
    cr_assert_str_eq(chosen(4), "0 1 2 3");
    cr_assert_eq(nodes.rollouts, 2);
    cr_assert_str_eq(chosen(5), "0 1 2 4 5");
    cr_assert_eq(nodes.rollouts, 2);
    cr_assert_eq(nodes.hidden[0], 1);
}

Test(html_nodes, pairs_are_taken_in_their_order_and_the_first_that_does_not_fit_ends_them)
{
    uint32_t right = grown_answer(&grown, 0, "", CRUX_RIGHT), deep, flat, wrong;

    deep = node(node(node(0, 1), 1), 1); /* 1 2 3 */
    wrong = grown_answer(&grown, deep, "", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    (void)node(0, 7);  /* 4 */
    flat = node(0, 1); /* 5 */
    wrong = grown_answer(&grown, flat, "", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    cr_assert_str_eq(chosen(2), "0 4");
    cr_assert_str_eq(chosen(4), "0 1 2 3");
    cr_assert_str_eq(chosen(5), "0 1 2 3 5");
}

Test(html_nodes, what_is_not_shown_stands_above)
{
    node(0, 5); /* 1 */
    node(1, 1); /* 2 */
    node(2, 1); /* 3 */
    (void)chosen(2);
    cr_assert_eq(html_nodes_above(&nodes, &grown.tree, 3), 1);
    cr_assert_eq(html_nodes_above(&nodes, &grown.tree, 1), 1);
    (void)chosen(0);
    cr_assert_eq(html_nodes_above(&nodes, &grown.tree, 3), CRUX_NO_NODE);
}
