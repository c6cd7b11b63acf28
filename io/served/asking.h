/*
 * asking.h - the record of a question: begun, failed, ended.
 *
 *     make --> (joined, read, asked for) --> drop .. drop --> finish: answered()
 *                   |                          ^
 *                   '--fail--> note -----------'   on the writer thread: what is left is let go
 *
 * Threads. fail, note and drop with the lock of served; make and finish without.
 */
#ifndef IO_SERVED_ASKING_H
#define IO_SERVED_ASKING_H

#include "io/served/call.h"

/* Held open by its maker. NULL: no memory. The keys are the maker's to fill in. */
struct served_asking *served_asking_make(struct served *served, struct served_question *question);

/* The first failure stays. */
void served_asking_fail(struct served_asking *asking, int status, const char *sentence);

/* The writer thread is to look at it, since it has failed. */
void served_asking_note(struct served_asking *asking);

/* It waits for so much less. True: nothing is left, and it is to be finished. */
bool served_asking_drop(struct served_asking *asking, uint32_t count);

/* The one answer; its status. A reply that was faster than a failure is one. */
int served_asking_finish(struct served_asking *asking, bool at_once);

#endif
