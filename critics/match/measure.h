/*
 * measure.h - the unit behind a number.
 */
#ifndef CRITICS_MATCH_MEASURE_H
#define CRITICS_MATCH_MEASURE_H

#include "critics/match/parse.h"

/* Read the unit that stands here, behind an amount of money or any number (NULL). False:
 * there is none, and nothing is read. */
bool match_measure_unit(struct match_parser *p, const char *money, char unit[MATCH_TEXT]);

/* Does one stand here? Nothing is read. */
bool match_measure_here(struct match_parser *p);

/* ^\circ is a unit, not a power. */
bool match_measure_degrees(const struct match_token *token);

#endif
