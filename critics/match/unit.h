/*
 * unit.h - units of measure: which are known, and how one turns into another.
 *
 * A unit is known by any of its spellings (cm, centimeter, centimeters) and belongs to
 * a dimension, in which it is worth a number of the smallest one. A word that is not in
 * the table may be a unit all the same (apples); of such words only equality is known.
 *
 * Pure functions; any thread.
 */
#ifndef CRITICS_MATCH_UNIT_H
#define CRITICS_MATCH_UNIT_H

#include "critics/match/number.h"

#include <stdint.h>

struct match_unit {
    const char *name;      /* the spelling that stands for all */
    const char *spellings; /* separated by spaces; the plural in s need not be there */
    const char *dimension;
    struct rational worth; /* of the dimension's smallest unit */
};

/* By a spelling, in lower case where it has more than one letter. NULL: not known. */
const struct match_unit *match_unit_find(const char *spelling);

/* The other units of a dimension, one after another; NULL starts, NULL ends. */
const struct match_unit *match_unit_next(const char *dimension, const struct match_unit *after);

/* What a whole unit, `km/hour` or `m^2`, is worth in smallest units, and of what it is. */
struct match_measure {
    struct match_number worth;
    uint32_t count;
    struct {
        const char *dimension;
        int power;
    } parts[8]; /* powers that cancel out are 0 */
};

/* False: one of its units is not known. */
bool match_unit_measure(const char *unit, struct match_measure *out);
bool match_unit_same_kind(const struct match_measure *a, const struct match_measure *b);

/* A word without the s of a plural, in place. */
void match_singular(char *word);

#endif
