/*
 * weigh.h - votes become an opinion.
 *
 * Threads. Pure; any thread.
 */
#ifndef CRITICS_JUDGE_WEIGH_H
#define CRITICS_JUDGE_WEIGH_H

#include "critics/judge/verdict.h"
#include "critics/opinions.h"

/*
 * The votes on one candidate of so many steps; those that are not known do not count. False: no
 * memory.
 *     point, criteria   the score is their mean
 *     steps             a step is wrong that as many votes call so as the plan wants (any, at least
 *                       half, all); the score is 1 when none is, else 0
 *     first             the score is the share of votes that find no error. Where one step (or
 *                       none) has more votes than any other, steps are right before it, wrong
 *                       there, and unknown behind it
 */
bool judge_weigh_votes(struct opinion_made *out, const struct judge_plan *plan,
                       const struct judge_verdict *votes, uint32_t count, size_t steps);

/* What most votes on one order of a pair say, without a tie; false: nothing. */
bool judge_weigh_order(enum judge_better *out, const struct judge_verdict *votes, uint32_t count);

/* What both orders say of the one that is the first in the first order: 1 it is better, 0 it is
 * worse, 0.5 neither is. Below 0: they do not agree, and nothing is said. */
double judge_weigh_both(enum judge_better forth, enum judge_better back);

#endif
