/*
 * refine.h - strategy `refine`: an answer, what the outcome critic says of it, a better answer
 * (MMC's rounds of actor and critic, arXiv 2504.11009, section 2.5).
 *
 *     chain   answers one after the other. The first is asked for as sample asks; each that follows
 * in place of the one before, with the sentence of the critic's opinion about that one, if it has
 * written any. A chain ends with an answer that is worth more than refine_gamma and whose verdict
 * is known, or after refine_rounds revisions; then a new one begins, as long as the budget lasts.
 *
 * Every answer is a rollout of the root and costs one policy call, as in sample, so the two compare
 * at equal cost. As many chains are under way as the window has room for, but no more than the
 * budget could bring to their end: with six calls and five revisions there is one. (What tokens
 * last for nobody knows before: with a limit in tokens alone there are as many as the window has.)
 * A chain's answers are rollouts in its own order, with those of other chains in between.
 *
 * Round r of chain c is sample c (refine_rounds + 1) + r, whatever else is under way, so a run that
 * goes on asks for what its ledger has. A call that was late is made again; a revision that failed
 * permanently ends its chain, and not its problem.
 *
 * Threads. One lane; its state changes in descents and settles alone, so it follows their order.
 */
#ifndef SEARCH_STRATEGIES_REFINE_H
#define SEARCH_STRATEGIES_REFINE_H

#include "search/strategies/strategy.h"

#define REFINE_ROUNDS_MOST 127u /* sample numbers of all chains fit into 32 bits */

extern const struct strategy refine_strategy;

#endif
