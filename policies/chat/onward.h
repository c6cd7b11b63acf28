/*
 * onward.h - asks on, within a call, where a sample for a next step has only begun: where it is an
 * opening, which claims nothing, a break, or ends in the middle of code or of a formula
 * (io/split.h).
 *
 *     samples of a reply --> which have only begun? --> a question for each, on what it has
 *                                     ^                               |
 *                                     '-- sample: both texts as one <-'
 *
 * Each sample goes on by itself, with its own number, so that two that begin alike may part. It is
 * asked on for until ONWARD_MOST replies have said something, and in the middle of code or of a
 * formula, or where only breaks came, ONWARD_INSIDE times in all; what has only begun then is a
 * step as it is, and so is one for which the context is too small. Replies are in the ledger as all
 * others are; tokens and price of a call are their sum, the log-probability of a step is the mean
 * over all of its tokens, its origin is the first reply.
 *
 * Ownership. The record is its owner's, zeroed before, and stays where it is until done() or
 *            chat_onward_free(). samples are its own once it begins.
 * Threads.   done() comes from the thread on which the last answer came.
 * Errors.    As in crux.h; sentence says why.
 */
#ifndef POLICIES_CHAT_ONWARD_H
#define POLICIES_CHAT_ONWARD_H

#include "io/chat/exchange.h"
#include "policies/chat/plan.h"

enum { ONWARD_MOST = 3, ONWARD_INSIDE = 24 };

struct chat_onward_strand;

struct chat_onward {
    /* Filled in by the policy. */
    const struct chat_plan *plan;
    struct served *served;
    const struct crux_call *call;
    const struct crux_step *last; /* of the reasoning on the call's path */
    uint64_t ticket;
    const struct chat_images *images; /* of the problem, as the first question has them */
    void (*done)(struct chat_onward *onward, int status);

    struct chat_sample *samples; /* of the first reply; then what became of them */
    uint32_t count;
    struct served_usage usage; /* of all replies so far */
    int64_t price;

    struct chat_onward_strand *strands; /* one for each sample */
    _Atomic uint32_t left;              /* questions without an answer, and who asks them */
    struct crux_error error;            /* why it failed */
};

/* CRUX_OK: all samples are whole. CRUX_PENDING: done() comes, maybe has come. Else it failed. */
int chat_onward_begin(struct chat_onward *onward);

/* Be quick about what is asked for a call. */
void chat_onward_cancel(struct served *served, const struct crux_call *call, uint64_t ticket);

void chat_onward_free(struct chat_onward *onward);

#endif
