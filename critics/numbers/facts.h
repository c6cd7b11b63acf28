/*
 * facts.h - what can be seen of a state of the numbers games without playing on.
 *
 * For critics that are trained (critics/linear/). A fact is a number that names something which is
 * so: these numbers are left, this one divides the target, the first of them leaves 2 when divided
 * by 7. What keeps them apart from solving is one rule: no operation of the game is carried out
 * between two numbers that are left. So no fact knows a sum, a difference, a product or a quotient
 * of them, nor whether one of these is the target; whoever learns from facts has to find that out
 * from examples.
 *
 * The numbers are those that the last step itself names as left, the problem's before the first;
 * sub-goals, queries and documents change none.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_NUMBERS_FACTS_H
#define CRITICS_NUMBERS_FACTS_H

#include "search/crux.h"

#include <stdbool.h>
#include <stdint.h>

typedef void numbers_fact(void *context, uint64_t fact);

/* Tell every fact of the state that the last step of reasoning up to last leads to (none: the first
 * state). *place names the state:
 * equal states of one target have the same. False, and nothing is told: the problem has no
 * numbers, or the step does not say what is left. */
bool numbers_facts(const struct crux_problem *problem, const struct crux_step *last,
                   numbers_fact *tell, void *context, uint64_t *place);

#endif
