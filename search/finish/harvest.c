/*
 * harvest.c - a search tree at rest copied into flat arrays.
 *
 * Depth first, children in order of prior, so that numbering needs no memory of its own
 * and the same tree always has the same numbers.
 *
 * Two passes over one walk: the first counts, the second writes into arrays of
 * that size. The walk keeps its own stack, for trees may be 1,024 deep. What is said
 * of a family as a whole is summed up once, on the way down to it.
 */
#include "search/finish/harvest.h"

#include "search/finish/target.h"

#include "search/run.h"

#include <assert.h>
#include <stdlib.h>

/* What is written, or only counted when the arrays are NULL. */
struct basket {
    const struct tree *tree;
    struct crux_node *nodes;
    struct crux_rollout *rollouts; /* by ordinal */
    struct crux_remark *remarks;   /* those of nodes, and behind them of rollouts ... */
    const struct remark **said;    /* ... which come here first, by ordinal */
    struct target_child *family;   /* room for the widest */
    uint32_t node_count, rollout_count, node_remarks, rollout_remarks, widest;
};

/* A family on the way from the root to where the walk is. */
struct level {
    struct block *wing;
    uint32_t next;   /* child to visit in the wing */
    uint32_t parent; /* node number */
    uint32_t children;
    struct target target;
};

/* Stand at the next child; false: there is none. Nameless ones have nothing to show. */
static bool has_child(const struct tree *tree, struct level *level)
{
    assert(level->wing == NULL || level->next <= level->wing->count);
    while (level->wing != NULL &&
           (level->wing->family == NULL || level->next == level->wing->count)) {
        level->wing = tree_next_wing(tree, level->wing);
        level->next = 0;
    }
    return level->wing != NULL;
}

static void put_rollouts(struct basket *basket, const struct cold_node *cold, uint32_t node)
{
    /* relaxed: the tree is at rest; the count of lanes left has ordered what they did. */
    const struct rollout *rollout = atomic_load_explicit(&cold->rollouts, memory_order_relaxed);

    assert(node < basket->node_count);
    for (; rollout != NULL; rollout = rollout->next) {
        if (basket->rollouts != NULL)
            basket->said[rollout->ordinal] = rollout->remark;
        if (basket->rollouts != NULL)
            basket->rollouts[rollout->ordinal] =
                (struct crux_rollout){.node = node,
                                      .text = rollout->step->text,
                                      .answer = rollout->answer,
                                      .reward = rollout->reward,
                                      .origin = rollout->step->origin,
                                      .verdict = (uint8_t)rollout->verdict};
        basket->rollout_count++;
        basket->rollout_remarks += rollout->remark != NULL;
    }
}

static struct crux_remark harvest_remark_of(const struct remark *remark, uint32_t path)
{
    return (struct crux_remark){.path = path,
                                .role = (uint8_t)remark->role,
                                .score = remark->score,
                                .opinion = remark->opinion};
}

/* What critics said of a node, by role. */
static void put_remarks(struct basket *basket, const struct cold_node *cold, uint32_t node)
{
    const struct remark *said[] = {cold->scored, cold->valued};

    assert(said[0] == NULL || said[1] == NULL || said[0]->role < said[1]->role);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (said[i] == NULL)
            continue;
        if (basket->remarks != NULL)
            basket->remarks[basket->node_remarks] = harvest_remark_of(said[i], node);
        basket->node_remarks++;
    }
}

/* All nodes have been put: what was said of rollouts goes behind. */
static void put_said(struct basket *basket)
{
    uint32_t at = basket->node_remarks;

    for (uint32_t i = 0; i < basket->rollout_count; i++)
        if (basket->said[i] != NULL)
            basket->remarks[at++] = harvest_remark_of(basket->said[i], i);
    assert(at == basket->node_remarks + basket->rollout_remarks);
}

/* --- one node -------------------------------------------------------------------- */

static double harvest_mean_of(struct tally tally)
{
    return tally.visits > 0 ? (double)tally.sum / tally.visits / TREE_ONE : 0.0;
}

/* Children whose slots were never made are there as well: proposed, untried. */
static struct tally harvest_tally_of(const struct tree *tree, struct block *wing, uint32_t index)
{
    assert(index < wing->count);
    if (index < tree_slots(wing))
        return tree_tally(tree_child(tree, wing, index));
    return (struct tally){.prior = 1};
}

/* The child at which the walk is. Each wing's priors sum up to 1: over the family each
 * wing has a share by its children. */
static struct target_child child_at(const struct level *level, struct tally tally)
{
    double prior = (double)level->wing->family->node[level->next].prior;

    assert(level->next < level->wing->count && level->children >= level->wing->count);
    return (struct target_child){.prior = prior * level->wing->count / level->children,
                                 .value = harvest_mean_of(tally),
                                 .visits = tally.visits};
}

static struct crux_node harvest_node_of(const struct cold_node *cold, struct tally tally)
{
    const struct crux_step *step = cold->step;

    return (struct crux_node){
        .parent = CRUX_NO_NODE,
        .visits = tally.visits,
        .tokens = step != NULL ? step->tokens : 0,
        .logprob = step != NULL ? (double)step->logprob : 0.0,
        .value = harvest_mean_of(tally),
        .prior = 1.0,
        .score = (double)cold->score,
        .target = 1.0,
        .origin = step != NULL ? step->origin : 0,
        .text = step != NULL ? step->text : "",
        .kind = step != NULL ? step->kind : CRUX_STEP,
        .terminal = step != NULL && step->terminal,
        .closed = tally.prior == 0,
    };
}

/* level: NULL for the root. */
static uint32_t harvest_put_node(struct basket *basket, const struct level *level,
                                 const struct cold_node *cold, struct tally tally)
{
    uint32_t number = basket->node_count++;

    if (basket->nodes != NULL) {
        struct crux_node *node = &basket->nodes[number];

        *node = harvest_node_of(cold, tally);
        if (level != NULL) {
            struct target_child child = child_at(level, tally);

            node->parent = level->parent;
            node->depth = level->wing->depth;
            node->prior = child.prior;
            node->target = target_share(&level->target, &child);
        }
    }
    put_rollouts(basket, cold, number);
    put_remarks(basket, cold, number);
    return number;
}

/* --- one family ------------------------------------------------------------------- */

static uint32_t harvest_count_children(const struct tree *tree, struct level level)
{
    uint32_t count = 0;

    for (; has_child(tree, &level); level.next++)
        count++;
    return count;
}

/* The mean of the node's own evaluations, without what its children brought. */
static double own_value(const struct cold_node *cold, struct tally tally)
{
    uint64_t visits = atomic_load_explicit(&cold->own_visits, memory_order_relaxed);
    uint64_t sum = atomic_load_explicit(&cold->own_sum, memory_order_relaxed);

    return visits > 0 ? (double)sum / (double)visits / TREE_ONE : harvest_mean_of(tally);
}

static struct target harvest_sum_up(const struct basket *basket, struct level level, double own)
{
    uint32_t count = 0;

    assert(level.children > 0 && level.children <= basket->widest);
    for (; has_child(basket->tree, &level); level.next++)
        basket->family[count++] =
            child_at(&level, harvest_tally_of(basket->tree, level.wing, level.next));
    return target_of(basket->family, count, own);
}

/* Go down to the children of a node that was just put; false: it has none to show. */
static bool open_level(struct basket *basket, struct level *level, const struct cold_node *cold,
                       struct tally tally, uint32_t number)
{
    if (tally.handle < ARENA_FIRST)
        return false;
    *level = (struct level){.wing = tree_block(basket->tree, tally.handle), .parent = number};
    level->children = harvest_count_children(basket->tree, *level);
    if (level->children > basket->widest)
        basket->widest = level->children;
    if (basket->nodes != NULL && level->children > 0)
        level->target = harvest_sum_up(basket, *level, own_value(cold, tally));
    return level->children > 0;
}

static void walk(const struct open_tree *open, struct basket *basket, struct level *stack)
{
    struct tally tally = tree_tally(&open->tree.root);
    uint32_t number = harvest_put_node(basket, NULL, &open->root, tally), top = 0;

    top += open_level(basket, &stack[top], &open->root, tally, number);
    while (top > 0) {
        struct level *level = &stack[top - 1];
        const struct cold_node *cold;

        if (!has_child(&open->tree, level)) {
            top--;
            continue;
        }
        cold = &level->wing->family->node[level->next];
        tally = harvest_tally_of(&open->tree, level->wing, level->next);
        number = harvest_put_node(basket, level, cold, tally);
        level->next++;
        top += open_level(basket, &stack[top], cold, tally, number);
    }
}

/* --- the whole --------------------------------------------------------------------- */

static int harvest_no_memory(uint32_t nodes, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to harvest %u nodes", nodes);
}

/* What the first walk counted. */
static bool harvest_make_room(struct basket *basket, struct crux_tree *out)
{
    out->node_count = basket->node_count;
    out->rollout_count = basket->rollout_count;
    out->remark_count = basket->node_remarks + basket->rollout_remarks;
    out->nodes = basket->nodes = calloc(out->node_count, sizeof *basket->nodes);
    out->rollouts = basket->rollouts = calloc(out->rollout_count + 1u, sizeof *basket->rollouts);
    out->remarks = basket->remarks = calloc(out->remark_count + 1u, sizeof *basket->remarks);
    basket->said = calloc(out->rollout_count + 1u, sizeof *basket->said);
    basket->family = calloc(basket->widest + 1u, sizeof *basket->family);
    return basket->nodes != NULL && basket->rollouts != NULL && basket->remarks != NULL &&
           basket->said != NULL && basket->family != NULL;
}

int harvest(const struct open_tree *open, struct crux_tree *out, struct crux_error *error)
{
    struct level *stack = calloc(open->run->setup.depth + 1u, sizeof *stack);
    struct basket basket = {.tree = &open->tree};
    int status = CRUX_OK;

    assert(out->nodes == NULL && out->rollouts == NULL && out->remarks == NULL);
    if (stack == NULL)
        return harvest_no_memory(0, error);
    walk(open, &basket, stack);
    assert(basket.rollout_count == atomic_load_explicit(&open->rollouts, memory_order_relaxed));
    if (!harvest_make_room(&basket, out)) {
        status = harvest_no_memory(basket.node_count, error);
    } else {
        basket.node_count = basket.rollout_count = 0;
        basket.node_remarks = basket.rollout_remarks = 0;
        walk(open, &basket, stack);
        put_said(&basket);
    }
    free(basket.said);
    free(basket.family);
    free(stack);
    return status;
}

/* --- the best path ------------------------------------------------------------------- */

/* Below a block, in the order of crux.h: most visits, then value, then the first. Of equal
 * visits the higher sum is the higher value. */
static struct tally best_child(const struct tree *tree, struct block *wing, uint32_t *choice)
{
    struct tally best = {0};
    uint32_t number = 0;

    for (; wing != NULL; wing = tree_next_wing(tree, wing)) {
        for (uint32_t i = 0; i < tree_slots(wing); i++) {
            struct tally child = tree_tally(tree_child(tree, wing, i));

            if (child.visits < best.visits ||
                (child.visits == best.visits && child.sum <= best.sum))
                continue;
            best = child;
            *choice = number + i;
        }
        number += wing->count;
    }
    return best;
}

int harvest_best(const struct open_tree *open, struct crux_tree *out, struct crux_error *error)
{
    struct tally tally = tree_tally(&open->tree.root);
    uint16_t *best = calloc(open->run->setup.depth + 1u, sizeof *best);
    uint32_t choice = 0;

    assert(out->best == NULL && out->best_depth == 0);
    if (best == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the best path of a tree");
    out->best = best;
    while (tally.handle >= ARENA_FIRST) {
        tally = best_child(&open->tree, tree_block(&open->tree, tally.handle), &choice);
        if (tally.visits == 0)
            break;
        assert(out->best_depth < open->run->setup.depth);
        best[out->best_depth++] = (uint16_t)choice;
    }
    return CRUX_OK;
}

void harvest_free(struct crux_tree *tree)
{
    free((void *)(uintptr_t)tree->nodes);
    free((void *)(uintptr_t)tree->rollouts);
    free((void *)(uintptr_t)tree->remarks);
    free((void *)(uintptr_t)tree->pairs);
    free((void *)(uintptr_t)tree->rights);
    free((void *)(uintptr_t)tree->best);
}
