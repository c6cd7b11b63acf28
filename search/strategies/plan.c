/*
 * plan.c - strategy `plan`: at each node the child that its critic likes best.
 */
#include "search/strategies/plan.h"

#include "search/open_tree.h"
#include "search/run.h"
#include "search/strategies/front.h"

#include <assert.h>

static uint32_t plan_width(const struct crux_setup *setup)
{
    (void)setup;
    return 1;
}

/* Of the children that are worn, or are not, the one with the highest score; false: none has one.
 */
static bool plan_best(struct open_tree *open, const struct front_place *place, bool worn,
                      struct front_child *best)
{
    uint32_t count = front_child_count(open, place);
    double score = -1.0;

    for (uint32_t i = 0; i < count; i++) {
        struct front_child child;

        if (!front_child_at(open, place, i, &child) || front_is_worn(&child) != worn)
            continue;
        if (front_score(&child) > score && front_score(&child) >= 0.0) {
            score = front_score(&child);
            *best = child;
        }
    }
    return score >= 0.0;
}

/* One of them by its prior; false: there is none. */
static bool plan_drawn(struct open_tree *open, const struct front *front,
                       const struct front_place *place, bool worn, struct front_child *drawn)
{
    uint32_t count = front_child_count(open, place);
    double total = 0.0;
    bool any = false;

    for (uint32_t i = 0; i < count; i++) {
        struct front_child child;
        double prior;

        if (!front_child_at(open, place, i, &child) || front_is_worn(&child) != worn)
            continue;
        /* Weighted sampling in one pass (Chao 1982). */
        prior = tree_tally(child.slot).prior;
        total += prior;
        if (!any || front_draw(front, place, i) * total < prior)
            *drawn = child;
        any = true;
    }
    return any;
}

static void plan_choose(struct open_tree *open, struct front *front)
{
    const struct front_place *place = &front->places[0];
    struct front_child child;

    assert(front->count == 1);
    if (place->way != FRONT_GOES)
        return;
    if (plan_best(open, place, false, &child) || plan_drawn(open, front, place, false, &child) ||
        plan_best(open, place, true, &child) || plan_drawn(open, front, place, true, &child))
        (void)front_take(open, front, place, &child, 0);
}

static const struct front_rule plan_rule = {.width = plan_width, .choose = plan_choose};

static bool plan_open(void **state, const struct crux_setup *setup)
{
    return front_open(state, setup, &plan_rule);
}

const struct strategy plan_strategy = {
    .name = "plan",
    FRONT_ROW,
    .width = plan_width,
    .open = plan_open,
};
