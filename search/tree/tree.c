/*
 * tree.c - the search tree: two words per node, each changed by one atomic operation.
 *
 * State changes are additions to the upper half of link, so they never disturb
 * marks and priors in the lower half, and marks never make them retry; only a
 * claim, which must know what it found, compares.
 */
#include "search/tree/tree.h"

#include <assert.h>
#include <stddef.h>

#define PRIOR_MASK    ((uint64_t)0xFFFF)
#define HEADER_PRIORS 24u /* that fit into the first line of a block */
#define LINE_PRIORS   32u
#define REST_MAKING   1u
#define WING_MAKING   1u
#define WING_NEVER    2u

_Static_assert(sizeof(struct slot) == 16, "a slot is 16 bytes");
_Static_assert(offsetof(struct block, priors) == 16, "the header of a block is 16 bytes");
_Static_assert(TREE_TERMINAL < ARENA_FIRST, "no state is a handle");
_Static_assert(TREE_CHILDREN_MOST < 1u << 13, "a block counts its children in 13 bits");

/* --- layout ---------------------------------------------------------------- */

static uint32_t rest_count(uint32_t count)
{
    return count - tree_first_count(count);
}

/* Lines before the first slots. The handle of a wing takes the room of two priors. */
static uint32_t header_units(const struct tree *tree, uint32_t count)
{
    uint32_t priors = rest_count(count) + (tree->widens ? 2 : 0);

    return 1 + (priors + LINE_PRIORS - HEADER_PRIORS - 1) / LINE_PRIORS;
}

static uint32_t slot_units(uint32_t slots)
{
    return (slots * (uint32_t)sizeof(struct slot) + ARENA_UNIT - 1) / ARENA_UNIT;
}

/* The last word of the header. */
static _Atomic uint32_t *wing_handle(struct block *block)
{
    return (_Atomic uint32_t *)(void *)tree_first_slots(block) - 1;
}

uint32_t tree_slots(struct block *block)
{
    assert(block->count > 0);
    return tree_rest(block) != 0 ? block->count : tree_first_count(block->count);
}

/* --- wings ------------------------------------------------------------------- */

struct block *tree_next_wing(const struct tree *tree, struct block *block)
{
    uint32_t handle;

    if (!tree->widens)
        return NULL;
    /* acquire: pairs with the release in tree_widen(). */
    handle = atomic_load_explicit(wing_handle(block), memory_order_acquire);
    return handle >= ARENA_FIRST ? tree_block(tree, handle) : NULL;
}

struct block *tree_find_wing(const struct tree *tree, struct block *block, uint32_t *index)
{
    assert(tree->widens || *index < block->count);
    while (*index >= block->count) {
        *index -= block->count;
        block = tree_next_wing(tree, block);
        assert(block != NULL); /* the child exists */
    }
    return block;
}

uint32_t tree_children(const struct tree *tree, struct block *block)
{
    uint32_t count = 0;

    for (; block != NULL; block = tree_next_wing(tree, block))
        count += block->count;
    return count;
}

static struct block *tree_last_wing(const struct tree *tree, struct block *block)
{
    struct block *last = block;

    assert(tree->widens);
    while ((block = tree_next_wing(tree, last)) != NULL)
        last = block;
    return last;
}

bool tree_can_widen(const struct tree *tree, struct block *block)
{
    /* relaxed: the one who claims it asks again. */
    return atomic_load_explicit(wing_handle(tree_last_wing(tree, block)), memory_order_relaxed) ==
           0;
}

struct block *tree_claim_wing(const struct tree *tree, struct block *block)
{
    struct block *last = tree_last_wing(tree, block);
    uint32_t none = 0;

    /* relaxed: the winner reads nothing of those that claimed before. */
    return atomic_compare_exchange_strong_explicit(wing_handle(last), &none, WING_MAKING,
                                                   memory_order_relaxed, memory_order_relaxed)
               ? last
               : NULL;
}

void tree_unclaim_wing(struct block *last, bool never)
{
    assert(atomic_load_explicit(wing_handle(last), memory_order_relaxed) == WING_MAKING);
    /* relaxed: nothing was made. */
    atomic_store_explicit(wing_handle(last), never ? WING_NEVER : 0, memory_order_relaxed);
}

/* --- open, reset, close ----------------------------------------------------- */

static void init_slot(struct slot *slot, uint32_t handle, uint32_t prior, uint64_t tally)
{
    assert(handle < ARENA_FIRST && prior <= TREE_ONE);
    /* relaxed: no other lane sees the slot before a release publishes its block. */
    atomic_store_explicit(&slot->tally, tally, memory_order_relaxed);
    atomic_store_explicit(&slot->link, ((uint64_t)handle << 32) | prior, memory_order_relaxed);
}

bool tree_open(struct tree *tree, const struct crux_setup *setup)
{
    const struct tree_needs needs = {
        .widens = setup->widen > 0.0 ||
                  (setup->selection == CRUX_BUDGET && setup->grammar == CRUX_GRAMMAR_STEPS),
        .children = setup->children > setup->documents ? setup->children : setup->documents,
        .blocks = setup->simulations};

    assert(setup->simulations > 0 && setup->simulations <= TREE_VISITS_MOST);
    return tree_open_for(tree, setup, &needs);
}

bool tree_open_for(struct tree *tree, const struct crux_setup *setup,
                   const struct tree_needs *needs)
{
    uint64_t units;

    assert(needs->children > 0 && needs->children <= TREE_CHILDREN_MOST && needs->blocks > 0);
    tree->rule = select_rule_of(setup);
    tree->widens = needs->widens;
    tree->scan = scan_choose(setup->plain || setup->selection == CRUX_BUDGET);
    tree->shared = setup->lanes > 1;
    /* A simulation builds at most one block, and grows at most one on its way. */
    units = header_units(tree, needs->children) + slot_units(tree_first_count(needs->children)) +
            slot_units(rest_count(needs->children));
    if (!arena_open(&tree->arena, units * ARENA_UNIT * needs->blocks, setup->lanes))
        return false;
    tree_reset(tree);
    return true;
}

void tree_reset(struct tree *tree)
{
    arena_reset(&tree->arena);
    init_slot(&tree->root, TREE_UNVISITED, TREE_ONE, 0);
}

void tree_close(struct tree *tree)
{
    arena_close(&tree->arena);
}

/* --- states ----------------------------------------------------------------- */

bool tree_claim(const struct tree *tree, struct slot *slot, enum tree_state from,
                enum tree_state to)
{
    uint64_t link = atomic_load_explicit(&slot->link, memory_order_relaxed);
    uint64_t step = (uint64_t)(to - from) << 32;

    assert(from == TREE_UNVISITED || from == TREE_LEAF);
    assert(to == TREE_EVALUATING || to == TREE_BUILDING);
    do {
        if (link >> 32 != (uint64_t)from)
            return false;
        if (!tree->shared) {
            (void)tree_add_alone(&slot->link, step);
            return true;
        }
        /* acquire: pairs with the release of the turn that made it `from`, so that the
         * winner may write where the last one wrote. Nobody reads what came before. */
    } while (!atomic_compare_exchange_weak_explicit(&slot->link, &link, link + step,
                                                    memory_order_acquire, memory_order_relaxed));
    return true;
}

static void add_state(const struct tree *tree, struct slot *slot, uint64_t from, uint64_t to)
{
    uint64_t step = (to - from) << 32, was;

    if (tree->shared)
        /* release: pairs with the acquire in tree_enter() and tree_claim(). */
        was = atomic_fetch_add_explicit(&slot->link, step, memory_order_release);
    else
        was = tree_add_alone(&slot->link, step);
    assert(was >> 32 == from);
    (void)was;
}

void tree_set_state(const struct tree *tree, struct slot *slot, enum tree_state from,
                    enum tree_state to)
{
    assert(from == TREE_EVALUATING || from == TREE_BUILDING); /* it is claimed */
    assert(to != TREE_EVALUATING && to != TREE_BUILDING);
    add_state(tree, slot, from, to);
}

void tree_close_node(struct slot *slot)
{
    /* relaxed: a lane that has not seen it yet walks into a closed child once more. */
    atomic_fetch_and_explicit(&slot->link, ~PRIOR_MASK, memory_order_relaxed);
}

/* --- new blocks --------------------------------------------------------------- */

static uint32_t expansion_prior(const struct expansion *expansion, uint32_t index)
{
    assert(index < expansion->count);
    assert(expansion->equal <= TREE_ONE);
    return expansion->equal != 0 ? expansion->equal : expansion->prior(expansion, index);
}

static uint64_t first_tally(const struct expansion *expansion)
{
    assert(expansion->value <= TREE_ONE);
    return expansion->first == TREE_UNVISITED ? 0
                                              : ((uint64_t)1 << TREE_SUM_BITS) + expansion->value;
}

/* A block that no other lane sees yet; 0: the arena is full. */
static uint32_t make_block(struct tree *tree, struct arena_chunk *chunk,
                           const struct expansion *expansion)
{
    uint32_t first = tree_first_count(expansion->count),
             lines = header_units(tree, expansion->count);
    uint32_t handle = arena_take(&tree->arena, chunk, lines + slot_units(first));
    struct block *block;
    struct slot *slots;

    assert(expansion->count > 0 && expansion->count <= TREE_CHILDREN_MOST);
    assert(expansion->depth <= 0x7FF && lines <= 0xFF); /* what a block has bits for */
    if (handle == 0)
        return 0;
    block = tree_block(tree, handle);
    block->count = expansion->count & 0x1FFF;
    block->depth = expansion->depth & 0x7FF;
    block->lines = lines & 0xFF;
    block->family = expansion->family;
    atomic_store_explicit(&block->rest, 0, memory_order_relaxed);
    if (tree->widens)
        atomic_store_explicit(wing_handle(block), 0, memory_order_relaxed);
    slots = tree_first_slots(block);
    init_slot(&slots[0], expansion->first, expansion_prior(expansion, 0), first_tally(expansion));
    for (uint32_t i = 1; i < first; i++)
        init_slot(&slots[i], TREE_UNVISITED, expansion_prior(expansion, i), 0);
    for (uint32_t i = first; i < expansion->count; i++)
        block->priors[i - first] = (uint16_t)expansion_prior(expansion, i);
    return handle;
}

bool tree_publish(struct tree *tree, struct arena_chunk *chunk, struct slot *slot,
                  const struct expansion *expansion)
{
    uint32_t handle = make_block(tree, chunk, expansion);

    assert(expansion->before == 0);
    if (handle == 0)
        return false;
    add_state(tree, slot, TREE_BUILDING, handle);
    return true;
}

bool tree_widen(struct tree *tree, struct arena_chunk *chunk, struct block *last,
                const struct expansion *expansion)
{
    uint32_t handle = make_block(tree, chunk, expansion);

    assert(tree->widens);
    assert(atomic_load_explicit(wing_handle(last), memory_order_relaxed) == WING_MAKING);
    if (handle == 0)
        return false;
    /* release: pairs with the acquire in tree_next_wing(). */
    atomic_store_explicit(wing_handle(last), handle, memory_order_release);
    return true;
}

/* A loser goes on with what there is. */
void tree_grow(struct tree *tree, struct arena_chunk *chunk, struct block *block)
{
    uint32_t rest = rest_count(block->count), none = 0;
    struct slot *slots;
    uint32_t handle;

    /* relaxed: a loser reads nothing of the winner's. */
    if (rest == 0 ||
        !atomic_compare_exchange_strong_explicit(&block->rest, &none, REST_MAKING,
                                                 memory_order_relaxed, memory_order_relaxed))
        return;
    handle = arena_take(&tree->arena, chunk, slot_units(rest));
    if (handle != 0) {
        slots = arena_at(&tree->arena, handle);
        for (uint32_t i = 0; i < rest; i++)
            init_slot(&slots[i], TREE_UNVISITED, block->priors[i], 0);
    }
    /* release: pairs with the acquire in tree_rest(). Full: try again next time. */
    atomic_store_explicit(&block->rest, handle, memory_order_release);
}

/* --- selection --------------------------------------------------------------- */

/* The children of a node as far as they had to be looked at. */
struct view {
    struct tree *tree;
    struct arena_chunk *chunk;
    struct block *top, *wing; /* the node's first block, the one looked at last */
    uint32_t base;            /* children before that one */
    struct select_parent parent;
    struct scan_view seen;
    float *score; /* of each child; NULL: only the best is asked for */
};

static inline struct select_parent parent_of(const struct tree *tree, const struct slot *slot)
{
    struct tally self = tree_tally(slot);
    float mean = self.visits > 0 ? (float)self.sum / (float)self.visits * (1.0F / TREE_ONE) : 0.5F;

    assert(self.handle >= ARENA_FIRST);
    return select_parent_of(&tree->rule, (float)self.visits, (float)self.pending, mean);
}

static inline void tree_look_at(struct view *view, const struct slot *slots, uint32_t count)
{
    const struct scan *scan = &view->tree->scan;

    assert(count > 0);
    (view->score != NULL ? scan->scores : scan->take_best)(&view->parent, slots, count, &view->seen,
                                                           view->score);
}

/* The slots that come when the first are all tried. */
static bool look_at_rest(struct view *view, uint32_t seen)
{
    struct block *block = view->wing;

    assert(seen >= TREE_TILE && seen < block->count);
    if (tree_rest(block) == 0)
        tree_grow(view->tree, view->chunk, block);
    if (tree_rest(block) == 0)
        return false;
    tree_look_at(view, tree_child(view->tree, block, seen), block->count - seen);
    return true;
}

static bool go_to_next_wing(struct view *view)
{
    struct block *next = tree_next_wing(view->tree, view->wing);

    assert(view->seen.count - view->base == view->wing->count);
    if (next == NULL || view->seen.count + next->count > TREE_CHILDREN_MOST)
        return false;
    view->base = view->seen.count;
    view->wing = next;
    return true;
}

/* One run of slots more; false: there is none. */
static inline bool look_further(struct view *view)
{
    struct block *block = view->wing;
    uint32_t seen = view->seen.count - view->base, first = tree_first_count(block->count);

    assert(view->seen.count >= view->base);
    if (seen < first) {
        tree_look_at(view, tree_first_slots(block), first);
        return true;
    }
    return seen < block->count ? look_at_rest(view, seen) : go_to_next_wing(view);
}

static uint32_t nothing_to_choose(const struct view *view)
{
    uint32_t seen = view->seen.count - view->base;

    /* relaxed: a lane that comes too early comes again. */
    return seen < view->wing->count &&
                   atomic_load_explicit(&view->wing->rest, memory_order_relaxed) != 0
               ? TREE_SOON
               : TREE_NONE;
}

/* Nothing is behind the first slots, nor will be. */
static inline bool first_run_is_all(const struct tree *tree, const struct block *block)
{
    return block->count <= TREE_TILE && !tree->widens;
}

/* What the first slots do not decide. */
static uint32_t select_further(struct view *view)
{
    while (view->seen.untried == 0 && look_further(view))
        continue;
    return view->seen.best != SCAN_NONE ? view->seen.best : nothing_to_choose(view);
}

uint32_t tree_select(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                     struct block *block)
{
    struct select_parent parent = parent_of(tree, slot);
    struct scan_view seen = {.best = SCAN_NONE, .highest = -INFINITY};

    tree->scan.take_best(&parent, tree_first_slots(block), tree_first_count(block->count), &seen,
                         NULL);
    /* Whether that was all can be foreseen; whether one is untried cannot. */
    if (first_run_is_all(tree, block) && seen.best != SCAN_NONE)
        return seen.best;
    if (seen.untried > 0)
        return seen.best;
    return select_further(&(struct view){
        .tree = tree, .chunk = chunk, .top = block, .wing = block, .parent = parent, .seen = seen});
}

/* A child was chosen: the next to choose sees one more mark on it. */
static void see_mark(struct view *view, const uint32_t *choices, uint32_t count)
{
    uint32_t index = choices[count - 1], local = index, more = 0;
    struct block *wing = tree_wing_of(view->tree, view->top, &local);
    const struct slot *slot = tree_child(view->tree, wing, local);
    struct tally tally = tree_tally(slot);

    assert(index < view->seen.count && view->score != NULL);
    for (uint32_t i = 0; i < count; i++)
        more += choices[i] == index;
    view->seen.untried -= view->seen.untried > 0 && more == 1 && tally.visits + tally.pending == 0;
    view->tree->scan.put(view->score, index, scan_slot(&view->parent, slot, more));
}

void tree_spread(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                 struct block *block, uint32_t *choices, uint32_t count)
{
    float score[TREE_CHILDREN_MOST + SCAN_TILE];
    struct view view = {.tree = tree,
                        .chunk = chunk,
                        .top = block,
                        .wing = block,
                        .parent = parent_of(tree, slot),
                        .seen = {.best = SCAN_NONE, .highest = -INFINITY},
                        .score = score};
    uint32_t chosen = 0;

    assert(count > 0);
    if (tree->scan.share != NULL && block->count >= TREE_TILE)
        chosen = tree->scan.share(&view.parent, tree_first_slots(block),
                                  first_run_is_all(tree, block), &view.seen, score, choices, count);
    for (uint32_t i = chosen; i < count; i++) {
        while (view.seen.untried == 0 && look_further(&view))
            continue;
        choices[i] = tree->scan.best(score, view.seen.count);
        if (choices[i] == SCAN_NONE)
            choices[i] = nothing_to_choose(&view);
        else if (i + 1 < count)
            see_mark(&view, choices, i + 1);
    }
}
