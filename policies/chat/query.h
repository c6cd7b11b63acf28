/*
 * query.h - replies to a question for a query of grammar cr-planner become proposals.
 *
 * A query is the first line of a reply that says something, without a label in front of it
 * (`Query:`), without quotation marks around it and without blanks at its ends. A line that was cut
 * off is none. Replies with the same query are one proposal, weighted as those with the same step
 * are (steps.h).
 *
 * Ownership. What is made is freed with chat_steps_free().
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef POLICIES_CHAT_QUERY_H
#define POLICIES_CHAT_QUERY_H

#include "policies/chat/steps.h"

int chat_query_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error);

#endif
