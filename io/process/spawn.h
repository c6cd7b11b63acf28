/*
 * spawn.h - a process with three pipes in a group of its own: start, kill, reap.
 *
 * Ownership. The pipes' ends are the holder's to close, and those that are still open are
 *            closed by child_process_reap(). They do not block and do not survive an exec().
 * Threads.   One at a time.
 */
#ifndef IO_PROCESS_SPAWN_H
#define IO_PROCESS_SPAWN_H

#include <sys/types.h>

#include "search/crux.h"

enum { CHILD_IN, CHILD_OUT, CHILD_ERROR, CHILD_STREAMS };

struct child_process {
    pid_t pid;                  /* 0: none */
    int handle;                 /* readable when it has ended; -1: the kernel gives none */
    int streams[CHILD_STREAMS]; /* our ends; -1: closed */
};

#define CHILD_NO_PROCESS ((struct child_process){0, -1, {-1, -1, -1}})

/* Run command by /bin/sh. */
int child_process_start(struct child_process *process, const char *command,
                        struct crux_error *error);

/* Has it ended? It is not reaped yet. */
bool child_process_ended(const struct child_process *process);

/* It and all of its group. */
void child_process_kill(const struct child_process *process);

/* Wait for its end; its status as waitpid() reports it. */
int child_process_reap(struct child_process *process);

#endif
