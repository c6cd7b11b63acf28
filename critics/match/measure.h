/*
 * measure.h - the unit behind a number.
 */
#ifndef CRITICS_MATCH_MEASURE_H
#define CRITICS_MATCH_MEASURE_H

#include "critics/match/parse.h"

/* Read the unit that stands here, behind an amount of money or any number (NULL). False:
 * there is none, and nothing is read. */
bool match_measure_unit(struct match_parser *p, const char *money, char unit[MATCH_TEXT]);

/* One unit with all that is multiplied and divided in it, whatever follows. */
bool match_measure_term(struct match_parser *p, char unit[MATCH_TEXT]);

/* Can the item end here? */
bool match_measure_ends(const struct match_parser *p);

/* Does one stand here? Nothing is read. */
bool match_measure_here(struct match_parser *p);

/* ^\circ is a unit, not a power. */
bool match_measure_degrees(const struct match_token *token);

#endif
