/*
 * conversation.h - which words a policy says to a served model, after which steps.
 *
 *     conversation   the same for a whole run: settings of the server, the prompt, where steps end
 *     asking         one question: what is wanted after which steps
 *
 * How words become a request is said in io/chat/request.h. On route completions and prefill the
 * steps so far are the assistant's turn, to be continued; on route next they stand in the user's.
 * Where an answer is to be made better, that answer and its critique stand in the user's turn on
 * every route, and the assistant's is begun as for a first step (MMC's actor, arXiv 2504.11009).
 *
 * On a path of grammar cr-planner that text is the rationales, and what was looked up stands in the
 * user's turn (planned.h). Who is asked for a query sees nothing but what the prompt's part `query`
 * says: neither a system turn nor what was written.
 *
 * Threads.   Pure; any thread.
 * Errors.    CRUX_INVALID for a template that does not fit, CRUX_MEMORY.
 */
#ifndef POLICIES_CHAT_CONVERSATION_H
#define POLICIES_CHAT_CONVERSATION_H

#include "io/chat/prompt.h"
#include "io/chat/request.h"
#include "policies/chat/steps.h"

struct chat_conversation {
    struct chat_settings settings;
    const struct chat_prompt *prompt;
    struct chat_boundary boundary;
    bool thoughts_are_steps; /* a reasoning model's; else they are dropped (thoughts.h) ... */
    bool thoughts_are_kept;  /* ... and kept beside the tree (aside.h) */
};

struct chat_asking {
    enum crux_kind kind; /* STEP, RATIONALE, QUERY or ANSWER */
    const struct crux_problem *problem;
    const struct crux_step *last; /* of the reasoning: the model's own text */
    const struct crux_step *path; /* the path that it is of, where that has other steps, too; its
                                     last one. NULL: last's */
    const struct crux_revision *revision; /* an ANSWER at the root: in place of this one; or NULL */
    uint32_t sample;                      /* the first one's number */
    const struct chat_image *images;      /* as in struct chat_request */
    uint32_t image_count;
};

/* Can these work together? CRUX_INVALID says what does not. */
int chat_conversation_check(const struct chat_conversation *conversation, struct crux_error *error);

int chat_conversation_write(struct chat_body *out, const struct chat_conversation *conversation,
                            const struct chat_asking *asking, struct crux_error *error);

/* The assistant's turn as it is sent, and as some servers repeat it. NULL: no memory. */
char *chat_conversation_given(const struct chat_conversation *conversation, enum crux_kind kind,
                              const struct crux_step *last);

/* Are the likeliest tokens listed, so that the reply tells the entropy of the first one? With the
 * first samples of a next step, where the settings say so: the others' would be the same. */
bool chat_conversation_lists(const struct chat_conversation *conversation,
                             const struct chat_asking *asking);

/* Does the reply to a question of this kind end at stop strings? */
bool chat_conversation_stops(const struct chat_conversation *conversation, enum crux_kind kind);

#endif
