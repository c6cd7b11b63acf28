/*
 * quantity.h - a sum with what stands behind it: a unit, a percent sign, a half of the day.
 */
#ifndef CRITICS_MATCH_QUANTITY_H
#define CRITICS_MATCH_QUANTITY_H

#include "critics/match/parse.h"

uint32_t match_quantity(struct match_parser *p);

#endif
