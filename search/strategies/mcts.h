/*
 * mcts.h - strategy `mcts`: follow the best-looking children to a leaf (select.h has the rules).
 *
 * mcts.c is the plain descent of one simulation, and what follows which phase. mcts_group.c is
 * the same for several at a time, which is faster where policies and critics answer at once.
 */
#ifndef SEARCH_STRATEGIES_MCTS_H
#define SEARCH_STRATEGIES_MCTS_H

#include "search/strategies/strategy.h"

extern const struct strategy mcts_strategy;

/* Expand, then evaluate the first child: what other strategies that grow a tree ask, too. */
void mcts_next(struct simulation *sim);

#endif
