/*
 * consistency.h - critic `consistency`: how much do a problem's answers agree?
 *
 * JUDGE.   The verdict is always UNKNOWN, since agreement proves nothing; the
 *          reward is the share of the problem's answers so far, those of this call
 *          included, that are equal to this one (self-consistency, Wang et al. 2023, as a
 *          value). The forms of one answer count as one, and the outcome's answer is the
 *          form that came first, so that votes count them as one too: x = 5 and y = 5 are two,
 *          and 5 counts with the first of them. A path without a final answer has reward 0
 *          and does not count.
 *
 *          So far means: asked before, by problem id and critic instance. It is asked in
 *          turn (crux_critic.in_turn), as simulations settle; so in a tree of one lane
 *          rewards follow from the order of settling, and repeat bit for bit where that does.
 *
 *          It remembers CONSISTENCY_PROBLEMS problems and forgets the one that was not
 *          asked about for longest. A new answer is compared with the first CONSISTENCY_FORMS
 * different ones; later ones count as the same only in the same canonical form.
 *
 * Instant; may be asked from every worker at once, and holds a lock while it counts.
 */
#ifndef CRITICS_CONSISTENCY_H
#define CRITICS_CONSISTENCY_H

#include "critics/crux_critics.h"

#define CONSISTENCY_PROBLEMS 16384u
#define CONSISTENCY_FORMS    256u

/* NULL: no memory. */
struct crux_critic *consistency_new(void);

#endif
