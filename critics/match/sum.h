/*
 * sum.h - what is made with operators: sums, products and powers.
 *
 * Each reads as much as belongs to it and gives its node.
 */
#ifndef CRITICS_MATCH_SUM_H
#define CRITICS_MATCH_SUM_H

#include "critics/match/parse.h"

uint32_t match_sum_power(struct match_parser *p);
uint32_t match_sum_negative(struct match_parser *p); /* less what follows */

/* What a function without brackets is applied to. */
uint32_t match_sum_argument(struct match_parser *p);

/* node, in radians where degrees stand behind it. */
uint32_t match_sum_angle(struct match_parser *p, uint32_t node);
uint32_t match_sum_product(struct match_parser *p);
uint32_t match_sum(struct match_parser *p);

/* The product of two; doubtful: it has two meanings, and no value. */
uint32_t match_sum_multiply(struct match_parser *p, uint32_t a, uint32_t b, bool doubtful);

#endif
