/*
 * mcts_group.c - strategy `mcts`: selection for several simulations at once, in cohorts.
 */
#include "search/strategies/mcts_group.h"

#include "search/open_tree.h"
#include "search/path.h"
#include "search/rng.h"
#include "search/strategies/leaf.h"
#include "search/strategies/root.h"
#include "search/strategies/widen.h"

#include <assert.h>

/* One simulation on its way: what changes with every step, side by side. */
struct descent {
    struct simulation *sim;
    struct slot **slots; /* of the record */
    uint16_t *choices;
    struct block *block; /* the wing that the last slot lies in; NULL at the root */
    uint64_t key;
    uint32_t depth;
    uint32_t index; /* of the last slot in its wing */
};

/* Descents first .. first + count - 1, all at one slot. */
struct cohort {
    uint32_t first, count;
    uint32_t handle; /* what the slot held when they came */
};

struct mcts_group {
    struct lane *lane;
    struct tree *tree;
    uint32_t head, waiting;
    struct cohort queue[LANE_GROUP_MOST]; /* a ring: never more cohorts than descents */
    struct descent descents[LANE_GROUP_MOST];
};

/* --- at the end ------------------------------------------------------------------ */

/* The descent is over: the record knows where. */
static struct simulation *group_arrive(const struct descent *descent)
{
    path_arrive(descent->sim, descent->depth, descent->key, descent->block, descent->index);
    return descent->sim;
}

static void group_end(struct mcts_group *group, struct cohort cohort, enum found found)
{
    assert(found >= FOUND_COLLISION);
    for (uint32_t i = 0; i < cohort.count; i++)
        group_arrive(&group->descents[cohort.first + i])->found = (uint8_t)found;
}

static void group_arrive_at_leaf(struct mcts_group *group, struct cohort cohort)
{
    assert(cohort.handle <= TREE_TERMINAL);
    for (uint32_t i = 0; i < cohort.count; i++) {
        struct simulation *sim = group_arrive(&group->descents[cohort.first + i]);

        sim->found = (uint8_t)leaf_claim(sim, (enum tree_state)cohort.handle);
    }
}

/* --- one level down -------------------------------------------------------------- */

static inline void group_push(struct mcts_group *group, struct cohort cohort)
{
    assert(group->waiting < LANE_GROUP_MOST);
    assert(cohort.count > 0);
    group->queue[(group->head + group->waiting++) % LANE_GROUP_MOST] = cohort;
    if (cohort.handle >= ARENA_FIRST)
        tree_prefetch(group->tree, cohort.handle);
}

static inline struct cohort group_pop(struct mcts_group *group)
{
    struct cohort cohort = group->queue[group->head];

    assert(group->waiting > 0);
    group->head = (group->head + 1) % LANE_GROUP_MOST;
    group->waiting--;
    return cohort;
}

static inline bool descent_has_room(struct descent *descent)
{
    if (descent->depth < SIMULATE_INLINE)
        return true;
    if (!path_room(descent->sim, descent->depth))
        return false;
    descent->slots = descent->sim->slots;
    descent->choices = descent->sim->choices;
    return true;
}

static inline void descent_take_step(struct descent *descent, struct block *wing, uint32_t index,
                                     struct slot *slot, uint32_t choice)
{
    assert(index < wing->count);
    descent->choices[descent->depth++] = (uint16_t)choice;
    descent->slots[descent->depth] = slot;
    descent->block = wing;
    descent->index = index;
    descent->key = rng_join(descent->key, choice);
}

/* A cohort that has chosen the same child, or none. */
static void group_go_down(struct mcts_group *group, struct cohort cohort, struct block *top,
                          uint32_t choice)
{
    struct descent *descents = group->descents + cohort.first;
    bool room = choice < TREE_SOON;
    uint32_t index = choice;
    struct block *wing;
    struct slot *slot;

    for (uint32_t i = 0; i < cohort.count && room; i++)
        room = descent_has_room(&descents[i]);
    if (!room) {
        group_end(group, cohort, choice == TREE_SOON ? FOUND_COLLISION : FOUND_DEAD_END);
        return;
    }
    wing = tree_wing_of(group->tree, top, &index);
    slot = tree_child(group->tree, wing, index);
    cohort.handle = tree_enter(group->tree, slot, cohort.count);
    for (uint32_t i = 0; i < cohort.count; i++)
        descent_take_step(&descents[i], wing, index, slot, choice);
    group_push(group, cohort);
}

/* The same for one that is alone below the root: most steps are. */
static void group_go_alone(struct mcts_group *group, struct cohort cohort, struct block *top)
{
    struct descent *descent = &group->descents[cohort.first];
    struct tree *tree = group->tree;
    uint32_t choice = tree_select(tree, &group->lane->chunk, descent->slots[descent->depth], top);
    uint32_t index = choice;
    struct block *wing;
    struct slot *slot;

    assert(cohort.count == 1);
    if (choice >= TREE_SOON || !descent_has_room(descent)) {
        group_end(group, cohort, choice == TREE_SOON ? FOUND_COLLISION : FOUND_DEAD_END);
        return;
    }
    wing = tree_wing_of(tree, top, &index);
    slot = tree_child(tree, wing, index);
    descent_take_step(descent, wing, index, slot, choice);
    group_push(group, (struct cohort){cohort.first, 1, tree_enter(tree, slot, 1)});
}

/* Bring those that chose the same child together, in their order; how many are with the
 * first one. */
static uint32_t group_gather(struct descent *descents, uint32_t *choices, uint32_t count)
{
    uint32_t together = 1;

    assert(count > 0);
    for (uint32_t i = 1; i < count; i++) {
        struct descent descent = descents[i];

        if (choices[i] != choices[0])
            continue;
        descents[i] = descents[together];
        choices[i] = choices[together];
        descents[together] = descent;
        choices[together++] = choices[0];
    }
    return together;
}

static void group_split(struct mcts_group *group, struct cohort cohort, struct block *block)
{
    uint32_t choices[LANE_GROUP_MOST];
    struct descent *descents = group->descents + cohort.first;
    struct slot *slot = descents->slots[descents->depth];

    assert(cohort.count > 0 && cohort.first + cohort.count <= LANE_GROUP_MOST);
    if (descents->depth > 0 || !root_choose(group->lane, block, choices, cohort.count))
        tree_spread(group->tree, &group->lane->chunk, slot, block, choices, cohort.count);
    for (uint32_t from = 0, some; from < cohort.count; from += some) {
        some = group_gather(descents + from, choices + from, cohort.count - from);
        group_go_down(group, (struct cohort){cohort.first + from, some, 0}, block, choices[from]);
    }
}

/* The first of a cohort may have to widen the node; then it goes no further. */
static bool group_widens(struct mcts_group *group, struct cohort *cohort, struct block *block)
{
    struct descent *descent = &group->descents[cohort->first];

    assert(cohort->count > 0);
    if (!group->tree->widens || !descent_has_room(descent) ||
        !widen_here(group_arrive(descent), block))
        return false;
    cohort->first++;
    cohort->count--;
    return true;
}

static void group_step(struct mcts_group *group, struct cohort cohort)
{
    struct block *block;

    if (cohort.handle < ARENA_FIRST) {
        group_arrive_at_leaf(group, cohort);
        return;
    }
    block = tree_block(group->tree, cohort.handle);
    if (group_widens(group, &cohort, block) && cohort.count == 0)
        return;
    if (cohort.count == 1 && group->descents[cohort.first].depth > 0)
        group_go_alone(group, cohort, block);
    else
        group_split(group, cohort, block);
}

void mcts_group_descend(struct simulation **group, uint32_t count)
{
    struct lane *lane = group[0]->lane;
    struct tree *tree = &lane->open->tree;
    struct mcts_group going;
    uint32_t begun = 0;

    assert(count > 0 && count <= LANE_GROUP_MOST);
    going.lane = lane;
    going.tree = tree;
    going.head = going.waiting = 0;
    do { /* a group has one at least */
        struct simulation *sim = group[begun];

        path_begin(sim);
        going.descents[begun] = (struct descent){
            .sim = sim, .slots = sim->slots, .choices = sim->choices, .key = lane->open->key};
    } while (++begun < count);
    group_push(&going, (struct cohort){0, count, tree_enter(tree, &tree->root, count)});
    while (going.waiting > 0)
        group_step(&going, group_pop(&going));
    for (uint32_t i = 0; i < count; i++) /* those with a way in common side by side */
        group[i] = going.descents[i].sim;
}
