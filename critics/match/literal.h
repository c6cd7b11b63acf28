/*
 * literal.h - numbers that are written in digits: 12, 0.50, 0.1(6), 1\frac12, 3 1/2.
 *
 * Words behind the digits that make another number of them are read with it: 3 quarters,
 * 2 and a half, 0.1666 repeating. Of a decimal number the node also says how many digits
 * were written and what one in the last place is worth, since 0.33 may stand for 1/3.
 */
#ifndef CRITICS_MATCH_LITERAL_H
#define CRITICS_MATCH_LITERAL_H

#include "critics/match/parse.h"

/* The node of the number that stands here; the next token is one. */
uint32_t match_literal(struct match_parser *p);

/* Are these characters digits and nothing else? */
bool match_literal_is_integer(const char *text, size_t length);

#endif
