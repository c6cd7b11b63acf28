/*
 * slots_server.h - the programs that `crux bench slots` measures against, as processes.
 *
 *     bench_slots_find()    where one is: where an option says, or beside our own program
 *     bench_slots_start()   the fake model server, until bench_slots_stop()
 *     bench_slots_say()     any program to its end, with what it printed
 *
 * The server ends with us, however we end: it holds one end of a pipe.
 *
 * Threads. The main thread's; nothing here is shared.
 * Errors.  CRUX_INVALID: a program is not there, with a sentence that says what to do.
 *          CRUX_FAILED: it cannot be started, or did not do what it should.
 */
#ifndef BENCH_SLOTS_SERVER_H
#define BENCH_SLOTS_SERVER_H

#include <stdio.h>
#include <sys/types.h>

#include "search/crux.h"

enum { BENCH_SLOTS_PATH = 1024, BENCH_SLOTS_WORDS = 24 };

/* given: what the option says, or NULL; then it is usual, below the folder of this program. */
int bench_slots_find(char path[BENCH_SLOTS_PATH], const char *given, const char *option,
                     const char *usual, struct crux_error *error);

struct bench_slots_server {
    pid_t process; /* 0: none */
    int leash;     /* its standard input */
    char url[64];  /* http://127.0.0.1:PORT */
};

/* words: the program, then its arguments, then NULL. */
int bench_slots_start(struct bench_slots_server *server, const char *const *words,
                      struct crux_error *error);

/* It ends, and what it logs is whole. A zeroed one is fine. */
void bench_slots_stop(struct bench_slots_server *server);

/* Run it to its end; what it prints goes to out. */
int bench_slots_say(FILE *out, const char *const *words, struct crux_error *error);

#endif
