/*
 * precise.h - expressions by value, with as many digits as it takes to tell them apart.
 *
 * Doubles cannot tell 1 - (5/6)^200 from 1. Here a value is computed with 256 bits, and again with
 * 1,024 and 8,192 where what matters may be smaller than that shows: the largest and the smallest
 * number on the way say how many bits that takes. Two values are EQUAL where they agree in all
 * bits but the last, and there were enough; UNEQUAL where they differ by more than rounding makes
 * them; else, and where one has no value, UNKNOWN.
 *
 * A variable's value is a double that follows from its name and the place's number: below
 * MATCH_POSITIVE it is above 0, from MATCH_WHOLE on a whole number above 0, from MATCH_SIGNED on of
 * either sign, from MATCH_WIDE on of either sign and of any size. Where variables stand, a root or
 * a logarithm of something negative is no value, since which one was meant is not known.
 *
 * Threads.   Pure; any thread. What GNU MPC and MPFR keep for a thread match_precise_end() gives
 *            back.
 * Memory.    These libraries end the process where there is none; they take some kilobytes.
 */
#ifndef CRITICS_MATCH_PRECISE_H
#define CRITICS_MATCH_PRECISE_H

#include "critics/match/compare.h"
#include "critics/match/expression.h"

enum {
    MATCH_POSITIVE = 0,
    MATCH_FAR = 10, /* above 0, and larger: sqrt(x - 12) has a value there */
    MATCH_WHOLE = 16,
    MATCH_SIGNED = 24,
    MATCH_WIDE = 32,
    MATCH_PLACES = 64
};

/* What has a value: a node, less another one (0: less nothing), or a variable less the node. */
struct match_side {
    const struct match_form *form;
    uint32_t node, less;
    const char *label;  /* NULL, or the variable that the node is taken from */
    struct rational by; /* 0 under it: nothing; else the node alone is multiplied by it */
};

enum match match_precise_compare(const struct match_side *a, const struct match_place *at_a,
                                 const struct match_side *b, const struct match_place *at_b);

/* Is a's value at the second place less that at the first what b's is? */
enum match match_precise_growth(const struct match_side *a, const struct match_place at_a[2],
                                const struct match_side *b, const struct match_place at_b[2]);

/* The value, as a double. False: it has none, or is not real. */
bool match_precise_real(const struct match_side *side, const struct match_place *at, double *value);

/* The value of a variable at a place. */
double match_precise_variable(const char *name, uint32_t place);

/* How far they are apart, as a part of the larger one; -1: one has no value. */
double match_precise_apart(const struct match_side *a, const struct match_place *at_a,
                           const struct match_side *b, const struct match_place *at_b);

/* Are a and b in the same proportion at two places? Both values of b other than 0. *positive: b is
 * a times something above 0. */
enum match match_precise_proportion(const struct match_side *a, const struct match_place at_a[2],
                                    const struct match_side *b, const struct match_place at_b[2],
                                    bool *positive);

/* After all these: what the libraries keep for a thread is given back. */
void match_precise_end(void);

#endif
