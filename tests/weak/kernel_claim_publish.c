/*
 * kernel_claim_publish.c - protocol: claim and publish of one slot, and the states between
 * (tree.h).
 *
 * Threads walk to the root as a simulation does: mark it, and by what they find there
 * evaluate it, expand it, or look at its children. Asserted: a thread that sees a handle sees the
 * whole block, family and value; one alone publishes; no mark is left, every visit counts.
 */
#include "search/tree/cold.h"
#include "search/tree/tree.h"
#include "tests/weak/weak.h"

#define CHILDREN 3u
#define VALUE    1000u

static struct crux_setup setup;
static struct tree tree;
static struct family family;
static struct hand {
    struct arena_chunk chunk;
    uint32_t left, published;
} hands[3];

static void open_at(uint32_t state)
{
    setup = crux_setup_default();
    setup.children = CHILDREN;
    setup.simulations = 4;
    setup.lanes = 2;
    weak_expect(tree_open(&tree, &setup), "there is room for a tree");
    atomic_store(&tree.root.link, (uint64_t)state << 32);
    family.count = 0;
    for (uint32_t i = 0; i < 3; i++)
        hands[i] = (struct hand){{0, 0}, 0, 0};
}

static void expand(struct hand *hand)
{
    struct expansion expansion = {.count = CHILDREN, .depth = 1, .family = &family, .equal = 7};

    expansion.first = TREE_LEAF;
    expansion.value = VALUE;
    family.count = CHILDREN;
    weak_expect(tree_publish(&tree, &hand->chunk, &tree.root, &expansion), "there is room");
    hand->published++;
}

static void look_at(struct block *block)
{
    weak_expect(block->count == CHILDREN && block->family->count == CHILDREN, "whole families");
    for (uint32_t i = 0; i < CHILDREN; i++) {
        struct tally tally = tree_tally(tree_child(&tree, block, i));

        weak_expect(tally.prior == 7, "with all priors");
        weak_expect(i > 0 || (tally.sum == VALUE && tally.handle == TREE_LEAF), "and a value");
    }
}

static void walk(uint32_t thread)
{
    uint32_t there = tree_enter(&tree, &tree.root, 1);

    if (there >= ARENA_FIRST) {
        look_at(tree_block(&tree, there));
    } else if (there == TREE_UNVISITED &&
               tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING)) {
        tree_set_state(&tree, &tree.root, TREE_EVALUATING, TREE_LEAF);
    } else if (there == TREE_LEAF && tree_claim(&tree, &tree.root, TREE_LEAF, TREE_BUILDING)) {
        expand(&hands[thread]);
    } else {
        tree_withdraw(&tree, &tree.root, 1);
        return;
    }
    tree_leave(&tree, &tree.root, 1, VALUE);
    hands[thread].left++;
}

static void walk_twice(uint32_t thread)
{
    walk(thread);
    walk(thread);
}

static void judge(uint32_t what)
{
    struct tally end = tree_tally(&tree.root);
    uint64_t left = hands[0].left + hands[1].left + hands[2].left;
    uint32_t published = hands[0].published + hands[1].published + hands[2].published;

    (void)what;
    weak_expect(end.pending == 0 && end.visits == left && end.sum == left * VALUE, "all exact");
    weak_expect(published == (end.handle >= ARENA_FIRST), "one publishes");
}

static const struct weak_scene scenes[] = {
    {"two, from a leaf", TREE_LEAF, open_at, {walk, walk_twice}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two, from nothing", 0, open_at, {walk, walk_twice}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", TREE_LEAF, open_at, {walk, walk, walk}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
