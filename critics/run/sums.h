/*
 * sums.h - the arithmetic that a text states, recomputed.
 *
 * What is stated is an equation between two expressions of plain numbers, of which the left one
 * has an operation: `3 * (4 + 1) = 15`, `$1,200 / 4 = $300`, `2 x 3 = 6`, also a chain of them.
 * With a name in it, or where it is not clear where it begins or ends, it is none, and one that
 * does not hold is none where it may be meant otherwise (modulo, remainders, other bases, 20 -
 * 15%). Values are compared as critic match does it (compare.h), so a rounded result is no
 * mistake, and where it cannot tell, neither can this.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_RUN_SUMS_H
#define CRITICS_RUN_SUMS_H

#include "search/crux.h"

struct sums {
    uint32_t held;            /* equations that hold ... */
    uint32_t failed;          /* ... and that do not; ... */
    struct crux_text mistake; /* ... the first of these, within the text; length 0: none */
};

/* False: no memory. */
bool sums_check(struct sums *out, const char *text, size_t length);

#endif
