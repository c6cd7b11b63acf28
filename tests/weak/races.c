/*
 * races.c - who touched each byte last, and whether the next one knows of it.
 *
 * As in FastTrack (Flanagan and Freund 2009): a byte remembers the time of the last plain
 * write, and by thread of the last plain read and the last atomic accesses; time is the
 * thread's own component of its clock. An access that its own clock does not cover is a race.
 */
#include "tests/weak/inside.h"

#include <string.h>

#define CELLS 4096u
#define TABLE 16384u
#define BYTES 8u /* of a cell */
#define FREED 64u

struct cell {
    uintptr_t granule;
    uint8_t visitors; /* threads, a bit each: one alone races with nobody */
    uint16_t wrote[BYTES];
    uint8_t writer[BYTES];
    uint8_t places;                     /* a bit a byte: an atomic begins there */
    uint16_t seen[BYTES][THREADS];      /* plain reads */
    uint16_t atomic[2][BYTES][THREADS]; /* atomic reads, atomic writes */
};

static struct cell cells[CELLS];
static uint32_t cell_count;
static struct {
    uintptr_t granule;
    uint32_t execution, cell;
} table[TABLE];
static uint32_t execution;
static struct {
    uintptr_t first, last; /* granules */
} freed[FREED];
static uint32_t freed_count;

void races_reset(void)
{
    execution++;
    cell_count = freed_count = 0;
}

static bool was_freed(uintptr_t granule)
{
    for (uint32_t i = 0; i < freed_count; i++)
        if (granule >= freed[i].first && granule <= freed[i].last)
            return true;
    return false;
}

static struct cell *cell_of(uintptr_t granule)
{
    uint32_t at = (uint32_t)((granule * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % TABLE;

    for (; table[at].execution == execution; at = (at + 1) % TABLE)
        if (table[at].granule == granule)
            return &cells[table[at].cell];
    if (cell_count == CELLS)
        schedule_fault("the threads touch more than %u words", CELLS);
    table[at].granule = granule;
    table[at].execution = execution;
    table[at].cell = cell_count;
    memset(&cells[cell_count], 0, sizeof cells[cell_count]);
    cells[cell_count].granule = granule;
    return &cells[cell_count++];
}

void races_atomic_here(uintptr_t address)
{
    cell_of(address / BYTES)->places |= (uint8_t)(1u << address % BYTES);
}

/* Is there one that this clock does not cover? */
static bool unknown(const uint16_t at[THREADS], const struct clock *now)
{
    for (uint32_t i = 0; i < THREADS; i++)
        if (at[i] > now->at[i])
            return true;
    return false;
}

static bool races(const struct cell *cell, uint32_t byte, enum access access,
                  const struct clock *now)
{
    bool plain = access < ACCESS_ATOMIC_READ;
    bool writes = access == ACCESS_WRITE || access == ACCESS_ATOMIC_WRITE;

    return cell->wrote[byte] > now->at[cell->writer[byte]] ||
           (writes && unknown(cell->seen[byte], now)) ||
           (plain && unknown(cell->atomic[1][byte], now)) ||
           (plain && writes && unknown(cell->atomic[0][byte], now));
}

static void remember(struct cell *cell, uint32_t byte, enum access access, uint32_t self,
                     uint16_t now)
{
    switch (access) {
    case ACCESS_WRITE:
        cell->wrote[byte] = now;
        cell->writer[byte] = (uint8_t)self;
        break;
    case ACCESS_READ:
        cell->seen[byte][self] = now;
        break;
    case ACCESS_ATOMIC_READ:
    case ACCESS_ATOMIC_WRITE:
        cell->atomic[access == ACCESS_ATOMIC_WRITE][byte][self] = now;
        break;
    }
}

/* Bytes from..to of a cell. */
static void check(struct cell *cell, uint32_t from, uint32_t to, enum access access)
{
    uint32_t self = schedule_self();
    const struct clock *now = memory_clock();
    bool alone;

    cell->visitors |= (uint8_t)(1u << self);
    alone = cell->visitors == 1u << self;
    for (uint32_t byte = from; byte < to; byte++) {
        if (!alone && races(cell, byte, access, now))
            schedule_fault("race: thread %u %s at %#zx", self,
                           access == ACCESS_READ || access == ACCESS_ATOMIC_READ ? "reads"
                                                                                 : "writes",
                           (size_t)(cell->granule * BYTES + byte));
        remember(cell, byte, access, self, now->at[self]);
        if (access == ACCESS_WRITE && (cell->places >> byte & 1) != 0)
            memory_forget(cell->granule * BYTES + byte);
    }
}

void races_check(uintptr_t address, size_t size, enum access access)
{
    uintptr_t end = address + size;

    while (address < end) {
        uintptr_t granule = address / BYTES, next = (granule + 1) * BYTES;

        if (freed_count > 0 && was_freed(granule))
            schedule_fault("thread %u touches memory that was freed, at %#zx", schedule_self(),
                           (size_t)address);
        check(cell_of(granule), address % BYTES,
              (uint32_t)((end < next ? end : next) - granule * BYTES), access);
        address = next;
    }
}

void races_free(uintptr_t address, size_t size)
{
    uintptr_t first = address / BYTES, last = (address + size - 1) / BYTES;

    for (uint32_t i = 0; i < cell_count; i++)
        if (cells[i].granule >= first && cells[i].granule <= last)
            check(&cells[i], 0, BYTES, ACCESS_WRITE);
    if (freed_count == FREED)
        schedule_fault("more than %u blocks are freed", FREED);
    freed[freed_count].first = first;
    freed[freed_count++].last = last;
}
