/*
 * child_environment.h - environment variables that the programs we start must not inherit.
 *
 * Code that reads a secret from a variable names the variable here, and from then on no child
 * gets it. A program that needs a key of its own finds it under another name.
 *
 * Ownership. Names are copied and stay for the life of the process.
 * Threads.   Any.
 */
#ifndef IO_CHILD_ENVIRONMENT_H
#define IO_CHILD_ENVIRONMENT_H

#include <stdbool.h>

/* False: no memory. */
bool child_environment_hide(const char *variable);

/* Our environment without them, for exec(): to be freed, its strings are the environment's.
 * NULL: no memory. */
char **child_environment(void);

#endif
