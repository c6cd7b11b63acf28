/*
 * match.h - critics of final answers: `match` looks at the reference, `consistency` at the
 * other answers.
 *
 * match.   JUDGE. RIGHT with reward 1 if the final answer of the path is the problem's
 *          reference answer, WRONG with reward 0 if it is not, UNKNOWN with reward 0 if
 *          there is no answer, no reference, or no telling. answer.h says what is
 *          equal. `tolerance=X`, 0 < X < 1: numbers may differ by that relative amount.
 *          What it answers depends on nothing else.
 *
 * consistency. JUDGE. The verdict is always UNKNOWN, since agreement proves nothing; the
 *          reward is the share of the problem's answers so far, those of this call
 *          included, that are equal to this one (self-consistency, Wang et al. 2023, as a
 *          value). The forms of one answer count as one, and the outcome's answer is the
 *          form that came first, so that votes count them as one too. A path without a
 *          final answer has reward 0 and does not count.
 *
 *          So far means: asked before, by problem id and critic instance. It is asked in
 *          turn (crux_critic.in_turn), as simulations settle; so in a tree of one lane
 *          rewards follow from the order of settling, and repeat bit for bit where that does.
 *
 *          It remembers CONSISTENCY_PROBLEMS problems and forgets the one that rested
 *          longest. A new answer is compared with the first CONSISTENCY_FORMS different ones;
 *          later ones count as the same only in the same canonical form.
 *
 * Both are instant and may be asked from every worker at once; consistency holds a lock
 * while it counts.
 */
#ifndef CRITICS_MATCH_MATCH_H
#define CRITICS_MATCH_MATCH_H

#include "critics/crux_critics.h"

#define CONSISTENCY_PROBLEMS 16384u
#define CONSISTENCY_FORMS    256u

/* argument: what stands behind the colon, NULL without one. It asks no backend. */
int match_new(struct crux_critic **out, const char *argument, struct crux_backends *backends,
              struct crux_error *error);

/* NULL: no memory. */
struct crux_critic *consistency_new(void);

#endif
