/*
 * aside.h - what lies beside a finished tree: findings of kind `restarts`, about the tree, and of
 * kinds `thoughts` and `tokens`, about its paths.
 *
 * Each node and each rollout of a tree has the mark of the reply that it was made of (its origin).
 * So nothing is carried along while a tree is searched: when it is kept, its replies are read from
 * the ledger once more, and what steps.h dropped of them becomes findings. The same tree and the
 * same ledger give the same findings, in a run that went on or was done again, too.
 *
 *     restarts   {"continued": N, "restarts": R} (io/restarts.h), where N is above 0. It is of all
 *                the tree, whoever of several models has proposed what; so its maker is `chat`
 *     thoughts   {"text": "..."}, byte for byte what the model thought; where thoughts are kept
 *     tokens     {"ids": [...], "logprobs": [...]}, the numbers of the reply's tokens and the
 *                log-probability of each; with token_ids, and only where these tokens are the step
 *                or the answer and nothing else: blanks at its ends, the stop string and the token
 *                that ends a text make no difference, but thoughts do, and words that were cut off
 *
 * A step that was asked on for (onward.h) has the thoughts of its first reply, and no tokens, for
 * these are of several; the others' thoughts are in the ledger.
 *
 * Where samples said the same and became one step, what is kept is of the first of them, as the
 * text is; the others' is in the ledger. Where there is nothing there is no finding, and so it is
 * where the ledger keeps nothing.
 *
 * Threads. find() from any worker; the plan and the backend outlive it.
 * Errors.  CRUX_MEMORY; CRUX_STORE and the like, as the ledger says.
 */
#ifndef POLICIES_CHAT_ASIDE_H
#define POLICIES_CHAT_ASIDE_H

#include "io/backends/backends.h"
#include "policies/chat/plan.h"

#define CHAT_ASIDE_RESTARTS "restarts"
#define CHAT_ASIDE_THOUGHTS "thoughts"
#define CHAT_ASIDE_TOKENS   "tokens"

struct chat_aside {
    struct backends_witness witness; /* first: what is asked is its aside */
    const struct chat_plan *plan;
    struct served *served;
    char maker[80]; /* the policy's name */
};

/* name: of the backend; NULL or "": it has none. */
void chat_aside_make(struct chat_aside *out, const struct chat_plan *plan, struct served *served,
                     const char *name);

#endif
