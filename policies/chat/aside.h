/*
 * aside.h - thoughts kept beside a finished tree: findings of kind `thoughts`.
 *
 * Each node and each rollout of a tree has the mark of the reply that it was made of (its origin).
 * So nothing is carried along while a tree is searched: when it is kept, its replies are read from
 * the ledger once more, and what steps.h dropped of them becomes findings: {"text": "..."}, byte
 * for byte what the model thought. The same tree and the same ledger give the same findings, in a
 * run that went on or was done again, too.
 *
 * Where samples said the same and became one step, the thoughts are those of the first of them, as
 * the text is; the others' are in the ledger. Where nothing was thought there is no finding, and so
 * it is where the ledger keeps nothing.
 *
 * Threads. find() from any worker; the plan and the backend outlive it.
 * Errors.  CRUX_MEMORY; CRUX_STORE and the like, as the ledger says.
 */
#ifndef POLICIES_CHAT_ASIDE_H
#define POLICIES_CHAT_ASIDE_H

#include "io/backends/backends.h"
#include "policies/chat/plan.h"

#define CHAT_ASIDE_KIND "thoughts"

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
