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
 * One fetch_add on tally backs up a value (backpropagation), exactly and in any order; one load
 * gives a visits and a sum that belong together. Prior 0 closes a slot: no selection takes it. A
 * node gets a block for its children only when it is expanded; a block holds the first 8 slots, the
 * others come when the first are all tried (children are sorted by prior, so an untried one further
 * back cannot win). A node that is widened gets further blocks, its wings, one behind the other;
 * its children are numbered through all of them.
 *
 * Who owns what.  The tree owns its arena; blocks live as long as the tree is not
 * reset. Texts and answers (family) lie elsewhere and are only pointed to. A tree
 * that one lane has for itself is not shared: it is changed by plain loads and
 * stores, and the worker that runs the lane next sees them by the hand-over of the lane.
 *
 * Life of a link.
 *
 *     UNVISITED --tree_claim--> EVALUATING --set_state--> LEAF or TERMINAL
 *         ^                         |                      |
 *         '-------- set_state ------'       LEAF --tree_claim--> BUILDING --tree_publish--> block
 *                                             ^                     |
 *                                             '----- set_state -----'--set_state--> TERMINAL
 *
 * Exactly one simulation wins a claim and answers for it: every claim is ended by
 * one set_state or publish. One that loses does not wait: it is a collision and takes
 * another path.
 *
 * What may run together.  "-" freely, "x" needs the claim on that slot.
 *
 *                 spread  enter/leave/withdraw  close  claim  set_state/publish
 *     same slot      -             -             -     -         x
 *     other slots    -             -             -     -         -
 *     open, reset, close, walk: the tree alone.
 *
 * What a reader may see.  tree_enter() returns a state or a whole block, never
 * half of one. Scores are made from tally and link of two instants: at most a
 * few simulations apart, which moves a choice and breaks nothing.
 *
 * Progress.  enter, leave, withdraw, set_state, close_node: wait-free. claim, publish: lock-free
 * (a retry means another simulation came by). spread: wait-free; a lane that loses the
 * race to grow a block chooses among the slots there are.
 */
#ifndef SEARCH_TREE_TREE_H
#define SEARCH_TREE_TREE_H

#include "search/tree/arena.h"
#include "search/tree/scan.h"
#include "search/tree/slot.h"

#include <assert.h>
#include <stdatomic.h>

enum tree_state { TREE_UNVISITED, TREE_EVALUATING, TREE_LEAF, TREE_BUILDING, TREE_TERMINAL };

#define TREE_NONE          UINT32_MAX       /* no child can be selected */
#define TREE_SOON          (UINT32_MAX - 1) /* none yet: another lane makes more slots */
#define TREE_TILE          SCAN_TILE        /* slots in a block before it grows */
#define TREE_CHILDREN_MOST 4096u

struct family; /* cold.h */
struct cold_node;

struct block {
    uint32_t count : 13;   /* children */
    uint32_t depth : 11;   /* of the children */
    uint32_t lines : 8;    /* before the first slots */
    _Atomic uint32_t rest; /* handle of the slots from TREE_TILE on; 0 none, 1 being made */
    struct family *family; /* NULL in a nameless world */
    uint16_t priors[];     /* of the slots from TREE_TILE on, then the wing's handle where nodes are
                              widened; then, at a line, the first slots */
};

struct tree {
    struct arena arena;
    struct slot root;
    struct select_rule rule;
    struct scan scan;
    bool widens; /* blocks have wings */
    bool shared; /* several lanes may change it at once */
};

/* What a search needs of its tree. */
struct tree_needs {
    bool widens;       /* blocks get wings */
    uint32_t children; /* of a block at most, 1 .. TREE_CHILDREN_MOST */
    uint64_t blocks;   /* as many of these there is room for, 1 or more */
};

/* tree_open(): as mcts needs it; a simulation builds at most one block. */
bool tree_open(struct tree *tree, const struct crux_setup *setup);
bool tree_open_for(struct tree *tree, const struct crux_setup *setup,
                   const struct tree_needs *needs);
void tree_reset(struct tree *tree);
void tree_close(struct tree *tree);

/* Add to a word of a tree that only this lane changes. */
static inline uint64_t tree_add_alone(_Atomic uint64_t *word, uint64_t more)
{
    uint64_t was = atomic_load_explicit(word, memory_order_relaxed);

    atomic_store_explicit(word, was + more, memory_order_relaxed);
    return was;
}

/* Going down, count simulations at once: mark the slot and learn what is there: a
 * state, or, from ARENA_FIRST on, the handle of a block. Every mark is answered by one
 * leave or withdraw. */
static inline uint32_t tree_enter(const struct tree *tree, struct slot *slot, uint32_t count)
{
    uint64_t marks = (uint64_t)count << 16;

    assert(count > 0);
    if (!tree->shared)
        return (uint32_t)(tree_add_alone(&slot->link, marks) >> 32);
    /* acquire: pairs with the release in tree_set_state() and tree_publish(); a lane that
     * sees the handle sees the block. */
    return (uint32_t)(atomic_fetch_add_explicit(&slot->link, marks, memory_order_acquire) >> 32);
}

/* Going back: undo the marks of count simulations, which must stand. */
static inline void tree_withdraw(const struct tree *tree, struct slot *slot, uint32_t count)
{
    uint64_t marks = (uint64_t)count << 16, was;

    assert(count > 0);
    /* relaxed: a mark that is seen a moment too long makes a child look busier. */
    if (tree->shared)
        was = atomic_fetch_sub_explicit(&slot->link, marks, memory_order_relaxed);
    else
        was = tree_add_alone(&slot->link, -marks);
    assert((was >> 16 & 0xFFFF) >= count); /* the marks stood */
    (void)was;
}

/* Coming up: count simulations, 1 or more, brought values of this sum, each at most TREE_ONE. */
static inline void tree_leave(const struct tree *tree, struct slot *slot, uint32_t count,
                              uint64_t sum)
{
    uint64_t more = ((uint64_t)count << TREE_SUM_BITS) + sum;

    assert(sum <= (uint64_t)count * TREE_ONE);
    /* relaxed: sums are exact in any order, and results are read after the join. */
    if (tree->shared)
        (void)atomic_fetch_add_explicit(&slot->tally, more, memory_order_relaxed);
    else
        (void)tree_add_alone(&slot->tally, more);
    tree_withdraw(tree, slot, count);
}

/* The child to follow below slot, whose block it is; TREE_NONE when all are closed,
 * TREE_SOON when all there are are closed and another worker makes the rest. */
uint32_t tree_select(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                     struct block *block);

/* The same for count simulations, 1 or more, one after another, each seeing the marks that those
 * before it will make. */
void tree_spread(struct tree *tree, struct arena_chunk *chunk, const struct slot *slot,
                 struct block *block, uint32_t *choices, uint32_t count);

static inline struct block *tree_block(const struct tree *tree, uint32_t handle)
{
    return arena_at(&tree->arena, handle);
}

/* Bring the lines that the next spread over this block reads first. */
static inline void tree_prefetch(const struct tree *tree, uint32_t handle)
{
    const unsigned char *block = arena_at(&tree->arena, handle);

    for (uint32_t line = 0; line < 3; line++)
        __builtin_prefetch(block + line * ARENA_UNIT, 1);
}

/* Of a node's block: the wing that holds child *index, which becomes its number there. */
struct block *tree_find_wing(const struct tree *tree, struct block *block, uint32_t *index);

static inline struct block *tree_wing_of(const struct tree *tree, struct block *block,
                                         uint32_t *index)
{
    return *index < block->count ? block : tree_find_wing(tree, block, index);
}

/* The wing behind; NULL: none. */
struct block *tree_next_wing(const struct tree *tree, struct block *block);

/* Children of a node, through all wings. */
uint32_t tree_children(const struct tree *tree, struct block *block);

/* Slots that a block begins with. */
static inline uint32_t tree_first_count(uint32_t count)
{
    return count < TREE_TILE ? count : TREE_TILE;
}

static inline struct slot *tree_first_slots(struct block *block)
{
    assert(block->lines > 0);
    return (struct slot *)(void *)((unsigned char *)block + block->lines * ARENA_UNIT);
}

/* Handle of the other slots; 0: they are not made yet. */
static inline uint32_t tree_rest(struct block *block)
{
    /* acquire: pairs with the release in tree_grow(): the slots are there when their
     * handle is. */
    uint32_t rest = atomic_load_explicit(&block->rest, memory_order_acquire);

    return rest >= ARENA_FIRST ? rest : 0;
}

/* Within one wing, index below tree_slots(). */
static inline struct slot *tree_child(const struct tree *tree, struct block *block, uint32_t index)
{
    assert(index < block->count);
    if (index < TREE_TILE)
        return tree_first_slots(block) + index;
    return (struct slot *)arena_at(&tree->arena, tree_rest(block)) + (index - TREE_TILE);
}

/* From one state to another, along the arrows above. tree_claim() may lose (false): UNVISITED or
 * LEAF becomes EVALUATING or BUILDING. tree_set_state() is the winner's and ends the claim. */
bool tree_claim(const struct tree *tree, struct slot *slot, enum tree_state from,
                enum tree_state to);
void tree_set_state(const struct tree *tree, struct slot *slot, enum tree_state from,
                    enum tree_state to);
void tree_close_node(struct slot *slot);

/* What is published: children sorted by prior, the first of them evaluated or not. */
struct expansion {
    uint32_t count, depth;
    struct family *family;
    uint32_t equal; /* prior of all of them, fixed point 1 .. TREE_ONE; 0: ask prior() */
    uint32_t (*prior)(const struct expansion *expansion, uint32_t index);
    uint32_t before;       /* children that the node has already */
    enum tree_state first; /* UNVISITED, or evaluated: LEAF or TERMINAL */
    uint32_t value;        /* of the first, when it is evaluated */
};

/* BUILDING to a block, all children at once; the node has none before (expansion->before 0). False:
 * the arena is full; the claim is still held. */
bool tree_publish(struct tree *tree, struct arena_chunk *chunk, struct slot *slot,
                  const struct expansion *expansion);

/* Widening: claim the place behind the last wing; NULL: another simulation has it, or nothing
 * more will come. Answered by one tree_widen() (false: the arena is full, the claim is
 * still held) or tree_unclaim_wing(); never: it will not be claimed again. */
struct block *tree_claim_wing(const struct tree *tree, struct block *block);
bool tree_can_widen(const struct tree *tree, struct block *block); /* it could be claimed now */
bool tree_widen(struct tree *tree, struct arena_chunk *chunk, struct block *last,
                const struct expansion *expansion);
void tree_unclaim_wing(struct block *last, bool never);

/* How many slots of a block exist: TREE_TILE at most until it has grown. */
uint32_t tree_slots(struct block *block);

/* Make the slots that are missing, if there is room and no other lane does. */
void tree_grow(struct tree *tree, struct arena_chunk *chunk, struct block *block);

/* The tree after its last simulation: counts, and every rule that is broken (audit.c). */
void tree_audit(const struct tree *tree, const struct cold_node *root, struct crux_audit *out);

#endif
