/*
 * opinion.h - what a program says of a candidate beside its number (message.h).
 *
 * Pure; any thread.
 */
#ifndef IO_PROCESS_OPINION_H
#define IO_PROCESS_OPINION_H

#include "io/json.h"
#include "search/crux.h"

/* The bytes that the opinions of an array of candidates take, a multiple of what a double wants;
 * 0: none says anything. CRUX_FAILED with a sentence: a member is not as it must be. */
int opinion_measure(size_t *bytes, const struct json *values, struct crux_error *error);

/* Write the opinions of what was measured into so many bytes, zeroed, aligned for a double. */
const struct crux_opinion *opinion_fill(void *memory, const struct json *values);

#endif
