/*
 * html_nodes.c - chooses the nodes of a page.
 *
 * What counts for a node is not its visits but the fewest on the way to it: so a family is never
 * ahead of its parent, whatever a store says, and one walk in that order leaves nobody without one.
 */
#include "io/views/html_nodes.h"

#include <stdlib.h>

/* A choice that is being made. */
struct html_choice {
    struct html_nodes *nodes;
    const struct crux_tree *tree;
    uint64_t room; /* nodes that may still be taken */
};

static void html_take(struct html_choice *choice, uint32_t node)
{
    if (choice->nodes->shown[node])
        return;
    choice->nodes->shown[node] = true;
    choice->nodes->count++;
    choice->room--;
}

/* A path down to a node, if there is room for what is lacking of it. */
static bool html_take_path(struct html_choice *choice, uint32_t rollout)
{
    const struct crux_tree *tree = choice->tree;
    uint32_t node = tree->rollouts[rollout].node;
    uint64_t lacking = 0;

    for (uint32_t up = node; up != CRUX_NO_NODE && !choice->nodes->shown[up];
         up = tree->nodes[up].parent)
        lacking++;
    if (lacking > choice->room)
        return false;
    for (; node != CRUX_NO_NODE; node = tree->nodes[node].parent)
        html_take(choice, node);
    return true;
}

static void html_take_paths(struct html_choice *choice)
{
    const struct crux_tree *tree = choice->tree;
    uint32_t best = crux_best_rollout(tree);
    bool fits = best == CRUX_NO_NODE || html_take_path(choice, best);

    for (uint32_t i = 0; i < tree->pair_count && fits; i++)
        fits = html_take_path(choice, tree->pairs[i].right) &&
               html_take_path(choice, tree->pairs[i].wrong);
}

/* --- by visits ---------------------------------------------------------------------------- */

struct html_ranked {
    uint32_t visits, node;
};

static int html_compare(const void *left, const void *right)
{
    const struct html_ranked *a = left, *b = right;

    if (a->visits != b->visits)
        return a->visits < b->visits ? 1 : -1;
    return a->node < b->node ? -1 : a->node > b->node;
}

static int html_take_visited(struct html_choice *choice, struct crux_error *error)
{
    const struct crux_tree *tree = choice->tree;
    struct html_ranked *ranked = malloc(((size_t)tree->node_count + 1) * sizeof *ranked);

    if (ranked == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to choose nodes of problem %s",
                         tree->problem->id);
    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t parent = tree->nodes[i].parent, visits = tree->nodes[i].visits;

        if (parent != CRUX_NO_NODE && ranked[parent].visits < visits)
            visits = ranked[parent].visits;
        ranked[i] = (struct html_ranked){visits, i};
    }
    qsort(ranked, tree->node_count, sizeof *ranked, html_compare);
    for (uint32_t i = 0; i < tree->node_count && choice->room > 0; i++)
        html_take(choice, ranked[i].node);
    free(ranked);
    return CRUX_OK;
}

/* --- the whole ---------------------------------------------------------------------------- */

static void html_count(struct html_nodes *nodes, const struct crux_tree *tree)
{
    for (uint32_t i = 1; i < tree->node_count; i++)
        if (!nodes->shown[i] && nodes->shown[tree->nodes[i].parent])
            nodes->hidden[tree->nodes[i].parent]++;
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        nodes->rollouts += nodes->shown[tree->rollouts[i].node];
}

int html_nodes_choose(struct html_nodes *out, const struct crux_tree *tree, uint64_t room,
                      struct crux_error *error)
{
    size_t places = (size_t)tree->node_count + 1;
    struct html_choice choice = {.nodes = out, .tree = tree, .room = room};
    int status = CRUX_OK;

    *out = (struct html_nodes){.shown = calloc(places, sizeof *out->shown),
                               .hidden = calloc(places, sizeof *out->hidden)};
    if (out->shown == NULL || out->hidden == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to choose nodes of problem %s",
                         tree->problem->id);
    if (tree->node_count > 0 && room > 0)
        html_take(&choice, 0);
    if (out->count > 0 && tree->node_count > room)
        html_take_paths(&choice);
    if (out->count > 0)
        status = html_take_visited(&choice, error);
    html_count(out, tree);
    return status;
}

void html_nodes_close(struct html_nodes *nodes)
{
    free(nodes->shown);
    free(nodes->hidden);
    *nodes = (struct html_nodes){.shown = NULL};
}

uint32_t html_nodes_above(const struct html_nodes *nodes, const struct crux_tree *tree,
                          uint32_t node)
{
    while (node != CRUX_NO_NODE && !nodes->shown[node])
        node = tree->nodes[node].parent;
    return node;
}
