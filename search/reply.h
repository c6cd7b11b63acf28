/*
 * reply.h - a port's reply becomes the record's, or is refused.
 *
 * Everything that is kept is copied into the lane's cold memory, so that the port
 * has its reply back at once. Nothing here touches the tree. What is not as it
 * must be (NaN, out of range, not UTF-8, too many) is refused with a sentence that
 * names the port; then the call has failed.
 */
#ifndef SEARCH_REPLY_H
#define SEARCH_REPLY_H

#include "search/simulate.h"

/* Each in the phase that asked: the question, with the number of its candidates, stands in
 * sim->call. CRUX_OK, or negative and a sentence. */
int reply_children(struct simulation *sim, const char *port, struct crux_error *error);
int reply_child_scores(struct simulation *sim, const char *port, struct crux_error *error);
int reply_rollouts(struct simulation *sim, const char *port, struct crux_error *error);
int reply_outcomes(struct simulation *sim, const char *port, struct crux_error *error);
int reply_value(struct simulation *sim, const char *port, struct crux_error *error);

/* The children that follow the leaf by rule (grammar.h), all of equal prior, in place of a reply
 * to PROPOSE. */
int reply_by_rule(struct simulation *sim, struct crux_error *error);

/* Sort the proposed family, of one child or more, by prior, highest first, ties as proposed, and
 * normalise. After this the first child is the one to step to. */
void reply_sort_children(struct family *family);

/* Child `from` of one family becomes child `to` of another, or of the same one. Before they are
 * sorted; neither was evaluated. */
void reply_copy_child(struct family *into, uint32_t to, const struct family *of, uint32_t from);

/* One empty completion: the leaf's own steps, of which the last is terminal, are the complete
 * answer. */
int reply_no_rollout(struct simulation *sim, const struct crux_step *last,
                     struct crux_error *error);

/* Is text UTF-8 (RFC 3629), and without newline unless lines are allowed? */
bool reply_is_text(const char *text, bool lines);

#endif
