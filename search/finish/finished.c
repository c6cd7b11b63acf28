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

static bool is_of_solution(const struct crux_tree *tree, uint32_t node)
{
    return tree->nodes[node].parent != CRUX_NO_NODE &&
           crux_kind_reasons((enum crux_kind)tree->nodes[node].kind);
}

/* Of the steps down to a node those that are part of the solution. */
static size_t count_reasoning(const struct crux_tree *tree, uint32_t node)
{
    size_t count = 0;

    for (; tree->nodes[node].parent != CRUX_NO_NODE; node = tree->nodes[node].parent)
        count += is_of_solution(tree, node);
    return count;
}

size_t crux_path_steps(const struct crux_tree *tree, uint32_t rollout, struct crux_text *steps,
                       size_t room)
{
    const struct crux_rollout *answer = &tree->rollouts[rollout];
    size_t count = count_reasoning(tree, answer->node), at = count;

    assert(rollout < tree->rollout_count);
    for (uint32_t node = answer->node; at > 0; node = tree->nodes[node].parent) {
        const char *text = tree->nodes[node].text;

        if (is_of_solution(tree, node))
            (void)add_step(steps, room, --at, text, strlen(text));
    }
    return add_lines(answer->text, steps, room, count);
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

/* Does a rollout come before another one: a higher reward, else the better path? */
static bool better_rollout(const struct crux_tree *tree, uint32_t a, uint32_t b)
{
    const struct crux_rollout *x = &tree->rollouts[a], *y = &tree->rollouts[b];

    if (x->reward != y->reward)
        return x->reward > y->reward;
    return better_path(tree, x->node, y->node);
}

uint32_t crux_best_rollout(const struct crux_tree *tree)
{
    const struct crux_pick best = {.rule = CRUX_PICK_BEST};

    return crux_pick(tree, &best);
}

/* --- picking by a rule ------------------------------------------------------------------- */

const char *crux_pick_rule_name(enum crux_pick_rule rule)
{
    static const char *const names[] = {"first", "best", "majority", "weighted", "bom"};

    return (unsigned)rule < CRUX_PICK_RULES ? names[rule] : "?";
}

static bool same_rollout_answer(const struct crux_tree *tree, uint32_t a, uint32_t b)
{
    return strcmp(tree->rollouts[a].answer, tree->rollouts[b].answer) == 0;
}

/* The best of the first `among` rollouts; with like not CRUX_NO_NODE of those with its answer. */
static uint32_t pick_best(const struct crux_tree *tree, uint32_t among, uint32_t like)
{
    uint32_t best = CRUX_NO_NODE;

    for (uint32_t i = 0; i < among; i++)
        if ((like == CRUX_NO_NODE || same_rollout_answer(tree, i, like)) &&
            (best == CRUX_NO_NODE || better_rollout(tree, i, best)))
            best = i;
    return best;
}

/* What speaks for an answer, by all of the first `among` rollouts that give it. */
struct pick_support {
    uint32_t votes;
    double sum, best; /* of their rewards */
};

static struct pick_support pick_support(const struct crux_tree *tree, uint32_t among,
                                        uint32_t first)
{
    struct pick_support support = {0, 0.0, 0.0};

    assert(first < among && among <= tree->rollout_count);
    for (uint32_t i = first; i < among; i++)
        if (same_rollout_answer(tree, i, first)) {
            double reward = tree->rollouts[i].reward;

            support.votes++;
            support.sum += reward;
            support.best = support.votes == 1 || reward > support.best ? reward : support.best;
        }
    return support;
}

/* An answer's worth by a rule; below 0: it cannot win. */
static double pick_worth(const struct crux_pick *how, const struct pick_support *support,
                         uint32_t among)
{
    switch (how->rule) {
    case CRUX_PICK_MAJORITY:
        return support->votes;
    case CRUX_PICK_WEIGHTED:
        return support->sum;
    default:
        return (double)support->votes / (double)among >= how->alpha ? support->best : -1.0;
    }
}

static bool is_given_before(const struct crux_tree *tree, uint32_t rollout)
{
    uint32_t i = 0;

    while (i < rollout && !same_rollout_answer(tree, i, rollout))
        i++;
    return i < rollout;
}

/* The first rollout with the answer that is worth most. */
static uint32_t pick_answer(const struct crux_tree *tree, uint32_t among,
                            const struct crux_pick *how)
{
    uint32_t best = CRUX_NO_NODE;
    double most = -1.0;

    for (uint32_t i = 0; i < among; i++) {
        struct pick_support support;
        double worth;

        if (tree->rollouts[i].answer[0] == '\0' || is_given_before(tree, i))
            continue;
        support = pick_support(tree, among, i);
        worth = pick_worth(how, &support, among);
        if (worth > most) {
            most = worth;
            best = i;
        }
    }
    return best;
}

uint32_t crux_pick(const struct crux_tree *tree, const struct crux_pick *how)
{
    uint32_t among = tree->rollout_count, answer;

    assert((unsigned)how->rule < CRUX_PICK_RULES && how->alpha >= 0.0 && how->alpha <= 1.0);
    if (how->first > 0 && how->first < among)
        among = how->first;
    if (how->rule == CRUX_PICK_FIRST)
        return among > 0 ? 0 : CRUX_NO_NODE;
    if (how->rule == CRUX_PICK_BEST || (how->rule == CRUX_PICK_BOM && how->alpha == 0.0))
        return pick_best(tree, among, CRUX_NO_NODE);
    answer = pick_answer(tree, among, how);
    return answer != CRUX_NO_NODE ? pick_best(tree, among, answer) : CRUX_NO_NODE;
}

uint32_t crux_agreed_rollout(const struct crux_tree *tree, uint32_t *votes, uint32_t *of)
{
    const struct crux_pick majority = {.rule = CRUX_PICK_MAJORITY};
    uint32_t first = pick_answer(tree, tree->rollout_count, &majority), best = first;

    assert(votes != NULL && of != NULL);
    *votes = *of = 0;
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        *of += tree->rollouts[i].answer[0] != '\0';
        if (first == CRUX_NO_NODE || !same_rollout_answer(tree, i, first))
            continue;
        ++*votes;
        if (better_path(tree, tree->rollouts[i].node, tree->rollouts[best].node))
            best = i;
    }
    return best;
}
