/*
 * unpaired.h - why finished problems have no pairs, for people and for machines.
 *
 * Threads. Pure but for the file that is written to.
 */
#ifndef IO_CLI_UNPAIRED_H
#define IO_CLI_UNPAIRED_H

#include <stdio.h>

#include "io/crux_io.h"
#include "io/json.h"

/* A line that counts them by why, behind these words; nothing where there are none. */
void unpaired_print(FILE *out, const char *before, const struct crux_summary *summary);

/* An object of all counts; NULL: no memory, which json.h passes on. */
struct json *unpaired_json(const struct crux_summary *summary);

#endif
