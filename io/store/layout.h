/*
 * layout.h - the tables of a store's SQLite file: making them, their versions, upgrades.
 *
 * Threads. As store.h says.
 * Errors.  CRUX_STORE with a sentence that names the file.
 */
#ifndef IO_STORE_LAYOUT_H
#define IO_STORE_LAYOUT_H

#include "io/store/tables.h"

/* Is the file a store of a version that can be read, whole as far as its small tables tell, or
 * empty? A writer's empty file stays empty: its tables are made along with its run. Nothing in the
 * file is touched before it is known to be ours, or empty. */
int layout_check(struct crux_store *store, const struct count_beside *beside,
                 struct crux_error *error);
int layout_fail_empty(const struct crux_store *store, struct crux_error *error);

/* Within a transaction: make all tables, or those that a store of an earlier version lacks, and
 * the columns for seals. */
int layout_complete(struct sqlite *db, struct crux_error *error);

/* The number in a query's first row; CRUX_END: it has no row. */
int layout_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error);

#endif
