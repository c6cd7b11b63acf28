/*
 * root.c - the choice at the root, by Gumbel's rule.
 */
#include "search/strategies/root.h"

#include "search/strategies/gumbel.h"

#include <assert.h>

bool root_choose(struct lane *lane, struct block *root, uint32_t *choices, uint32_t count)
{
    const struct gumbel *gumbel = root_gumbel(lane->open);
    struct tree *tree = &lane->open->tree;

    assert(count > 0);
    if (gumbel == NULL)
        return false;
    if (tree_slots(root) < gumbel->slots)
        tree_grow(tree, &lane->chunk, root);
    return gumbel_select(gumbel, tree, root, choices, count);
}
