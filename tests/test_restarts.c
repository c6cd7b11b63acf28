/*
 * test_restarts.c - what io/restarts.h promises: which replies begin anew, and how many of a tree.
 */
#include <criterion/criterion.h>

#include "io/restarts.h"

#define LONG "We are asked for the side of a square with an area of 9."

/* The path's first step once more, whatever comes behind it and however it is set. */
Test(restarts, begins_anew)
{
    cr_assert(restarts_begins_anew(LONG, LONG));
    cr_assert(
        restarts_begins_anew("\v\v**We are asked** for  the side of a square with another", LONG));
    cr_assert(restarts_begins_anew("x + y = 9. So", "x + y = 9. "));
    cr_assert(restarts_begins_anew("Step 1: the area", "**Step 1:** the side"));
    cr_assert(restarts_begins_anew("1. area", "1. side"));
}

/* What goes on does not: other words, a next label, or a first step too short to tell. */
Test(restarts, goes_on)
{
    cr_assert_not(restarts_begins_anew("So the side is 3.", LONG));
    cr_assert_not(restarts_begins_anew("We are asked for the side only.", LONG));
    cr_assert_not(restarts_begins_anew("Step 2: the area", "Step 1: the side"));
    cr_assert_not(restarts_begins_anew("1. area", "Let us list them:"));
    cr_assert_not(restarts_begins_anew("So x", "So"));
    cr_assert_not(restarts_begins_anew("x + y", "x + y = 9."));
    cr_assert_not(restarts_begins_anew("", LONG));
    cr_assert_not(restarts_begins_anew("12 apples", "1. side"));
    cr_assert_not(restarts_begins_anew("1.5 apples", "1.7 pears"));
}

/* Only what is behind a step of the reasoning could have gone on; a sub-goal is none, what was
 * looked up neither goes on nor begins. */
Test(restarts, of_a_tree)
{
    static const struct crux_node nodes[] = {
        {.parent = CRUX_NO_NODE, .text = ""},
        {.parent = 0, .depth = 1, .kind = CRUX_REASON, .text = "Next: reason."},
        {.parent = 1, .depth = 2, .kind = CRUX_RATIONALE, .text = LONG},
        {.parent = 2, .depth = 3, .kind = CRUX_GENQUERY, .text = "Next: query."},
        {.parent = 3, .depth = 4, .kind = CRUX_QUERY, .text = LONG},
        {.parent = 4, .depth = 5, .kind = CRUX_REASON, .text = "Next: reason."},
        {.parent = 5, .depth = 6, .kind = CRUX_RATIONALE, .text = "So it is 3."},
        {.parent = 5, .depth = 6, .kind = CRUX_RATIONALE, .text = LONG},
    };
    static const struct crux_rollout rollouts[] = {{.node = 1, .text = LONG},
                                                   {.node = 4, .text = LONG "\nSo 3."},
                                                   {.node = 4, .text = "So 3."},
                                                   {.node = 6, .text = ""}};
    static const struct crux_tree tree = {
        .nodes = nodes, .node_count = 8, .rollouts = rollouts, .rollout_count = 4};
    struct restarts found = {.continued = 1};
    char sentence[RESTARTS_SENTENCE];

    cr_assert(restarts_add(&found, &tree));
    cr_assert_eq(found.continued, 5);
    cr_assert_eq(found.restarts, 2);
    cr_assert_str_eq(restarts_sentence(sentence, &found),
                     "2 of 5 replies that go on with a text begin it anew (40.0 %)");
}

Test(restarts, of_none)
{
    char sentence[RESTARTS_SENTENCE];

    cr_assert_str_eq(restarts_sentence(sentence, &(struct restarts){.continued = 0}), "");
}
