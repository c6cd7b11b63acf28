/*
 * backend.h - the backends of struct options, by name.
 *
 * For those who fill in options; options_backend() and options_backend_given() of
 * options.h are for everybody.
 */
#ifndef IO_CLI_OPTIONS_BACKEND_H
#define IO_CLI_OPTIONS_BACKEND_H

#include "io/cli/options/options.h"

/* The one without a name, or any other before something is set. */
struct options_backend backend_default(void);

/* Find the backend of a name, or add it. where begins the sentence of an error. */
int backend_add(struct options *options, const char *name, size_t length, const char *where,
                size_t *index, struct crux_error *error);

#endif
