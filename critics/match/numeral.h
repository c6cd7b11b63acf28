/*
 * numeral.h - numbers that are written out: twenty-five, one hundred and five, two thirds, and
 * the words behind digits that make another number of them: 3 quarters, 5 squared.
 */
#ifndef CRITICS_MATCH_NUMERAL_H
#define CRITICS_MATCH_NUMERAL_H

#include "critics/match/parse.h"

/* Read the numeral that stands here as an exact number. False: none does, and nothing is read. */
bool match_numeral(struct match_parser *p, struct match_number *value);

/* half, thirds, ...: one over how much. 0: the token is no such word. */
int64_t match_numeral_part(const struct match_parser *p, const struct match_token *token);

/* `and a half` behind an integer: its part, over and under. False: no such words stand here. */
bool match_numeral_and_part(struct match_parser *p, int64_t *over, int64_t *under);

#endif
