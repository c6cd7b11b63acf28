/*
 * inquiry.c - asks members in rounds and goes on with the last answer.
 *
 * `left` is the whole protocol. It counts the answers that a round still lacks and one for
 * everybody who holds the inquiry: the thread that asks the round, and a cancel on its way through
 * it. Who takes it to 0 owns the inquiry, reads the answers and completes the call or begins the
 * next round.
 */
#include "critics/inquiry.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <utlist.h>

void inquiries_open(struct inquiries *all)
{
    (void)pthread_mutex_init(&all->lock, NULL);
    all->first = NULL;
}

void inquiries_close(struct inquiries *all)
{
    assert(all->first == NULL);
    (void)pthread_mutex_destroy(&all->lock);
}

static bool inquiry_drop(struct inquiry *inquiry)
{
    /* acq_rel: whoever is last sees what all others have written. */
    return atomic_fetch_sub_explicit(&inquiry->left, 1, memory_order_acq_rel) == 1;
}

/* For a cancel: false when it is over, or between two rounds. */
static bool inquiry_hold(struct inquiry *inquiry)
{
    uint32_t left = atomic_load_explicit(&inquiry->left, memory_order_relaxed);

    while (left > 0)
        /* acquire: pairs with the release in inquiry_drop(): the askings are seen as they are. */
        if (atomic_compare_exchange_weak_explicit(&inquiry->left, &left, left + 1,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

static void inquiry_cancel_ones(struct inquiry *inquiry)
{
    for (uint32_t i = 0; i < inquiry->count; i++)
        crux_cancel(&inquiry->ones[i].asking);
}

/* --- a round --------------------------------------------------------------------------- */

static void inquiry_answered(struct crux_asking *asking, int status);

/* From here on a cancel only leaves word, for the askings are being written. */
static void inquiry_set_asking(struct inquiry *inquiry)
{
    (void)pthread_mutex_lock(&inquiry->all->lock);
    inquiry->asking = true;
    (void)pthread_mutex_unlock(&inquiry->all->lock);
}

/* All have been asked. Did a cancel come meanwhile? */
static bool inquiry_unset_asking(struct inquiry *inquiry)
{
    bool cancelled;

    (void)pthread_mutex_lock(&inquiry->all->lock);
    inquiry->asking = false;
    cancelled = inquiry->cancelled;
    (void)pthread_mutex_unlock(&inquiry->all->lock);
    return cancelled;
}

/* True: all have answered, and the caller goes on. */
static bool inquiry_ask_round(struct inquiry *inquiry)
{
    assert(inquiry->count > 0);
    /* relaxed: nobody else has it; askings and the lock hand it on. */
    atomic_store_explicit(&inquiry->left, inquiry->count + 1, memory_order_relaxed);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        struct inquiry_one *one = &inquiry->ones[i];
        int status;

        one->inquiry = inquiry;
        one->asking.answered = inquiry_answered;
        status = crux_ask(one->port, &one->asking);
        if (status == CRUX_PENDING)
            continue;
        one->status = status;
        (void)inquiry_drop(inquiry);
    }
    if (inquiry_unset_asking(inquiry))
        inquiry_cancel_ones(inquiry);
    return inquiry_drop(inquiry);
}

/* By the one who holds it alone. CRUX_PENDING: others go on; else the call's status. */
static int inquiry_go_on(struct inquiry *inquiry)
{
    int status;

    do {
        status = inquiry->judge(inquiry);
        if (status != CRUX_PENDING)
            return status;
        inquiry_set_asking(inquiry);
    } while (inquiry_ask_round(inquiry));
    return CRUX_PENDING;
}

static void inquiry_forget(struct inquiry *inquiry)
{
    (void)pthread_mutex_lock(&inquiry->all->lock);
    DL_DELETE(inquiry->all->first, inquiry);
    (void)pthread_mutex_unlock(&inquiry->all->lock);
}

static void inquiry_finish(struct inquiry *inquiry)
{
    int status = inquiry_go_on(inquiry);
    void *owner;

    if (status == CRUX_PENDING)
        return;
    inquiry_forget(inquiry);
    owner = inquiry->call->reply.owner;
    if (!crux_complete(inquiry->call, inquiry->ticket, status) && status == CRUX_DONE)
        free(owner);
    free(inquiry);
}

static void inquiry_answered(struct crux_asking *asking, int status)
{
    struct inquiry_one *one = (struct inquiry_one *)(void *)asking;
    struct inquiry *inquiry = one->inquiry;

    one->status = status;
    if (inquiry_drop(inquiry))
        inquiry_finish(inquiry);
}

/* --- the whole ---------------------------------------------------------------------------- */

int inquiry_begin(struct inquiries *all, struct inquiry *inquiry)
{
    int status = CRUX_PENDING;

    inquiry->all = all;
    inquiry->ticket = inquiry->call->ticket;
    inquiry->asking = true;
    (void)pthread_mutex_lock(&all->lock);
    DL_APPEND(all->first, inquiry);
    (void)pthread_mutex_unlock(&all->lock);
    if (inquiry_ask_round(inquiry))
        status = inquiry_go_on(inquiry);
    if (status == CRUX_PENDING)
        return status;
    inquiry_forget(inquiry);
    free(inquiry);
    return status;
}

void inquiry_cancel(struct inquiries *all, const struct crux_call *call)
{
    struct inquiry *inquiry;
    bool held = false;

    (void)pthread_mutex_lock(&all->lock);
    DL_FOREACH (all->first, inquiry)
        if (inquiry->call == call && inquiry->ticket == call->ticket)
            break;
    if (inquiry != NULL) {
        inquiry->cancelled = true;
        held = !inquiry->asking && inquiry_hold(inquiry);
    }
    (void)pthread_mutex_unlock(&all->lock);
    if (!held)
        return;
    inquiry_cancel_ones(inquiry);
    if (inquiry_drop(inquiry))
        inquiry_finish(inquiry);
}

void inquiry_put(struct inquiry *inquiry, uint32_t index, struct crux_port *port, uint64_t seed)
{
    struct inquiry_one *one = &inquiry->ones[index];
    uint64_t ticket = one->asking.call.ticket; /* of the round before, if there was one */

    one->port = port;
    one->asking.call = *inquiry->call;
    one->asking.call.ticket = ticket;
    one->asking.call.seed = seed;
}

void inquiry_release(struct inquiry *inquiry)
{
    for (uint32_t i = 0; i < inquiry->count; i++)
        if (inquiry->ones[i].status == CRUX_DONE)
            crux_release(&inquiry->ones[i].asking);
}

/* What a member answered is not trusted: NULL, or what is wrong with it. */
static const char *inquiry_fault(const struct inquiry_one *one)
{
    const struct crux_call *call = &one->asking.call;
    const struct crux_reply *reply = &call->reply;
    bool judges = call->verb == CRUX_JUDGE;

    if (reply->count != call->count || (judges ? reply->outcomes == NULL : reply->scores == NULL))
        return "not one answer for each candidate";
    for (uint32_t i = 0; i < reply->count; i++) {
        double number = judges ? reply->outcomes[i].reward : reply->scores[i];

        if (!isfinite(number) || number > 1.0 || (judges && number < 0.0))
            return "a score is not a number in [0, 1]";
        if (judges && (unsigned)reply->outcomes[i].verdict > CRUX_WRONG)
            return "an outcome's verdict is not as it must be";
    }
    return NULL;
}

int inquiry_check(const struct inquiry *inquiry, struct crux_error *error)
{
    for (uint32_t i = 0; i < inquiry->count; i++) {
        const struct inquiry_one *one = &inquiry->ones[i];
        const char *sentence = one->asking.call.reply.sentence;

        if (one->status != CRUX_DONE)
            return crux_fail(error, one->status, "%.80s: %.380s", one->port->name,
                             sentence != NULL ? sentence : "no answer");
        sentence = inquiry_fault(one);
        if (sentence != NULL)
            return crux_fail(error, CRUX_FAILED, "%.80s: %s", one->port->name, sentence);
    }
    return CRUX_OK;
}

void inquiry_add_cost(const struct inquiry *inquiry, struct crux_reply *reply)
{
    for (uint32_t i = 0; i < inquiry->count; i++) {
        const struct crux_reply *from = &inquiry->ones[i].asking.call.reply;

        if (inquiry->ones[i].status != CRUX_DONE)
            continue;
        reply->prompt_tokens += from->prompt_tokens;
        reply->completion_tokens += from->completion_tokens;
        reply->price += from->price;
    }
}
