/*
 * harvest.c - depth first, children in order of prior, so that numbering needs no
 * memory of its own and the same tree always has the same numbers.
 *
 * Two passes over one walk: the first counts, the second writes into arrays of
 * that size. The walk keeps its own stack, for trees may be 1,024 deep.
 */
#include "search/harvest.h"

#include <assert.h>
#include <stdlib.h>

/* What is written, or only counted when the arrays are NULL. */
struct basket {
    const struct tree *tree;
    struct crux_node *nodes;
    struct crux_rollout *rollouts; /* by ordinal */
    uint32_t node_count, rollout_count;
};

struct level {
    struct block *block;
    uint32_t next;   /* child to visit */
    uint32_t parent; /* node number */
};

static void put_rollouts(struct basket *basket, const struct cold_node *cold, uint32_t node)
{
    /* acquire: pairs with the release in cold_attach(). */
    const struct rollout *rollout = atomic_load_explicit(&cold->rollouts, memory_order_acquire);

    for (; rollout != NULL; rollout = rollout->next) {
        if (basket->rollouts != NULL)
            basket->rollouts[rollout->ordinal] =
                (struct crux_rollout){.node = node,
                                      .text = rollout->step->text,
                                      .answer = rollout->answer,
                                      .reward = rollout->reward,
                                      .verdict = (uint8_t)rollout->verdict};
        basket->rollout_count++;
    }
}

static struct crux_node node_of(const struct cold_node *cold, struct tally tally, uint32_t parent,
                                uint32_t depth)
{
    const struct crux_step *step = cold->step;

    return (struct crux_node){
        .parent = parent,
        .depth = depth,
        .visits = tally.visits,
        .tokens = step != NULL ? step->tokens : 0,
        .value = tally.visits > 0 ? (double)tally.sum / tally.visits / TREE_ONE : 0.0,
        .prior = (double)cold->prior,
        .score = (double)cold->score,
        .text = step != NULL ? step->text : "",
        .kind = step != NULL ? step->kind : CRUX_STEP,
        .terminal = step != NULL && step->terminal,
        .closed = tally.prior == 0,
    };
}

/* Children whose slots were never made are there as well: proposed, untried. */
static struct tally tally_of(const struct tree *tree, struct block *block, uint32_t index)
{
    if (index < tree_slots(block))
        return tree_tally(tree_child(tree, block, index));
    return (struct tally){.prior = 1};
}

static uint32_t put_node(struct basket *basket, const struct cold_node *cold, struct tally tally,
                         uint32_t parent, uint32_t depth)
{
    uint32_t number = basket->node_count++;

    if (basket->nodes != NULL)
        basket->nodes[number] = node_of(cold, tally, parent, depth);
    put_rollouts(basket, cold, number);
    return number;
}

static void push(const struct basket *basket, struct level *stack, uint32_t *top,
                 struct tally tally, uint32_t number)
{
    struct block *block;

    if (tally.handle < ARENA_FIRST)
        return;
    block = tree_block(basket->tree, tally.handle);
    if (block->family != NULL) /* nameless children have nothing to show */
        stack[(*top)++] = (struct level){block, 0, number};
}

static void walk(const struct open_tree *open, struct basket *basket, struct level *stack)
{
    struct tally tally = tree_tally(&open->tree.root);
    uint32_t top = 0;

    push(basket, stack, &top, tally, put_node(basket, &open->root, tally, CRUX_NO_NODE, 0));
    while (top > 0) {
        struct level *level = &stack[top - 1];
        uint32_t index = level->next++, number;

        if (index == level->block->count) {
            top--;
            continue;
        }
        tally = tally_of(&open->tree, level->block, index);
        number = put_node(basket, &level->block->family->node[index], tally, level->parent,
                          level->block->depth);
        push(basket, stack, &top, tally, number);
    }
}

int harvest(const struct open_tree *open, struct crux_tree *out, struct crux_error *error)
{
    struct level *stack = calloc(open->crew->setup.depth + 1u, sizeof *stack);
    struct basket basket = {.tree = &open->tree};
    int status = CRUX_OK;

    if (stack == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to harvest a tree");
    walk(open, &basket, stack);
    assert(basket.rollout_count == atomic_load(&open->rollouts));
    basket.nodes = calloc(basket.node_count, sizeof *basket.nodes);
    basket.rollouts = calloc(basket.rollout_count + 1u, sizeof *basket.rollouts);
    out->nodes = basket.nodes;
    out->rollouts = basket.rollouts;
    out->node_count = basket.node_count;
    out->rollout_count = basket.rollout_count;
    if (basket.nodes == NULL || basket.rollouts == NULL) {
        status = crux_fail(error, CRUX_MEMORY, "no memory to harvest %u nodes", basket.node_count);
    } else {
        basket.node_count = basket.rollout_count = 0;
        walk(open, &basket, stack);
    }
    free(stack);
    return status;
}

void harvest_free(struct crux_tree *tree)
{
    free((void *)(uintptr_t)tree->nodes);
    free((void *)(uintptr_t)tree->rollouts);
    free((void *)(uintptr_t)tree->pairs);
    free((void *)(uintptr_t)tree->rights);
}
