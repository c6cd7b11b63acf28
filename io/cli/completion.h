/*
 * completion.h - what bash, zsh and fish complete of a command line, from the commands' rows and
 * the option table: commands, their options, and of an option the words that it takes; files
 * elsewhere.
 */
#ifndef IO_CLI_COMPLETION_H
#define IO_CLI_COMPLETION_H

#include "io/cli/commands.h"

#include <stdio.h>

/* The script of a shell. CRUX_INVALID: NULL, or a shell that none is made for. */
int completion_script(FILE *out, const char *shell, struct crux_error *error);

#endif
