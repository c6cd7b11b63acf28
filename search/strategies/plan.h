/*
 * plan.h - strategy `plan`: greedy inference by critics (CR-Planner, arXiv 2410.01428, section 2.2,
 * equations 1 to 3).
 *
 * At each node the child that its critic likes best is followed: below the problem and below what
 * was carried out the sub-goal that critic subgoal likes best, below a sub-goal the candidate of
 * its execution critic. The paper makes one such pass; here another one begins at the root as long
 * as the budget lasts. At a node that it has come to before, a pass asks for fresh candidates and
 * prefers, of all there are, those that no pass has followed; among sub-goals, which stay the same,
 * it does not. Where no candidate has a score, one is drawn by its prior.
 */
#ifndef SEARCH_STRATEGIES_PLAN_H
#define SEARCH_STRATEGIES_PLAN_H

#include "search/strategies/strategy.h"

extern const struct strategy plan_strategy;

#endif
