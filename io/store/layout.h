/*
 * layout.h - the tables of a store's SQLite file and what each version has added to them.
 *
 * Threads. One at a time for each connection.
 * Errors.  CRUX_STORE with a sentence that names the file.
 */
#ifndef IO_STORE_LAYOUT_H
#define IO_STORE_LAYOUT_H

#include "io/sqlite.h"

enum { LAYOUT_VERSION = 3 };

/* Within a transaction: make all tables, or those that a store of an earlier version lacks, and
 * say that it is of LAYOUT_VERSION. The columns for seals are made by who seals (seals.h). */
int layout_complete(struct sqlite *db, struct crux_error *error);

/* May the ledger that is there be read, if there is one? */
int layout_check_ledger(struct sqlite *db, const char *path, struct crux_error *error);

#endif
