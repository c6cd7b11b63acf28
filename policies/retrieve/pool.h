/*
 * pool.h - threads that answer calls, one after the other, first come, first served.
 *
 * Ownership. Workers are the caller's, one for each thread, until the pool is closed.
 * Threads.   pool_put() and pool_take_back() on any; work() on those of the pool, each with its own
 *            worker.
 */
#ifndef POLICIES_RETRIEVE_POOL_H
#define POLICIES_RETRIEVE_POOL_H

#include "search/crux.h"

struct pool;

/* Fills in the call's reply; the status of the call. What it puts into the reply's owner drop()
 * frees, where nobody takes the reply. */
typedef int pool_work(void *worker, struct crux_call *call);
typedef void pool_drop(struct crux_reply *reply);

int pool_open(struct pool **out, uint32_t threads, void *const *workers, pool_work *work,
              pool_drop *drop, struct crux_error *error);
void pool_close(struct pool *pool); /* no call waits; NULL is fine */

/* CRUX_PENDING, CRUX_MEMORY. */
int pool_put(struct pool *pool, struct crux_call *call);

/* A call that nobody has begun with is taken out, and *ticket is its own. */
bool pool_take_back(struct pool *pool, const struct crux_call *call, uint64_t *ticket);

#endif
