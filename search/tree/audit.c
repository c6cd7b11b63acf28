/*
 * audit.c - checking a tree at rest: nothing may be left in flight and every sum must fit.
 *
 * Each node's visits and sum must be its children's plus its own, and its own are
 * compared with what the simulations wrote down beside the tree (cold.h), where a
 * node has texts. The audit walks every slot, so it also finds what no selection
 * would ever meet again.
 */
#include "search/tree/cold.h"
#include "search/tree/tree.h"

#include <assert.h>

static bool own_fits(const struct cold_node *cold, uint64_t visits, uint64_t sum)
{
    if (cold == NULL) /* a nameless world: its own sum must be possible */
        return sum <= visits * TREE_ONE;
    return sum == node_own_sum(cold);
}

static bool visits_fit(const struct cold_node *cold, uint64_t visits)
{
    return cold == NULL || visits == node_own_visits(cold);
}

static void audit_node(const struct tree *tree, const struct slot *slot,
                       const struct cold_node *cold, struct crux_audit *out);

static void audit_children(const struct tree *tree, struct block *block, struct tally *own,
                           struct crux_audit *out)
{
    assert(tree_slots(block) <= block->count);
    assert(block->family == NULL || block->family->count >= block->count);
    for (uint32_t i = 0; i < tree_slots(block); i++) {
        const struct slot *child = tree_child(tree, block, i);
        struct tally tally = tree_tally(child);

        own->visits -= tally.visits;
        own->sum -= tally.sum;
        audit_node(tree, child, block->family != NULL ? &block->family->node[i] : NULL, out);
    }
}

static void audit_node(const struct tree *tree, const struct slot *slot,
                       const struct cold_node *cold, struct crux_audit *out)
{
    struct tally own = tree_tally(slot);

    assert(own.handle <= TREE_TERMINAL || own.handle >= ARENA_FIRST);
    out->evaluated += own.visits > 0;
    out->visits += own.visits;
    out->in_flight_left += own.pending;
    out->claims_left += own.handle == TREE_EVALUATING || own.handle == TREE_BUILDING;
    if (own.handle >= ARENA_FIRST) {
        out->blocks++;
        for (struct block *wing = tree_block(tree, own.handle); wing != NULL;
             wing = tree_next_wing(tree, wing))
            audit_children(tree, wing, &own, out);
    }
    out->visit_errors += !visits_fit(cold, own.visits);
    out->sum_errors += !own_fits(cold, own.visits, own.sum);
}

void tree_audit(const struct tree *tree, const struct cold_node *root, struct crux_audit *out)
{
    *out = (struct crux_audit){.root_visits = tree_tally(&tree->root).visits};
    audit_node(tree, &tree->root, root, out);
}
