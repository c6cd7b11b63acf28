/*
 * kernel_enter_leave.c - protocol: marks on the way down, values on the way up (tree.h).
 *
 * Threads go from the root to one child and come back, with a value or without one, while
 * another bars the child and one looks on. Asserted: a thread that looks sees sums that belong to
 * the visits beside them; in the end no mark is left, sums are exact, the child is closed
 * and still has the state it had. The orders are relaxed: the operations alone must do it.
 */
#include "search/tree/tree.h"
#include "tests/weak/weak.h"

#define VALUE 500u
#define PRIOR 9u

static struct crux_setup setup;
static struct tree tree;
static struct slot child;

static void open_tree(uint32_t what)
{
    (void)what;
    setup = crux_setup_default();
    setup.simulations = 4;
    setup.lanes = 2;
    weak_expect(tree_open(&tree, &setup), "there is room for a tree");
    atomic_store(&child.tally, 0);
    atomic_store(&child.link, (uint64_t)TREE_LEAF << 32 | PRIOR);
}

static void come_back(uint32_t thread)
{
    (void)thread;
    (void)tree_enter(&tree, &tree.root, 1);
    weak_expect(tree_enter(&tree, &child, 1) == TREE_LEAF, "marks disturb no state");
    tree_leave(&tree, &child, 1, VALUE);
    tree_leave(&tree, &tree.root, 1, VALUE);
}

static void come_back_as_two(uint32_t thread)
{
    (void)thread;
    (void)tree_enter(&tree, &child, 2);
    tree_leave(&tree, &child, 2, (uint64_t)2 * VALUE);
}

static void give_up(uint32_t thread)
{
    (void)thread;
    (void)tree_enter(&tree, &tree.root, 1);
    (void)tree_enter(&tree, &child, 1);
    tree_withdraw(&tree, &child, 1);
    tree_withdraw(&tree, &tree.root, 1);
}

static void bar(uint32_t thread)
{
    (void)thread;
    tree_close_node(&child);
}

static void look(uint32_t thread)
{
    (void)thread;
    for (uint32_t i = 0, before = 0; i < 2; i++) {
        struct tally tally = tree_tally(&child);

        weak_expect(tally.sum == (uint64_t)tally.visits * VALUE, "sums belong to visits");
        weak_expect(tally.visits >= before, "visits grow");
        weak_expect(tally.pending <= 3, "marks are at most as many as were made");
        before = tally.visits;
    }
}

static void judge(uint32_t visits)
{
    struct tally end = tree_tally(&child);

    weak_expect(end.pending == 0 && tree_tally(&tree.root).pending == 0, "no mark is left");
    weak_expect(end.visits == visits && end.sum == (uint64_t)visits * VALUE, "sums are exact");
    weak_expect(end.handle == TREE_LEAF, "the state is as it was");
    weak_expect((end.prior == 0) == (visits == 1), "who was closed is, and nobody else");
}

static const struct weak_scene scenes[] = {
    {"two with a value", 2, open_tree, {come_back, come_back}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"one bars", 1, open_tree, {come_back, give_up, bar}, judge, 3, WEAK_ALWAYS},
    {"one looks on", 3, open_tree, {come_back, look, come_back_as_two}, judge, 3, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
