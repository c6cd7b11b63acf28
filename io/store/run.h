/*
 * run.h - what a run is called, and whether another one is the same.
 *
 * Threads. Nothing is shared: any thread, any time.
 */
#ifndef IO_STORE_RUN_H
#define IO_STORE_RUN_H

#include "io/store/store.h"

/* Only what gives the data their meaning goes into the names of a run. */
void store_name_run(char run_id[17], char config_hash[65], const char *configuration,
                    const char *input_sha256);

/* CRUX_INVALID: the run of the store is another one; the sentence says in what it differs. */
int store_compare_runs(const struct crux_store *store, const struct store_run *was,
                       const struct crux_run *is, struct crux_error *error);

#endif
