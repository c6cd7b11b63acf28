/*
 * range.h - the numbers from one to another, as an interval says it or an inequality.
 *
 * [3, oo), x >= 3 and 3 <= x are one range. Pure; any thread.
 */
#ifndef CRITICS_MATCH_RANGE_H
#define CRITICS_MATCH_RANGE_H

#include "critics/match/form.h"

struct match_range {
    uint32_t lower, upper;       /* nodes; 0: without end */
    bool open_below, open_above; /* it has not the number itself */
};

/* Is this node an interval, or an inequality with a variable alone on its side? */
bool match_range_of(const struct match_form *form, uint32_t node, struct match_range *out);

/* n > 2 and n >= 3: the same, if the letter stands for a whole number, and it is one that does as a
 * rule. */
bool match_range_of_whole(const struct match_form *one, uint32_t a, const struct match_form *two,
                          uint32_t b);

#endif
