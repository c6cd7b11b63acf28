/*
 * points.h - expressions, equations and inequalities compared by their values at points.
 *
 *    expressions  with rational functions modulo a prime (modular.h), which is exact; others at
 *                 five places above 0, some whole numbers, and three of either sign (precise.h).
 *                 EQUAL where all agree that have a value, UNEQUAL where none does; expressions
 *                 that agree only in some places, as x and |x| do, are UNKNOWN.
 *    equations    EQUAL where left less right is in one proportion to the other's. That it is not
 *                 says little (x = 1 and x^2 = 1 share a root), so UNEQUAL is only what has been
 *                 shown: a place that solves one and not the other.
 *    inequalities likewise, with the sign of the proportion; strict ones are not the others.
 *
 * UNKNOWN, however the values are:
 *    other names  2k and 2n are equal but for the name; x and y alone, as names, are UNEQUAL.
 *    x^2 + C      where the answer has a constant of integration and the reference none, or both
 *                 have one and differ by a constant.
 *    words        `28 pct`, `5th`, `5m`, `5k` against a number: letters that need not be variables.
 *    decimals     0.33x and x/3: a number with a point may be rounded. They are UNEQUAL only where
 *                 they differ by more than a twentieth everywhere.
 *    two readings 1/2x, f(x), log: where both ways to read them do not give the same.
 *
 * Pure, and always the same: the places follow from the names of the variables. Any thread.
 */
#ifndef CRITICS_MATCH_POINTS_H
#define CRITICS_MATCH_POINTS_H

#include "critics/match/compare.h"
#include "critics/match/form.h"

/* Node a of the answer and node b of the reference. */
enum match match_points_compare(const struct match_form *answer, uint32_t a,
                                const struct match_form *reference, uint32_t b);

/* A closed number, and what it is to be multiplied by. */
struct match_scaled {
    const struct match_form *form;
    uint32_t node;
    struct rational by;
};

/* Two of them that are not both exact. */
enum match match_points_numbers(const struct match_scaled *a, const struct match_scaled *b);

#endif
