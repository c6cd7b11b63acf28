/*
 * steer.h - selection by what is left of the budget (BG-MCTS: Miyamoto, Oba, Okazaki 2026,
 * "Aligning Tree-Search Policies with Fixed Token Budgets in Test-Time Scaling of LLMs", arXiv
 * 2602.09574).
 *
 * What it is.  Of a problem's budget the share rho is spent: of its simulations, its calls or its
 * tokens, whichever is nearest to its end. At a node the child is followed whose score is highest,
 *
 *     Q + kappa rho D / A + C (1 - rho) P sqrt(2 ln(N_p + O_p) / (1 + N + O))
 *
 * with Q the mean of what came back below the child, D the mean depth at which that was found, and
 * A the mean depth of the answers so far (before the first one: the greatest depth so far); kappa
 * is 1. So the search begins wide and ends deep. With C = 1 that is the paper's c = 2. One child
 * more competes with those that are there: it is worth
 *
 *     mean + lambda (1 - rho) variance
 *
 * of the children's own values, lambda 1; where no child is worth more than that, the policy is
 * asked for one, in a widening (widen.h).
 *
 * What differs from the paper. There every child is scored as it is made. Here a call brings
 * several (--children; 2 are the paper's), and one is evaluated when it is first followed. Until
 * then it is worth what --first-play says, its parent's mean where that says nothing (measured:
 * with the execution critic's word in its place, which is part of P already, fewer puzzles were
 * solved); it counts as visited once (the 1 above, which the paper has in N); and no further child
 * is asked for. O are simulations in flight, as in WU-UCT (select.h). Nothing follows a complete
 * answer here, where the paper refines it: one that is known is followed again only where there is
 * nothing else, and has depth 0, as there, so that none is searched for being deep. Simulations
 * and calls are budgets, too.
 *
 * Where there are no texts, D is the child's own depth. Sub-goals and what carries them out are not
 * widened (grammar CR_PLANNER).
 *
 * Who owns what. A steer belongs to one open tree.
 * Threads. By the worker that runs the tree's only lane.
 */
#ifndef SEARCH_STRATEGIES_STEER_H
#define SEARCH_STRATEGIES_STEER_H

#include "search/open_tree.h"
#include "search/simulate.h"

#define STEER_KAPPA  1.0 /* both as in the code that came with the paper */
#define STEER_LAMBDA 1.0

/* What tells of the tree how deep answers are. */
struct steer {
    uint64_t answers, depths; /* complete answers, and their depths added up */
    uint32_t deepest;         /* of what was evaluated */
    uint32_t visits;          /* of the root, when the last simulation had settled */
};

#define STEER_WIDENS (UINT32_MAX - 2) /* no child: sim has claimed the node's next wing */

/* Is the tree searched so? */
static inline bool steer_steers(const struct open_tree *open)
{
    return open->tree.rule.rule == CRUX_BUDGET;
}

/* For the next problem. */
void steer_begin(struct steer *steer);

/* The child to follow below the last slot of sim's path, which has this block; TREE_NONE;
 * STEER_WIDENS, where sim has room for one choice more: then sim->found is set. */
uint32_t steer_choose(const struct steer *steer, struct simulation *sim, struct block *top);

/* A simulation has settled or was withdrawn: depths are counted, if it was a visit. */
void steer_settled(struct steer *steer, const struct simulation *sim);

/* What one child more is worth, by the own values of those that are there. */
double steer_one_more(double sum, double squares, uint32_t count, double spent);

#endif
