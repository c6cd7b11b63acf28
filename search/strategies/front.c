/*
 * front.c - level by level: descending to the places of a front, and what follows a level.
 */
#include "search/strategies/front.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"
#include "search/reply.h"
#include "search/rng.h"
#include "search/run.h"
#include "search/strategies/revise.h"
#include "search/strategies/widen.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FRONT_BLOCKS_MOST UINT64_C(65536)
#define FRONT_PATIENCE    16u

/* --- for each open tree ----------------------------------------------------------------- */

void front_close(void *state)
{
    struct front *front = state;

    if (front == NULL)
        return;
    free(front->places);
    free(front->next);
    free(front->choices);
    free(front);
}

static struct front_place *front_make_places(const struct front *front, uint16_t *choices)
{
    struct front_place *places = calloc(front->width, sizeof *places);

    for (uint32_t i = 0; places != NULL && i < front->width; i++)
        places[i].choices = choices + (size_t)i * front->setup->depth;
    return places;
}

bool front_open(void **state, const struct crux_setup *setup, const struct front_rule *rule)
{
    struct front *front = calloc(1, sizeof *front);
    size_t each;

    if (front == NULL)
        return false;
    front->rule = rule;
    front->setup = setup;
    front->width = rule->width(setup);
    assert(front->width > 0);
    each = (size_t)front->width * setup->depth;
    front->choices = calloc(2 * each, sizeof *front->choices);
    if (front->choices != NULL) {
        front->places = front_make_places(front, front->choices);
        front->next = front_make_places(front, front->choices + each);
    }
    if (front->places == NULL || front->next == NULL) {
        front_close(front);
        return false;
    }
    *state = front;
    return true;
}

/* What is asked costs a call, but for children by rule, of which one family lies above each other.
 * Where calls have no limit there is room for many passes, and with the room the search ends. */
struct tree_needs front_needs(const struct crux_setup *setup)
{
    uint64_t blocks = (uint64_t)setup->simulations * (setup->depth + 1);
    uint32_t children = setup->children;

    if (setup->calls > 0)
        blocks = UINT64_C(2) * setup->calls + 2;
    else if (blocks > FRONT_BLOCKS_MOST)
        blocks = FRONT_BLOCKS_MOST;
    children = setup->documents > children ? setup->documents : children;
    children = setup->particles > children ? setup->particles : children;
    return (struct tree_needs){.widens = true, .children = children, .blocks = blocks};
}

uint64_t front_simulations(const struct crux_setup *setup)
{
    return setup->simulations;
}

/* --- children ------------------------------------------------------------------------------ */

uint32_t front_child_count(const struct open_tree *open, const struct front_place *place)
{
    uint32_t handle = tree_tally(place->slot).handle;

    return handle >= ARENA_FIRST ? tree_children(&open->tree, tree_block(&open->tree, handle)) : 0;
}

bool front_child_at(struct open_tree *open, const struct front_place *place, uint32_t index,
                    struct front_child *out)
{
    struct tree *tree = &open->tree;
    uint32_t within = index;
    struct block *wing =
        tree_wing_of(tree, tree_block(tree, tree_tally(place->slot).handle), &within);

    if (within >= TREE_TILE && tree_rest(wing) == 0)
        tree_grow(tree, &open->lanes[0].chunk, wing);
    if (within >= tree_slots(wing)) /* the arena is full */
        return false;
    out->slot = tree_child(tree, wing, within);
    out->node = wing->family != NULL ? &wing->family->node[within] : NULL;
    out->index = index;
    return tree_tally(out->slot).prior > 0;
}

double front_score(const struct front_child *child)
{
    return child->node != NULL ? (double)child->node->score : -1.0;
}

bool front_is_worn(const struct front_child *child)
{
    bool subgoal =
        child->node != NULL && crux_kind_is_subgoal((enum crux_kind)child->node->step->kind);

    return !subgoal && tree_tally(child->slot).visits > 0;
}

/* --- the next front ----------------------------------------------------------------------- */

/* What is proposed behind a place; NULL: nothing may be. */
static const struct grammar_row *front_row(const struct open_tree *open,
                                           const struct front_place *place)
{
    const struct crux_step *step = place->node != NULL ? place->node->step : NULL;

    return open->run->next[step != NULL ? step->kind : GRAMMAR_ROOT];
}

static bool front_is_at_end(const struct open_tree *open, const struct front *front,
                            const struct front_place *place)
{
    const struct crux_step *step = place->node != NULL ? place->node->step : NULL;

    return place->depth >= front->setup->depth || (step != NULL && step->terminal) ||
           front_row(open, place) == NULL;
}

static void front_copy(struct front_place *into, const struct front_place *from)
{
    uint16_t *choices = into->choices;

    memcpy(choices, from->choices, from->depth * sizeof *choices);
    *into = *from;
    into->choices = choices;
}

/* The place at position `at` is free; those behind it have moved. */
static struct front_place *front_make_room(struct front *front, uint32_t at)
{
    assert(at <= front->next_count && at < front->width);
    if (front->next_count < front->width)
        front->next_count++;
    for (uint32_t i = front->next_count - 1; i > at; i--)
        front_copy(&front->next[i], &front->next[i - 1]);
    return &front->next[at];
}

struct front_place *front_take(struct open_tree *open, struct front *front,
                               const struct front_place *parent, const struct front_child *child,
                               uint32_t at)
{
    struct front_place *place = front_make_room(front, at);

    assert(parent->depth < front->setup->depth);
    front_copy(place, parent);
    place->choices[place->depth++] = (uint16_t)child->index;
    place->slot = child->slot;
    place->node = child->node;
    place->key = rng_join(parent->key, child->index);
    place->score = front_score(child);
    place->share = 1;
    place->way = FRONT_GOES;
    place->revision = (struct crux_revision){.answer = NULL};
    place->reflections = 0;
    if (front_is_at_end(open, front, place))
        place->way = front->rule->holds ? FRONT_HOLDS : FRONT_ENDS;
    return place;
}

struct front_place *front_keep(struct front *front, const struct front_place *place)
{
    struct front_place *kept = front_make_room(front, front->next_count);

    assert(front->next_count <= front->width);
    front_copy(kept, place);
    return kept;
}

double front_draw(const struct front *front, const struct front_place *place, uint64_t n)
{
    uint64_t word = rng_join(rng_join(place->key, front->pass), n);

    return (double)(word >> 11) * 0x1p-53;
}

/* --- what is asked in a level --------------------------------------------------------------- */

/* Is there anything to ask at the place, as far as can be seen before it is claimed? */
static bool front_asks(const struct open_tree *open, const struct front_place *place)
{
    uint32_t handle = tree_tally(place->slot).handle;

    if (place->way == FRONT_ENDS)
        return handle == TREE_UNVISITED || handle >= ARENA_FIRST;
    if (place->way == FRONT_HOLDS)
        return false;
    if (handle < ARENA_FIRST || front_row(open, place)->rule)
        return handle == TREE_UNVISITED;
    return tree_can_widen(&open->tree, tree_block(&open->tree, handle));
}

static bool front_none_goes(const struct front *front)
{
    for (uint32_t i = 0; i < front->count; i++)
        if (front->places[i].way == FRONT_GOES)
            return false;
    return true;
}

/* True: there is something to ask in it. */
static bool front_begin_level(struct open_tree *open, struct front *front)
{
    bool ends = front_none_goes(front), asks = false;

    front->issued = 0;
    for (uint32_t i = 0; i < front->count; i++) {
        struct front_place *place = &front->places[i];

        if (ends && place->way == FRONT_HOLDS)
            place->way = FRONT_ENDS;
        place->before = front_child_count(open, place);
        place->asks = front_asks(open, place);
        asks |= place->asks;
    }
    return asks;
}

/* False: there is none, and the search ends. */
static bool front_begin_pass(struct open_tree *open, struct front *front)
{
    bool exhausted;

    front->barren = front->pass == 0 || front->fruitful ? 0 : front->barren + 1;
    exhausted = front->barren >= FRONT_PATIENCE;
    if (exhausted || (front->setup->passes > 0 && front->pass >= front->setup->passes)) {
        budget_end(open, exhausted ? CRUX_REASON_EXHAUSTED : CRUX_REASON_BUDGET);
        return false;
    }
    front->pass++;
    front->fruitful = false;
    front->count = 1;
    front->places[0] = (struct front_place){.slot = &open->tree.root,
                                            .node = &open->root,
                                            .key = open->key,
                                            .choices = front->places[0].choices,
                                            .share = front->width,
                                            .score = -1.0};
    return true;
}

static void front_choose_next(struct open_tree *open, struct front *front)
{
    struct front_place *places = front->places;

    front->next_count = 0;
    front->rule->choose(open, front);
    front->places = front->next;
    front->next = places;
    front->count = front->next_count;
}

/* From the end of a level to the next one in which there is something to ask. */
static void front_go_on(struct open_tree *open, struct front *front)
{
    do {
        front_choose_next(open, front);
        if (front->count == 0 && !front_begin_pass(open, front))
            return;
    } while (!front_begin_level(open, front));
}

void front_begin(struct open_tree *open)
{
    struct front *front = open->strategy;

    front->pass = 0;
    front->open = 0;
    front->count = 0;
    (void)front_begin_pass(open, front);
    if (!front_begin_level(open, front))
        front_go_on(open, front);
}

/* --- descents --------------------------------------------------------------------------------- */

static void front_skip_quiet(struct front *front)
{
    while (front->issued < front->count && !front->places[front->issued].asks)
        front->issued++;
}

bool front_wants(const struct lane *lane)
{
    struct front *front = lane->open->strategy;

    front_skip_quiet(front);
    assert(front->issued < front->count || lane->in_window > 0);
    return front->issued < front->count;
}

bool front_walk(struct simulation *sim, const uint16_t *choices, uint32_t depth)
{
    struct tree *tree = &sim->lane->open->tree;
    uint32_t handle = tree_tally(sim->slots[0]).handle;

    for (uint32_t i = 0; i < depth; i++) {
        uint32_t index = choices[i];
        struct block *wing;

        if (!path_room(sim, i))
            return false;
        wing = tree_wing_of(tree, tree_block(tree, handle), &index);
        sim->choices[i] = choices[i];
        sim->slots[i + 1] = tree_child(tree, wing, index);
        path_arrive(sim, i + 1, rng_join(sim->call.state.key, choices[i]), wing, index);
        handle = tree_enter(tree, path_leaf(sim), 1);
    }
    return path_room(sim, depth);
}

static uint32_t front_wanted(const struct front *front, const struct front_place *place,
                             const struct grammar_row *row)
{
    if (row->rule)
        return CRUX_KINDS;
    if (front->rule->holds) /* a step for each particle */
        return place->share;
    return row->kind == CRUX_DOC ? front->setup->documents : front->setup->children;
}

static enum found front_claim_children(struct simulation *sim, struct front *front,
                                       const struct front_place *place)
{
    struct tree *tree = &sim->lane->open->tree;
    uint32_t handle = tree_tally(place->slot).handle;

    sim->wanted = (uint16_t)front_wanted(front, place, front_row(sim->lane->open, place));
    if (handle == TREE_UNVISITED) {
        sim->claimed = tree_claim(tree, place->slot, TREE_UNVISITED, TREE_BUILDING);
        return FOUND_EXPAND;
    }
    sim->wing = tree_claim_wing(tree, tree_block(tree, handle));
    sim->claimed = sim->wing != NULL;
    return FOUND_WIDEN;
}

/* A place whose children answer for it was passed through, and is answered beside them. */
static enum found front_claim_answer(struct simulation *sim, const struct front_place *place)
{
    sim->revision = &place->revision;
    if (tree_tally(place->slot).handle == TREE_UNVISITED)
        sim->claimed =
            tree_claim(&sim->lane->open->tree, place->slot, TREE_UNVISITED, TREE_EVALUATING);
    return FOUND_EVALUATE;
}

/* In place of an answer before, at the root, where the record is. */
static enum found front_claim_revision(struct simulation *sim, const struct front_place *place)
{
    if (!budget_reserve(sim, 1))
        return FOUND_SPENT;
    sim->revision = &place->revision;
    return FOUND_EVALUATE;
}

/* Calls are put aside for what is asked here and for an answer behind it. Where there is no more
 * than one left, it is the answer's. */
static enum found front_claim(struct simulation *sim, struct front *front,
                              struct front_place *place)
{
    const struct grammar_row *row = front_row(sim->lane->open, place);
    bool complete = place->node->step != NULL && place->node->step->terminal;
    enum found found;

    if (place->way == FRONT_GOES && !budget_reserve(sim, row->rule ? 1 : 2))
        place->way = FRONT_ENDS;
    if (place->way == FRONT_ENDS && !budget_reserve(sim, complete ? 0 : 1))
        return FOUND_SPENT;
    if (place->way == FRONT_ENDS)
        return front_claim_answer(sim, place);
    found = front_claim_children(sim, front, place);
    assert(sim->claimed); /* front_asks() saw to it, and nobody else is here */
    return found;
}

static void front_descend_one(struct simulation *sim, struct front *front)
{
    struct front_place *place;

    path_begin(sim);
    front_skip_quiet(front);
    sim->found = FOUND_COLLISION; /* of a group that is larger than the level */
    if (front->issued == front->count)
        return;
    place = &front->places[front->issued];
    if (place->revision.answer != NULL)
        sim->found = (uint8_t)front_claim_revision(sim, place);
    else
        sim->found =
            (uint8_t)(front_walk(sim, place->choices, place->depth) ? front_claim(sim, front, place)
                                                                    : FOUND_SPENT);
    if (sim->found == FOUND_SPENT)
        return;
    place->asks = false;
    sim->started = front->issued++;
    front->fruitful |= sim->found == FOUND_EVALUATE || !front_row(sim->lane->open, place)->rule;
    front->open++;
}

void front_descend(struct simulation **group, uint32_t count)
{
    struct open_tree *open = group[0]->lane->open;
    struct front *front = open->strategy;

    assert(count > 0 && count <= LANE_GROUP_MOST);
    (void)tree_enter(&open->tree, &open->tree.root, count);
    for (uint32_t i = 0; i < count; i++)
        front_descend_one(group[i], front);
}

/* --- what is asked after what --------------------------------------------------------------- */

void front_next(struct simulation *sim)
{
    switch ((enum phase)sim->phase) {
    case PHASE_PROPOSE:
        if (sim->found == FOUND_WIDEN)
            widen_drop_known(sim);
        sim->phase = PHASE_READY;
        if (sim->family_count == 0)
            break;
        if (sim->lane->run->scorers[sim->call.kind] != NULL)
            sim->phase = PHASE_SCORE;
        else
            reply_sort_children(sim->family);
        break;
    case PHASE_SCORE:
        reply_sort_children(sim->family);
        sim->phase = PHASE_READY;
        break;
    case PHASE_ROLLOUT:
        phase_judge(sim);
        break;
    case PHASE_JUDGE:
        sim->phase = PHASE_READY;
        break;
    case PHASE_VALUE:
    case PHASE_READY:
    case PHASE_FAILED:
        assert(false); /* not asked */
    }
}

/* An answer has settled: its place asks again, if it was not good enough. */
static void front_reflect(const struct simulation *sim, struct front *front,
                          struct front_place *place)
{
    if (sim->found != FOUND_EVALUATE || sim->phase != PHASE_READY || sim->rollout_count == 0 ||
        place->reflections >= front->setup->reflect ||
        revise_is_good(&sim->rollouts[0], front->setup))
        return;
    place->revision = revise_what(&sim->rollouts[0]);
    place->reflections++;
    place->asks = true;
    if (front->issued > sim->started)
        front->issued = (uint32_t)sim->started;
}

void front_settled(struct simulation *sim)
{
    struct open_tree *open = sim->lane->open;
    struct front *front = open->strategy;

    assert(front->open > 0 && sim->started < front->count);
    front->open--;
    front_reflect(sim, front, &front->places[sim->started]);
    front_skip_quiet(front);
    if (front->issued == front->count && front->open == 0)
        front_go_on(open, front);
}

/* Each asking behind the first has left a wing, or said that no more comes. */
uint32_t front_samples(const struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;
    const struct front *front = sim->lane->open->strategy;
    uint32_t most, before = 0;

    if (sim->found != FOUND_WIDEN)
        return 0;
    most = front->rule->holds ? front->width : sim->wanted;
    for (struct block *wing = tree_block(tree, tree_tally(path_leaf(sim)).handle); wing != NULL;
         wing = tree_next_wing(tree, wing))
        before += most;
    return before;
}
