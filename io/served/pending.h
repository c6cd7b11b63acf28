/*
 * pending.h - the record of a question that has not been answered: made, failed, finished.
 *
 *     make --> (joined, read, asked for) --> drop .. drop --> finish: answered()
 *                   |                          ^
 *                   '--fail--> post -----------'   on the writer thread: what is left is let go
 *
 * Threads. fail, post and drop with the lock of served; the others without.
 */
#ifndef IO_SERVED_PENDING_H
#define IO_SERVED_PENDING_H

#include "io/served/call.h"

/* Held open by its maker. NULL: no memory. The keys are the maker's to fill in. */
struct served_pending *served_pending_make(struct served *served, struct served_question *question);

/* A call for some of its slots, which lands here. NULL: no memory. */
struct served_call *served_pending_call(struct served_pending *pending, uint32_t first,
                                        uint32_t count);

/* The first failure stays. */
void served_pending_fail(struct served_pending *pending, int status, const char *sentence);

/* The writer thread is to look at it, since it has failed. */
void served_pending_post(struct served_pending *pending);

/* Drop count of what the question waits for. True: that was the last; the caller must finish. */
bool served_pending_drop(struct served_pending *pending, uint32_t count);

/* The one answer; its status. A reply that was faster than a failure is one. */
int served_pending_finish(struct served_pending *pending, bool at_once);

#endif
