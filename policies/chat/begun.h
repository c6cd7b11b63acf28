/*
 * begun.h - steps that have only begun, by the rules of io/split.h: what opens what follows it, a
 * break, and what ends in the middle of code or of a formula.
 *
 * Ownership. Texts are freed by the caller.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef POLICIES_CHAT_BEGUN_H
#define POLICIES_CHAT_BEGUN_H

#include "policies/chat/steps.h"

struct chat_begun {
    char *text;  /* as a step would have it; NULL: the sample's step is whole, or there is none */
    bool inside; /* it ends in the middle of code or of a formula */
};

/* Is a step that has only begun all that a sample is? Where it completes the answer it is whole. */
int chat_begun_by(struct chat_begun *out, const struct chat_context *context,
                  const struct chat_sample *sample, struct crux_error *error);

/* context->last has only begun, and this sample goes on with it: both as the text of one sample,
 * and how that ended. */
int chat_begun_join(char **out, enum chat_end *end, const struct chat_context *context,
                    const struct chat_sample *sample, struct crux_error *error);

#endif
