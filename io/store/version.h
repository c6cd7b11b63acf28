/*
 * version.h - whether a SQLite file is a store that this program can read.
 *
 * Threads. As store.h says.
 * Errors.  CRUX_STORE with a sentence that names the file.
 */
#ifndef IO_STORE_VERSION_H
#define IO_STORE_VERSION_H

#include "io/store/tables.h"

/* Is the file a store of a version that can be read, whole as far as its small tables tell, or
 * empty? A writer's empty file stays empty: its tables are made along with its run. Nothing in the
 * file is touched before it is known to be ours, or empty. */
int version_check(struct crux_store *store, const struct count_beside *beside,
                  struct crux_error *error);

#endif
