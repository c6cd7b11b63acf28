/*
 * witness.h - a finished tree is kept with what its witnesses (backends.h) find about it.
 *
 * Threads. Any, while no witness is added or removed.
 * Errors.  As those of the witnesses and of store_keep().
 */
#ifndef IO_BACKENDS_WITNESS_H
#define IO_BACKENDS_WITNESS_H

#include "io/backends/backends.h"

/* first: of a list; NULL: there are none. */
int witness_keep(const struct backends_witness *first, struct crux_store *store,
                 const struct crux_tree *tree, struct crux_error *error);

#endif
