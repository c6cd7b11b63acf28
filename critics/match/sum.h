/*
 * sum.h - what is made with operators: sums, products and powers, and a unit behind them.
 *
 * Each reads as much as belongs to it and gives its node.
 */
#ifndef CRITICS_MATCH_SUM_H
#define CRITICS_MATCH_SUM_H

#include "critics/match/parse.h"

uint32_t match_sum_power(struct match_parser *p);
uint32_t match_sum_product(struct match_parser *p);
uint32_t match_sum_quantity(struct match_parser *p);

#endif
