/*
 * tree.h - the search tree: statistics that many workers read and grow at the
 * same time, without locks.
 *
 * What it is.  A node is the slot of 16 bytes by which its parent reaches it:
 * two words, so that statistics lie where selection scans them.
 *
 *     tally   visits (24 bits) | sum of values, 16-bit fixed point (40 bits)
 *     link    handle (32)      | in flight (16) | prior, fixed point (16)
 *
 * One fetch_add on tally backs up a value, exactly and in any order; one load gives a
 * visits and a sum that belong together. Prior 0 bars a slot: no selection
 * takes it. A node gets a block for its children only when it is expanded; a
 * block holds the first 8 slots, the others come when the first are all tried
 * (children are sorted by prior, so an untried one further back cannot win).
 *
 * Who owns what.  The tree owns its arena; blocks live as long as the tree is not
 * reset. Texts and answers (family) lie elsewhere and are only pointed to.
 *
 * Life of a link.
 *
 *     UNVISITED --tree_claim--> EVALUATING --tree_turn--> LEAF or TERMINAL
 *         ^                         |                      |
 *         '-------- tree_turn ------'       LEAF --tree_claim--> BUILDING --tree_publish--> block
 *                                             ^                     |
 *                                             '----- tree_turn -----'--tree_turn--> TERMINAL
 *
 * Exactly one simulation wins a claim and answers for it: every claim is ended by
 * one turn or publish. One that loses does not wait: it is a collision and takes
 * another path.
 *
 * What may run together.  "-" freely, "x" needs the claim on that slot.
 *
 *                 select  enter/leave/withdraw  bar  claim  turn/publish
 *     same slot      -             -             -     -         x
 *     other slots    -             -             -     -         -
 *     open, reset, close, walk: the tree alone.
 *
 * What a reader may see.  tree_enter() returns a state or a whole block, never
 * half of one. Scores are made from tally and link of two instants: at most a
 * few simulations apart, which moves a choice and breaks nothing.
 *
 * Progress.  enter, leave, withdraw, turn, bar: wait-free. claim, publish: lock-free
 * (a retry means another simulation came by). select: wait-free; whoever loses the
 * race to grow a block chooses among the slots there are.
 */
#ifndef SEARCH_TREE_H
#define SEARCH_TREE_H

#include "search/arena.h"
#include "search/crux.h"
#include "search/select.h"

#include <stdatomic.h>

enum tree_state { TREE_UNVISITED, TREE_EVALUATING, TREE_LEAF, TREE_BUILDING, TREE_TERMINAL };

#define TREE_NONE        UINT32_MAX       /* no child can be selected */
#define TREE_SOON        (UINT32_MAX - 1) /* none yet: somebody makes more slots */
#define TREE_ONE         65535u           /* the fixed-point value of 1.0 */
#define TREE_SUM_BITS    40
#define TREE_SUM_MASK    (((uint64_t)1 << TREE_SUM_BITS) - 1)
#define TREE_VISITS_MOST ((1u << 24) - 1)
#define TREE_TILE        8u /* slots in a block before it grows */

struct slot {
    _Alignas(16) _Atomic uint64_t tally;
    _Atomic uint64_t link;
};

struct family; /* cold.h */
struct cold_node;

struct block {
    uint16_t count; /* children */
    uint16_t depth; /* of the children */
    _Atomic uint32_t
        rest; /* handle of the slots from TREE_TILE on; 0 none, 1 somebody makes them */
    struct family *family; /* NULL in a nameless world */
    uint16_t priors[];     /* of the slots from TREE_TILE on; then, at a line, the first slots */
};

struct tree {
    struct arena arena;
    struct slot root;
    enum crux_selection rule;
    float exploration;
};

struct tally {
    uint32_t visits;
    uint32_t pending;
    uint64_t sum; /* fixed point, TREE_ONE is 1.0 */
    uint32_t prior;
    uint32_t handle;
};

bool tree_open(struct tree *tree, const struct crux_setup *setup);
void tree_reset(struct tree *tree);
void tree_close(struct tree *tree);

struct tally tree_tally(const struct slot *slot);
uint32_t tree_fixed(double value); /* [0, 1] to fixed point */

/* Going down: mark the slot and learn what is there: a state, or, from ARENA_FIRST
 * on, the handle of a block. Every enter is answered by one leave or withdraw. */
static inline uint32_t tree_enter(struct slot *slot)
{
    /* acquire: pairs with the release in tree_turn() and tree_publish(); whoever
     * sees the handle sees the block. */
    return (
        uint32_t)(atomic_fetch_add_explicit(&slot->link, (uint64_t)1 << 16, memory_order_acquire) >>
                  32);
}

void tree_leave(struct slot *slot, uint32_t value);
void tree_withdraw(struct slot *slot);

/* The child to follow below slot, whose block it is; TREE_NONE when all are barred,
 * TREE_SOON when all there are are barred and another worker makes the rest. */
uint32_t tree_select(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                     struct block *block);
struct slot *tree_child(const struct tree *tree, struct block *block, uint32_t index);
struct block *tree_block(const struct tree *tree, uint32_t handle);

/* From one state to another: claim may lose (false), turn belongs to the winner. */
bool tree_claim(struct slot *slot, enum tree_state from, enum tree_state to);
void tree_turn(struct slot *slot, enum tree_state from, enum tree_state to);
void tree_bar(struct slot *slot);

/* What is published: children sorted by prior, the first of them evaluated. */
struct brood {
    uint32_t count, depth;
    struct family *family;
    uint32_t (*prior)(const struct brood *brood, uint32_t index); /* fixed point, 1 .. TREE_ONE */
    enum tree_state first;                                        /* LEAF or TERMINAL */
    uint32_t value;                                               /* of the first */
};

/* BUILDING to a block, all children at once. False: the arena is full; the claim
 * is still held. */
bool tree_publish(struct tree *tree, struct arena_chunk *chunk, struct slot *slot,
                  const struct brood *brood);

/* How many slots of a block exist: TREE_TILE at most until it has grown. */
uint32_t tree_slots(struct block *block);

/* The tree after its last simulation: counts, and every rule that is broken (audit.c). */
void tree_audit(const struct tree *tree, const struct cold_node *root, struct crux_audit *out);

#endif
