/*
 * arena.h - where the blocks of a tree live.
 *
 * What it is.  A reserved range of addresses, given out from the bottom in units
 * of one cache line and never given back one by one. A block is named by a
 * 32-bit handle, the number of its first unit, so a tree can be 256 GiB large
 * and a link half a word. Handles below ARENA_FIRST never name a block: the tree
 * uses them for the states of a link.
 *
 * Who owns what.  The arena owns the range. Each lane holds a chunk of it and
 * takes from that alone; only an empty chunk touches what is shared.
 *
 * What may run together.  arena_take() with different chunks ("-" together);
 * one chunk belongs to one thread at a time. Open, reset and close need the
 * arena alone.
 *
 * Progress.  arena_take() is wait-free.
 */
#ifndef SEARCH_TREE_ARENA_H
#define SEARCH_TREE_ARENA_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ARENA_UNIT  64u
#define ARENA_FIRST 8u

struct arena {
    unsigned char *base;
    uint64_t units;       /* reserved */
    uint32_t chunk_units; /* what a lane takes at a time */
    _Atomic uint64_t top; /* first unit that no chunk holds */
};

struct arena_chunk {
    uint32_t next, end; /* units */
};

/* Reserve bytes of addresses; memory is used only where something is written.
 * lanes: that take from it, 1 or more. False: the machine refuses the range, or would have hardly
 * any addresses left for all else. */
bool arena_open(struct arena *arena, uint64_t bytes, uint32_t lanes);
void arena_close(struct arena *arena);

/* Forget every block; all chunks become invalid. */
void arena_reset(struct arena *arena);

/* A block of consecutive units, not cleared; 0: the arena is full. */
uint32_t arena_take(struct arena *arena, struct arena_chunk *chunk, uint32_t units);

/* Bytes that chunks have been given, at most what has been written. */
uint64_t arena_used(const struct arena *arena);

/* handle: what arena_take() answered, not 0. */
static inline void *arena_at(const struct arena *arena, uint32_t handle)
{
    assert(handle >= ARENA_FIRST && handle < arena->units);
    return arena->base + (uint64_t)handle * ARENA_UNIT;
}

#endif
