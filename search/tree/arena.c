/*
 * arena.c - a tree's memory: one mmap, reserved and not committed, handed out in chunks.
 *
 * Reserving the worst case costs addresses only, so nothing ever moves and no
 * block needs a check for growth; the pages come when they are first written.
 */
#include "search/tree/arena.h"

#include <assert.h>
#include <stddef.h>
#include <sys/mman.h>

#define CHUNK_MOST  (16384u)             /* units: 1 MiB */
#define CHUNK_LEAST (64u)                /* units: 4 KiB, one page */
#define HUGE_FROM   ((uint64_t)16 << 20) /* bytes: below, huge pages only waste memory */
#define KEEP_PAGES  ((uint64_t)4 << 20)  /* bytes that a reset keeps in any case */
#ifndef ARENA_SPARE
#define ARENA_SPARE ((size_t)64 << 20) /* bytes that others must still get */
#endif

static void *arena_reserve(uint64_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return base != MAP_FAILED ? base : NULL;
}

/* Where a process may have so many addresses and no more (ulimit -d, -v), whoever reserves the last
 * of them takes the memory for everything else, also for saying so. */
static bool leaves_room(void)
{
    void *spare = arena_reserve(ARENA_SPARE);

    return spare != NULL && munmap(spare, ARENA_SPARE) == 0;
}

bool arena_open(struct arena *arena, uint64_t bytes, uint32_t lanes)
{
    uint64_t units = bytes / ARENA_UNIT + ARENA_FIRST;
    uint64_t chunk = units / 64 / lanes;
    void *base;

    assert(lanes > 0);
    chunk = chunk > CHUNK_MOST ? CHUNK_MOST : chunk < CHUNK_LEAST ? CHUNK_LEAST : chunk;
    units += chunk * (lanes + 1);
    if (units > UINT32_MAX)
        units = UINT32_MAX;
    base = arena_reserve(units * ARENA_UNIT);
    if (base == NULL)
        return false;
    if (!leaves_room()) {
        (void)munmap(base, units * ARENA_UNIT);
        return false;
    }
    if (units * ARENA_UNIT >= HUGE_FROM)
        (void)madvise(base, units * ARENA_UNIT, MADV_HUGEPAGE);
    arena->base = base;
    arena->units = units;
    arena->chunk_units = (uint32_t)chunk;
    atomic_init(&arena->top, ARENA_FIRST);
    return true;
}

void arena_close(struct arena *arena)
{
    if (arena->base != NULL)
        (void)munmap(arena->base, arena->units * ARENA_UNIT);
    arena->base = NULL;
}

void arena_reset(struct arena *arena)
{
    uint64_t used = arena_used(arena);

    assert(arena->base != NULL);
    /* The pages go back when another program needs them; until then the next tree has them
     * without waiting until they are cleared (5 to 9 % of a tree of 10^6 simulations). */
    if (used > KEEP_PAGES)
        (void)madvise(arena->base + KEEP_PAGES, used - KEEP_PAGES, MADV_FREE);
    atomic_store_explicit(&arena->top, ARENA_FIRST, memory_order_relaxed);
}

uint64_t arena_used(const struct arena *arena)
{
    uint64_t top = atomic_load_explicit(&arena->top, memory_order_relaxed);

    assert(top >= ARENA_FIRST);
    return (top < arena->units ? top : arena->units) * ARENA_UNIT;
}

/* Blocks of more than a chunk get a range of their own. */
static uint64_t refill(struct arena *arena, uint64_t units)
{
    assert(units >= arena->chunk_units);
    /* relaxed: the number alone decides which lane owns the range; what is written
     * there is published by the tree's own release stores. */
    return atomic_fetch_add_explicit(&arena->top, units, memory_order_relaxed);
}

uint32_t arena_take(struct arena *arena, struct arena_chunk *chunk, uint32_t units)
{
    uint64_t from;

    assert(units > 0);
    assert(chunk->next <= chunk->end);
    if (chunk->end - chunk->next < units) {
        uint32_t want = units > arena->chunk_units ? units : arena->chunk_units;

        from = refill(arena, want);
        if (from + want > arena->units)
            return 0;
        if (units == want)
            return (uint32_t)from;
        chunk->next = (uint32_t)from;
        chunk->end = (uint32_t)from + want;
    }
    from = chunk->next;
    chunk->next += units;
    return (uint32_t)from;
}
