/*
 * memory_store.h - a second kind of store: the verbs of io/store/store.h over plain memory.
 *
 * It shows that callers of the verbs rely on nothing that only a SQLite file does. What is kept
 * under a name outlives the store that kept it, as a file does, until memory_store_clear().
 *
 * Threads. As store.h says of every store.
 */
#ifndef TESTS_WORLD_MEMORY_STORE_H
#define TESTS_WORLD_MEMORY_STORE_H

#include "io/store/store.h"

int memory_store_open(struct crux_store **out, const char *name, bool write,
                      struct crux_error *error);
void memory_store_clear(void); /* no store is open */

/* From now on no reply can be put under this name, or it can again. */
void memory_store_break(const char *name, bool broken);

/* The same with replies and trees, as if a disk were full: it may pass. */
void memory_store_fill(const char *name, bool full);

/* Batches that were committed under this name. */
uint64_t memory_store_batches(const char *name);

#endif
