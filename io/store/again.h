/*
 * again.h - a run that is there goes on, maybe with more lines at the end of its input.
 *
 * How its input has grown is kept among the run's settings (CRUX_INPUT_EXTENSIONS), which every
 * version of a store has. Options are recorded anew each time that a run goes on; that member is
 * carried over. CRUX_MERGED is not: the problems that lack in a store that was merged are added,
 * and then it is one as any other.
 *
 * Threads. Under the store's mutex.
 * Errors.  As store.h says.
 */
#ifndef IO_STORE_AGAIN_H
#define IO_STORE_AGAIN_H

#include "io/store/store.h"

/* A run that does not go on here leaves the store as it is, also its version: the program that
 * began it may have to finish it. */
int store_begin_again(struct crux_store *store, const struct store_run *was,
                      struct store_begin *begin, struct crux_error *error);

#endif
