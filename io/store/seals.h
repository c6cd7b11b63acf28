/*
 * seals.h - every row of a store has a checksum, and every table is counted.
 *
 * Each table has a column `seal`: the checksum of the table's name and the row's other values.
 * The table `seals` has a row for each of them: how many rows it has, and the sum of their seals
 * modulo 2^64, so that a row that is gone is told, too. The table `store` has a line that counts
 * commits and replies (count.h).
 *
 *     reading   FROM whole_TABLE: a temporary view that ends the statement with "it is damaged"
 *               and the row's place when its seal is wrong. It reads the table, never only an
 *               index; whoever looks something up through an index that may be damaged, or by a
 *               number in a tree of pages that may be, must know from elsewhere that it is there.
 *     writing   between seals_begin() and seals_commit(). Temporary triggers seal and count: a
 *               statement need not know about it. One that writes much may put
 *               sealed('TABLE', VALUE...) itself, in the order of the table's columns, and saves
 *               the second write; rows of a table `by_hand` are inserted so, and told to
 *               sqlite_tally_inserted(), which saves a trigger for each.
 *
 * To seal a new table, give it a row in sealed_tables (seals.c); its layout is without the column.
 *
 * Stores of versions 1 and 2 have no seals: they are read as they are, and the first transaction
 * of a writer makes them whole. A store that has no tables yet is made by it, too.
 *
 * Threads. As store.h says.
 * Errors.  CRUX_STORE or CRUX_MEMORY, with a sentence that names the file.
 */
#ifndef IO_STORE_SEALS_H
#define IO_STORE_SEALS_H

#include "io/store/tables.h"

struct sealed_table {
    const char *name;
    const char *columns; /* all but seal */
    const char *row;     /* how a trigger finds the row that it is about */
    bool by_hand;        /* who inserts seals and counts: for tables that get thousands a second */
};

/* NULL: no more. */
const struct sealed_table *seals_table(size_t index);

/* What this connection needs for reading, and a writer's for writing; again when the tables have
 * been made or sealed since. */
int seals_attach(struct crux_store *store, struct sqlite *db, struct crux_error *error);

/* A transaction that writes: sqlite_begin() and sqlite_commit() with all that is said above. */
int seals_begin(struct crux_store *store, struct sqlite *db, struct crux_error *error);
int seals_commit(struct crux_store *store, struct sqlite *db, int status, struct crux_error *error);

/* Has the table all its rows? Reads all of it, but for what a store without seals says. */
int seals_check(struct crux_store *store, struct sqlite *db, const char *table,
                struct crux_error *error);

/* Has the store lost commits? After seals_attach(); beside is what count_look() saw. */
int seals_check_count(struct crux_store *store, const struct count_beside *beside,
                      struct crux_error *error);

/* Before the connection is closed. */
void seals_close(struct tables_writing *writing);

/* The writer ends: nothing of its stands in the log alone any more. */
void seals_end(struct crux_store *store);

#endif
