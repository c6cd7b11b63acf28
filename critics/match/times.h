/*
 * times.h - ratios and times of day compared: 3:4, 3:30 pm.
 *
 * Both are written alike. What can be no time (3:4, since minutes have two digits) is a ratio, and
 * equal to its quotient; of what can be both only the same writing is equal. Pure; any thread.
 */
#ifndef CRITICS_MATCH_TIMES_H
#define CRITICS_MATCH_TIMES_H

#include "critics/match/compare.h"
#include "critics/match/form.h"

/* Node a of the answer and node b of the reference, of which one at least is a RATIO. */
enum match match_times_compare(const struct match_form *answer, uint32_t a,
                               const struct match_form *reference, uint32_t b);

#endif
