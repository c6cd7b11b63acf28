/*
 * plan.c - the tree of plan.h as constants.
 */
#include "tests/world/plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct crux_problem plan_problem = {.id = "zorp",
                                                 .prompt = "What does a zorp weigh, in grams?",
                                                 .line = "{\"id\": \"zorp\"}",
                                                 .answer = "7"};

/* Parent, depth, visits, tokens, value, prior, score, target, log-probability, text, kind. */
static const struct crux_node plan_nodes[] = {
    {CRUX_NO_NODE, 0, 42, 0, 0.5, 0.5, -1.0, 0.5, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 40, 1, 0.6, 0.5, 0.5, 0.5, 0.0, "Next: reason about the problem.", CRUX_REASON, false,
     false, 0},
    {1, 2, 20, 2, 0.75, 0.5, 0.5, 0.5, 0.0, "A zorp is a unit.", CRUX_RATIONALE, false, false, 0},
    {2, 3, 8, 3, 0.5, 0.5, 0.5, 0.5, 0.0, "Next: reason about the problem.", CRUX_REASON, false,
     false, 0},
    {3, 4, 4, 4, 1.0, 0.5, 0.5, 0.5, 0.0, "So it is 7 grams.", CRUX_RATIONALE, false, false, 0},
    {3, 4, 4, 5, 0.0, 0.5, 0.5, 0.5, 0.0, "So it is 8 grams.", CRUX_RATIONALE, false, false, 0},
    {2, 3, 12, 6, 0.875, 0.5, 0.5, 0.5, 0.0, "Next: write a query for what is not known.",
     CRUX_GENQUERY, false, false, 0},
    {6, 4, 8, 7, 1.0, 0.5, 0.5, 0.5, 0.0, "weight of a zorp", CRUX_QUERY, false, false, 0},
    {7, 5, 5, 8, 1.0, 0.5, 0.5, 0.5, 0.0, "Next: retrieve what answers the query.", CRUX_RETRIEVE,
     false, false, 0},
    {8, 6, 3, 9, 1.0, 0.5, 0.5, 0.5, 0.0, "[d1] Zorps\vA zorp weighs 7 g.", CRUX_DOC, false, false,
     0},
    {9, 7, 3, 10, 1.0, 0.5, 0.5, 0.5, 0.0, "Next: reason about the problem.", CRUX_REASON, false,
     false, 0},
    {10, 8, 2, 11, 1.0, 0.5, 0.5, 0.5, 0.0, "It weighs 7 grams.", CRUX_RATIONALE, false, false, 0},
    {10, 8, 1, 12, 0.25, 0.5, 0.5, 0.5, 0.0, "It weighs 70 grams.", CRUX_RATIONALE, false, false,
     0},
    {8, 6, 1, 13, 0.0, 0.5, 0.5, 0.5, 0.0, "[d2] Blips\vA blip weighs 8 g.", CRUX_DOC, false, false,
     0},
    {8, 6, 1, 14, 0.0, 0.5, 0.5, 0.5, 0.0, "[d3] Grams", CRUX_DOC, false, false, 0},
    {7, 5, 2, 15, 0.5, 0.5, 0.5, 0.5, 0.0, "Next: reason about the problem.", CRUX_REASON, false,
     false, 0},
    {15, 6, 2, 16, 0.5, 0.5, 0.5, 0.5, 0.0, "Zorps weigh grams.", CRUX_RATIONALE, false, false, 0},
    {16, 7, 1, 17, 0.5, 0.5, 0.5, 0.5, 0.0, "Next: write a query for what is not known.",
     CRUX_GENQUERY, false, false, 0},
    {17, 8, 1, 18, 0.5, 0.5, 0.5, 0.5, 0.0, "grams", CRUX_QUERY, false, false, 0},
    {16, 7, 1, 19, 0.25, 0.5, 0.5, 0.5, 0.0, "Next: retrieve what answers the query.",
     CRUX_RETRIEVE, false, false, 0},
    {7, 5, 2, 20, 0.5, 0.5, 0.5, 0.5, 0.0, "Next: write a query for what is not known.",
     CRUX_GENQUERY, false, false, 0},
    {6, 4, 3, 21, 0.5, 0.5, 0.5, 0.5, 0.0, "weight", CRUX_QUERY, false, false, 0},
    {6, 4, 1, 22, 0.25, 0.5, 0.5, 0.5, 0.0, "zorp", CRUX_QUERY, false, false, 0},
    {1, 2, 15, 23, 0.25, 0.5, 0.5, 0.5, 0.0, "A zorp weighs a gram.", CRUX_RATIONALE, false, false,
     0},
    {1, 2, 3, 24, 0.125, 0.5, 0.5, 0.5, 0.0, " A zorp is a unit. ", CRUX_RATIONALE, false, false,
     0},
};

/* A right and a wrong one behind each node without children. */
static const struct crux_rollout plan_rollouts[] = {
    {4, "So 7.", "7", 1.0, CRUX_RIGHT, 0},  {4, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {5, "So 7.", "7", 1.0, CRUX_RIGHT, 0},  {5, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {11, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {11, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {12, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {12, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {13, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {13, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {14, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {14, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {18, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {18, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {19, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {19, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {20, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {20, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {21, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {21, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {22, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {22, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {23, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {23, "So 8.", "8", 0.0, CRUX_WRONG, 0},
    {24, "So 7.", "7", 1.0, CRUX_RIGHT, 0}, {24, "So 8.", "8", 0.0, CRUX_WRONG, 0},
};

const struct plan_pair plan_pairs[PLAN_PAIRS] = {
    {2, 23, "rationale", {0}}, /* not with 24, which says the same */
    {6, 3, "subgoal", {2}},          {4, 5, "rationale", {2}},
    {7, 21, "query", {2}},           {7, 22, "query", {2}},
    {8, 15, "subgoal", {2, 7}},      {8, 20, "subgoal", {2, 7}},
    {9, 13, "doc", {2, 7}},          {9, 14, "doc", {2, 7}},
    {11, 12, "rationale", {2}}, /* neither the query nor the document */
    {17, 19, "subgoal", {2, 7, 16}},
};

struct crux_tree plan_tree(void)
{
    return (struct crux_tree){.problem = &plan_problem,
                              .reason = CRUX_REASON_BUDGET,
                              .node_count = COUNT(plan_nodes),
                              .rollout_count = COUNT(plan_rollouts),
                              .nodes = plan_nodes,
                              .rollouts = plan_rollouts,
                              .failure = ""};
}
