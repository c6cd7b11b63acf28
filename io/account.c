/*
 * account.c - the account of a run: what was paid, by payer; what is set aside for calls in
 * flight; and the queue of calls that wait for room below a limit.
 *
 * ready() is called without the lock, so calls that now fit are first moved to a list of their own.
 * Only the first call in the queue is ever looked at: a small call must not overtake a big one,
 * or the big one might wait for ever.
 */
#include "io/account.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct account_payer {
    struct account_payer *next;
    char *name;
    struct account_sum paid;
    uint64_t held; /* calls */
};

struct held {
    uint64_t calls, tokens;
    int64_t price;
};

struct account {
    pthread_mutex_t lock;
    struct account_limits limits;
    struct account_sum before, now; /* paid by earlier sessions, and by this one */
    struct account_payer *payers;
    struct held held; /* set aside for calls in flight */
    struct account_call *first;
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
    struct account_payer *payer, *next;

    if (account == NULL)
        return;
    LL_FOREACH_SAFE (account->payers, payer, next) {
        free(payer->name);
        free(payer);
    }
    (void)pthread_mutex_destroy(&account->lock);
    free(account);
}

static void lock_account(struct account *account)
{
    (void)pthread_mutex_lock(&account->lock);
}

static void unlock_account(struct account *account)
{
    (void)pthread_mutex_unlock(&account->lock);
}

static void add_sum(struct account_sum *sum, const struct account_sum *more)
{
    sum->calls += more->calls;
    sum->samples += more->samples;
    sum->prompt += more->prompt;
    sum->cached += more->cached;
    sum->completion += more->completion;
    sum->reasoning += more->reasoning;
    sum->price += more->price;
}

/* Modulo 2^64, like all sums here: only what it all comes to has to be right. */
static void take_sum(struct account_sum *sum, const struct account_sum *less)
{
    sum->calls -= less->calls;
    sum->samples -= less->samples;
    sum->prompt -= less->prompt;
    sum->cached -= less->cached;
    sum->completion -= less->completion;
    sum->reasoning -= less->reasoning;
    sum->price -= less->price;
}

/* --- payers -------------------------------------------------------------------------------- */

static struct account_payer *new_payer(const char *name)
{
    struct account_payer *payer = calloc(1, sizeof *payer);

    if (payer == NULL)
        return NULL;
    payer->name = strdup(name);
    if (payer->name == NULL) {
        free(payer);
        return NULL;
    }
    return payer;
}

struct account_payer *account_payer(struct account *account, const char *name)
{
    struct account_payer *payer;

    lock_account(account);
    LL_FOREACH (account->payers, payer)
        if (strcmp(payer->name, name) == 0)
            break;
    if (payer == NULL && (payer = new_payer(name)) != NULL)
        LL_APPEND(account->payers, payer);
    unlock_account(account);
    return payer;
}

struct account_payer *account_payer_at(struct account *account, size_t index)
{
    struct account_payer *payer;

    lock_account(account);
    LL_FOREACH (account->payers, payer)
        if (index-- == 0)
            break;
    unlock_account(account);
    return payer;
}

const char *account_payer_name(const struct account_payer *payer)
{
    return payer->name;
}

void account_resume(struct account *account, struct account_payer *payer,
                    const struct account_sum *paid)
{
    lock_account(account);
    add_sum(&account->before, paid);
    if (payer != NULL)
        add_sum(&payer->paid, paid);
    unlock_account(account);
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

/* The limit that the call would pass, with what is paid and set aside. */
static enum limit limit_beyond(const struct account *account, const struct account_call *call,
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

static void account_hold(struct account *account, const struct account_call *call)
{
    account->held.calls += 1;
    account->held.tokens += call->tokens;
    account->held.price += call->price;
    if (call->payer != NULL)
        call->payer->held++;
}

static void unhold(struct account *account, const struct account_call *call)
{
    account->held.calls -= 1;
    account->held.tokens -= call->tokens;
    account->held.price -= call->price;
    if (call->payer != NULL)
        call->payer->held--;
}

/* --- the queue of calls --------------------------------------------------------------------- */

static void await_room(struct account *account, struct account_call *call)
{
    call->waits = true;
    DL_APPEND2(account->first, call, previous, next);
}

static void unlink_call(struct account *account, struct account_call *call)
{
    assert(call->waits);
    DL_DELETE2(account->first, call, previous, next);
    call->waits = false;
}

/* What has to be done after the lock is given back. */
struct news {
    struct account_call *admitted, *refused; /* linked by next */
    bool halted;                             /* just now */
};

static void move_waiting(struct account *account, struct account_call *call,
                         struct account_call ***end)
{
    unlink_call(account, call);
    call->next = NULL;
    **end = call;
    *end = &call->next;
}

/* What may become the reason of the end. */
static bool account_may_end(const struct account *account, int status)
{
    return account->reason == CRUX_OK ||
           (account->reason == CRUX_STOPPED && status != CRUX_STOPPED);
}

/* The first reason stays, but for a mere wish. */
static void stop_account(struct account *account, int status, struct news *news)
{
    struct account_call **end = &news->refused;

    if (!account_may_end(account, status))
        return;
    if (account->reason == CRUX_STOPPED) {
        account->reason = status; /* all have been told that it ends */
        return;
    }
    account->reason = status;
    news->halted = true;
    while (*end != NULL)
        end = &(*end)->next;
    while (account->first != NULL)
        move_waiting(account, account->first, &end);
}

/* The sentence names prices in the currency. call NULL: not even one that costs nothing fits. */
static void say_limit(struct account *account, enum limit limit, const struct account_call *call)
{
    struct crux_error *sentence = &account->sentence;
    struct held paid = paid_of(account);
    char more[64] = "";

    if (limit == CALLS) {
        if (paid.calls > account->limits.calls)
            (void)snprintf(more, sizeof more, ": %" PRIu64 " are paid", paid.calls);
        (void)crux_fail(sentence, CRUX_LIMIT, "the limit of %" PRIu64 " calls was reached%s",
                        account->limits.calls, more);
    } else if (limit == TOKENS) {
        if (call != NULL)
            (void)snprintf(more, sizeof more, ", and the next call may take %" PRIu64,
                           call->tokens);
        (void)crux_fail(sentence, CRUX_LIMIT,
                        "the limit of %" PRIu64 " tokens was reached: %" PRIu64 " are paid%s",
                        account->limits.tokens, paid.tokens, more);
    } else {
        if (call != NULL)
            (void)snprintf(more, sizeof more, ", and the next call may cost %.9g",
                           (double)call->price / 1e9);
        (void)crux_fail(sentence, CRUX_LIMIT, "the price limit of %.9g was reached: %.9g is paid%s",
                        (double)account->limits.price / 1e9, (double)paid.price / 1e9, more);
    }
}

static void stop_at_limit(struct account *account, enum limit limit,
                          const struct account_call *call, struct news *news)
{
    if (account->reason != CRUX_OK)
        return;
    say_limit(account, limit, call);
    stop_account(account, CRUX_LIMIT, news);
}

/* Let calls at the front of the queue go as long as they fit. When the run ends: all of them. */
static void admit_waiting(struct account *account, struct news *news)
{
    static const struct held nothing = {.calls = 0};
    struct account_call **end = &news->admitted, *call;

    while ((call = account->first) != NULL) {
        enum limit limit = limit_beyond(account, call, &nothing);

        if (limit != FITS) {
            stop_at_limit(account, limit, call, news);
            return;
        }
        if (limit_beyond(account, call, &account->held) != FITS)
            return;
        account_hold(account, call);
        move_waiting(account, call, &end);
    }
}

static void spread_news(struct account *account, const struct news *news)
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

    lock_account(account);
    call->waits = false;
    if (account->reason == CRUX_OK) {
        limit = limit_beyond(account, call, &nothing);
        if (limit != FITS) {
            stop_at_limit(account, limit, call, &news);
        } else if (account->first == NULL && limit_beyond(account, call, &account->held) == FITS) {
            account_hold(account, call);
            status = CRUX_OK;
        } else {
            await_room(account, call);
            status = CRUX_PENDING;
        }
    }
    unlock_account(account);
    spread_news(account, &news);
    return status;
}

bool account_withdraw(struct account *account, struct account_call *call)
{
    struct news news = {.halted = false};
    bool waited;

    lock_account(account);
    waited = call->waits;
    if (waited) {
        unlink_call(account, call);
        admit_waiting(account, &news); /* it may have stood before smaller ones */
    }
    unlock_account(account);
    spread_news(account, &news);
    return waited;
}

void account_pay(struct account *account, const struct account_call *call,
                 const struct account_sum *paid)
{
    struct news news = {.halted = false};

    lock_account(account);
    unhold(account, call);
    if (paid != NULL)
        add_sum(&account->now, paid);
    if (paid != NULL && call->payer != NULL)
        add_sum(&call->payer->paid, paid);
    admit_waiting(account, &news);
    unlock_account(account);
    spread_news(account, &news);
}

void account_correct(struct account *account, struct account_payer *payer,
                     const struct account_sum *was, const struct account_sum *is)
{
    struct news news = {.halted = false};

    lock_account(account);
    take_sum(&account->before, was); /* of the two, only their sum is looked at for limits */
    add_sum(&account->before, is);
    if (payer != NULL) {
        take_sum(&payer->paid, was);
        add_sum(&payer->paid, is);
    }
    admit_waiting(account, &news);
    unlock_account(account);
    spread_news(account, &news);
}

/* --- other limits -------------------------------------------------------------------------- */

/* Where no call at all fits any more, those that are set aside are beyond the limit, and while a
 * run is paused no other would come to tell. */
int account_limit(struct account *account, const struct account_limits *limits, bool paused)
{
    static const struct account_call least = {.tokens = 0};
    static const struct held nothing = {.calls = 0};
    struct news news = {.halted = false};
    enum limit limit;
    int status;

    lock_account(account);
    account->limits = *limits;
    limit = limit_beyond(account, &least, &nothing);
    if (limit != FITS && (paused || account->held.calls > 0))
        stop_at_limit(account, limit, NULL, &news);
    else if (account->reason == CRUX_OK)
        admit_waiting(account, &news);
    status = news.halted ? CRUX_LIMIT : CRUX_OK;
    unlock_account(account);
    spread_news(account, &news);
    return status;
}

void account_limited(struct account *account, struct account_limits *out)
{
    lock_account(account);
    *out = account->limits;
    unlock_account(account);
}

/* --- the end --------------------------------------------------------------------------------- */

void account_on_halt(struct account *account, void (*on_halt)(void *context), void *context)
{
    lock_account(account);
    account->on_halt = on_halt;
    account->context = context;
    unlock_account(account);
}

void account_halt(struct account *account, int status, const char *sentence)
{
    struct news news = {.halted = false};

    lock_account(account);
    if (account_may_end(account, status))
        (void)crux_fail(&account->sentence, status, "%s", sentence);
    stop_account(account, status, &news);
    unlock_account(account);
    spread_news(account, &news);
}

int account_reason(struct account *account, struct crux_error *error)
{
    int status;

    lock_account(account);
    status = account->reason;
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "%s", account->sentence.text);
    unlock_account(account);
    return status;
}

void account_look(struct account *account, struct account_sum *paid, struct account_sum *now)
{
    struct account_sum sum;

    lock_account(account);
    sum = account->before;
    add_sum(&sum, &account->now);
    if (paid != NULL)
        *paid = sum;
    if (now != NULL)
        *now = account->now;
    unlock_account(account);
}

void account_look_at(struct account *account, const struct account_payer *payer,
                     struct account_sum *paid, uint64_t *held)
{
    lock_account(account);
    *paid = payer->paid;
    *held = payer->held;
    unlock_account(account);
}
