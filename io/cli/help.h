/*
 * help.h - manual pages in the terminal, made from the commands' rows and the option table; what
 * the pages of manual.h are for man(1).
 */
#ifndef IO_CLI_HELP_H
#define IO_CLI_HELP_H

#include "io/cli/commands.h"

#include <stdio.h>

/* The manual page of one command. topic NULL: with the options that are used most; a topic: with
 * all options of that topic; "all": with all options. */
int help_command_page(FILE *out, const struct command *command, const char *topic,
                      struct crux_error *error);

/* The page of the program. */
void help_overview(FILE *out);

#endif
