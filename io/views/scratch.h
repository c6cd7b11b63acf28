/*
 * scratch.h - a file without a name: it ends with the program, however that ends.
 *
 * Threads. Any.
 * Errors.  CRUX_STORE, CRUX_MEMORY, with a sentence that names the folder.
 */
#ifndef IO_VIEWS_SCRATCH_H
#define IO_VIEWS_SCRATCH_H

#include "search/crux.h"

/* In a folder, for reading and writing; the caller closes it. */
int scratch_open(int *out, const char *folder, struct crux_error *error);

#endif
