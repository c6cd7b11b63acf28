/*
 * kernel_growth.c - protocol: the slots behind a block's first ones (tree.h).
 *
 * The first slots of a block are all closed, so that a selection can only choose among the
 * rest, which the first who needs them makes. Asserted: a selection gets a child of the
 * rest, whose prior is there, or learns that another thread makes them; never that there is
 * none. Slots that were seen early are zeros, which look like closed ones: no race, and
 * nothing that x86 would show. A child that was chosen can be claimed once.
 */
#include "search/tree/tree.h"
#include "tests/weak/weak.h"

#define CHILDREN (TREE_TILE + 2)
#define PRIOR    7u

static struct crux_setup setup;
static struct tree tree;
static struct block *block;
static struct hand {
    struct arena_chunk chunk;
    uint32_t claimed;
} hands[3];

static void open_block(uint32_t what)
{
    struct arena_chunk chunk = {0, 0};
    struct expansion expansion = {.count = CHILDREN, .depth = 1, .equal = PRIOR};

    (void)what;
    setup = crux_setup_default();
    setup.children = CHILDREN;
    setup.simulations = 4;
    setup.lanes = 2;
    weak_expect(tree_open(&tree, &setup), "there is room for a tree");
    (void)tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_BUILDING);
    weak_expect(tree_publish(&tree, &chunk, &tree.root, &expansion), "there is room for a block");
    block = tree_block(&tree, tree_tally(&tree.root).handle);
    for (uint32_t i = 0; i < TREE_TILE; i++)
        tree_close_node(tree_child(&tree, block, i));
    for (uint32_t i = 0; i < 3; i++)
        hands[i] = (struct hand){{0, 0}, 0};
}

/* NULL: somebody makes them. */
static struct slot *select_child(uint32_t thread)
{
    uint32_t index = tree_select(&tree, &hands[thread].chunk, &tree.root, block);

    weak_expect(index != TREE_NONE, "there is a child, or there will be");
    if (index == TREE_SOON)
        return NULL;
    weak_expect(index >= TREE_TILE && index < CHILDREN, "a child of the rest");
    weak_expect(tree_slots(block) == CHILDREN, "who has seen the rest sees it again");
    return tree_child(&tree, block, index);
}

static void take_child(uint32_t thread)
{
    struct slot *slot = select_child(thread);

    if (slot == NULL)
        return;
    weak_expect(tree_tally(slot).prior == PRIOR, "with its prior");
    weak_expect(tree_enter(&tree, slot, 1) <= TREE_EVALUATING, "with its state");
    hands[thread].claimed += tree_claim(&tree, slot, TREE_UNVISITED, TREE_EVALUATING);
}

static void look_at_child(uint32_t thread)
{
    (void)select_child(thread);
}

static void judge(uint32_t what)
{
    uint32_t taken = 0;

    (void)what;
    weak_expect(tree_slots(block) == CHILDREN, "the block has grown");
    for (uint32_t i = TREE_TILE; i < CHILDREN; i++)
        taken += tree_tally(tree_child(&tree, block, i)).handle == TREE_EVALUATING;
    weak_expect(taken == hands[0].claimed + hands[1].claimed + hands[2].claimed,
                "each child that was claimed was claimed once");
}

static const struct weak_scene scenes[] = {
    {"two", 0, open_block, {take_child, take_child}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", 0, open_block, {take_child, take_child, look_at_child}, judge, 1, WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
