/*
 * beam.c - strategy `beam`: the best children of a level, whoever their parents are.
 */
#include "search/strategies/beam.h"

#include "search/open_tree.h"
#include "search/run.h"
#include "search/strategies/front.h"

#include <assert.h>

static uint32_t beam_width(const struct crux_setup *setup)
{
    return setup->beam;
}

static double beam_worth(const struct front_child *child)
{
    double score = front_score(child);

    return score >= 0.0 ? score : (double)tree_tally(child->slot).prior / TREE_ONE;
}

/* Where it belongs among those taken so far; at the width: nowhere. */
static uint32_t beam_rank(const struct front *front, double worth)
{
    uint32_t at = front->next_count;

    while (at > 0 && front->next[at - 1].score < worth)
        at--;
    return at;
}

/* A child that an earlier pass has followed is not followed again. */
static void beam_choose(struct open_tree *open, struct front *front)
{
    for (uint32_t i = 0; i < front->count; i++) {
        const struct front_place *place = &front->places[i];
        uint32_t count = place->way == FRONT_GOES ? front_child_count(open, place) : 0;

        for (uint32_t j = 0; j < count; j++) {
            struct front_child child;
            double worth;
            uint32_t at;

            if (!front_child_at(open, place, j, &child) || front_is_worn(&child))
                continue;
            worth = beam_worth(&child);
            at = beam_rank(front, worth);
            if (at < front->width)
                front_take(open, front, place, &child, at)->score = worth;
        }
    }
}

static const struct front_rule beam_rule = {.width = beam_width, .choose = beam_choose};

static bool beam_open(void **state, const struct crux_setup *setup)
{
    return front_open(state, setup, &beam_rule);
}

const struct strategy beam_strategy = {
    .name = "beam",
    FRONT_ROW,
    .width = beam_width,
    .open = beam_open,
};
