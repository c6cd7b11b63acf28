/*
 * tables_list.h - rows about the problems of a SQLite store, for people who look through them.
 *
 * Threads. As store.h says.
 * Errors.  CRUX_STORE or CRUX_MEMORY, with a sentence that names the file.
 */
#ifndef IO_STORE_TABLES_LIST_H
#define IO_STORE_TABLES_LIST_H

#include "io/store/tables.h"

/* What is looked for by its number is not found at all when a page that leads to it is damaged:
 * CRUX_STORE when some problem is not found by its own. Looks once. */
int tables_check_numbers(struct crux_store *store, struct crux_error *error);

int tables_list(struct crux_store *store, const struct store_wanted *wanted, store_each_item *each,
                void *context, struct crux_error *error);
int tables_refusals(struct crux_store *store, store_each_failure *each, void *context,
                    struct crux_error *error);

#endif
