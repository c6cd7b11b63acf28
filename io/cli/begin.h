/*
 * begin.h - the run of a store begins, or goes on, also when its file of problems has more lines.
 *
 * A run that goes on must have the options and the problems that it was begun with. With extend its
 * file may have grown at the end: then the new lines' problems are added, the run keeps its names,
 * its finished trees and its account, and the store tells how it has grown (CRUX_INPUT_EXTENSIONS
 * in io/crux_io.h). Which shard a problem belongs to follows from its id alone, so each shard's
 * store is extended by itself, with the same file; a set of stores is one run again when all of
 * them are.
 *
 * A replay of a run that has grown, from its whole file into a new store, is that run again: it has
 * the same names and tells the same of its input.
 *
 * Threads. One at a time.
 * Errors.  CRUX_INVALID: another run, in which words differ; the sentence names --extend where that
 *          would help. Else as the store's.
 */
#ifndef IO_CLI_BEGIN_H
#define IO_CLI_BEGIN_H

#include "io/cli/options/options.h"
#include "io/crux_io.h"

/* The store's problems are those of the shard of the options. Says how many are added. */
int begin_run(struct crux_store *store, const struct options *options,
              const struct crux_problems *problems, bool extend, struct crux_error *error);

#endif
