/*
 * match.h - critic `match`: is the final answer of a path the problem's reference answer?
 *
 * match.   JUDGE. RIGHT with reward 1 if the final answer of the path is the problem's
 *          reference answer, WRONG with reward 0 if it is not, UNKNOWN with reward 0 if
 *          there is no answer, no reference, or no telling. answer.h says what is
 *          equal. `tolerance=X`, 0 < X < 1: numbers may differ by that relative amount.
 *          `percent=strict`: 20% for a reference of 20 is UNKNOWN, not RIGHT. A comma stands
 * between two of them. What it answers depends on nothing else.
 *
 * Instant; may be asked from every worker at once.
 */
#ifndef CRITICS_MATCH_MATCH_H
#define CRITICS_MATCH_MATCH_H

#include "critics/crux_critics.h"

/* argument: what stands behind the colon, NULL without one. It asks no backend. */
int match_new(struct crux_critic **out, const char *argument, struct crux_backends *backends,
              struct crux_error *error);

#endif
