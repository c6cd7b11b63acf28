/*
 * rows.h - what the ledger keeps as rows of a store, written by its verbs and read back.
 *
 * Threads. Writing: the ledger's writer, within a batch. Reading: as store.h says.
 * Errors.  As store.h says; CRUX_MEMORY.
 */
#ifndef IO_LEDGER_ROWS_H
#define IO_LEDGER_ROWS_H

#include "io/ledger/ledger.h"
#include "io/ledger/order.h"

/* NULL: the item is a post. */
struct ledger_entry *ledger_rows_entry(struct ledger_item *item);

/* Has the entry anything to write? */
bool ledger_rows_any(const struct ledger_entry *entry);

/* What the writer has taken, to be written in one transaction. */
struct ledger_lot {
    struct ledger_item *items, *intents;
    const struct ledger_tree *trees;
    bool lasting;      /* it must outlive a power cut */
    int64_t lasted_ns; /* the session, until now */
};

/* All or nothing. Entries learn what was known, intents their numbers. */
int ledger_rows_write(struct crux_store *store, const struct ledger_lot *lot,
                      struct crux_error *error);

/* For the verbs that find; context is a struct ledger_found, or a struct ledger_unread. */
store_take_reply ledger_rows_take;
store_take_refusal ledger_rows_take_refusal;

#endif
