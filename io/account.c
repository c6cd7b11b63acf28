/*
 * account.c - three sums under one lock: paid, set aside, and those who wait for room.
 *
 * ready() is called without the lock, so those whose turn has come are first moved to a list of
 * their own. Only the first in the queue is ever looked at: a small call does not
 * overtake a big one, or the big one might wait for ever.
 */
#include "io/account.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct held {
    uint64_t calls, tokens;
    int64_t price;
};

struct account {
    pthread_mutex_t lock;
    struct account_limits limits;
    struct account_sum before, now; /* paid by earlier sessions, and by this one */
    struct held held;               /* set aside for calls in flight */
    struct account_call *first, *last;
    int reason; /* CRUX_OK: go on */
    struct crux_error sentence;
    void (*on_halt)(void *context);
    void *context;
};

int account_open(struct account **out, const struct account_limits *limits,
                 struct crux_error *error)
{
    struct account *account = calloc(1, sizeof *account);

    if (account == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the account");
    (void)pthread_mutex_init(&account->lock, NULL);
    account->limits = *limits;
    *out = account;
    return CRUX_OK;
}

void account_close(struct account *account)
{
    if (account == NULL)
        return;
    (void)pthread_mutex_destroy(&account->lock);
    free(account);
}

static void lock(struct account *account)
{
    (void)pthread_mutex_lock(&account->lock);
}

static void unlock(struct account *account)
{
    (void)pthread_mutex_unlock(&account->lock);
}

static void add(struct account_sum *sum, const struct account_sum *more)
{
    sum->calls += more->calls;
    sum->samples += more->samples;
    sum->prompt += more->prompt;
    sum->cached += more->cached;
    sum->completion += more->completion;
    sum->reasoning += more->reasoning;
    sum->price += more->price;
}

void account_resume(struct account *account, const struct account_sum *paid)
{
    lock(account);
    account->before = *paid;
    unlock(account);
}

/* --- room ---------------------------------------------------------------------------------- */

static struct held paid_of(const struct account *account)
{
    const struct account_sum *before = &account->before, *now = &account->now;

    return (struct held){
        .calls = before->calls + now->calls,
        .tokens = before->prompt + before->completion + now->prompt + now->completion,
        .price = before->price + now->price,
    };
}

enum limit { FITS, CALLS, TOKENS, PRICE };

/* The limit that the call would pass beside what is paid and held. */
static enum limit beyond(const struct account *account, const struct account_call *call,
                         const struct held *held)
{
    const struct account_limits *limits = &account->limits;
    struct held paid = paid_of(account);

    if (limits->calls > 0 && paid.calls + held->calls + 1 > limits->calls)
        return CALLS;
    if (limits->tokens > 0 && paid.tokens + held->tokens + call->tokens > limits->tokens)
        return TOKENS;
    if (limits->price > 0 && paid.price + held->price + call->price > limits->price)
        return PRICE;
    return FITS;
}

static void hold(struct account *account, const struct account_call *call)
{
    account->held.calls += 1;
    account->held.tokens += call->tokens;
    account->held.price += call->price;
}

static void release(struct account *account, const struct account_call *call)
{
    account->held.calls -= 1;
    account->held.tokens -= call->tokens;
    account->held.price -= call->price;
}

/* --- those who wait ------------------------------------------------------------------------- */

static void append(struct account *account, struct account_call *call)
{
    call->next = NULL;
    call->previous = account->last;
    call->waits = true;
    if (account->last != NULL)
        account->last->next = call;
    else
        account->first = call;
    account->last = call;
}

static void unlink_call(struct account *account, struct account_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        account->first = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    else
        account->last = call->previous;
    call->waits = false;
}

/* What has to be done without the lock. */
struct news {
    struct account_call *admitted, *refused; /* linked by next */
    bool halted;                             /* just now */
};

static void move(struct account *account, struct account_call *call, struct account_call ***end)
{
    unlink_call(account, call);
    call->next = NULL;
    **end = call;
    *end = &call->next;
}

/* The first reason stays. */
static void stop(struct account *account, int status, struct news *news)
{
    struct account_call **end = &news->refused;

    if (account->reason != CRUX_OK)
        return;
    account->reason = status;
    news->halted = true;
    while (*end != NULL)
        end = &(*end)->next;
    while (account->first != NULL)
        move(account, account->first, &end);
}

/* Prices are told in the currency. */
static void stop_at(struct account *account, enum limit limit, const struct account_call *call,
                    struct news *news)
{
    struct held paid = paid_of(account);
    struct crux_error *sentence = &account->sentence;

    if (account->reason != CRUX_OK)
        return;
    if (limit == CALLS)
        (void)crux_fail(sentence, CRUX_LIMIT, "the limit of %" PRIu64 " calls was reached",
                        account->limits.calls);
    else if (limit == TOKENS)
        (void)crux_fail(sentence, CRUX_LIMIT,
                        "the limit of %" PRIu64 " tokens was reached: %" PRIu64
                        " are paid, and the next call may take %" PRIu64,
                        account->limits.tokens, paid.tokens, call->tokens);
    else
        (void)crux_fail(sentence, CRUX_LIMIT,
                        "the price limit of %.9g was reached: %.9g is paid, and the next call may "
                        "cost %.9g",
                        (double)account->limits.price / 1e9, (double)paid.price / 1e9,
                        (double)call->price / 1e9);
    stop(account, CRUX_LIMIT, news);
}

/* Everybody at the front who fits, or the end. */
static void admit_waiting(struct account *account, struct news *news)
{
    static const struct held nothing = {.calls = 0};
    struct account_call **end = &news->admitted, *call;

    while ((call = account->first) != NULL) {
        enum limit limit = beyond(account, call, &nothing);

        if (limit != FITS) {
            stop_at(account, limit, call, news);
            return;
        }
        if (beyond(account, call, &account->held) != FITS)
            return;
        hold(account, call);
        move(account, call, &end);
    }
}

static void tell(struct account *account, const struct news *news)
{
    struct account_call *next;

    if (news->halted && account->on_halt != NULL)
        account->on_halt(account->context);
    for (struct account_call *call = news->admitted; call != NULL; call = next) {
        next = call->next; /* ready() may free it */
        call->ready(call, CRUX_OK);
    }
    for (struct account_call *call = news->refused; call != NULL; call = next) {
        next = call->next;
        call->ready(call, CRUX_CANCELLED);
    }
}

/* --- calls ----------------------------------------------------------------------------------- */

int account_admit(struct account *account, struct account_call *call)
{
    static const struct held nothing = {.calls = 0};
    struct news news = {.halted = false};
    enum limit limit;
    int status = CRUX_CANCELLED;

    lock(account);
    call->waits = false;
    if (account->reason == CRUX_OK) {
        limit = beyond(account, call, &nothing);
        if (limit != FITS) {
            stop_at(account, limit, call, &news);
        } else if (account->first == NULL && beyond(account, call, &account->held) == FITS) {
            hold(account, call);
            status = CRUX_OK;
        } else {
            append(account, call);
            status = CRUX_PENDING;
        }
    }
    unlock(account);
    tell(account, &news);
    return status;
}

bool account_withdraw(struct account *account, struct account_call *call)
{
    struct news news = {.halted = false};
    bool waited;

    lock(account);
    waited = call->waits;
    if (waited) {
        unlink_call(account, call);
        admit_waiting(account, &news); /* it may have stood before smaller ones */
    }
    unlock(account);
    tell(account, &news);
    return waited;
}

void account_pay(struct account *account, const struct account_call *call,
                 const struct account_sum *paid)
{
    struct news news = {.halted = false};

    lock(account);
    release(account, call);
    if (paid != NULL)
        add(&account->now, paid);
    admit_waiting(account, &news);
    unlock(account);
    tell(account, &news);
}

/* --- the end --------------------------------------------------------------------------------- */

void account_on_halt(struct account *account, void (*on_halt)(void *context), void *context)
{
    lock(account);
    account->on_halt = on_halt;
    account->context = context;
    unlock(account);
}

void account_halt(struct account *account, int status, const char *sentence)
{
    struct news news = {.halted = false};

    lock(account);
    if (account->reason == CRUX_OK)
        (void)crux_fail(&account->sentence, status, "%s", sentence);
    stop(account, status, &news);
    unlock(account);
    tell(account, &news);
}

int account_reason(struct account *account, struct crux_error *error)
{
    int status;

    lock(account);
    status = account->reason;
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "%s", account->sentence.text);
    unlock(account);
    return status;
}

void account_look(struct account *account, struct account_sum *paid, struct account_sum *now)
{
    struct account_sum sum;

    lock(account);
    sum = account->before;
    add(&sum, &account->now);
    if (paid != NULL)
        *paid = sum;
    if (now != NULL)
        *now = account->now;
    unlock(account);
}
