/*
 * query.h - what policy numbers asks a retriever: a text for each aspect of the state at hand.
 *
 *     make 24 from 4 6 9
 *     make 24 from 4 6 9 by the difference of 9 and 4
 *
 * The first asks for all numbers; the others name an operation that comes to mind, which are those
 * that the player likes.
 *
 * Values; pure, any thread.
 */
#ifndef POLICIES_NUMBERS_QUERY_H
#define POLICIES_NUMBERS_QUERY_H

#include "critics/numbers/text.h"
#include "policies/numbers/taste.h"

#define QUERY_BYTES (NUMBERS_STEP_BYTES + 128u) /* room for any query, its NUL included */
#define QUERY_MOST  (NUMBERS_LEGAL_MOST + 1u)   /* of one state */

/* All queries of a state, the drawn ones first; how many. One of order 0 names no operation. */
uint32_t query_choose(const struct taste *taste, const struct numbers_state *state, uint64_t seed,
                      struct choice out[QUERY_MOST]);

void query_print(char out[QUERY_BYTES], const struct choice *query,
                 const struct numbers_state *state, int64_t target);

#endif
