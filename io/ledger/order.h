/*
 * order.h - the orders of settling that wait to be written.
 *
 * Numbers are appended to the record of their tree, as bytes: seven bits each, the lowest first,
 * the eighth says that more follow. The writer takes all records at once; what comes later
 * begins new ones. Read back in the order of writing, a tree's records are its order.
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
bool ledger_orders_add(struct ledger_orders *orders, uint64_t problem, uint64_t number);
bool ledger_orders_forget(struct ledger_orders *orders, uint64_t problem);

/* All of them, linked by next, in the order in which they came; the set is empty then. */
struct ledger_tree *ledger_orders_take(struct ledger_orders *orders);
void ledger_orders_free(struct ledger_tree *first);

/* The numbers in bytes, appended to *out of *count numbers, which grows. False: no memory, or
 * the last number has no end. */
bool ledger_orders_read(uint64_t **out, size_t *count, const unsigned char *bytes, size_t length);

#endif
