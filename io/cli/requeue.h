/*
 * requeue.h - problems that have failed and are searched again in the same run.
 *
 *     search --a tree that failed--> requeue_hold(), kept, requeue_let_go()
 *     crux ctl requeue --> requeue_failed(): their problems wait in the store again, ...
 *     source --nothing else is left--> requeue_next(): ... and are handed out once more
 *
 * Threads. Any.
 */
#ifndef IO_CLI_REQUEUE_H
#define IO_CLI_REQUEUE_H

#include "io/crux_io.h"

struct requeue;

/* wanted: whose problems are this run's. What is named outlives it. */
int requeue_open(struct requeue **out, struct crux_store *store,
                 const struct crux_problems *problems,
                 bool (*wanted)(void *context, const struct crux_problem *problem), void *context,
                 struct crux_error *error);
void requeue_close(struct requeue *requeue); /* NULL is fine */

/* All that have failed wait again; *count: how many. CRUX_STORE: the store cannot be written, or is
 * just keeping one that has failed. */
int requeue_failed(struct requeue *requeue, uint64_t *count, struct crux_error *error);

/* The next of them; NULL: there is none. requeue may be NULL. */
const struct crux_problem *requeue_next(struct requeue *requeue);

/* While a tree that has failed is being kept, so that no problem fails unseen between two looks. */
void requeue_hold(struct requeue *requeue);
void requeue_let_go(struct requeue *requeue);

#endif
