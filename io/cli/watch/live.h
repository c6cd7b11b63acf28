/*
 * live.h - the page's data of a store that may still be written: what `crux watch` serves.
 *
 *     live_look() -> live_index() or live_page() or live_body() -> live_rest()
 *
 * The store is only read, and it is open no longer than a request takes. A tree that was read once
 * for the index is not read again: what the index says of a problem is kept here, until the problem
 * itself is asked for. A store that is not there yet is waited for, one that another has taken the
 * place of is opened anew.
 *
 * Ownership. live_close() takes NULL. Texts of live_body() live until the next call.
 * Threads.   One at a time.
 * Errors.    As the store says them.
 */
#ifndef IO_CLI_WATCH_LIVE_H
#define IO_CLI_WATCH_LIVE_H

#include "io/page/page.h"

struct live;

/* nodes: most of a problem. CRUX_MEMORY. */
int live_open(struct live **out, const char *path, uint64_t nodes, struct crux_error *error);
void live_close(struct live *live);

/* Is there a store? As of the last look. */
bool live_is_there(const struct live *live);

/* Look at the store: what has come since is read. stopped: as in crux_page. CRUX_OK also where
 * there is none yet. */
int live_look(struct live *live, bool (*stopped)(void), struct crux_error *error);
void live_rest(struct live *live);

/* The index as of the last look. */
int live_index(const struct live *live, const struct page_sink *sink, struct crux_error *error);

/* The whole page, its index in it, its bodies not. */
int live_page(const struct live *live, const struct page_sink *sink, struct crux_error *error);

/* A problem by its number, as it is now. CRUX_INPUT: there is none, or it has no tree. */
int live_body(struct live *live, uint64_t number, struct crux_text *out, struct crux_error *error);

#endif
