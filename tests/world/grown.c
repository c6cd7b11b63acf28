/*
 * grown.c - flat arrays of a finished tree, filled one by one.
 */
#include "tests/world/grown.h"

#include <assert.h>

void grown_begin(struct grown *grown, const struct crux_problem *problem)
{
    *grown = (struct grown){.tree = {.problem = problem,
                                     .reason = CRUX_REASON_BUDGET,
                                     .failure = "",
                                     .nodes = grown->nodes,
                                     .rollouts = grown->rollouts,
                                     .pairs = grown->pairs,
                                     .rights = grown->rights}};
    (void)grown_node(grown, CRUX_NO_NODE, "");
}

uint32_t grown_node(struct grown *grown, uint32_t parent, const char *text)
{
    assert(grown->tree.node_count < GROWN_MOST);
    grown->nodes[grown->tree.node_count] = (struct crux_node){
        .parent = parent,
        .depth = parent == CRUX_NO_NODE ? 0 : grown->nodes[parent].depth + 1,
        .prior = 1,
        .score = -1,
        .target = 1,
        .text = text,
    };
    return grown->tree.node_count++;
}

uint32_t grown_answer(struct grown *grown, uint32_t node, const char *text,
                      enum crux_verdict verdict)
{
    assert(grown->tree.rollout_count < GROWN_MOST && node < grown->tree.node_count);
    grown->rollouts[grown->tree.rollout_count] =
        (struct crux_rollout){.node = node,
                              .text = text,
                              .answer = verdict == CRUX_RIGHT ? "7" : "8",
                              .reward = verdict == CRUX_RIGHT,
                              .verdict = (uint8_t)verdict};
    return grown->tree.rollout_count++;
}

void grown_answers(struct grown *grown, uint32_t node, const char *text, enum crux_verdict verdict,
                   uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        (void)grown_answer(grown, node, text, verdict);
}

struct crux_pair *grown_pair(struct grown *grown, uint32_t wrong, uint32_t right, uint32_t prefix)
{
    struct crux_pair *pair = &grown->pairs[grown->tree.pair_count++];

    assert(grown->tree.pair_count <= GROWN_MOST);
    *pair = (struct crux_pair){.wrong = wrong,
                               .right = right,
                               .prefix = prefix,
                               .first_error = CRUX_NO_STEP,
                               .critique = "",
                               .error_type = "",
                               .corrected_step = "",
                               .method = ""};
    return pair;
}

void grown_right(struct grown *grown, uint32_t rollout)
{
    assert(grown->tree.right_count < GROWN_MOST);
    grown->rights[grown->tree.right_count++] = rollout;
}
