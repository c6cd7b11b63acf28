/*
 * sites.c - a call of an atomic operation in the compiled code is a place that names an
 * order; the search may use a weaker one there.
 *
 * The code is compiled without optimisation, so each operation in the source is one call.
 */
#include "tests/weak/inside.h"

#define SITES 512u
#define TABLE 2048u

static struct site sites[SITES];
static uint32_t count;
static uint16_t table[TABLE]; /* index + 1 */

static uint32_t slot_of(const void *pc)
{
    uint32_t at = (uint32_t)(((uintptr_t)pc * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % TABLE;

    while (table[at] != 0 && sites[table[at] - 1].pc != pc)
        at = (at + 1) % TABLE;
    return at;
}

struct site *sites_at(const void *pc, const char *name, int order, int failure)
{
    uint32_t at = slot_of(pc);

    if (table[at] != 0)
        return &sites[table[at] - 1];
    if (count == SITES)
        schedule_fault("more than %u atomic operations in the code", SITES);
    sites[count] = (struct site){pc, name, order, failure, order, failure, false};
    table[at] = (uint16_t)++count;
    return &sites[count - 1];
}

void sites_contested(const void *pc)
{
    uint32_t at = slot_of(pc);

    if (table[at] != 0)
        sites[table[at] - 1].contested = true;
}

uint32_t sites_count(void)
{
    return count;
}

struct site *sites_get(uint32_t index)
{
    return &sites[index];
}

const char *sites_order(int order)
{
    static const char *const names[] = {"relaxed", "consume", "acquire",
                                        "release", "acq_rel", "seq_cst"};

    return order >= 0 && order < 6 ? names[order] : "?";
}
