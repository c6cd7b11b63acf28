/*
 * stops.h - the texts at which a step ends, as one types them, and what they have in common.
 *
 * Pure; any thread.
 */
#ifndef IO_STOPS_H
#define IO_STOPS_H

#include "search/crux.h"

/* "\n\n" as one types it becomes what it means, in place; false: a \ with something else behind
 * it than n, t or \, or nothing is left. */
bool stops_unescape(char *text);

/* The number of blanks at a text's beginning; '\v' is one, a line break in a store. */
size_t stops_blanks(const char *text);

/* The longest run of blanks with which all of them begin: it stands between two steps and is
 * nobody's. A piece of the first; of none, "". */
struct crux_text stops_between(const char *const *stops, size_t count);

#endif
