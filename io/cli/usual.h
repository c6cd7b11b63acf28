/*
 * usual.h - the critics that judge when the user names none: by what the problems can be checked
 * with.
 *
 *     problems        generate     solve          annotate
 *     with numbers    numbers      numbers        numbers
 *     all others      match        consistency    none
 *     some of each    mixed:match  mixed:consistency   mixed
 *
 * Solving never looks at the reference answer, which then grades the result; labels are made from
 * it. A problem that its critic cannot check, one without an answer say, is unknown.
 */
#ifndef IO_CLI_USUAL_H
#define IO_CLI_USUAL_H

#include "io/cli/options/options.h"
#include "io/crux_io.h"

/* Fills in what was not given. CRUX_MEMORY. */
int usual_critics(struct options *options, const struct crux_problems *problems,
                  struct crux_error *error);

#endif
