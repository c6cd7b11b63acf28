/*
 * tables_run.h - the run of a SQLite store: its row, and the rows of its problems.
 *
 * The verbs of the same names in store.h.
 */
#ifndef IO_STORE_TABLES_RUN_H
#define IO_STORE_TABLES_RUN_H

#include "io/store/tables.h"

int tables_load_run(struct crux_store *store, struct store_run *out, struct crux_error *error);
int tables_save_run(struct crux_store *store, const struct store_begin *begin,
                    struct crux_error *error);
int tables_extend_run(struct crux_store *store, const struct store_begin *begin,
                      struct crux_error *error);
int tables_save_settings(struct crux_store *store, const char *settings, struct crux_error *error);

#endif
