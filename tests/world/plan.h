/*
 * plan.h - a finished tree of grammar cr-planner made by hand, with families of every kind.
 *
 *     0  What does a zorp weigh, in grams?               visits value
 *     1    reason                                          40   0.60
 *     2      RATIONALE  A zorp is a unit.                  20   0.75
 *     3        reason                                       8   0.50
 *     4          RATIONALE  So it is 7 grams.               4   1.00
 *     5          RATIONALE  So it is 8 grams.               4   0.00
 *     6        genquery                                    12   0.875
 *     7          QUERY  weight of a zorp                    8   1.00
 *     8            retrieve                                 5   1.00
 *     9              DOC  [d1] Zorps / A zorp weighs 7 g.   3   1.00
 *    10                reason                               3   1.00   an only child
 *    11                  RATIONALE  It weighs 7 grams.      2   1.00
 *    12                  RATIONALE  It weighs 70 grams.     1   0.25
 *    13              DOC  [d2] Blips / A blip weighs 8 g.   1   0.00
 *    14              DOC  [d3] Grams                        1   0.00   as low as 13
 *    15            reason                                   2   0.50
 *    16              RATIONALE  Zorps weigh grams.          2   0.50   an only child
 *    17                genquery                             1   0.50
 *    18                  QUERY  grams                       1   0.50   an only child
 *    19                retrieve                             1   0.25
 *    20            genquery                                 2   0.50   as low as 15
 *    21          QUERY  weight                              3   0.50
 *    22          QUERY  zorp                                1   0.25
 *    23      RATIONALE  A zorp weighs a gram.              15   0.25
 *    24      RATIONALE  A zorp is a unit.  (blanks)         3   0.125  says what 2 says
 *
 * Each node without children has a right and a wrong answer behind it, so that something is known
 * of all. Constant; nothing is to be freed.
 */
#ifndef TESTS_WORLD_PLAN_H
#define TESTS_WORLD_PLAN_H

#include "search/crux.h"

/* A pair that the tree has: by number of node, with the nodes of the context; 0 ends it. */
struct plan_pair {
    uint32_t better, lower;
    const char *context;
    uint32_t nodes[4];
};

enum { PLAN_PAIRS = 11 };

/* All of them, in order, worked out by hand. */
extern const struct plan_pair plan_pairs[PLAN_PAIRS];

struct crux_tree plan_tree(void);

#endif
