/*
 * applied.h - functions of an answer, with their arguments.
 */
#ifndef CRITICS_MATCH_APPLIED_H
#define CRITICS_MATCH_APPLIED_H

#include "critics/match/parse.h"

/* ln x, sin^2 x, log_2 8, sin(x): behind the function's name. */
uint32_t match_applied(struct match_parser *p, const char *name);

#endif
