/*
 * adversary.h - critic `adversary`: one critic names the one most likely fault, others confirm or
 * refute it (RLAC, arXiv 2511.01758).
 *
 *     accuser  scores the candidates of a call. What it thinks least of is its accusation:
 *                the step of lowest reward, the first of several, when its opinion has one for each
 *                step: of the candidate's own steps, for an answer or a leaf also of its path;
 *                else the candidate as a whole.
 *              Its sentence goes with it as the claim. Where it knows nothing it accuses nobody.
 *     validators  are asked about each accusation, with that claim (struct crux_call), until one of
 *              them knows: one that judges answers about the whole answer, one that scores steps
 *              about the step behind the steps before it.
 *
 *     score    0  the fault is confirmed: wrong, or a score below 0.5
 *              1  it is refuted
 *              unknown  nobody was accused, or no validator knows
 *              0.5  no step was taken yet: the value of the root
 *
 * The verdict on an answer is that of the validator that judged it. A step that is confirmed as
 * wrong makes the answer wrong; one that is not proves nothing, so then the reward is 1 and the
 * verdict unknown. The opinion's sentence says which step, why, and who found what.
 *
 * So an accuser need not be right, only good at looking: nothing is marked down on its word alone.
 *
 * Failures.  When one of them fails, so does the call.
 * Ownership. It owns them and closes them.
 * Threads.   As they.
 */
#ifndef CRITICS_ADVERSARY_H
#define CRITICS_ADVERSARY_H

#include "critics/members.h"

struct adversary_validator {
    struct crux_critic *critic;
    enum crux_verb verb; /* JUDGE: the whole answer; SCORE: the step */
};

/* For a role that scores or judges. Takes all of them, also when it fails; count 1 .. MEMBERS_MOST
 * -
 * 1. CRUX_INVALID: one is asked in turn. */
int adversary_new(struct crux_critic **out, enum crux_role role, struct crux_critic *accuser,
                  const struct adversary_validator *validators, uint32_t count,
                  struct crux_error *error);

#endif
