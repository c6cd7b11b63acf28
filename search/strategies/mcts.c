/*
 * mcts.c - strategy `mcts`: follow the best-looking children to a leaf.
 *
 * A leaf that nobody has seen is evaluated; one that was, is expanded: so a
 * policy is asked only for nodes that selection comes back to.
 *
 * Simulations go down as a group. Those at the same node are a party: they choose
 * together, mark each child once for all that go to it, and part. Parties wait in a
 * queue, so between two looks at a block there is time for its lines to come from
 * memory. A group of one is the plain descent.
 */
#include "search/lane.h"
#include "search/rng.h"
#include "search/strategies/strategy.h"
#include "search/strategies/widen.h"

#include <assert.h>

/* One simulation on its way: what changes with every step, side by side. */
struct walk {
    struct simulation *sim;
    struct slot **slots; /* of the record */
    uint16_t *choices;
    struct block *block; /* the wing that the last slot lies in; NULL at the root */
    uint64_t key;
    uint32_t depth;
    uint32_t index; /* of the last slot in its wing */
};

/* Walks first .. first + count - 1, all at one slot. */
struct party {
    uint32_t first, count;
    uint32_t handle; /* what the slot held when they came */
};

struct descent {
    struct open_tree *open;
    struct tree *tree;
    struct arena_chunk *chunk;
    uint32_t head, waiting;
    struct party queue[LANE_GROUP_MOST]; /* a ring: never more parties than walks */
    struct walk walks[LANE_GROUP_MOST];
};

/* --- at the leaf --------------------------------------------------------------- */

/* Policy calls that evaluating the leaf, or its first child, may take. */
static uint32_t calls_to_evaluate(const struct simulation *sim)
{
    return sim->lane->crew->setup.rollouts > 0 ? 1 : 0;
}

static enum aim claim_leaf(struct simulation *sim, enum tree_state from, enum tree_state to,
                           uint32_t calls, enum aim aim)
{
    if (!lane_reserve(sim->lane, sim, calls))
        return AIM_SPENT;
    if (!tree_claim(&sim->lane->open->tree, path_leaf(sim), from, to)) {
        lane_unreserve(sim->lane, sim);
        return AIM_COLLIDED;
    }
    sim->claimed = true;
    return aim;
}

/* The leaf is ours; is its state? */
static enum aim aim_at_state(struct simulation *sim, uint64_t key)
{
    struct open_tree *open = sim->lane->open;
    uint32_t value = 0;

    switch (same_claim(&open->same, key, &value)) {
    case SAME_MINE:
        sim->holds_state = true;
        break;
    case SAME_KNOWN:
        lane_unreserve(sim->lane, sim);
        sim->value = (double)value / TREE_ONE;
        return AIM_SAME;
    case SAME_TAKEN:
        lane_unreserve(sim->lane, sim);
        tree_turn(&open->tree, path_leaf(sim), TREE_EVALUATING, TREE_UNVISITED);
        sim->claimed = false;
        return AIM_COLLIDED;
    case SAME_FULL:
        break;
    }
    return AIM_EVALUATE;
}

static enum aim aim_at_new(struct simulation *sim)
{
    const struct crux_step *step = sim->call.state.last;
    uint32_t calls = step != NULL && step->terminal ? 0 : calls_to_evaluate(sim);
    enum aim aim = claim_leaf(sim, TREE_UNVISITED, TREE_EVALUATING, calls, AIM_EVALUATE);

    if (aim == AIM_EVALUATE && step != NULL && step->same != 0 &&
        sim->lane->crew->setup.transpositions)
        return aim_at_state(sim, step->same);
    return aim;
}

static enum aim aim_at_leaf(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->crew->setup;
    uint32_t calls;

    if (sim->depth >= setup->depth)
        return AIM_KNOWN;
    if (!path_room(sim, sim->depth))
        return AIM_DEAD;
    /* Where equal states share their evaluation an expansion evaluates nothing. */
    calls = 1 + (setup->transpositions ? 0 : calls_to_evaluate(sim));
    return claim_leaf(sim, TREE_LEAF, TREE_BUILDING, calls, AIM_EXPAND);
}

static enum aim aim_at(struct simulation *sim, enum tree_state state)
{
    switch (state) {
    case TREE_UNVISITED:
        return aim_at_new(sim);
    case TREE_LEAF:
        return aim_at_leaf(sim);
    case TREE_TERMINAL:
        return AIM_KNOWN;
    case TREE_EVALUATING:
    case TREE_BUILDING:
        break;
    }
    return AIM_COLLIDED;
}

/* The walk is over: the record knows where. */
static struct simulation *arrive(const struct walk *walk)
{
    struct simulation *sim = walk->sim;
    struct crux_state *state = &sim->call.state;

    sim->depth = (uint16_t)walk->depth;
    state->depth = walk->depth;
    state->key = walk->key;
    if (walk->block != NULL)
        sim->node = walk->block->family != NULL ? &walk->block->family->node[walk->index] : NULL;
    state->last = sim->node != NULL ? sim->node->step : NULL;
    return sim;
}

static void end_walk(const struct walk *walk, enum aim aim)
{
    arrive(walk)->aim = (uint8_t)aim;
}

static void arrive_at_leaf(struct descent *descent, struct party party)
{
    for (uint32_t i = 0; i < party.count; i++) {
        struct simulation *sim = arrive(&descent->walks[party.first + i]);

        sim->aim = (uint8_t)aim_at(sim, (enum tree_state)party.handle);
    }
}

/* --- one level down -------------------------------------------------------------- */

static inline void push(struct descent *descent, struct party party)
{
    assert(descent->waiting < LANE_GROUP_MOST);
    descent->queue[(descent->head + descent->waiting++) % LANE_GROUP_MOST] = party;
    if (party.handle >= ARENA_FIRST)
        tree_prefetch(descent->tree, party.handle);
}

static inline struct party pop(struct descent *descent)
{
    struct party party = descent->queue[descent->head];

    descent->head = (descent->head + 1) % LANE_GROUP_MOST;
    descent->waiting--;
    return party;
}

static inline bool has_room(struct walk *walk)
{
    if (walk->depth < SIMULATE_INLINE)
        return true;
    if (!path_room(walk->sim, walk->depth))
        return false;
    walk->slots = walk->sim->slots;
    walk->choices = walk->sim->choices;
    return true;
}

static inline void take_step(struct walk *walk, struct block *wing, uint32_t local,
                             struct slot *slot, uint32_t choice)
{
    walk->choices[walk->depth++] = (uint16_t)choice;
    walk->slots[walk->depth] = slot;
    walk->block = wing;
    walk->index = local;
    walk->key = rng_join(walk->key, choice);
}

/* A party that has chosen the same child, or none. */
static void go_down(struct descent *descent, struct party party, struct block *top, uint32_t choice)
{
    struct walk *walks = descent->walks + party.first;
    bool room = choice < TREE_SOON;
    uint32_t local = choice;
    struct block *wing;
    struct slot *slot;

    for (uint32_t i = 0; i < party.count && room; i++)
        room = has_room(&walks[i]);
    if (!room) {
        for (uint32_t i = 0; i < party.count; i++)
            end_walk(&walks[i], choice == TREE_SOON ? AIM_COLLIDED : AIM_DEAD);
        return;
    }
    wing = tree_wing_of(descent->tree, top, &local);
    slot = tree_child(descent->tree, wing, local);
    party.handle = tree_enter(descent->tree, slot, party.count);
    for (uint32_t i = 0; i < party.count; i++)
        take_step(&walks[i], wing, local, slot, choice);
    push(descent, party);
}

/* The same for one that is alone: most steps are. */
static void go_alone(struct descent *descent, uint32_t number, struct block *top)
{
    struct walk *walk = &descent->walks[number];
    struct tree *tree = descent->tree;
    uint32_t choice = tree_select(tree, descent->chunk, walk->slots[walk->depth], top);
    uint32_t local = choice;
    struct block *wing;
    struct slot *slot;

    if (choice >= TREE_SOON || !has_room(walk)) {
        end_walk(walk, choice == TREE_SOON ? AIM_COLLIDED : AIM_DEAD);
        return;
    }
    wing = tree_wing_of(tree, top, &local);
    slot = tree_child(tree, wing, local);
    take_step(walk, wing, local, slot, choice);
    push(descent, (struct party){number, 1, tree_enter(tree, slot, 1)});
}

/* Bring those that chose the same child together, in their order; how many are with the
 * first one. */
static uint32_t gather(struct walk *walks, uint32_t *choices, uint32_t count)
{
    uint32_t together = 1;

    for (uint32_t i = 1; i < count; i++) {
        struct walk walk = walks[i];

        if (choices[i] != choices[0])
            continue;
        walks[i] = walks[together];
        choices[i] = choices[together];
        walks[together] = walk;
        choices[together++] = choices[0];
    }
    return together;
}

static bool choose_by_gumbel(struct descent *descent, struct block *root, uint32_t *choices,
                             uint32_t count)
{
    const struct gumbel *gumbel = &descent->open->gumbel;

    if (tree_slots(root) < gumbel->slots)
        tree_grow(descent->tree, descent->chunk, root);
    return gumbel_select(gumbel, descent->tree, root, choices, count);
}

static void part(struct descent *descent, struct party party, struct block *block)
{
    uint32_t choices[LANE_GROUP_MOST];
    struct walk *walks = descent->walks + party.first;
    struct slot *slot = walks->slots[walks->depth];

    if (walks->depth > 0 || descent->open->crew->setup.root != CRUX_ROOT_GUMBEL ||
        !choose_by_gumbel(descent, block, choices, party.count))
        tree_spread(descent->tree, descent->chunk, slot, block, choices, party.count);
    for (uint32_t from = 0, some; from < party.count; from += some) {
        some = gather(walks + from, choices + from, party.count - from);
        go_down(descent, (struct party){party.first + from, some, 0}, block, choices[from]);
    }
}

/* The first of a party may have to widen the node; then it goes no further. */
static bool widens(struct descent *descent, struct party *party, struct block *block)
{
    struct walk *walk = &descent->walks[party->first];

    if (!descent->tree->widens || !has_room(walk) || !widen_here(arrive(walk), block))
        return false;
    party->first++;
    party->count--;
    return true;
}

static void step(struct descent *descent, struct party party)
{
    struct block *block;

    if (party.handle < ARENA_FIRST) {
        arrive_at_leaf(descent, party);
        return;
    }
    block = tree_block(descent->tree, party.handle);
    if (widens(descent, &party, block) && party.count == 0)
        return;
    if (party.count == 1 && descent->walks[party.first].depth > 0)
        go_alone(descent, party.first, block);
    else
        part(descent, party, block);
}

void mcts_descend(struct simulation **group, uint32_t count)
{
    struct lane *lane = group[0]->lane;
    struct tree *tree = &lane->open->tree;
    struct descent descent;
    uint32_t begun = 0;

    descent.open = lane->open;
    descent.tree = tree;
    descent.chunk = &lane->chunk;
    descent.head = descent.waiting = 0;
    do { /* a group has one at least */
        struct simulation *sim = group[begun];

        path_begin(sim);
        descent.walks[begun] = (struct walk){
            .sim = sim, .slots = sim->slots, .choices = sim->choices, .key = lane->open->key};
    } while (++begun < count);
    push(&descent, (struct party){0, count, tree_enter(tree, &tree->root, count)});
    while (descent.waiting > 0)
        step(&descent, pop(&descent));
    for (uint32_t i = 0; i < count; i++) /* those with a way in common side by side */
        group[i] = descent.walks[i].sim;
}
