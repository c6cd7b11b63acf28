/*
 * number.h - what an answer is worth: exact where it can be, else within doubles.
 *
 * A number is exact (a fraction of 64-bit integers), or complex in double precision, or
 * plus or minus infinity, or nothing at all: undefined, or not a number of its own, as
 * `x + 1`. Arithmetic stays exact as long as the result is rational and fits; after
 * that it is inexact, and what it comes to is known to about fourteen digits. Nothing
 * is always an answer: it makes everything computed from it nothing.
 *
 * Values; any thread.
 */
#ifndef CRITICS_MATCH_NUMBER_H
#define CRITICS_MATCH_NUMBER_H

#include "critics/rational.h"

#include <complex.h>
#include <stddef.h>

enum match_worth { MATCH_NOTHING, MATCH_EXACT, MATCH_INEXACT, MATCH_INFINITE };

struct match_number {
    enum match_worth worth;
    struct rational ratio; /* EXACT */
    double complex z;      /* EXACT, INEXACT; INFINITE: 1 or -1 */
};

struct match_number match_nothing(void);
struct match_number match_integer(int64_t value);
struct match_number match_real(double complex value); /* inexact, or nothing if not finite */
struct match_number match_infinity(void);

/* A plain decimal number: digits, a point maybe, an exponent maybe; then NUL. */
struct match_number match_decimal(const char *text, size_t length);

/* a sign b, with sign one of + - * / ^. */
struct match_number match_compute(struct match_number a, char sign, struct match_number b);
struct match_number match_negate(struct match_number a);
struct match_number match_root(struct match_number a, struct match_number degree);
struct match_number match_absolute(struct match_number a);
/* The greatest common divisor of exact integers, or the least common multiple. */
struct match_number match_common(const struct match_number *a, const struct match_number *b,
                                 bool multiple);
struct match_number match_factorial(struct match_number a);
struct match_number match_choose(struct match_number n, struct match_number k);

/* sin, cos, ... : a function that there is; nothing where it has no one meaning. */
struct match_number match_function(const char *name, struct match_number a);
bool match_is_function(const char *name);
bool match_is_computed(const char *name); /* it has a value, and is not only a name */

/* Is it an exact integer, and which? */
bool match_is_integer(const struct match_number *a, int64_t *value);

/* Do they agree, within a relative difference of 1e-9 unless both are exact? */
bool match_agree(const struct match_number *a, const struct match_number *b);

#endif
