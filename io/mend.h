/*
 * mend.h - JSON that a strict reader refuses for a trifle.
 *
 * Servers write what their authors' own reader takes: half a surrogate pair, U+0000 or a raw line
 * break in a string, bytes that are not UTF-8, NaN, a comma too many, a comment, a member twice.
 * None of this is a reason to throw a reply away. Strings keep all that is sound in them:
 *
 *     half a pair, U+0000, no UTF-8    U+FFFD
 *     a raw control character          that character
 *     \ before what is no escape       a backslash
 *
 * and outside of strings
 *
 *     NaN, undefined, other words      null (True and False are what they say)
 *     .5  +1  1.  007                  0.5  1  1  7
 *     a number that is too large       a real, or null
 *     commas too many, comments        nothing
 *     a name without quotes            a name
 *
 * What is mended need not be JSON then: a missing bracket stays missing.
 *
 * Pure; any thread; time and memory in proportion to the text.
 */
#ifndef IO_MEND_H
#define IO_MEND_H

#include "io/json.h"

/* As json_parse(); a text that it refuses is mended and tried again, and then the last member of
 * a name counts. When that does not help either, the sentence is the first trial's. */
int mend_parse(struct json **out, const char *text, size_t length, struct crux_error *error);

/* Room for a mended text of so many bytes. */
#define MEND_ROOM(length) (6 * (length) + 8)

/* Mend into out, which has that room; returns the bytes of it. */
size_t mend_json(char *out, const char *text, size_t length);

#endif
