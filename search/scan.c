/*
 * scan.c - columns of eight: one load a word, then only arithmetic.
 *
 * The profile of a search with instant ports stood at three quarters in this scan
 * while it took slot by slot, for each division waited for the one before.
 */
#include "search/scan.h"

#include <math.h>
#include <stddef.h>

#define LANES 8u

/* Sanitizers cannot follow functions that are chosen when the program starts. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) &&              \
    !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define MACHINES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MACHINES
#endif

struct columns {
    float visits[LANES], pending[LANES], sum[LANES], prior[LANES], score[LANES];
};

static inline void load(const struct slot *slots, uint32_t count, struct columns *columns)
{
    for (uint32_t i = 0; i < LANES; i++) {
        /* relaxed: see "What a reader may see" in tree.h. */
        uint64_t tally = 0, link = 0;

        if (i < count) {
            tally = atomic_load_explicit(&slots[i].tally, memory_order_relaxed);
            link = atomic_load_explicit(&slots[i].link, memory_order_relaxed);
        }
        columns->visits[i] = (float)(int32_t)(tally >> TREE_SUM_BITS);
        columns->sum[i] = (float)(int64_t)(tally & TREE_SUM_MASK) * (1.0F / TREE_ONE);
        columns->pending[i] = (float)(int32_t)(link >> 16 & 0xFFFF);
        columns->prior[i] = (float)(int32_t)(link & 0xFFFF) * (1.0F / TREE_ONE);
    }
}

static inline float score_of(enum crux_selection rule, struct select_parent parent,
                             struct select_child child)
{
    if (rule == CRUX_PUCT)
        return select_puct(parent, child);
    return rule == CRUX_UCT ? select_uct(parent, child) : select_greedy(parent, child);
}

static inline void take(const struct columns *columns, uint32_t from, struct scan_best *best)
{
    for (uint32_t i = 0; i < LANES; i++) {
        bool open = columns->prior[i] > 0.0F;

        best->untried |= open && columns->visits[i] + columns->pending[i] <= 0.0F;
        if (open && columns->score[i] > best->score) {
            best->score = columns->score[i];
            best->index = from + i;
        }
    }
}

static inline __attribute__((always_inline)) void scan_by(enum crux_selection rule,
                                                          struct select_parent parent,
                                                          const struct slot *slots, uint32_t from,
                                                          uint32_t count, struct scan_best *best)
{
    for (uint32_t at = 0; at < count; at += LANES) {
        struct columns columns;

        load(&slots[at], count - at, &columns);
        for (uint32_t i = 0; i < LANES; i++)
            columns.score[i] = score_of(rule, parent,
                                        (struct select_child){columns.visits[i], columns.pending[i],
                                                              columns.sum[i], columns.prior[i]});
        take(&columns, from + at, best);
    }
}

MACHINES static void scan_puct(struct select_parent parent, const struct slot *slots, uint32_t from,
                               uint32_t count, struct scan_best *best)
{
    scan_by(CRUX_PUCT, parent, slots, from, count, best);
}

MACHINES static void scan_uct(struct select_parent parent, const struct slot *slots, uint32_t from,
                              uint32_t count, struct scan_best *best)
{
    scan_by(CRUX_UCT, parent, slots, from, count, best);
}

MACHINES static void scan_greedy(struct select_parent parent, const struct slot *slots,
                                 uint32_t from, uint32_t count, struct scan_best *best)
{
    scan_by(CRUX_GREEDY, parent, slots, from, count, best);
}

void scan_slots(enum crux_selection rule, struct select_parent parent, const struct slot *slots,
                uint32_t from, uint32_t count, struct scan_best *best)
{
    if (rule == CRUX_PUCT)
        scan_puct(parent, slots, from, count, best);
    else if (rule == CRUX_UCT)
        scan_uct(parent, slots, from, count, best);
    else
        scan_greedy(parent, slots, from, count, best);
}
