/*
 * path.h - what critics of final answers share: the answer of a whole path, and
 * replies with room for canonical forms.
 *
 * A complete answer is the steps of the path that are part of the solution, first to last, and then
 * the candidate, each on lines of its own, as are the lines of a step, between which a policy puts
 * '\v'. What a query or a document says is nobody's answer. The final
 * answer is looked for in all of it, as answer.h says, so that a candidate that ends a
 * reasoning with one line is understood as well as one that is a whole solution.
 *
 * Pure, any thread. What is made belongs to the caller.
 */
#ifndef CRITICS_MATCH_PATH_H
#define CRITICS_MATCH_PATH_H

#include "critics/match/answer.h"

/* The final answer of the path that ends in last, as it is written, with a NUL; "": there
 * is none. NULL: no memory. To be freed. */
char *match_path_answer(const struct crux_step *last);

/* A reply to JUDGE with all verdicts UNKNOWN, rewards 0 and answers "". Gives the call's
 * sentence and CRUX_MEMORY if there is no memory, else CRUX_DONE. */
int match_path_reply(struct crux_call *call);

/* Outcome i of such a reply, as long as the call has not been answered. */
void match_path_put(struct crux_call *call, uint32_t i, struct crux_outcome outcome);
void match_path_release(struct crux_port *self, struct crux_reply *reply);

#endif
