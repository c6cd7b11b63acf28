/*
 * cache.h - where `crux solve` keeps what it pays for when no store is named.
 *
 *     $XDG_CACHE_HOME/crux/solve-HASH.db, else ~/.cache/crux/solve-HASH.db
 *
 * One store for each command that asks a model server, by the hash of its configuration, its
 * endpoints, its input and the user's programs that it names: a solve that was killed, or is given
 * again, finds there what it has paid for. (A run's own store
 * leaves endpoints out, since a twin's answer is as good; here nobody has said that what listens at
 * another address is a twin.) The files are the user's alone, and may be deleted at any time.
 *
 * It is a convenience, so no search fails for it: where it cannot be had, the search goes on
 * without it, and a sentence on standard error says so. A damaged one is set aside under another
 * name, never deleted.
 *
 * Ownership. The store is the caller's to close.
 * Threads.   One at a time; another process that has the same store open keeps it.
 */
#ifndef IO_CLI_CACHE_H
#define IO_CLI_CACHE_H

#include <stdio.h>

#include "io/cli/options/options.h"
#include "io/crux_io.h"

/* *out: open for writing, its run begun; or NULL, and why was said. quiet: without a word of where
 * it is, but not of trouble. CRUX_MEMORY only. */
int cache_open(struct crux_store **out, const struct options *options,
               const struct crux_problems *problems, struct crux_error *error);

/* Says on out how many files are there, how large, and how they are cleared; as JSON without the
 * last. */
void cache_describe(FILE *out, bool as_json);

#endif
