/*
 * prompt.h - the words with which a served model is asked: a file in parts.
 *
 *     --- system
 *     You solve problems step by step.
 *     --- user
 *     {{problem}}
 *     --- final
 *     answer is
 *
 * A line `--- NAME` begins a part; empty lines at its ends do not count. The parts:
 *
 *     system   the system turn; may be left out
 *     user     the user's turn: what is the same for every step of a problem
 *     next     behind it on route next: asks for the step that comes next
 *     rest     behind it on route next: asks for all that is missing
 *     revise   behind the user's, on every route, where an answer is to be made better: asks for a
 *              whole answer in place of the one that was given before
 *     rationale, query, answer
 *              of grammar cr-planner, below
 *     stop     texts at which a step ends, a line each, with \n, \t and \\ as in C; whose the
 *              bytes of one are, policies/chat/boundary.h says
 *     final    texts, a line each, of final answers. `####`, `\boxed{` and what ends in `answer
 *              is` count with a value behind them and nothing else; ``` means the end of a block
 *              of code; any other text counts where the last line or sentence begins with it, or
 *              the text ends in it (policies/chat/final.h)
 *
 * All but stop and final are templates (io/mustache.h) with these values: problem;
 * steps, a list of texts; number, of the step that comes next. In revise steps are those of the
 * answer before, and there are two more: answer, that answer as it was written, and critique, what
 * is said of it, "" where nothing is. Only user is needed: what is left out is taken from the
 * prompt `math`.
 *
 * Grammar cr-planner (arXiv 2410.01428, its prompts in words of our own). rationale stands behind
 * the user's turn, on every route, and asks for one next step, or says nothing; answer does so
 * where all that is missing is wanted. query is a turn of its own, alone: the paper's sees one step
 * of the reasoning and asks for a query without that step's numbers and names. All three have, too:
 *
 *     steps      the rationales
 *     path       all of the path in its order, a list whose items have rationale, query and
 *                document, two of which are ""; sub-goals are bookkeeping, and are not told
 *     found      those items that are queries and documents
 *     rationale, query, document
 *                outside of these lists: the latest one of the path, "" where there is none
 *     continues  "yes" where the rationales are the assistant's turn, which the model goes on with,
 *                "" where they are not
 *
 * Ownership. A prompt owns its parts.
 * Threads.   It is never changed: any thread.
 * Errors.    CRUX_INVALID: file, line and what was expected.
 */
#ifndef IO_CHAT_PROMPT_H
#define IO_CHAT_PROMPT_H

#include "io/mustache.h"
#include "io/crux_io.h"

enum { CHAT_STOPS = 8, CHAT_FINALS = 8 };

enum chat_part {
    CHAT_SYSTEM,
    CHAT_USER,
    CHAT_ASK_NEXT,
    CHAT_ASK_REST,
    CHAT_ASK_REVISION,
    CHAT_ASK_RATIONALE,
    CHAT_ASK_QUERY,
    CHAT_ASK_ANSWER,
    CHAT_PARTS
};

struct chat_prompt {
    struct mustache *parts[CHAT_PARTS];
    char *stops[CHAT_STOPS];
    char *finals[CHAT_FINALS];
    uint32_t stop_count, final_count;
};

/* name is math, code or plain, a file, or "=" and the prompt itself. */
int chat_prompt_open(struct chat_prompt **out, const char *name, struct crux_error *error);
void chat_prompt_close(struct chat_prompt *prompt); /* NULL is fine */

/* What is said of an answer that is to be made better. */
struct chat_prompt_revision {
    const char *problem, *answer, *critique; /* critique "": none */
    const struct mustache_scope *steps;      /* the answer's */
    size_t step_count;
};

/* What the part revise says of it. The caller frees *out. */
int chat_prompt_render_revision(char **out, const struct chat_prompt *prompt,
                                const struct chat_prompt_revision *revision,
                                struct crux_error *error);

/* What is said in the parts of grammar cr-planner. */
struct chat_prompt_plan {
    const char *problem, *rationale, *query, *document; /* "": none */
    const struct mustache_scope *steps, *path, *found;
    size_t step_count, path_count, found_count;
    bool continues;
};

/* What the part rationale, query or answer says. The caller frees *out. */
int chat_prompt_render_plan(char **out, const struct chat_prompt *prompt, enum chat_part part,
                            const struct chat_prompt_plan *plan, struct crux_error *error);

/* What another part says of a problem after these steps. The caller frees *out. */
int chat_prompt_render(char **out, const struct chat_prompt *prompt, enum chat_part part,
                       const char *problem, const struct mustache_scope *steps, size_t step_count,
                       struct crux_error *error);

#endif
