/*
 * filling.h - the template of a request to a service: read, and tried once before anything is
 * asked.
 *
 * What is tried are words that a template must escape, so that a mistake shows at once and not in
 * the middle of a run.
 *
 * Ownership. The template is the caller's, mustache_free() its end.
 * Threads.   Any.
 * Errors.    CRUX_INVALID: the sentence begins with the file; CRUX_MEMORY.
 */
#ifndef IO_SERVICE_FILLING_H
#define IO_SERVICE_FILLING_H

#include "io/mustache.h"
#include "search/crux.h"

/* A text to try one with. */
#define FILLING_WORDS "a \"word\"\nand \\ more"

/* Read it. names: all that it may say, NULL after the last. */
int filling_parse(struct mustache **out, const char *text, const char *const *names,
                  const char *file, struct crux_error *error);

/* It was filled in with such words, with this status: body, which is freed, must be JSON then; why
 * says what was wrong if it failed. example: how a text is escaped in it. */
int filling_tried(char *body, int status, const struct crux_error *why, const char *example,
                  const char *file, struct crux_error *error);

#endif
