/*
 * test_tree.c - what tree.h promises, one promise per test. One thread; what must
 * hold among many is in stress_tree.c.
 */
#include "search/tree/cold.h"
#include "search/tree/tree.h"

#include <criterion/criterion.h>

static struct tree tree;
static struct arena_chunk chunk;

static void open_tree(enum crux_selection rule, uint32_t children)
{
    struct crux_setup setup = crux_setup_default();

    setup.selection = rule;
    setup.children = children;
    setup.simulations = 1000;
    setup.exploration = 1.0;
    chunk = (struct arena_chunk){0, 0};
    cr_assert(tree_open(&tree, &setup));
}

static void set_up(void)
{
    open_tree(CRUX_PUCT, 40);
}

static void tear_down(void)
{
    tree_close(&tree);
}

/* Priors fall with the index. */
static uint32_t falling(const struct expansion *expansion, uint32_t index)
{
    return TREE_ONE / 2 - index * (TREE_ONE / 4 / expansion->count);
}

static struct block *expand(struct slot *slot, uint32_t count, uint32_t value)
{
    struct expansion expansion = {
        .count = count, .depth = 1, .prior = falling, .first = TREE_LEAF, .value = value};

    if (tree_tally(slot).handle == TREE_UNVISITED) {
        cr_assert(tree_claim(&tree, slot, TREE_UNVISITED, TREE_EVALUATING));
        tree_set_state(&tree, slot, TREE_EVALUATING, TREE_LEAF);
    }
    cr_assert(tree_claim(&tree, slot, TREE_LEAF, TREE_BUILDING));
    cr_assert(tree_publish(&tree, &chunk, slot, &expansion));
    return tree_block(&tree, tree_tally(slot).handle);
}

static void visit(struct slot *slot, uint32_t value)
{
    (void)tree_enter(&tree, slot, 1);
    tree_leave(&tree, slot, 1, value);
}

TestSuite(tree, .init = set_up, .fini = tear_down, .timeout = 30);

/* --- marks and sums --------------------------------------------------------- */

/* A mark stands until the simulation comes back, and visits count those that did. */
Test(tree, enter_marks_and_leave_counts)
{
    cr_assert_eq(tree_enter(&tree, &tree.root, 1), TREE_UNVISITED);
    cr_assert_eq(tree_tally(&tree.root).pending, 1);
    cr_assert_eq(tree_tally(&tree.root).visits, 0);
    tree_leave(&tree, &tree.root, 1, 1000);
    cr_assert_eq(tree_tally(&tree.root).pending, 0);
    cr_assert_eq(tree_tally(&tree.root).visits, 1);
    cr_assert_eq(tree_tally(&tree.root).sum, 1000);
}

/* A simulation that has nothing to say leaves no trace. */
Test(tree, withdraw_undoes_the_mark)
{
    (void)tree_enter(&tree, &tree.root, 1);
    tree_withdraw(&tree, &tree.root, 1);
    cr_assert_eq(tree_tally(&tree.root).pending, 0);
    cr_assert_eq(tree_tally(&tree.root).visits, 0);
}

/* The largest sum that visits allow does not run into the visits. */
Test(tree, sums_are_exact_at_the_limit)
{
    atomic_store(&tree.root.tally, ((uint64_t)TREE_VISITS_MOST - 1) << TREE_SUM_BITS |
                                       (uint64_t)(TREE_VISITS_MOST - 1) * TREE_ONE);
    visit(&tree.root, TREE_ONE);
    cr_assert_eq(tree_tally(&tree.root).visits, TREE_VISITS_MOST);
    cr_assert_eq(tree_tally(&tree.root).sum, (uint64_t)TREE_VISITS_MOST * TREE_ONE);
}

/* 0 and 1 are exact in fixed point. */
Test(tree, ends_of_the_range_are_exact)
{
    cr_assert_eq(tree_fixed(0.0), 0);
    cr_assert_eq(tree_fixed(1.0), TREE_ONE);
}

/* --- claims ------------------------------------------------------------------ */

/* A leaf is claimed once; the second one learns that it lost. */
Test(tree, one_claim_wins)
{
    cr_assert(tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING));
    cr_assert_not(tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING));
    cr_assert_eq(tree_enter(&tree, &tree.root, 1), TREE_EVALUATING);
    tree_withdraw(&tree, &tree.root, 1);
}

/* A claim that is given up leaves the leaf as it was, marks and prior untouched. */
Test(tree, a_turn_back_restores_the_leaf)
{
    (void)tree_enter(&tree, &tree.root, 1);
    cr_assert(tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING));
    tree_set_state(&tree, &tree.root, TREE_EVALUATING, TREE_UNVISITED);
    cr_assert_eq(tree_tally(&tree.root).handle, TREE_UNVISITED);
    cr_assert_eq(tree_tally(&tree.root).pending, 1);
    cr_assert_eq(tree_tally(&tree.root).prior, TREE_ONE);
}

/* --- growing ------------------------------------------------------------------- */

/* Children appear all at once, the first of them evaluated. */
Test(tree, publish_shows_the_whole_family)
{
    struct block *block = expand(&tree.root, 5, 700);

    cr_assert_eq(block->count, 5);
    cr_assert_eq(tree_tally(tree_child(&tree, block, 0)).visits, 1);
    cr_assert_eq(tree_tally(tree_child(&tree, block, 0)).sum, 700);
    cr_assert_eq(tree_tally(tree_child(&tree, block, 0)).handle, TREE_LEAF);
    for (uint32_t i = 1; i < 5; i++) {
        cr_assert_eq(tree_tally(tree_child(&tree, block, i)).visits, 0);
        cr_assert_eq(tree_tally(tree_child(&tree, block, i)).handle, TREE_UNVISITED);
        cr_assert_eq(tree_tally(tree_child(&tree, block, i)).prior,
                     TREE_ONE / 2 - i * (TREE_ONE / 20));
    }
}

/* A block has its first slots only, until all of them were tried. */
Test(tree, the_rest_comes_when_the_first_are_tried)
{
    struct block *block = expand(&tree.root, 40, 0);

    for (uint32_t i = 1; i < TREE_TILE; i++) {
        cr_assert_eq(tree_slots(block), TREE_TILE);
        cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), i);
        visit(tree_child(&tree, block, i), 0);
    }
    (void)tree_select(&tree, &chunk, &tree.root, block);
    cr_assert_eq(tree_slots(block), 40);
}

/* Slots that come later carry the priors they were published with. */
Test(tree, late_slots_keep_their_priors)
{
    struct block *block = expand(&tree.root, 40, 0);
    struct expansion expansion = {.count = 40};

    for (uint32_t i = 1; i < TREE_TILE; i++)
        visit(tree_child(&tree, block, i), 0);
    (void)tree_select(&tree, &chunk, &tree.root, block);
    for (uint32_t i = 0; i < 40; i++)
        cr_assert_eq(tree_tally(tree_child(&tree, block, i)).prior, falling(&expansion, i));
}

/* A full arena refuses a family and the claim is still held. */
Test(tree, a_full_arena_says_so)
{
    struct expansion expansion = {.count = 40, .depth = 1, .prior = falling, .first = TREE_LEAF};

    cr_assert(tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING));
    tree_set_state(&tree, &tree.root, TREE_EVALUATING, TREE_LEAF);
    cr_assert(tree_claim(&tree, &tree.root, TREE_LEAF, TREE_BUILDING));
    while (arena_take(&tree.arena, &chunk, 1) != 0)
        continue;
    cr_assert_not(tree_publish(&tree, &chunk, &tree.root, &expansion));
    cr_assert_eq(tree_tally(&tree.root).handle, TREE_BUILDING);
}

/* --- selection ------------------------------------------------------------------- */

/* Puct follows the prior first and the value later. */
Test(tree, puct_weighs_prior_and_value)
{
    struct block *block = expand(&tree.root, 2, 0);

    visit(&tree.root, 0);
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 1);
    visit(tree_child(&tree, block, 1), TREE_ONE);
    for (int i = 0; i < 20; i++)
        visit(tree_child(&tree, block, 0), 0);
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 1);
}

/* A simulation in flight makes a child less urgent. */
Test(tree, marks_send_the_next_one_elsewhere)
{
    struct block *block = expand(&tree.root, 3, 0);

    visit(&tree.root, 0);
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 1);
    (void)tree_enter(&tree, tree_child(&tree, block, 1), 1);
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 2);
    tree_withdraw(&tree, tree_child(&tree, block, 1), 1);
}

/* A closed child is never selected; when all are, there is none. */
Test(tree, barred_children_are_passed_over)
{
    struct block *block = expand(&tree.root, 3, 0);

    visit(&tree.root, 0);
    tree_close_node(tree_child(&tree, block, 1));
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 2);
    tree_close_node(tree_child(&tree, block, 0));
    tree_close_node(tree_child(&tree, block, 2));
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), TREE_NONE);
}

/* While another worker makes the slots behind the closed ones, the node is not dead. */
Test(tree, slots_in_the_making_are_waited_for)
{
    struct block *block = expand(&tree.root, 40, 0);

    for (uint32_t i = 0; i < TREE_TILE; i++) {
        visit(tree_child(&tree, block, i), 0);
        tree_close_node(tree_child(&tree, block, i));
    }
    atomic_store(&block->rest, 1); /* as while they are made */
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), TREE_SOON);
    atomic_store(&block->rest, 0);
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), TREE_TILE);
}

/* When the arena is full a block stays as it is, and its first slots serve on. */
Test(tree, a_block_that_cannot_grow_serves_on)
{
    struct block *block = expand(&tree.root, 40, 0);

    for (uint32_t i = 0; i < TREE_TILE; i++)
        visit(tree_child(&tree, block, i), i);
    while (arena_take(&tree.arena, &chunk, 1) != 0)
        continue;
    cr_assert_lt(tree_select(&tree, &chunk, &tree.root, block), TREE_TILE);
    cr_assert_eq(tree_slots(block), TREE_TILE);
}

/* Uct tries every child before it returns to one. */
Test(rules, uct_tries_all_first, .fini = tear_down)
{
    struct block *block;

    open_tree(CRUX_UCT, 10);
    block = expand(&tree.root, 10, TREE_ONE);
    visit(&tree.root, 0);
    for (uint32_t i = 1; i < 10; i++) {
        cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), i);
        visit(tree_child(&tree, block, i), 0);
    }
    cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 0);
}

/* Greedy, once all were tried, goes for the best value alone. */
Test(rules, greedy_follows_the_best_value, .fini = tear_down)
{
    struct block *block;

    open_tree(CRUX_GREEDY, 3);
    block = expand(&tree.root, 3, 100);
    visit(tree_child(&tree, block, 1), 300);
    visit(tree_child(&tree, block, 2), 200);
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(tree_select(&tree, &chunk, &tree.root, block), 1);
        visit(tree_child(&tree, block, 1), 300);
    }
}

/* --- the audit ---------------------------------------------------------------------- */

/* The audit finds a mark left behind, a claim left behind, and a sum that does not fit. */
Test(tree, the_audit_finds_what_is_wrong)
{
    struct block *block = expand(&tree.root, 3, 100);
    struct crux_audit audit;

    visit(&tree.root, 100);
    visit(&tree.root, 0);
    tree_audit(&tree, NULL, &audit);
    cr_assert_eq(audit.in_flight_left + audit.claims_left + audit.sum_errors, 0);
    cr_assert_eq(audit.evaluated, 2);
    cr_assert_eq(audit.root_visits, 2);
    (void)tree_enter(&tree, tree_child(&tree, block, 1), 1);
    cr_assert(tree_claim(&tree, tree_child(&tree, block, 1), TREE_UNVISITED, TREE_EVALUATING));
    visit(tree_child(&tree, block, 2), TREE_ONE);
    tree_audit(&tree, NULL, &audit);
    cr_assert_eq(audit.in_flight_left, 1);
    cr_assert_eq(audit.claims_left, 1);
    cr_assert_eq(audit.sum_errors, 1);
}

/* A reset tree is as new. */
Test(tree, reset_forgets_everything)
{
    (void)expand(&tree.root, 3, 100);
    visit(&tree.root, 100);
    tree_reset(&tree);
    cr_assert_eq(tree_tally(&tree.root).visits, 0);
    cr_assert_eq(tree_tally(&tree.root).handle, TREE_UNVISITED);
}
