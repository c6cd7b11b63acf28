/*
 * told.h - how a running search is doing (live.h), kept beside its store for other processes.
 *
 * Threads. One at a time.
 */
#ifndef IO_CLI_TOLD_H
#define IO_CLI_TOLD_H

#include "io/cli/live.h"
#include "io/crux_io.h"

/* last: it has ended, and nothing is told any more. */
void told_put(struct crux_store *store, const struct live *live, bool last);

/* What the process with this id tells. False: nothing. */
bool told_get(struct live *out, const struct crux_store *store, int64_t process);

#endif
