/*
 * process.h - the processes that a bench measures in, and their early end.
 *
 *     bench_heed()                          an interrupt is for the process under way, not for us
 *       bench_apart()                       work in a child process, to its end
 *       bench_hold() .. bench_under_way()   around the start of any other process
 *     bench_unheed()                        an interrupt ends us again
 *
 * So a bench that is ended early, by SIGINT or SIGTERM, still removes what it made.
 *
 * Threads. The main thread's, as all of a bench.
 * Errors.  CRUX_FAILED: the bench was ended early, or a process cannot be started or waited for.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "search/crux.h"

/* They nest; once all are undone, signals do what they did before. */
void bench_heed(void);
void bench_unheed(void);

/* Was it? While it is heeded. */
bool bench_is_ended(void);

/* CRUX_FAILED, and the sentence that says so, once the bench was ended early; else status. */
int bench_ended(int status, struct crux_error *error);

/* Signals wait from here, so that each finds the process that is being started. On an error they
 * do not wait, and nothing may be started. */
int bench_hold(sigset_t *before, struct crux_error *error);

/* Signals that waited, and later ones, are passed on to process; 0: it could not be started, or
 * has ended. before: from bench_hold(), or NULL. */
void bench_under_way(pid_t process, const sigset_t *before);

/* Do work(context) in a child process, with a heap that no bench before has used, so
 * that resident memory and processor time are the work's own. What it finds out it
 * writes to memory from bench_shared(). */
int bench_apart(int (*work)(void *context, struct crux_error *error), void *context,
                struct crux_error *error);

/* Cleared memory that the child and we both see; NULL: there is none. */
void *bench_shared(size_t size);
void bench_unshare(void *memory, size_t size);

#endif
