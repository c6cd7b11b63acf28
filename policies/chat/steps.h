/*
 * steps.h - between a model's running text and the steps of a path.
 *
 * A boundary says where one step ends. Either at stop strings: the first of them, "\n\n" or
 * "\nStep ", is also what stands between two steps. What of it is not blank, "Step ", begins
 * every step, so a step is a text of its own and blanks at its ends do not count. Or with a cap
 * (MMC, arXiv 2504.11009: 30 tokens): then a step is whatever came, blanks and all, and the
 * steps one behind the other are the text.
 *
 * A step is one line. A line break inside it travels as a vertical tab and is one again in the next
 * prompt; in a whole answer a line is a step.
 *
 * Which step completes the answer? One behind which the model had no more to say; where the
 * server does not report it, or the model rambles on, one with a final text in it (chat/prompt.h).
 * A whole answer ends with the first such step.
 *
 * What was cut short, at the most tokens or by a broken reply, must not become an example: such a
 * step is not proposed, and the last line of such an answer is left out. The ledger keeps the
 * reply whole, with how it ended.
 *
 * Priors are weights exp(mean log-probability per token): normalised over the siblings, as the
 * search does, that is their softmax. Without log-probabilities a step's weight is the number of
 * samples that said it. Siblings that say the same become one.
 *
 * Ownership. What is made here is freed by the caller with free() or chat_steps_free().
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY; NULL.
 */
#ifndef POLICIES_CHAT_STEPS_H
#define POLICIES_CHAT_STEPS_H

#include "io/chat/prompt.h"
#include "io/chat/reply.h"
#include "io/mustache.h"

struct chat_boundary {
    const char *stops[CHAT_STOPS];
    uint32_t count;
    uint32_t cap; /* tokens; 0: none */
};

/* The steps up to last as one text. open: ready for the next step to be written behind it. */
char *chat_steps_join(const struct chat_boundary *boundary, const struct crux_step *last,
                      bool open);

/* The same as a list for a template; *block is freed by the caller. */
int chat_steps_list(const struct crux_step *last, struct mustache_scope **block, size_t *count);

/* What a reply was to. */
struct chat_context {
    const struct chat_boundary *boundary;
    const struct chat_prompt *prompt; /* for its final texts */
    const struct crux_step *last;
    const char *given;     /* the assistant's turn as sent, which a server may repeat; "": none */
    enum chat_route route; /* on route next the end of a message is not that of an answer */
    enum crux_kind kind;   /* STEP or ANSWER */
};

struct chat_proposals {
    struct crux_proposal *items;
    uint32_t count;
    void *block;
};

/* Steps that say nothing are left out; an answer that says nothing adds nothing. */
int chat_steps_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error);
void chat_steps_free(struct chat_proposals *proposals);

#endif
