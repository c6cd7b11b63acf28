/*
 * tables_findings.h - findings on finished trees in a SQLite store: the verbs of struct
 * store_verbs that have the same names.
 */
#ifndef IO_STORE_TABLES_FINDINGS_H
#define IO_STORE_TABLES_FINDINGS_H

#include "io/sqlite.h"
#include "io/store/store.h"

/* One, in a transaction that has begun. */
int tables_put_finding(struct sqlite *db, const struct crux_finding *finding,
                       struct crux_error *error);

int tables_put_findings(struct crux_store *store, const struct crux_finding *findings, size_t count,
                        struct crux_error *error);
int tables_findings(struct crux_store *store, uint64_t problem, store_each_finding *each,
                    void *context, struct crux_error *error);

/* The part of a summary that findings of kind `restarts` add up to (policies/chat/aside.h). */
int tables_load_restarts(struct crux_store *store, struct crux_summary *out,
                         struct crux_error *error);

#endif
