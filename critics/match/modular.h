/*
 * modular.h - rational functions by value, exactly: modulo the prime 2^61 - 1.
 *
 * Two rational functions with rational coefficients that are different differ at a random place
 * but with a chance of their degree over 2^61; if they differ at one place, they are different for
 * sure. pi and e count as variables, for no polynomial connects either of them with numbers.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_MATCH_MODULAR_H
#define CRITICS_MATCH_MODULAR_H

#include "critics/match/precise.h"

/* The value of a side at a place. False: it is no rational function, or has no value here. */
bool match_modular_value(const struct match_side *side, const struct match_place *place,
                         uint64_t *value);

/* The same with one variable's value put in place of its own. */
bool match_modular_with(const struct match_side *side, const struct match_place *place,
                        const char *variable, uint64_t of_variable, uint64_t *value);

uint64_t match_modular_times(uint64_t a, uint64_t b);
uint64_t match_modular_less(uint64_t a, uint64_t b);
uint64_t match_modular_inverse(uint64_t a); /* of 0: 0 */

#endif
