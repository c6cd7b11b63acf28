/*
 * planned.h - paths of grammar cr-planner (arXiv 2410.01428) as a served model hears of them.
 *
 *     sub-goal             bookkeeping: no model hears of it
 *     rationale            a step of the model's own text, as any other (steps.h)
 *     query, document      what was looked up: said in the user's turn, in parts of the prompt
 *
 * So what a model goes on with is its own reasoning alone, byte for byte, whatever was looked up in
 * between; and a path on which nothing was looked up is asked about as any other.
 *
 * Ownership. What is made here is freed by its own _free().
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef POLICIES_CHAT_PLANNED_H
#define POLICIES_CHAT_PLANNED_H

#include "io/chat/prompt.h"
#include "search/crux.h"

/* Is a step of this kind the next one of the reasoning? */
bool planned_is_step(enum crux_kind kind);

/* The steps of a path that are part of the solution, each linked to the one before. */
struct planned_reasons {
    const struct crux_step *last; /* NULL: there is none */
    struct crux_step *block;      /* NULL: the path has no others, and these are its own */
};

/* False: no memory. */
bool planned_reasons_of(struct planned_reasons *out, const struct crux_step *last);
void planned_reasons_free(struct planned_reasons *reasons);

/* Which part of the prompt says what is wanted behind this path; CHAT_PARTS: none of those of
 * grammar cr-planner, it is asked for as in any other. */
enum chat_part planned_part(enum crux_kind kind, const struct crux_step *last);

/* What that part says. guard: texts go to a server that reads the marks of a chat template wherever
 * they stand. The caller frees *out. */
struct planned_asking {
    enum chat_part part;
    const struct crux_step *last;
    const char *problem; /* guarded already */
    bool continues;      /* the rationales are the assistant's turn */
    bool guard;
};

int planned_render(char **out, const struct chat_prompt *prompt,
                   const struct planned_asking *asking, struct crux_error *error);

#endif
