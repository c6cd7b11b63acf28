/*
 * pointer.h - JSON pointers (RFC 6901): /results/0/score, with ~1 for / and ~0 for ~ in a name.
 *
 * A part that is * stands for a number that is given with each look.
 *
 * Pure, any thread.
 */
#ifndef IO_POINTER_H
#define IO_POINTER_H

#include "io/json.h"

/* Is it one? "" points to the whole. */
bool pointer_is(const char *pointer);

/* Borrowed from the document; NULL: there is nothing. pointer_is(pointer). */
const struct json *pointer_find(const struct json *document, const char *pointer, uint32_t star);

#endif
