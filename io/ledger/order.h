/*
 * order.h - the orders of settling that wait to be written.
 *
 * Arrivals are appended to the record of their tree, as bytes. A number is seven bits a byte, the
 * lowest first, the eighth says that more follow. What has settled is its number; what was late
 * (struct crux_arrival) is a 0 in two bytes, which no number is written as, then late, then the
 * number: so the orders of stores from before there were late ones read the same. The writer takes
 * all records at once; what comes later begins new ones. Read back in the order of writing, a
 * tree's records are its order.
 *
 * Threads. One at a time. A zeroed set is empty.
 */
#ifndef IO_LEDGER_ORDER_H
#define IO_LEDGER_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "search/crux.h"

struct ledger_tree {
    UT_hash_handle hh;        /* by problem */
    struct ledger_tree *next; /* among those taken */
    uint64_t problem;
    bool forget; /* what was written before it */
    unsigned char *bytes;
    size_t length, room;
};

struct ledger_orders {
    struct ledger_tree *trees; /* NULL: none has news */
};

/* False: no memory. */
bool ledger_orders_add(struct ledger_orders *orders, uint64_t problem,
                       const struct crux_arrival *arrival);
bool ledger_orders_forget(struct ledger_orders *orders, uint64_t problem);

/* All of them, linked by next, in the order in which they came; the set is empty then. */
struct ledger_tree *ledger_orders_take(struct ledger_orders *orders);
void ledger_orders_free(struct ledger_tree *first);

/* The arrivals in bytes, appended to *out of *count arrivals, which grows. False: no memory, or
 * the last arrival has no end. */
bool ledger_orders_read(struct crux_arrival **out, size_t *count, const unsigned char *bytes,
                        size_t length);

#endif
