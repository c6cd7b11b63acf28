/*
 * tokens.h - the tokens that steps of a tree were sampled as, from findings of kind `tokens`.
 *
 *     {"ids": [numbers], "logprobs": [as many]}
 *
 * Ownership. What was taken is freed by tokens_free(), which takes nothing, too.
 * Threads.   One at a time; constant afterwards.
 * Errors.    CRUX_STORE: a finding of that kind is not as it must be; the sentence names problem,
 *            maker, field and expectation. CRUX_MEMORY.
 */
#ifndef IO_VIEWS_TOKENS_H
#define IO_VIEWS_TOKENS_H

#include "io/views/view.h"

#define TOKENS_KIND "tokens" /* as policy chat names it */

/* Zeroed at first. */
struct tokens {
    struct view_tokens *items;
    size_t count, room;
};

/* In the order of a store: those about nodes by number, then those about rollouts. */
int tokens_take(struct tokens *tokens, const struct crux_finding *finding,
                const struct crux_tree *tree, struct crux_error *error);
void tokens_free(const struct view_tokens *items, size_t count);

/* Those of a node, or of a rollout (the other is CRUX_NO_NODE); NULL: there are none. */
const struct view_tokens *tokens_of(const struct view_tree *what, uint32_t node, uint32_t rollout);

#endif
