/*
 * slot.h - a node's statistics: the two words by which its parent reaches it.
 *
 *     tally   visits (24 bits) | sum of values, 16-bit fixed point (40 bits)
 *     link    handle (32)      | in flight (16) | prior, fixed point (16)
 *
 * tree.h says what may be done with them, and by whom.
 *
 * Threads. Reading, together with anything.
 */
#ifndef SEARCH_TREE_SLOT_H
#define SEARCH_TREE_SLOT_H

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#define TREE_ONE         65535u /* the fixed-point value of 1.0 */
#define TREE_SUM_BITS    40
#define TREE_SUM_MASK    (((uint64_t)1 << TREE_SUM_BITS) - 1)
#define TREE_VISITS_MOST ((1u << 24) - 1)

struct slot {
    _Alignas(16) _Atomic uint64_t tally;
    _Atomic uint64_t link;
};

/* What the two words say. */
struct tally {
    uint32_t visits;
    uint32_t pending;
    uint64_t sum; /* fixed point, TREE_ONE is 1.0 */
    uint32_t prior;
    uint32_t handle;
};

/* value, in [0, 1], to fixed point. */
static inline uint32_t tree_fixed(double value)
{
    assert(value >= 0.0 && value <= 1.0);
    return (uint32_t)(value * TREE_ONE + 0.5);
}

static inline struct tally tree_tally(const struct slot *slot)
{
    /* relaxed: statistics; the two words may be of different instants. */
    uint64_t tally = atomic_load_explicit(&slot->tally, memory_order_relaxed);
    uint64_t link = atomic_load_explicit(&slot->link, memory_order_relaxed);

    return (struct tally){
        .visits = (uint32_t)(tally >> TREE_SUM_BITS),
        .sum = tally & TREE_SUM_MASK,
        .pending = (uint32_t)(link >> 16) & 0xFFFF,
        .prior = (uint32_t)link & 0xFFFF,
        .handle = (uint32_t)(link >> 32),
    };
}

#endif
