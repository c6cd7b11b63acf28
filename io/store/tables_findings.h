/*
 * tables_findings.h - findings on finished trees in a SQLite store: the verbs of struct
 * store_verbs that have the same names.
 */
#ifndef IO_STORE_TABLES_FINDINGS_H
#define IO_STORE_TABLES_FINDINGS_H

#include "io/store/store.h"

int tables_put_findings(struct crux_store *store, const struct crux_finding *findings, size_t count,
                        struct crux_error *error);
int tables_findings(struct crux_store *store, uint64_t problem, store_each_finding *each,
                    void *context, struct crux_error *error);

#endif
