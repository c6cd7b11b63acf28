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

#endif
