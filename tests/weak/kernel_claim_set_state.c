/*
 * kernel_claim_set_state.c - protocol: a claim on a slot is won, and given up again (tree.h).
 *
 * Threads that saw a leaf claim it, even when it was claimed and given back meanwhile.
 * Asserted: one at a time holds the claim, and may touch what the last holder wrote
 * (`guarded`, plain; else it is a race); in the end the slot is a leaf, without marks.
 */
#include "search/tree/tree.h"
#include "tests/weak/weak.h"

static struct crux_setup setup;
static struct tree tree;
static uint32_t guarded; /* belongs to the claim */
static uint32_t held[3]; /* by each thread */

static void open_leaf(uint32_t what)
{
    (void)what;
    setup = crux_setup_default();
    setup.simulations = 4;
    setup.lanes = 2;
    weak_expect(tree_open(&tree, &setup), "there is room for a tree");
    atomic_store(&tree.root.link, (uint64_t)TREE_LEAF << 32);
    guarded = held[0] = held[1] = held[2] = 0;
}

static void hold(uint32_t thread)
{
    if (tree_enter(&tree, &tree.root, 1) == TREE_LEAF &&
        tree_claim(&tree, &tree.root, TREE_LEAF, TREE_BUILDING)) {
        guarded++;
        held[thread]++;
        tree_set_state(&tree, &tree.root, TREE_BUILDING, TREE_LEAF);
    }
    tree_withdraw(&tree, &tree.root, 1);
}

static void hold_twice(uint32_t thread)
{
    hold(thread);
    hold(thread);
}

static void judge(uint32_t what)
{
    struct tally end = tree_tally(&tree.root);

    (void)what;
    weak_expect(guarded == held[0] + held[1] + held[2] && guarded > 0, "one at a time");
    weak_expect(end.handle == TREE_LEAF && end.pending == 0, "all as it was");
}

static const struct weak_scene scenes[] = {
    {"two", 0, open_leaf, {hold, hold_twice}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", 0, open_leaf, {hold, hold, hold}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
