/*
 * inquiry.h - a call that a critic answers by asking other critics.
 *
 *     inquiry_begin() --> a round: every one of ones[] is asked at once, and answers now or late
 *                           |
 *              judge() <----'  when the last has answered: the reply, or another round
 *
 * What it is. One call to a critic that stands on others, from its asking until its reply. Members
 *             may answer at once or late, in any mixture; nobody waits for them. Whoever brings the
 *             last answer of a round goes on.
 *
 * judge().    Reads what the round has answered and answers itself:
 *               CRUX_PENDING  another round: it has set count and the ports and calls of ones[],
 *               else          a status of the call, whose reply it has filled in.
 *             Each reply with status CRUX_DONE is given back by it (inquiry_release()).
 *
 * cancel.     inquiry_cancel() passes a cancel on to all that are being asked, and so it is with
 *             those of a round that comes after it.
 *
 * Ownership.  An inquiry is the beginning of one block from malloc(), zeroed, with room for the
 *             ones of its largest round; it is freed when its call has completed. Its call and what
 *             that points to are the search's and stay as they are until then.
 * Threads.    A round's members complete on any thread; judge() runs on one of them, or on the one
 *             that asked. The list of those that are pending has a lock, which is never held while
 *             anybody is asked.
 */
#ifndef CRITICS_INQUIRY_H
#define CRITICS_INQUIRY_H

#include <pthread.h>
#include <stdatomic.h>

#include "search/crux.h"

struct inquiry;

/* One asking of one member. */
struct inquiry_one {
    struct crux_asking asking; /* first. In: its call */
    struct crux_port *port;    /* in: whom */
    struct inquiry *inquiry;
    int status; /* out */
};

/* What a critic has pending. */
struct inquiries {
    pthread_mutex_t lock;
    struct inquiry *first;
};

struct inquiry {
    struct inquiry *prev, *next; /* of the pending ones; lock */
    struct inquiries *all;
    struct crux_call *call;
    uint64_t ticket;
    int (*judge)(struct inquiry *inquiry);
    struct inquiry_one *ones;
    uint32_t count; /* of this round */

    _Atomic uint32_t left; /* answers that are missing, and whoever holds it */
    bool asking;           /* a round is being asked; lock */
    bool cancelled;        /* lock */
};

void inquiries_open(struct inquiries *all);
void inquiries_close(struct inquiries *all); /* nothing is pending */

/* From the critic's ask(): call, judge, ones and the first round are set. Its status; the inquiry
 * is freed here or later. */
int inquiry_begin(struct inquiries *all, struct inquiry *inquiry);

/* Someone's cancel() of this call. */
void inquiry_cancel(struct inquiries *all, const struct crux_call *call);

/* A member is to be asked what the call asks, but with this seed. */
void inquiry_put(struct inquiry *inquiry, uint32_t index, struct crux_port *port, uint64_t seed);

/* Give back what members answered with CRUX_DONE. */
void inquiry_release(struct inquiry *inquiry);

/* Have all answered, and as they must: a score or an outcome for each candidate? Else the status of
 * the first that has not, and a sentence that names its port. */
int inquiry_check(const struct inquiry *inquiry, struct crux_error *error);

/* Add what the members' replies have cost to *reply. */
void inquiry_add_cost(const struct inquiry *inquiry, struct crux_reply *reply);

#endif
