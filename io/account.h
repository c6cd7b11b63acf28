/*
 * account.h - what a run has paid, what it may still pay, and why it had to stop.
 *
 *     account_admit()  the worst case of a call is set aside, or the call waits for room
 *     account_pay()    what it really took is paid, the rest is free again
 *
 * A call is one request to a model that may be billed. What is told of its cost is paid, whatever
 * becomes of the reply; where nothing is told, its worst case: it was cancelled, late or cut off,
 * or its reply names no tokens. Only one that cannot have been billed (it was never sent, or turned
 * away) pays nothing. Asking once more is another call. What earlier sessions of the run have paid
 * counts too (account_resume()); what the ledger answers is free.
 *
 * Limits are hard: paid + set aside never passes one of them, as long as calls stay within
 * their worst case. A call that would fit if those in flight took nothing waits for what they
 * give back, in order of coming. One that would not fit even then is the end of the
 * run: so a limit is used up as far as whole calls go.
 *
 * The end. What finds out that the run cannot go on says so with account_halt(). The first
 *     reason stays, but that somebody has wished it (CRUX_STOPPED) gives way to what went wrong
 *     after that. Nothing is admitted any more, calls that wait are turned away, and on_halt is
 *     called, once: crux_backends_watch() has put crux_stop() there, and the reason is asked
 *     for when the search has ended.
 *
 * Threads.  Any, at any time; one short lock. ready() and on_halt() run on the thread that
 *           made room or called the halt, without the lock.
 */
#ifndef IO_ACCOUNT_H
#define IO_ACCOUNT_H

#include "search/crux.h"

struct account_sum {
    uint64_t calls, samples;
    uint64_t prompt, cached, completion, reasoning; /* tokens; cached is a part of prompt,
                                                       reasoning of completion */
    int64_t price;
};

/* 0: no limit. Tokens are those of prompt and completion. */
struct account_limits {
    uint64_t calls, tokens;
    int64_t price;
};

/* A payer is a backend, by its name: the account keeps what each has paid apart, and adds them up.
 * Limits hold over all of them. It lives as long as the account. */
struct account_payer;

/* A call that wants to be made; part of its owner's record. */
struct account_call {
    struct account_payer *payer; /* NULL: it counts in the sum only */
    uint64_t tokens;             /* its worst case */
    int64_t price;
    void (*ready)(struct account_call *call, int status); /* CRUX_OK, or CRUX_CANCELLED */

    struct account_call *next, *previous; /* the account's */
    bool waits;
};

struct account;

int account_open(struct account **out, const struct account_limits *limits,
                 struct crux_error *error);
void account_close(struct account *account); /* NULL is fine */

/* The payer of that name, made when there is none. NULL: no memory. */
struct account_payer *account_payer(struct account *account, const char *name);

/* The index-th payer, in order of their making; NULL after the last. */
struct account_payer *account_payer_at(struct account *account, size_t index);
const char *account_payer_name(const struct account_payer *payer);

/* What a payer has paid before (NULL: in the sum only), added to what is known; before the first
 * call. */
void account_resume(struct account *account, struct account_payer *payer,
                    const struct account_sum *paid);

/* CRUX_OK: it may be made, and is answered by one account_pay(). CRUX_PENDING: ready() will say.
 * CRUX_CANCELLED: the run ends, here or before. */
int account_admit(struct account *account, struct account_call *call);

/* True: it does not wait any more, and nothing needs to be paid. False: it did not wait. */
bool account_withdraw(struct account *account, struct account_call *call);

/* NULL: it cost nothing. */
void account_pay(struct account *account, const struct account_call *call,
                 const struct account_sum *paid);

/* What was paid before is known better now: was goes, is comes. payer NULL: in the sum only. */
void account_correct(struct account *account, struct account_payer *payer,
                     const struct account_sum *was, const struct account_sum *is);

/* Other limits from now on: calls that wait and fit now are admitted, and those that were admitted
 * stay so. CRUX_LIMIT: the run ends now, since not even a call that costs nothing fits behind what
 * is paid. That is so where calls are out or wait to be sent, or the run is paused, so that nobody
 * asks for one; else it may be at its end, and the next call ends it, if there is any. A limit that
 * has ended the run is no more to be changed. */
int account_limit(struct account *account, const struct account_limits *limits, bool paused);
void account_limited(struct account *account, struct account_limits *out);

void account_on_halt(struct account *account, void (*on_halt)(void *context), void *context);
void account_halt(struct account *account, int status, const char *sentence);

/* CRUX_OK: the run may go on. Else its status and sentence: CRUX_LIMIT or negative. */
int account_reason(struct account *account, struct crux_error *error);

/* paid by the whole run; now: by this session. Both may be NULL. */
void account_look(struct account *account, struct account_sum *paid, struct account_sum *now);

/* Paid by one payer over the whole run; held: its calls that are admitted and have not paid yet. */
void account_look_at(struct account *account, const struct account_payer *payer,
                     struct account_sum *paid, uint64_t *held);

#endif
