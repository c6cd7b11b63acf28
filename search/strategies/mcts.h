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

struct gumbel;

/* With root GUMBEL, of the tree; else NULL. */
struct gumbel *mcts_gumbel(const struct open_tree *open);

/* Which children the next `count` simulations go on to from the root, by Gumbel's rule. False: the
 * selection rule chooses. */
bool mcts_choose_by_gumbel(struct lane *lane, struct block *root, uint32_t *choices,
                           uint32_t count);

#endif
