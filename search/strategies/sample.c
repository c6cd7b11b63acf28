/*
 * sample.c - strategy `sample`: independent answers from the root, the control
 * that shows what search adds.
 *
 * Every simulation is one answer. The root is never claimed, so all of them may
 * be in flight at once, and it is never expanded.
 */
#include "search/lane.h"
#include "search/strategies/strategy.h"

void sample_descend(struct simulation **group, uint32_t count)
{
    struct tree *tree = &group[0]->lane->open->tree;

    (void)tree_enter(tree, &tree->root, count);
    for (uint32_t i = 0; i < count; i++) {
        path_begin(group[i]);
        group[i]->aim =
            (uint8_t)(lane_reserve(group[i]->lane, group[i], 1) ? AIM_EVALUATE : AIM_SPENT);
    }
}
