/*
 * tree.c - two words a node, and every change to them one atomic operation.
 *
 * State changes are additions to the upper half of link, so they never disturb
 * marks and priors in the lower half, and marks never make them retry; only a
 * claim, which must know what it found, compares.
 */
#include "search/tree.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRIOR_MASK    ((uint64_t)0xFFFF)
#define HEADER_PRIORS 24u /* priors that fit into the first line of a block */
#define LINE_PRIORS   32u
#define REST_MAKING   1u

_Static_assert(sizeof(struct slot) == 16, "a slot is 16 bytes");
_Static_assert(offsetof(struct block, priors) == 16, "the header of a block is 16 bytes");

/* --- layout ---------------------------------------------------------------- */

static uint32_t first_count(uint32_t count)
{
    return count < TREE_TILE ? count : TREE_TILE;
}

static uint32_t rest_count(uint32_t count)
{
    return count - first_count(count);
}

static uint32_t header_units(uint32_t count)
{
    uint32_t rest = rest_count(count);

    return rest <= HEADER_PRIORS ? 1 : 1 + (rest - HEADER_PRIORS + LINE_PRIORS - 1) / LINE_PRIORS;
}

static uint32_t slot_units(uint32_t slots)
{
    return (slots * (uint32_t)sizeof(struct slot) + ARENA_UNIT - 1) / ARENA_UNIT;
}

static struct slot *first_slots(struct block *block)
{
    return (struct slot *)((unsigned char *)block + header_units(block->count) * ARENA_UNIT);
}

struct block *tree_block(const struct tree *tree, uint32_t handle)
{
    assert(handle >= ARENA_FIRST);
    return arena_at(&tree->arena, handle);
}

/* acquire: pairs with the release in grow(): the slots are there when their handle is. */
static uint32_t rest_handle(struct block *block)
{
    uint32_t rest = atomic_load_explicit(&block->rest, memory_order_acquire);

    return rest >= ARENA_FIRST ? rest : 0;
}

struct slot *tree_child(const struct tree *tree, struct block *block, uint32_t index)
{
    assert(index < block->count);
    if (index < TREE_TILE)
        return first_slots(block) + index;
    return (struct slot *)arena_at(&tree->arena, rest_handle(block)) + (index - TREE_TILE);
}

uint32_t tree_slots(struct block *block)
{
    return rest_handle(block) != 0 ? block->count : first_count(block->count);
}

/* --- open, reset, close ----------------------------------------------------- */

static void init_slot(struct slot *slot, uint32_t handle, uint32_t prior, uint64_t tally)
{
    /* relaxed: nobody sees the slot before a release publishes its block. */
    atomic_store_explicit(&slot->tally, tally, memory_order_relaxed);
    atomic_store_explicit(&slot->link, ((uint64_t)handle << 32) | prior, memory_order_relaxed);
}

bool tree_open(struct tree *tree, const struct crux_setup *setup)
{
    /* A simulation builds at most one block, and grows at most one on its way. */
    uint64_t units = header_units(setup->children) + slot_units(first_count(setup->children)) +
                     slot_units(rest_count(setup->children));

    tree->rule = setup->selection;
    tree->exploration = (float)setup->exploration;
    if (!arena_open(&tree->arena, units * ARENA_UNIT * setup->simulations, setup->lanes))
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

/* --- statistics ------------------------------------------------------------- */

uint32_t tree_fixed(double value)
{
    assert(value >= 0.0 && value <= 1.0);
    return (uint32_t)lround(value * TREE_ONE);
}

struct tally tree_tally(const struct slot *slot)
{
    /* relaxed: the two words may be of two instants; see "What a reader may see". */
    uint64_t tally = atomic_load_explicit(&slot->tally, memory_order_relaxed);
    uint64_t link = atomic_load_explicit(&slot->link, memory_order_relaxed);

    return (struct tally){
        .visits = (uint32_t)(tally >> TREE_SUM_BITS),
        .sum = tally & TREE_SUM_MASK,
        .pending = (uint32_t)(link >> 16) & 0xFFFF,
        .prior = (uint32_t)(link & PRIOR_MASK),
        .handle = (uint32_t)(link >> 32),
    };
}

void tree_leave(struct slot *slot, uint32_t value)
{
    /* relaxed: sums are exact in any order, and results are read after the join. */
    atomic_fetch_add_explicit(&slot->tally, ((uint64_t)1 << TREE_SUM_BITS) + value,
                              memory_order_relaxed);
    tree_withdraw(slot);
}

void tree_withdraw(struct slot *slot)
{
    /* relaxed: a mark that is seen a moment too long makes a child look busier. */
    atomic_fetch_sub_explicit(&slot->link, (uint64_t)1 << 16, memory_order_relaxed);
}

/* --- states ----------------------------------------------------------------- */

bool tree_claim(struct slot *slot, enum tree_state from, enum tree_state to)
{
    uint64_t link = atomic_load_explicit(&slot->link, memory_order_relaxed);

    do {
        if (link >> 32 != (uint64_t)from)
            return false;
        /* acq_rel: acquire pairs with the release of the turn that made it `from`,
         * so that the winner may write where the last one wrote. */
    } while (!atomic_compare_exchange_weak_explicit(&slot->link, &link,
                                                    link + ((uint64_t)(to - from) << 32),
                                                    memory_order_acq_rel, memory_order_relaxed));
    return true;
}

static void add_state(struct slot *slot, uint64_t from, uint64_t to)
{
    /* release: pairs with the acquire in tree_enter() and tree_claim(). */
    uint64_t was = atomic_fetch_add_explicit(&slot->link, (to - from) << 32, memory_order_release);

    assert(was >> 32 == from);
    (void)was;
}

void tree_turn(struct slot *slot, enum tree_state from, enum tree_state to)
{
    add_state(slot, from, to);
}

void tree_bar(struct slot *slot)
{
    /* relaxed: whoever has not seen it yet walks into a barred child once more. */
    atomic_fetch_and_explicit(&slot->link, ~PRIOR_MASK, memory_order_relaxed);
}

bool tree_publish(struct tree *tree, struct arena_chunk *chunk, struct slot *slot,
                  const struct brood *brood)
{
    uint32_t first = first_count(brood->count);
    uint32_t handle =
        arena_take(&tree->arena, chunk, header_units(brood->count) + slot_units(first));
    struct block *block;
    struct slot *slots;

    assert(brood->count > 0 && brood->count <= UINT16_MAX);
    if (handle == 0)
        return false;
    block = tree_block(tree, handle);
    block->count = (uint16_t)brood->count;
    block->depth = (uint16_t)brood->depth;
    block->family = brood->family;
    atomic_store_explicit(&block->rest, 0, memory_order_relaxed);
    slots = first_slots(block);
    init_slot(&slots[0], brood->first, brood->prior(brood, 0),
              ((uint64_t)1 << TREE_SUM_BITS) + brood->value);
    for (uint32_t i = 1; i < first; i++)
        init_slot(&slots[i], TREE_UNVISITED, brood->prior(brood, i), 0);
    for (uint32_t i = first; i < brood->count; i++)
        block->priors[i - first] = (uint16_t)brood->prior(brood, i);
    add_state(slot, TREE_BUILDING, handle);
    return true;
}

/* --- selection --------------------------------------------------------------- */

/* Make the slots behind the first ones. A loser goes on with what there is. */
static void grow(struct tree *tree, struct arena_chunk *chunk, struct block *block)
{
    uint32_t rest = rest_count(block->count), none = 0;
    struct slot *slots;
    uint32_t handle;

    /* acquire on failure is not needed: a loser reads nothing of the winner's. */
    if (!atomic_compare_exchange_strong_explicit(&block->rest, &none, REST_MAKING,
                                                 memory_order_relaxed, memory_order_relaxed))
        return;
    handle = arena_take(&tree->arena, chunk, slot_units(rest));
    if (handle != 0) {
        slots = arena_at(&tree->arena, handle);
        for (uint32_t i = 0; i < rest; i++)
            init_slot(&slots[i], TREE_UNVISITED, block->priors[i], 0);
    }
    /* release: pairs with the acquire in rest_handle(). Full: try again next time. */
    atomic_store_explicit(&block->rest, handle, memory_order_release);
}

struct best {
    float score;
    uint32_t index;
    bool untried; /* a slot with neither visits nor marks was seen */
};

static inline void scan_by(float (*score)(struct select_parent, struct select_child),
                           struct select_parent parent, const struct slot *slots, uint32_t from,
                           uint32_t count, struct best *best)
{
    for (uint32_t i = 0; i < count; i++) {
        struct tally tally = tree_tally(&slots[i]);
        float found;

        if (tally.prior == 0)
            continue;
        best->untried |= tally.visits + tally.pending == 0;
        found = score(parent, (struct select_child){(float)tally.visits, (float)tally.pending,
                                                    (float)tally.sum * (1.0F / TREE_ONE),
                                                    (float)tally.prior * (1.0F / TREE_ONE)});
        if (found > best->score) {
            best->score = found;
            best->index = from + i;
        }
    }
}

/* One loop a rule, so that the rule is not chosen again for every slot. */
static void scan(enum crux_selection rule, struct select_parent parent, const struct slot *slots,
                 uint32_t from, uint32_t count, struct best *best)
{
    switch (rule) {
    case CRUX_UCT:
        scan_by(select_uct, parent, slots, from, count, best);
        break;
    case CRUX_PUCT:
        scan_by(select_puct, parent, slots, from, count, best);
        break;
    case CRUX_GREEDY:
        scan_by(select_greedy, parent, slots, from, count, best);
        break;
    }
}

uint32_t tree_select(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                     struct block *block)
{
    struct tally self = tree_tally(slot);
    float mean = self.visits > 0 ? (float)self.sum / (float)self.visits * (1.0F / TREE_ONE) : 0.5F;
    struct select_parent parent = select_parent_of(tree->rule, tree->exploration,
                                                   (float)self.visits + (float)self.pending, mean);
    struct best best = {-INFINITY, TREE_NONE, false};
    uint32_t first = first_count(block->count), rest;

    scan(tree->rule, parent, first_slots(block), 0, first, &best);
    if (first == block->count || best.untried)
        return best.index;
    if (rest_handle(block) == 0)
        grow(tree, chunk, block);
    rest = atomic_load_explicit(&block->rest, memory_order_acquire); /* as in rest_handle() */
    if (rest >= ARENA_FIRST)
        scan(tree->rule, parent, arena_at(&tree->arena, rest), first, rest_count(block->count),
             &best);
    return best.index == TREE_NONE && rest == REST_MAKING ? TREE_SOON : best.index;
}
