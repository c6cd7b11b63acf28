/*
 * test_arena.c - what arena.h promises, one promise per test. One thread; stress_tree.c
 * takes from one arena by many.
 */
#include "search/tree/arena.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define UNITS 4096u

static struct arena arena;
static struct arena_chunk chunk;

static void set_up(void)
{
    chunk = (struct arena_chunk){0, 0};
    cr_assert(arena_open(&arena, UNITS * ARENA_UNIT, 1));
}

static void tear_down(void)
{
    arena_close(&arena);
}

TestSuite(arena, .init = set_up, .fini = tear_down, .timeout = 30);

/* A handle is never one of the numbers that the tree uses for states. */
Test(arena, handles_are_no_states)
{
    for (int i = 0; i < 100; i++)
        cr_assert_geq(arena_take(&arena, &chunk, 1), ARENA_FIRST);
}

/* Blocks do not overlap, whatever their sizes. */
Test(arena, blocks_are_apart)
{
    static const uint32_t sizes[] = {1, 7, 3, 60, 200, 1};
    uint32_t handles[6];

    for (uint32_t i = 0; i < 6; i++) {
        handles[i] = arena_take(&arena, &chunk, sizes[i]);
        cr_assert_neq(handles[i], 0);
        memset(arena_at(&arena, handles[i]), (int)i + 1, sizes[i] * ARENA_UNIT);
    }
    for (uint32_t i = 0; i < 6; i++) {
        const unsigned char *block = arena_at(&arena, handles[i]);

        for (uint32_t j = 0; j < sizes[i] * ARENA_UNIT; j++)
            cr_assert_eq(block[j], i + 1);
    }
}

/* Two lanes take from chunks of their own. */
Test(arena, lanes_share_no_unit)
{
    struct arena_chunk other = {0, 0};
    uint32_t first = arena_take(&arena, &chunk, 2), second = arena_take(&arena, &other, 2);

    cr_assert(first + 2 <= second || second + 2 <= first);
}

/* What was asked for at the opening is there to be taken, and then no more. */
Test(arena, a_full_arena_answers_zero)
{
    uint64_t taken = 0;

    while (arena_take(&arena, &chunk, 1) != 0)
        taken++;
    cr_assert_geq(taken, UNITS);
    cr_assert_leq(taken, arena.units);
    cr_assert_eq(arena_take(&arena, &chunk, 100), 0);
    cr_assert_eq(arena_used(&arena), arena.units * ARENA_UNIT);
}

/* What is used grows by chunks, and never says less than what was taken. */
Test(arena, used_counts_what_was_taken)
{
    uint64_t before = arena_used(&arena);

    cr_assert_eq(before, ARENA_FIRST * ARENA_UNIT);
    (void)arena_take(&arena, &chunk, 5);
    cr_assert_geq(arena_used(&arena), before + (uint64_t)5 * ARENA_UNIT);
}

/* After a reset the arena is as large as before, also when it was used far up. */
Test(arena, reset_gives_everything_back)
{
    struct arena large;
    struct arena_chunk fresh = {0, 0};
    uint32_t units = 16 << 20 >> 6, first;

    cr_assert(arena_open(&large, (uint64_t)units * ARENA_UNIT, 1));
    first = arena_take(&large, &fresh, units);
    memset(arena_at(&large, first), 1, (size_t)units * ARENA_UNIT);
    arena_reset(&large);
    fresh = (struct arena_chunk){0, 0};
    cr_assert_eq(arena_used(&large), ARENA_FIRST * ARENA_UNIT);
    cr_assert_eq(arena_take(&large, &fresh, units), first);
    arena_close(&large);
}

/* Bytes of data that this process has, as its limit counts them. */
static uint64_t data_of_process(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    unsigned long long kib = 0;
    char line[200];

    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmData: %llu", &kib) == 1)
            break;
    (void)fclose(file);
    return kib << 10;
}

/* A range that leaves a limited process next to nothing for everything else is refused, and takes
 * nothing. */
Test(arena, the_last_addresses_are_not_taken)
{
    struct rlimit limit = {0, RLIM_INFINITY};
    struct arena large = {.base = NULL};

    (void)getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = data_of_process() + ((uint64_t)256 << 20);
    cr_assert_eq(setrlimit(RLIMIT_DATA, &limit), 0);
    for (int i = 0; i < 2; i++)
        cr_assert_not(arena_open(&large, (uint64_t)240 << 20, 1));
    cr_assert(arena_open(&large, (uint64_t)100 << 20, 1));
    arena_close(&large);
}

/* Addresses beyond 32-bit handles are not promised, and a range that the machine has
 * not is refused. */
Test(arena, the_largest_range_is_cut_to_handles)
{
    struct arena huge = {.base = NULL};

    if (arena_open(&huge, UINT64_C(1) << 40, 4)) {
        cr_assert_eq(huge.units, UINT32_MAX);
        arena_close(&huge);
    }
    cr_assert_null(huge.base);
    arena_close(&huge); /* twice is harmless */
}
