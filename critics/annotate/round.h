/*
 * round.h - one call to an annotator: its questions, one stage after the other, until there is a
 * critique or none can be had.
 *
 *     stage --> a question to each who is asked --> the last answer goes on:
 *                 |                                   again, with the next sample, those that gave
 *                 '<----------------------------------  nothing to use, up to plan.tries
 *                                                     the next stage; or the note
 *
 * The one who asks counts as a question until all of a stage are asked, so a stage cannot end
 * before; whoever brings the last answer asks on. Answers that are there at once are taken in a
 * loop, not one inside of the other.
 *
 * Ownership. A round ends itself.
 * Threads.   Answers come on any thread, several at once. The list of open rounds has a lock, which
 *            is never held while anybody is asked.
 */
#ifndef CRITICS_ANNOTATE_ROUND_H
#define CRITICS_ANNOTATE_ROUND_H

#include <pthread.h>

#include "critics/annotate/plan.h"
#include "io/chat/manner.h"
#include "io/images.h"
#include "io/sentences.h"
#include "io/served/served.h"

struct annotate_round;

/* One backend. */
struct annotate_member {
    struct chat_manner manner;
    struct served *served;
    char *folder; /* that pictures start from, with its '/'; "": the working one */
};

/* What rounds have in common: an annotator, as it was opened. */
struct annotator {
    struct crux_critic critic; /* first: a port is its annotator */
    struct annotate_plan plan;
    struct annotate_member members[ANNOTATE_MEMBERS]; /* plan.backend_count of them */
    struct images *images;
    struct sentences sentences;
    pthread_mutex_t lock;
    struct annotate_round *rounds; /* lock */
};

/* As a port's ask() and cancel(). */
int annotate_round_ask(struct annotator *annotator, struct crux_call *call);
void annotate_round_cancel(struct annotator *annotator, const struct crux_call *call);

#endif
