/*
 * tables.h - the ledger as tables beside those of its run's store.
 *
 *     ledger     version of this layout
 *     replies    a row for every sample: its key, who gave it, for which problem, what it took
 *     texts      what it said, by the same id: apart, so that sums do not read it
 *     arrivals   the order in which the simulations of a tree settled, in pieces
 *     sessions   how long each process has worked for the run
 *
 * Threads. What writes and what reads use a connection each; each of the two one thread at a time.
 * Errors.  CRUX_STORE or CRUX_MEMORY and a sentence that begins with the path.
 */
#ifndef IO_LEDGER_TABLES_H
#define IO_LEDGER_TABLES_H

#include "io/ledger/ledger.h"
#include "io/ledger/order.h"
#include "io/sqlite.h"

struct ledger_tables {
    struct sqlite *writer; /* NULL: for reading only */
    struct sqlite *reader;
    struct sqlite_query insert_reply, insert_text, update_session, find;
    bool empty; /* for reading: there are no such tables */
};

/* For writing: makes the tables if they are not there, and begins a session. */
int ledger_tables_open(struct ledger_tables *out, const char *path, bool write,
                       struct crux_error *error);
void ledger_tables_close(struct ledger_tables *tables);

/* A connection that reads the ledger of a store; *empty: it has none. */
int ledger_tables_read(struct sqlite **out, const char *path, bool *empty,
                       struct crux_error *error);

/* What is there, at the beginning. each_key() false: no memory. */
int ledger_tables_keys(struct ledger_tables *tables,
                       bool (*each_key)(void *context, const unsigned char *key), void *context,
                       struct crux_error *error);
int ledger_tables_past(struct ledger_tables *tables, struct ledger_past *out,
                       struct crux_error *error);

/* All or nothing: the rows of these entries (which learn what was known), these orders, and how
 * long the session has lasted. */
struct ledger_batch {
    struct ledger_item *items;
    const struct ledger_tree *trees;
    int64_t lasted_ns;
};
int ledger_tables_keep(struct ledger_tables *tables, const struct ledger_batch *batch,
                       struct crux_error *error);

/* As in ledger.h. */
int ledger_tables_find(struct ledger_tables *tables, const unsigned char *key,
                       struct ledger_found *out, struct crux_error *error);
int ledger_tables_order(struct ledger_tables *tables, uint64_t problem, uint64_t **out,
                        size_t *count, struct crux_error *error);

#endif
