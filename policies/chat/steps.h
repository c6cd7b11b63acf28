/*
 * steps.h - between a model's running text and the steps of a path.
 *
 * A step is the model's own text, byte for byte: from behind one stop string to the next, with its
 * indentation, its trailing blanks and its empty lines. Steps with boundary_between() in between
 * are what the model wrote, also where a step ends inside of a block of code. boundary.h says who
 * owns the bytes of a stop string; blanks in front of a step's first letter, and line breaks beyond
 * those of the stop string, are that step's; those at the end of a whole answer are its last
 * step's. Only what a server repeats (the turn that it went on with, the mark that a step was made
 * to begin with) is cut off, and thoughts (thoughts.h). With a cap a step is whatever came, and a
 * stop string's whole text is the step's that it ended.
 *
 * In stores a line break inside of a step is a '\v', for '\n' stands between the steps of a whole
 * answer there; prompts, views and messages turn it back (io/steps.h). A vertical tab that a model
 * wrote is a line break, too. What is nothing but blanks is no step: in a whole answer it belongs
 * to the step behind it.
 *
 * Where steps part by rules (--split, io/split.h) they are pieces of the text, breaks and blanks
 * behind them included, and nothing is between two. Of a sample for a next step the first one is
 * taken, and what the model wrote behind it is not; one that has only begun is asked on for
 * (onward.h).
 *
 * Which step completes the answer? One behind which the model had no more to say. Where the
 * server does not tell (a stop string or the end), or a message ends with every step (route
 * next), or the model rambles on: one that is a final answer by its own words (final.h). A whole
 * answer is read to its end; only one that was cut off ends behind its first final answer, and one
 * that goes on to a new question ends before that.
 *
 * What was cut short, at the most tokens or by a broken reply, must not become an example: such a
 * step is not proposed, and the last line of such an answer is left out. The ledger keeps the
 * reply whole, with how it ended.
 *
 * Priors are weights exp(mean log-probability per token): normalised over the siblings, as the
 * search does, that is their softmax. Without log-probabilities a step's weight is the number of
 * samples that said it. Siblings that say the same become one: blanks at their ends make no
 * difference, and the first one's stay, with its origin, the sample's mark. With a cap, where they
 * part words, they do.
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
#include "policies/chat/boundary.h"

/* The steps up to last as one text. open: ready for the next step to be written behind it, with
 * boundary_opening(). */
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
    bool thoughts_are_steps;
};

struct chat_proposals {
    struct crux_proposal *items;
    uint32_t count;
    unsigned thoughts; /* what was seen of them: a set of thoughts.h */
    void *block;
};

/* Steps that say nothing are left out; an answer that says nothing adds nothing. */
int chat_steps_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error);

/* What is left of a sample to be cut: without a repeated turn and thoughts, and how it ended. The
 * caller frees. */
int chat_steps_text(char **out, enum chat_end *end, const struct chat_context *context,
                    const struct chat_sample *sample, struct crux_error *error);

/* What was thought before the step that a sample became in this context; "": nothing. A turn that
 * the sample repeats is no thought. thoughts_are_steps must be false; the caller frees. */
int chat_steps_thoughts(char **out, const struct chat_context *context,
                        const struct chat_sample *sample, struct crux_error *error);

void chat_steps_free(struct chat_proposals *proposals);

#endif
