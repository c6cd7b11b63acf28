/*
 * relation.h - equations and inequalities, and expressions with a name before them, compared.
 *
 * points.h says what is equal. Pure; any thread.
 */
#ifndef CRITICS_MATCH_RELATION_H
#define CRITICS_MATCH_RELATION_H

#include "critics/match/compare.h"
#include "critics/match/form.h"

/* Node a of the answer and node b of the reference. */
enum match match_relation_compare(const struct match_form *answer, uint32_t a,
                                  const struct match_form *reference, uint32_t b);

/* y = 2x + 1 is read as 2x + 1 of the name y: has this node one, which is a variable? */
bool match_relation_named(const struct match_form *form, uint32_t at);

/* f(n) = n, a_k = k: what the name before it depends on, whose letter is of no matter. */
bool match_relation_of_any(const struct match_form *form, uint32_t at);

#endif
