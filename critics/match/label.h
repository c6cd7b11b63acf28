/*
 * label.h - what a relation says when all but one of its sides only name that one.
 *
 * `x = 5`, `3 + 4 = 7`, `x \in [0, 1)` answer with 5, 7, [0, 1); the name stays beside the
 * value as its label, so that x = 1, y = 2 is not y = 1, x = 2. Names are letters, f(x),
 * figures as AB or |AB|, points of names, and words. Of an exact value and a decimal that is
 * nearly the same, the exact one is what is said: 1/3 = 0.33.
 */
#ifndef CRITICS_MATCH_LABEL_H
#define CRITICS_MATCH_LABEL_H

#include "critics/match/parse.h"

/* The side that the relation comes to, with its label; the relation itself where it says more. */
uint32_t match_label_reduce(struct match_parser *p, uint32_t relation);

#endif
