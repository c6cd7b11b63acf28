/*
 * tally.c - counts right and wrong answers at each node that their paths go through.
 */
#include "io/views/tally.h"

#include <assert.h>
#include <stdlib.h>

static void tally_add(struct tally_node *node, uint32_t rollout, bool right)
{
    node->of++;
    node->right += right;
    if (node->first[right] == CRUX_NO_NODE)
        node->first[right] = rollout;
}

static int tally_add_rollout(struct tally *tally, const struct paths *paths, uint32_t rollout,
                             struct crux_error *error)
{
    const struct crux_node *nodes = tally->tree->nodes;
    uint32_t end = tally->tree->rollouts[rollout].node;
    uint8_t verdict = tally->tree->rollouts[rollout].verdict;
    struct path path;
    int status;

    if (verdict == CRUX_UNKNOWN)
        return CRUX_OK;
    assert(verdict == CRUX_RIGHT || verdict == CRUX_WRONG);
    status = paths_read(paths, rollout, &path, error);
    for (uint32_t node = end; node != CRUX_NO_NODE; node = nodes[node].parent)
        tally_add(&tally->of[node], rollout, verdict == CRUX_RIGHT);
    for (size_t i = 0; status == CRUX_OK && i < path.known; i++)
        if (nodes[path.nodes[i]].depth > nodes[end].depth) /* its own lines */
            tally_add(&tally->of[path.nodes[i]], rollout, verdict == CRUX_RIGHT);
    path_close(&path);
    return status;
}

int tally_open(struct tally *out, const struct paths *paths, struct crux_error *error)
{
    const struct crux_tree *tree = paths->tree;
    int status = CRUX_OK;

    *out = (struct tally){tree, malloc(((size_t)tree->node_count + 1) * sizeof *out->of)};
    if (out->of == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the answers of problem %s",
                         tree->problem->id);
    for (uint32_t i = 0; i <= tree->node_count; i++)
        out->of[i] = (struct tally_node){.first = {CRUX_NO_NODE, CRUX_NO_NODE}};
    for (uint32_t i = 0; i < tree->rollout_count && status == CRUX_OK; i++)
        status = tally_add_rollout(out, paths, i, error);
    return status;
}

void tally_close(struct tally *tally)
{
    free(tally->of);
    tally->of = NULL;
}

double tally_value(const struct tally_node *node)
{
    return node->of == 0 ? 0.0 : (double)node->right / (double)node->of;
}
