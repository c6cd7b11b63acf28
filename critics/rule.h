/*
 * rule.h - how several scores of one candidate become one, and how far they are apart.
 *
 *     mean, min, product, median   of those that are known
 *     majority   1 when more than half of those that are known say good, 0 when more than half say
 *                bad; else unknown
 *     agree      their mean, when all are known and say the same; else unknown
 *     weighted   the mean, each weighed by how consistent it is with itself (RLCCF, arXiv
 *                2508.12338): of verdicts 1 and 0 the side with more weight wins, as in its
 *                pseudo-labels
 *
 * A score of 0.5 or more says good. Below 0 it is unknown.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_RULE_H
#define CRITICS_RULE_H

#include "search/crux.h"

enum rule {
    RULE_MEAN,
    RULE_MIN,
    RULE_PRODUCT,
    RULE_MEDIAN,
    RULE_MAJORITY,
    RULE_WEIGHTED,
    RULE_AGREE,
    RULES
};

enum { RULE_SCORES = 16 }; /* of one candidate at most */

const char *rule_name(enum rule rule);

/* In [0, 1]; below 0: unknown, as it is when no score is known. weights, in (0, 1], are looked at
 * by `weighted`; count: 1 .. RULE_SCORES. */
double rule_apply(enum rule rule, const double *scores, const double *weights, uint32_t count);

/* Standard deviation of those that are known: the disagreement that "Secrets of RLHF II" (arXiv
 * 2401.06080) reads off several reward models. Below 0: none is. */
double rule_spread(const double *scores, uint32_t count);

/* The share of the known scores, asked of one member again and again, that are on the side where
 * most are: how often a member says what it says most often. 0: none is known. */
double rule_consistency(const double *scores, uint32_t count);

#endif
