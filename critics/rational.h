/*
 * rational.h - exact fractions of 64-bit integers, for puzzles and for mathematics.
 *
 * A fraction is reduced and its lower half is above 0, so equal fractions have equal
 * members. Nothing is ever rounded: a result that 64 bits do not hold is refused, and the
 * caller decides what that means (the rules of the numbers games call it a fault, answers go
 * on in doubles).
 *
 * Values; pure, any thread.
 */
#ifndef CRITICS_RATIONAL_H
#define CRITICS_RATIONAL_H

#include <stdbool.h>
#include <stdint.h>

struct rational {
    int64_t over, under; /* reduced, under > 0; over is never INT64_MIN */
};

/* Below, equal to or above 0, like strcmp(). */
int rational_compare(struct rational a, struct rational b);

static inline bool rational_equal(struct rational a, struct rational b)
{
    return a.over == b.over && a.under == b.under;
}

/* *out = a sign b, with sign one of + - * /. False, and *out is as it was: the result does not
 * fit, or b is 0 and sign is '/'. */
bool rational_compute(struct rational *out, struct rational a, char sign, struct rational b);

#endif
