/*
 * finished.c - reading a finished tree: its paths, and which answer to give.
 *
 * Works on the flat arrays of crux.h alone, so it serves a tree that was just
 * harvested and one that was read back from a store alike.
 */
#include "search/crux.h"

#include <assert.h>
#include <string.h>

static size_t add_step(struct crux_text *steps, size_t room, size_t at, const char *start,
                       size_t length)
{
    if (at < room)
        steps[at] = (struct crux_text){start, length};
    return at + 1;
}

static size_t add_lines(const char *text, struct crux_text *steps, size_t room, size_t at)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 0)
            at = add_step(steps, room, at, text, length);
        text += length + (text[length] == '\n');
    }
    return at;
}

size_t crux_path_steps(const struct crux_tree *tree, uint32_t rollout, struct crux_text *steps,
                       size_t room)
{
    const struct crux_rollout *answer = &tree->rollouts[rollout];
    uint32_t depth = tree->nodes[answer->node].depth;

    assert(rollout < tree->rollout_count);
    for (uint32_t node = answer->node; tree->nodes[node].parent != CRUX_NO_NODE;
         node = tree->nodes[node].parent) {
        const char *text = tree->nodes[node].text;

        (void)add_step(steps, room, tree->nodes[node].depth - 1, text, strlen(text));
    }
    return add_lines(answer->text, steps, room, depth);
}

/* The ancestor of node at depth, or node itself. */
static uint32_t ancestor(const struct crux_tree *tree, uint32_t node, uint32_t depth)
{
    assert(node < tree->node_count);
    while (tree->nodes[node].depth > depth)
        node = tree->nodes[node].parent;
    return node;
}

/* Siblings: most visits, then value, then order. */
static bool better_sibling(const struct crux_tree *tree, uint32_t a, uint32_t b)
{
    const struct crux_node *x = &tree->nodes[a], *y = &tree->nodes[b];

    if (x->visits != y->visits)
        return x->visits > y->visits;
    if (x->value != y->value)
        return x->value > y->value;
    return a < b;
}

/* Is node a on the better path than b? Decided where the two paths part; of two
 * nodes on one path the deeper is better, for it is further along it. */
static bool better_path(const struct crux_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t depth_a = tree->nodes[a].depth, depth_b = tree->nodes[b].depth;
    uint32_t shared = depth_a < depth_b ? depth_a : depth_b;

    assert(a < tree->node_count && b < tree->node_count);
    a = ancestor(tree, a, shared);
    b = ancestor(tree, b, shared);
    if (a == b)
        return depth_a > depth_b;
    while (tree->nodes[a].parent != tree->nodes[b].parent) {
        a = tree->nodes[a].parent;
        b = tree->nodes[b].parent;
    }
    return better_sibling(tree, a, b);
}

/* The number of rollouts that give the answer of this one. */
static uint32_t count_votes(const struct crux_tree *tree, uint32_t rollout)
{
    uint32_t votes = 0;

    assert(rollout < tree->rollout_count);
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        votes += strcmp(tree->rollouts[i].answer, tree->rollouts[rollout].answer) == 0;
    return votes;
}

/* The first rollout with the answer that most give. */
static uint32_t most_voted(const struct crux_tree *tree, uint32_t *most, uint32_t *of)
{
    uint32_t first = CRUX_NO_NODE;

    *most = *of = 0;
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        uint32_t votes = tree->rollouts[i].answer[0] != '\0' ? count_votes(tree, i) : 0;

        *of += votes > 0;
        if (votes > *most) {
            *most = votes;
            first = i;
        }
    }
    return first;
}

uint32_t crux_agreed_rollout(const struct crux_tree *tree, uint32_t *votes, uint32_t *of)
{
    uint32_t best = most_voted(tree, votes, of);

    assert(votes != NULL && of != NULL);
    for (uint32_t i = best; i < tree->rollout_count; i++)
        if (strcmp(tree->rollouts[i].answer, tree->rollouts[best].answer) == 0 &&
            better_path(tree, tree->rollouts[i].node, tree->rollouts[best].node))
            best = i;
    return best;
}

uint32_t crux_best_rollout(const struct crux_tree *tree)
{
    uint32_t best = CRUX_NO_NODE;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        const struct crux_rollout *candidate = &tree->rollouts[i];

        if (best == CRUX_NO_NODE || candidate->reward > tree->rollouts[best].reward ||
            (candidate->reward == tree->rollouts[best].reward &&
             better_path(tree, candidate->node, tree->rollouts[best].node)))
            best = i;
    }
    return best;
}
