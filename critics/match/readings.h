/*
 * readings.h - what is compared, in all the ways in which it may be read.
 *
 * 1/2x, f(x) and log have two meanings each; a verdict holds if it is the same in all of them.
 * Pure; any thread.
 */
#ifndef CRITICS_MATCH_READINGS_H
#define CRITICS_MATCH_READINGS_H

#include "critics/match/precise.h"

/* What is compared: an answer's and a reference's side, and what stands in them. */
struct match_readings {
    struct match_side a, b;
    struct match_expression in_a, in_b;
    struct match_place place; /* of the answer; the reference has the same without the renaming */
};

/* The answer's place of a number, and the reference's. */
struct match_place match_readings_at_a(const struct match_readings *points, uint32_t number);
struct match_place match_readings_at_b(const struct match_readings *points, uint32_t number);

/* Add what stands in a side. */
void match_readings_look(struct match_expression *found, const struct match_side *side);

/* The names of one that the other has not. */
struct match_expression match_readings_only_in(const struct match_expression *one,
                                               const struct match_expression *other);
bool match_readings_same_names(const struct match_readings *points);

/* What a way to compare says in all readings, or UNKNOWN. */
enum match match_readings_all(struct match_readings *points,
                              enum match (*compare)(const struct match_readings *));

#endif
