/*
 * shelf.h - a second kind of store: the verbs of io/store/store.h over plain memory.
 *
 * It shows that whoever calls the verbs leans on nothing that only a SQLite file does. What is kept
 * under a name outlives the store that kept it, as a file does, until shelf_clear().
 *
 * Threads. As store.h says of every store.
 */
#ifndef TESTS_SHELF_H
#define TESTS_SHELF_H

#include "io/store/store.h"

int shelf_open(struct crux_store **out, const char *name, bool write, struct crux_error *error);
void shelf_clear(void); /* no store is open */

/* From now on no reply can be put under this name, or it can again. */
void shelf_break(const char *name, bool broken);

/* Batches that were committed under this name. */
uint64_t shelf_batches(const char *name);

#endif
