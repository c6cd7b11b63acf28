/*
 * check.h - what options mean together, after each has its value.
 *
 * Fills in what follows from others and was not given: selection budget has an
 * exploration of its own, a value critic takes the place of rollouts, --simulations or --tokens
 * alone that of --calls. Refuses what excludes each other, a backend that is asked for and not
 * defined, one that is defined and not asked for, and a server that is given twice.
 *
 * Errors.  CRUX_INVALID and a sentence that names both options.
 */
#ifndef IO_CLI_OPTIONS_CHECK_H
#define IO_CLI_OPTIONS_CHECK_H

#include "io/cli/options/options.h"

/* After options_parse(). */
int check_options(struct options *options, struct crux_error *error);

/* Is every backend that a port asks defined? For a pass, when it has its run's options. */
int check_backends_exist(const struct options *options, struct crux_error *error);

#endif
