/*
 * hidden.h - which environment variables are not handed down to the programs we start.
 *
 * Whoever reads a secret from a variable names it here, and from then on no child gets it. A
 * program that needs a key of its own finds it under another name.
 *
 * Ownership. Names are copied and stay for the life of the process.
 * Threads.   Any.
 */
#ifndef IO_HIDDEN_H
#define IO_HIDDEN_H

#include <stdbool.h>

/* False: no memory. */
bool hidden_add(const char *variable);

/* Our environment without them, for exec(): to be freed, its strings are the environment's.
 * NULL: no memory. */
char **hidden_environment(void);

#endif
