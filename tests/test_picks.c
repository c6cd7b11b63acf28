/*
 * test_picks.c - which of a finished tree's answers each rule picks, and how ties end.
 *
 * All answers are given at the root of a tree without steps, as strategy sample does; the last
 * tests are about answers on paths.
 */
#include "search/crux.h"

#include <criterion/criterion.h>
#include <string.h>

static struct crux_node nodes[] = {
    {.parent = CRUX_NO_NODE, .visits = 9, .text = ""},
    {.parent = 0, .depth = 1, .visits = 3, .text = "few"},
    {.parent = 0, .depth = 1, .visits = 6, .text = "many"},
};
static struct crux_rollout rollouts[16];
static struct crux_tree tree = {.nodes = nodes, .node_count = 3, .rollouts = rollouts};

/* "a:0.5 b:0.9": answers and their rewards, in the order of settling; "-" is none. */
static void say(const char *text)
{
    static char names[16][8];

    tree.rollout_count = 0;
    while (*text != '\0') {
        uint32_t i = tree.rollout_count++;
        size_t length = strcspn(text, ":");
        char *end;

        memcpy(names[i], text, length);
        names[i][text[0] == '-' ? 0 : length] = '\0';
        rollouts[i] = (struct crux_rollout){
            .text = "x", .answer = names[i], .reward = strtod(text + length + 1, &end)};
        text = end + strspn(end, " ");
    }
}

static uint32_t picked(enum crux_pick_rule rule, uint32_t first, double alpha)
{
    const struct crux_pick how = {rule, first, alpha};

    return crux_pick(&tree, &how);
}

#define PICK(rule) picked(CRUX_PICK_##rule, 0, 0.0)

/* Each rule looks at something else. */
Test(picks, rules_differ)
{
    say("a:0.1 b:0.4 b:0.4 c:0.9 b:0.1 d:0.6 d:0.6");
    cr_assert_eq(PICK(FIRST), 0);
    cr_assert_eq(PICK(BEST), 3);
    cr_assert_eq(PICK(MAJORITY), 1, "three votes");
    cr_assert_eq(PICK(WEIGHTED), 5, "1.2 in all");
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.25), 5, "two of seven and 0.6");
}

/* No rollout, no answer. */
Test(picks, of_nothing_nothing)
{
    say("");
    for (int rule = 0; rule < CRUX_PICK_RULES; rule++)
        cr_assert_eq(picked((enum crux_pick_rule)rule, 0, 0.1), CRUX_NO_NODE);
}

/* Rollouts behind the first N do not count: not their rewards, not their votes, nor the share. */
Test(picks, smaller_budgets_see_less)
{
    say("a:0.2 b:0.3 c:0.9 c:0.9 c:0.9");
    cr_assert_eq(picked(CRUX_PICK_BEST, 2, 0.0), 1);
    cr_assert_eq(picked(CRUX_PICK_MAJORITY, 2, 0.0), 0, "one vote each");
    cr_assert_eq(picked(CRUX_PICK_WEIGHTED, 2, 0.0), 1);
    cr_assert_eq(picked(CRUX_PICK_BOM, 2, 0.5), 1, "one of two is a half");
    cr_assert_eq(picked(CRUX_PICK_BOM, 5, 0.5), 2);
    cr_assert_eq(picked(CRUX_PICK_BEST, 100, 0.0), 2, "more than there are");
}

/* A share of exactly alpha is enough, whatever binary fractions make of it. */
Test(picks, alpha_is_the_least_share)
{
    say("a:0.9 b:0.5 b:0.5 b:0.1 c:0.6 c:0.1 d:0.1 e:0.1 f:0.1 g:0.1");
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.1), 0);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.2), 4);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.3), 1);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.31), CRUX_NO_NODE, "none is so frequent");
}

/* alpha 0 is best-of-N, to the last tie. */
Test(picks, best_of_majority_begins_as_best)
{
    say("-:0.9 a:0.9 a:0.1");
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.0), PICK(BEST));
    cr_assert_eq(PICK(BEST), crux_best_rollout(&tree));
}

/* Who says nothing is not elected by any number, but is one of all. */
Test(picks, no_answer_never_wins)
{
    say("-:0.9 -:0.9 -:0.9 a:0.1");
    cr_assert_eq(PICK(MAJORITY), 3);
    cr_assert_eq(PICK(WEIGHTED), 3);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.25), 3);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.26), CRUX_NO_NODE);
    say("-:1 -:1");
    cr_assert_eq(PICK(MAJORITY), CRUX_NO_NODE);
    cr_assert_eq(PICK(WEIGHTED), CRUX_NO_NODE);
}

/* The answer that was given first wins a tie; rewards of 0 are rewards. */
Test(picks, ties_go_to_the_first)
{
    say("a:0.5 b:0.5 b:0 a:0");
    cr_assert_eq(PICK(MAJORITY), 0);
    cr_assert_eq(PICK(WEIGHTED), 0);
    cr_assert_eq(PICK(BEST), 0);
    cr_assert_eq(picked(CRUX_PICK_BOM, 0, 0.5), 0);
    say("a:0 b:0 b:0");
    cr_assert_eq(PICK(WEIGHTED), 0);
    cr_assert_eq(PICK(MAJORITY), 1);
}

/* Of one answer's rollouts the one with the highest reward is shown, then that on the better path.
 */
Test(picks, an_answer_shows_its_best_path)
{
    say("a:0.1 b:0.2 b:0.7 b:0.5");
    cr_assert_eq(PICK(MAJORITY), 2);
    say("a:0.1 b:0.7 b:0.7");
    rollouts[1].node = 1;
    rollouts[2].node = 2;
    cr_assert_eq(PICK(MAJORITY), 2);
    cr_assert_eq(PICK(BEST), 2);
    cr_assert_eq(crux_best_rollout(&tree), 2);
}

/* Names are what options and outputs say. */
Test(picks, rules_have_names)
{
    cr_assert_str_eq(crux_pick_rule_name(CRUX_PICK_FIRST), "first");
    cr_assert_str_eq(crux_pick_rule_name(CRUX_PICK_BOM), "bom");
    cr_assert_str_eq(crux_pick_rule_name(CRUX_PICK_RULES), "?");
}
