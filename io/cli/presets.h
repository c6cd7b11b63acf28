/*
 * presets.h - options by one name: YAML files that ship as text of the program.
 *
 * `--preset NAME` reads one like a configuration file that comes before the user's own: what his
 * file or his flags say counts more. A run records the options, not the name: a preset may change
 * in a later version, and the run stays what it was.
 *
 * Each begins with a comment that says in its first line what it is. They lie in io/cli/presets/
 * and become a table when the program is built.
 *
 * Threads. Constant: any thread.
 */
#ifndef IO_CLI_PRESETS_H
#define IO_CLI_PRESETS_H

#include <stdio.h>

#include "search/crux.h"

struct preset {
    const char *name, *text;
};

/* By name; {NULL, NULL} after the last. */
extern const struct preset presets_all[];

/* NULL: there is none; then *error says which there are. */
const struct preset *presets_find(const char *name, struct crux_error *error);

/* Their names, a line each with what they are. */
void presets_list(FILE *out);

#endif
