/*
 * budget.h - what a problem may still spend: simulations, calls to policies, and tokens.
 *
 * Simulations are handed out to lanes by their number. Policy calls are put aside before a leaf
 * is claimed, so that no simulation stops half-way for want of one; what was not used comes
 * back. What a reply has in tokens nobody knows before it is there: each simulation keeps its own,
 * and they are the problem's in its turn to settle, not when a reply comes in, so that the same
 * replies in any order of time end a problem at the same simulation. Once they are spent nothing
 * new is begun; what was in flight is finished and comes on top, at most the window's simulations.
 * A problem ends with the first reason that is given.
 *
 * Threads. By the workers that run lanes of the tree, all at once. Wait-free.
 */
#ifndef SEARCH_BUDGET_H
#define SEARCH_BUDGET_H

#include "search/open_tree.h"

/* For the next problem. */
void budget_reset(struct open_tree *open);

/* Is there a simulation to begin? */
bool budget_has_simulation(struct lane *lane);

/* Its number, which a strategy may go by; one that is begun again has 0. There must be one. */
uint64_t budget_take_simulation(struct lane *lane);

/* Put aside policy calls of the problem's budget; false: not enough are left, or no tokens. */
bool budget_reserve(struct simulation *sim, uint32_t calls);

/* A simulation in its turn, settled or withdrawn: its tokens are spent, and what calls it did not
 * use come back. */
void budget_settle(struct simulation *sim);

/* What part of the problem's budget is spent, 0 .. 1: of simulations that have settled, of calls
 * that were put aside or made, of tokens that were counted, the largest. For a tree with one lane,
 * by its worker. */
double budget_share_spent(const struct lane *lane);

/* Answers that a problem may ask for, where each is a policy call and nothing else is: as many as
 * there are calls; without a limit in calls as many as there are tokens, for no answer has less
 * than one, so that is not what ends it; without either, as many as mcts could make calls: a
 * proposal and an answer for each simulation. */
uint64_t budget_answers(const struct crux_setup *setup);

/* Give back what was not used. */
void budget_unreserve(struct simulation *sim);

/* May one more policy call be made under limit_calls of the run? No halts the run. */
bool budget_spend(struct run *run);

/* The problem has ended, for this reason; the first one stays. */
void budget_end(struct open_tree *open, enum crux_reason reason);
bool budget_ended(const struct open_tree *open);

/* There is a simulation to begin, and it can pay for its calls. */
bool budget_wants_more(struct lane *lane);

#endif
