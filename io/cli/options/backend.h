/*
 * backend.h - the backends of struct options, found and added by name.
 */
#ifndef IO_CLI_OPTIONS_BACKEND_H
#define IO_CLI_OPTIONS_BACKEND_H

#include "io/cli/options/options.h"

/* The backend of that name; NULL or "": that of the plain flags. NULL: there is none. */
const struct options_backend *options_backend(const struct options *options, const char *name);

/* Was the key ("price-cached") given for this backend, by flag or file? */
bool options_backend_given(const struct options *options, const struct options_backend *backend,
                           const char *key);

/* For those who fill in options: a backend of which nothing has been set yet. */
struct options_backend backend_default(void);

/* For those who fill in options: find the backend of a name, or add it. where begins the sentence
 * of an error. */
int backend_add(struct options *options, const char *name, size_t length, const char *where,
                size_t *index, struct crux_error *error);

#endif
