/*
 * linear.h - critic `linear`: a trained linear critic at work (crux_critics.h).
 *
 * As execution, subgoal and value it answers SCORE with the probability that a candidate is good;
 * as outcome it answers JUDGE with that probability as the reward, the answer as critics numbers
 * and match write it, and the verdict UNKNOWN, since a guess is no label. It answers at once, in
 * microseconds, keeps nothing between two calls, and never looks at the reference answer.
 *
 * One that was trained on steps of one kind fails when it is asked about another, in words that say
 * so: which kind it is asked about is known no sooner.
 */
#ifndef CRITICS_LINEAR_LINEAR_H
#define CRITICS_LINEAR_LINEAR_H

#include "critics/crux_critics.h"

/* From FILE. CRUX_INPUT: it is not such a file; CRUX_INVALID: it cannot be read, or was trained for
 * another role. */
int linear_critic_new(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_error *error);

#endif
