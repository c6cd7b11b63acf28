/*
 * run.h - what a run is called, and whether another one is the same.
 *
 * Threads. Nothing is shared: any thread, any time.
 */
#ifndef IO_STORE_RUN_H
#define IO_STORE_RUN_H

#include "io/store/store.h"

/* Only what gives the data their meaning goes into the names of a run, and of its input what it was
 * when the run was begun: when lines are added to it, the names stay. */
void store_name_run(struct store_names *out, const char *configuration, const char *settings,
                    const char *input_sha256);

/* A store keeps a problem by its line, from which it is read back. */
int store_check_lines(const struct crux_problems *problems, struct crux_error *error);

/* CRUX_INVALID: the run of the store is another one; the sentence says in what it differs. */
int store_compare_runs(const struct crux_store *store, const struct store_run *was,
                       const struct crux_run *is, struct crux_error *error);

#endif
