/*
 * scan.h - the highest score among the slots of a block.
 *
 * Slots are taken eight at a time: loaded one by one, as C11 demands of atomics,
 * into columns, and scored column-wise, which compilers turn into vector code.
 * The code is compiled for several instruction sets and the machine's best is
 * chosen when the program starts; all of them do the same IEEE operations in the
 * same order, so all choose the same child.
 *
 * Reads only; any thread.
 */
#ifndef SEARCH_SCAN_H
#define SEARCH_SCAN_H

#include "search/tree.h"

struct scan_best {
    float score;
    uint32_t index; /* TREE_NONE: every slot so far is barred */
    bool untried;   /* a slot with neither visits nor marks was seen */
};

/* Scan count slots, the first of which has index `from`; the best so far is kept
 * unless a slot is better. */
void scan_slots(enum crux_selection rule, struct select_parent parent, const struct slot *slots,
                uint32_t from, uint32_t count, struct scan_best *best);

#endif
