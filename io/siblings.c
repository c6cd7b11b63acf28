/*
 * siblings.c - walks the families of a tree for pairs.
 */
#include "io/siblings.h"

#include "io/steps.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SIBLINGS_ROUNDING 1e-9 /* 3/10 less 2/10 is a margin of 0.1, too */

/* Children of each node as lists through first and next; 0 ends one, as the root is nobody's. */
struct siblings_walk {
    const struct crux_tree *tree;
    const struct siblings_rule *rule;
    const double *worth;
    siblings_pair *pair;
    void *context;
    struct siblings_count *count;
    uint32_t *first, *next;
    uint32_t *better, *lower; /* of the family at hand */
    uint32_t better_count, lower_count;
};

double siblings_value(const struct crux_node *node, uint32_t least_visits)
{
    return node->visits > 0 && node->visits >= least_visits ? node->value : -1.0;
}

/* The kind that stands for all of a family. */
static enum crux_kind siblings_family(enum crux_kind kind)
{
    return crux_kind_is_subgoal(kind) ? CRUX_REASON : kind;
}

static bool siblings_takes(const struct siblings_walk *walk, uint32_t node, enum crux_kind family)
{
    enum crux_kind kind = (enum crux_kind)walk->tree->nodes[node].kind;

    return siblings_family(kind) == family && (walk->rule->kinds >> kind & 1) != 0;
}

/* How many of a family there are, and the highest worth among them; below 0: none is known. */
static uint32_t siblings_best(const struct siblings_walk *walk, uint32_t parent,
                              enum crux_kind family, double *best)
{
    uint32_t count = 0;

    *best = -1.0;
    for (uint32_t i = walk->first[parent]; i != 0; i = walk->next[i]) {
        if (!siblings_takes(walk, i, family))
            continue;
        count++;
        *best = walk->worth[i] > *best ? walk->worth[i] : *best;
    }
    return count;
}

static void siblings_part(struct siblings_walk *walk, uint32_t parent, enum crux_kind family,
                          double best)
{
    walk->better_count = walk->lower_count = 0;
    for (uint32_t i = walk->first[parent]; i != 0; i = walk->next[i]) {
        double worth = walk->worth[i];

        if (!siblings_takes(walk, i, family))
            continue;
        if (worth == best)
            walk->better[walk->better_count++] = i;
        else if (worth >= 0.0 && best - worth >= walk->rule->margin - SIBLINGS_ROUNDING)
            walk->lower[walk->lower_count++] = i;
    }
}

static bool siblings_say_the_same(const struct crux_tree *tree, uint32_t a, uint32_t b)
{
    const char *x = tree->nodes[a].text, *y = tree->nodes[b].text;
    struct crux_text one = steps_bare((struct crux_text){x, strlen(x)});
    struct crux_text two = steps_bare((struct crux_text){y, strlen(y)});

    return one.length == two.length && memcmp(one.start, two.start, one.length) == 0;
}

static bool siblings_put(const struct siblings_walk *walk, uint32_t better, uint32_t lower)
{
    return siblings_say_the_same(walk->tree, better, lower) ||
           walk->pair(walk->context, better, lower);
}

static bool siblings_put_next(const struct siblings_walk *walk)
{
    uint32_t next = walk->lower[0];

    for (uint32_t i = 1; i < walk->lower_count; i++)
        next = walk->worth[walk->lower[i]] > walk->worth[next] ? walk->lower[i] : next;
    return siblings_put(walk, walk->better[0], next);
}

/* Each child once and more: the shorter of the two lists begins again. */
static bool siblings_put_all(const struct siblings_walk *walk)
{
    uint32_t pairs =
        walk->better_count > walk->lower_count ? walk->better_count : walk->lower_count;

    for (uint32_t i = 0, better = 0, lower = 0; i < pairs; i++) {
        if (!siblings_put(walk, walk->better[better], walk->lower[lower]))
            return false;
        better = better + 1 < walk->better_count ? better + 1 : 0;
        lower = lower + 1 < walk->lower_count ? lower + 1 : 0;
    }
    return true;
}

static bool siblings_of(struct siblings_walk *walk, uint32_t parent, enum crux_kind family)
{
    double best;

    if (siblings_best(walk, parent, family, &best) < 2)
        return true;
    walk->count->families++;
    walk->count->unknown += best < 0.0;
    if (best < 0.0)
        return true;
    siblings_part(walk, parent, family, best);
    if (walk->lower_count == 0)
        return true;
    return walk->rule->siblings == CRUX_SIBLINGS_ONE ? siblings_put_next(walk)
                                                     : siblings_put_all(walk);
}

/* The kinds of families there are among the children of a node: a set. */
static uint32_t siblings_families(const struct siblings_walk *walk, uint32_t parent)
{
    uint32_t set = 0;

    for (uint32_t i = walk->first[parent]; i != 0; i = walk->next[i])
        set |= 1U << siblings_family((enum crux_kind)walk->tree->nodes[i].kind);
    return set;
}

static void siblings_link(struct siblings_walk *walk)
{
    for (uint32_t i = walk->tree->node_count; i-- > 1;) {
        uint32_t parent = walk->tree->nodes[i].parent;

        walk->next[i] = walk->first[parent];
        walk->first[parent] = i;
    }
}

bool siblings_each(const struct crux_tree *tree, const struct siblings_rule *rule,
                   const double *worth, siblings_pair *pair, void *context,
                   struct siblings_count *count)
{
    struct siblings_walk walk = {.tree = tree,
                                 .rule = rule,
                                 .worth = worth,
                                 .pair = pair,
                                 .context = context,
                                 .count = count};
    size_t nodes = (size_t)tree->node_count + 1;
    bool ok;

    assert(rule->margin >= 0.0 && rule->margin <= 1.0);
    walk.first = calloc(4 * nodes, sizeof *walk.first);
    ok = walk.first != NULL;
    if (ok) {
        walk.next = walk.first + nodes;
        walk.better = walk.next + nodes;
        walk.lower = walk.better + nodes;
        siblings_link(&walk);
    }
    for (uint32_t parent = 0; ok && parent < tree->node_count; parent++) {
        uint32_t families = siblings_families(&walk, parent);

        for (uint32_t family = 0; ok && family < CRUX_KINDS; family++)
            ok =
                (families >> family & 1) == 0 || siblings_of(&walk, parent, (enum crux_kind)family);
    }
    free(walk.first);
    return ok;
}
