/*
 * kernel_arena_refill.c - protocol: lanes refill their chunks from one arena (arena.h).
 *
 * Each thread takes blocks from a chunk of its own, more than a chunk holds, and writes
 * to their ends; one also takes more at a time than a chunk. Asserted: no two blocks
 * share a unit (that would be a race as well), handles name no state of a link, and an
 * arena that is full says so. The one order is relaxed: the addition alone must do it.
 */
#include "search/tree/arena.h"
#include "tests/weak/weak.h"

#define LANES 2u
#define TAKES 3u
#define BLOCK 40u /* units: a chunk of 64 holds one */
#define LARGE 70u

static struct arena arena;
static struct taken {
    uint32_t handle, units;
} taken[3 * TAKES];

static void open_arena(uint32_t units)
{
    weak_expect(arena_open(&arena, (uint64_t)units * ARENA_UNIT, LANES), "there is room");
    for (uint32_t i = 0; i < 3 * TAKES; i++)
        taken[i] = (struct taken){0, 0};
}

static void take(struct arena_chunk *chunk, struct taken *one, uint32_t units)
{
    uint32_t handle = arena_take(&arena, chunk, units);
    unsigned char *block;

    *one = (struct taken){handle, units};
    if (handle == 0)
        return;
    weak_expect(handle >= ARENA_FIRST, "a handle is no state of a link");
    block = arena_at(&arena, handle);
    block[0] = block[(size_t)units * ARENA_UNIT - 1] = 1;
}

static void take_some(uint32_t thread)
{
    struct arena_chunk chunk = {0, 0};

    for (uint32_t i = 0; i < TAKES; i++)
        take(&chunk, &taken[thread * TAKES + i], BLOCK);
}

static void take_large(uint32_t thread)
{
    struct arena_chunk chunk = {0, 0};

    take(&chunk, &taken[thread * TAKES], LARGE);
    take(&chunk, &taken[thread * TAKES + 1], BLOCK);
}

static bool apart(struct taken one, struct taken other)
{
    return one.handle + one.units <= other.handle || other.handle + other.units <= one.handle;
}

static void judge(uint32_t units)
{
    uint32_t refused = 0, asked = 0;

    for (uint32_t i = 0; i < 3 * TAKES; i++) {
        asked += taken[i].units != 0;
        refused += taken[i].units != 0 && taken[i].handle == 0;
        weak_expect(taken[i].handle + taken[i].units <= arena.units, "blocks lie within");
        for (uint32_t j = 0; taken[i].handle != 0 && j < i; j++)
            weak_expect(taken[j].handle == 0 || apart(taken[i], taken[j]), "no unit is shared");
    }
    weak_expect(units > 0 ? refused == 0 : refused > 0 && refused < asked, "full is full");
}

static const struct weak_scene scenes[] = {
    {"two", 2048, open_arena, {take_some, take_some}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"until it is full", 0, open_arena, {take_some, take_some}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", 2048, open_arena, {take_some, take_some, take_large}, judge, WEAK_ALL, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
