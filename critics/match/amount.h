/*
 * amount.h - are two numbers of an answer equal? compare.h says which are.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_MATCH_AMOUNT_H
#define CRITICS_MATCH_AMOUNT_H

#include "critics/match/points.h"

/* a is the answer's, b the reference's; by value, or one may be the other rounded. */
enum match match_amount_values(const struct match_node *a, const struct match_node *b,
                               double tolerance);

/* The same for numbers in units worth so much, and to the last digit where both are exact. */
enum match match_amount_scaled(const struct match_scaled *a, const struct match_scaled *b,
                               double tolerance);

/* A number times a factor. */
struct match_node match_amount_times(const struct match_node *node, struct rational factor);

/* 52_8, with a minus before it or not; NULL: the node is no number in a base. */
const struct match_node *match_amount_based(const struct match_form *form,
                                            const struct match_node *node);

#endif
