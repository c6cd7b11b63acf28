/*
 * round.h - one call to a judge: all that is asked for it, and what comes of the answers.
 *
 *     begin --> questions --> ask them all --> the last answer concludes, and the call completes
 *
 * The one who asks counts as a question until all are asked, so a round cannot end before.
 *
 * Ownership. A round ends itself.
 * Threads.   Answers come on any thread, several at once.
 */
#ifndef CRITICS_JUDGE_ROUND_H
#define CRITICS_JUDGE_ROUND_H

#include "critics/judge/verdict.h"
#include "io/chat/manner.h"
#include "io/sentences.h"
#include "io/served/served.h"

/* What rounds have in common: a judge, as it was opened. */
struct judge {
    struct crux_critic critic; /* first: a port is its judge */
    struct judge_plan plan;
    struct judge_words words;
    struct chat_manner manner;
    struct served *served;
    struct sentences sentences;
    bool by_token;
};

/* As a port's ask(). */
int judge_round_ask(struct judge *judge, struct crux_call *call);
void judge_round_cancel(struct judge *judge, struct crux_call *call);

#endif
