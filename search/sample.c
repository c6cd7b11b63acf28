/*
 * sample.c - strategy `sample`: independent answers from the root, the control
 * that shows what search adds.
 *
 * Every simulation is one answer. The root is never claimed, so all of them may
 * be in flight at once, and it is never expanded.
 */
#include "search/lane.h"
#include "search/strategy.h"

enum aim sample_aim(struct simulation *sim)
{
    path_begin(sim);
    (void)tree_enter(path_leaf(sim));
    return lane_reserve(sim->lane, sim, 1) ? AIM_EVALUATE : AIM_SPENT;
}
