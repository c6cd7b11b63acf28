/*
 * record.h - what is written of options: a run's configuration, and values for help.
 *
 * Ownership.  Texts that are returned are the caller's to free.
 */
#ifndef IO_CLI_OPTIONS_RECORD_H
#define IO_CLI_OPTIONS_RECORD_H

#include "io/cli/options/options.h"

/* The options of one class as a JSON object, sorted by key; settings of a backend with a
 * name have the key "backend.NAME.KEY". Without such a backend the object is what it always
 * was. NULL: no memory, or a text is not UTF-8. */
char *record_options(const struct options *options, enum options_class class);

/* Says which of these it was: CRUX_MEMORY, or CRUX_INVALID and of which option. */
int record_refuse(const struct options *options, enum options_class class,
                  struct crux_error *error);

/* What the option takes: "a whole number from 1 to 256". */
void record_expected(const struct options_row *row, char *out, size_t size);

/* The value that a flag has in options, as one would type it; "" when it has none. */
void record_value(const struct options *options, const struct options_place *place, char *out,
                  size_t size);

#endif
