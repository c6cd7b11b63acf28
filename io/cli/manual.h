/*
 * manual.h - manual pages for man(1), in the macros of man(7), from the commands' rows and the
 * option table: what `crux help` prints in a terminal, every option included.
 *
 * What a table says is text: nothing in it is a request or an escape of roff. A page depends on the
 * program alone, so it can be made when the program is built.
 */
#ifndef IO_CLI_MANUAL_H
#define IO_CLI_MANUAL_H

#include "io/cli/commands.h"

#include <stdio.h>

/* crux-NAME(1); NULL: crux(1), which lists the commands. CRUX_INVALID: there is no such command. */
int manual_page(FILE *out, const char *name, struct crux_error *error);

#endif
