/*
 * said.h - what a critic says of each candidate, and the reply that is made of it.
 *
 * A critic fills in one struct said for each candidate, with texts and numbers wherever they lie,
 * and the reply is one block with copies of them all: its release() frees reply->owner.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_SAID_H
#define CRITICS_SAID_H

#include "search/crux.h"

struct said {
    double number;             /* SCORE: below 0 is unknown; JUDGE: the reward, in [0, 1] */
    enum crux_verdict verdict; /* JUDGE */
    const char *answer;        /* JUDGE; NULL: none */
    struct crux_opinion opinion;
};

/* What is known of nothing: a number that stands for unknown, and no opinion. */
struct said said_nothing(enum crux_verb verb);

/* Of a problem of which no step was taken yet (call->candidates is NULL): it may go either way. A
 * value of the root that is unknown would end its problem. */
struct said said_at_root(void);

/* call->count of them, for a call of verb SCORE or JUDGE. CRUX_DONE, or CRUX_MEMORY with its
 * sentence in the reply. */
int said_reply(struct crux_reply *out, const struct crux_call *call, const struct said *said);

#endif
