/*
 * kernel_widen.c - protocol: a node gets one wing more behind its last one (tree.h).
 *
 * Threads claim the place behind the last wing; who has it makes a wing, or lets it be;
 * another one walks through the wings. Asserted: a thread that sees a wing sees all of it, plain
 * fields and slots; wings are numbered one behind the other, and none is lost.
 */
#include "search/tree/tree.h"
#include "tests/weak/weak.h"

#define FIRST 2u

static struct crux_setup setup;
static struct tree tree;
static struct block *block;
static struct hand {
    struct arena_chunk chunk;
    uint32_t made;
} hands[3];

static void open_block(uint32_t what)
{
    struct arena_chunk chunk = {0, 0};
    struct expansion expansion = {.count = FIRST, .depth = 1, .equal = 7};

    (void)what;
    setup = crux_setup_default();
    setup.children = FIRST;
    setup.widen = 1.0;
    setup.simulations = 4;
    setup.lanes = 2;
    weak_expect(tree_open(&tree, &setup), "there is room for a tree");
    (void)tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_BUILDING);
    weak_expect(tree_publish(&tree, &chunk, &tree.root, &expansion), "there is room for a block");
    block = tree_block(&tree, tree_tally(&tree.root).handle);
    for (uint32_t i = 0; i < 3; i++)
        hands[i] = (struct hand){{0, 0}, 0};
}

static void widen(uint32_t thread)
{
    struct block *last = tree_claim_wing(&tree, block);
    struct expansion expansion = {.count = 1, .depth = 1, .equal = 9};

    if (last != NULL)
        hands[thread].made += tree_widen(&tree, &hands[thread].chunk, last, &expansion);
}

static void widen_twice(uint32_t thread)
{
    widen(thread);
    widen(thread);
}

static void let_be(uint32_t thread)
{
    struct block *last = tree_claim_wing(&tree, block);

    (void)thread;
    if (last != NULL)
        tree_unclaim_wing(last, false);
}

static void walk(uint32_t thread)
{
    uint32_t children = tree_children(&tree, block);

    (void)thread;
    for (uint32_t i = 0; i < children; i++) {
        uint32_t index = i;
        struct block *wing = tree_wing_of(&tree, block, &index);

        weak_expect(wing->depth == 1 && index < wing->count, "a whole wing");
        weak_expect(tree_tally(tree_child(&tree, wing, index)).prior == (i < FIRST ? 7 : 9),
                    "with its slots");
    }
}

static void judge(uint32_t what)
{
    walk(what);
    weak_expect(tree_children(&tree, block) == FIRST + hands[0].made + hands[1].made,
                "no wing is lost");
    weak_expect(tree_claim_wing(&tree, block) != NULL, "and another one may come");
}

static const struct weak_scene scenes[] = {
    {"one makes, one walks", 0, open_block, {widen_twice, walk}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two make", 0, open_block, {widen_twice, widen}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"one lets it be", 0, open_block, {widen_twice, let_be, walk}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
