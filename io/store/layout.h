/*
 * layout.h - the tables of a store's SQLite file: making them, their versions, upgrades.
 *
 * Threads. As store.h says.
 * Errors.  CRUX_STORE with a sentence that names the file.
 */
#ifndef IO_STORE_LAYOUT_H
#define IO_STORE_LAYOUT_H

#include "io/store/tables.h"

/* Is the file a store of a version that can be read, or empty? A writer's empty file gets its
 * tables. Nothing in the file is touched before it is known to be ours, or empty. */
int layout_check(struct crux_store *store, struct crux_error *error);

/* Within a transaction: turn a store of an earlier version into one of this version. */
int layout_upgrade(struct crux_store *store, struct crux_error *error);

/* The number in a query's first row; CRUX_END: it has no row. */
int layout_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error);

#endif
