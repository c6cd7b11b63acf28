/*
 * test_account.c - what account.h promises: room, waiting for it, and the end.
 *
 * One thread first. Then many that want more than there is: whatever they do, no limit is ever
 * passed, and every call gets an answer exactly once.
 */
#include "io/account.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct account *account;
static struct crux_error why;
static uint32_t halts;

static void on_halt(void *context)
{
    (void)context;
    halts++;
}

static void open_with(struct account_limits limits)
{
    account_close(account);
    cr_assert_eq(account_open(&account, &limits, &why), CRUX_OK);
    account_on_halt(account, on_halt, NULL);
}

static void tear_down(void)
{
    account_close(account);
}

TestSuite(account, .fini = tear_down, .timeout = 60);

struct caller {
    struct account_call call; /* first: a call is its caller */
    uint32_t reported;
    int status;
};

static void ready(struct account_call *call, int status)
{
    struct caller *caller = (struct caller *)(void *)call;

    caller->reported++;
    caller->status = status;
}

static struct caller caller_of(uint64_t tokens, int64_t price)
{
    return (struct caller){.call = {.tokens = tokens, .price = price, .ready = ready}};
}

static void pay(struct caller *caller, uint64_t tokens, int64_t price)
{
    const struct account_sum sum = {.calls = 1, .samples = 1, .completion = tokens, .price = price};

    account_pay(account, &caller->call, &sum);
}

/* --- room -------------------------------------------------------------------------------- */

/* Without a limit everybody is admitted, and the sums are those of what was paid. */
Test(account, without_limits)
{
    struct account_sum paid, now;
    struct caller a = caller_of(1000000, 1000000), b = a;

    open_with((struct account_limits){.calls = 0});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_OK);
    pay(&a, 30, 5);
    account_pay(account, &b.call, NULL);
    account_look(account, &paid, &now);
    cr_assert_eq(paid.calls, 1U);
    cr_assert_eq(paid.completion, 30U);
    cr_assert_eq(paid.price, 5);
    cr_assert_eq(memcmp(&paid, &now, sizeof now), 0);
    cr_assert_eq(account_reason(account, &why), CRUX_OK);
}

/* A call that would fit later waits until then, and gets one report. */
Test(account, waits_for_what_is_given_back)
{
    struct caller a = caller_of(60, 0), b = caller_of(60, 0);

    open_with((struct account_limits){.tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    cr_assert_eq(b.reported, 0U);
    pay(&a, 40, 0);
    cr_assert_eq(b.reported, 1U);
    cr_assert_eq(b.status, CRUX_OK);
    cr_assert_eq(halts, 0U);
}

/* One that will never fit ends the run. */
Test(account, the_end)
{
    struct caller a = caller_of(60, 0), b = caller_of(60, 0), c = caller_of(1, 0);

    open_with((struct account_limits){.tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    pay(&a, 41, 0);
    cr_assert_eq(b.reported, 1U);
    cr_assert_eq(b.status, CRUX_CANCELLED);
    cr_assert_eq(halts, 1U);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_eq(account_admit(account, &c.call), CRUX_CANCELLED);
    cr_assert_eq(halts, 1U);
}

/* A failed call gives all back. */
Test(account, failures_are_free)
{
    struct caller a = caller_of(100, 0), b = caller_of(100, 0);

    open_with((struct account_limits){.calls = 1, .tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    account_pay(account, &a.call, NULL);
    cr_assert_eq(b.status, CRUX_OK);
    cr_assert_eq(b.reported, 1U);
}

/* A small call does not overtake a big one that waits. */
Test(account, in_order_of_coming)
{
    struct caller a = caller_of(60, 0), big = caller_of(90, 0), small = caller_of(5, 0);

    open_with((struct account_limits){.tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &big.call), CRUX_PENDING);
    cr_assert_eq(account_admit(account, &small.call), CRUX_PENDING);
    pay(&a, 5, 0);
    cr_assert_eq(big.reported, 1U);
    cr_assert_eq(small.reported, 1U);
    cr_assert_eq(small.status, CRUX_OK);
}

/* Who leaves the queue lets those behind it go on, and gets no report. */
Test(account, withdrawn)
{
    struct caller a = caller_of(60, 0), big = caller_of(90, 0), small = caller_of(5, 0);

    open_with((struct account_limits){.tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &big.call), CRUX_PENDING);
    cr_assert_eq(account_admit(account, &small.call), CRUX_PENDING);
    cr_assert(account_withdraw(account, &big.call));
    cr_assert_eq(big.reported, 0U);
    cr_assert_eq(small.reported, 1U);
    cr_assert_not(account_withdraw(account, &big.call));
    cr_assert_not(account_withdraw(account, &small.call));
    cr_assert_not(account_withdraw(account, &a.call));
}

/* Each payer has a sum of its own, with what it paid before; the account has the sum of all. */
Test(account, payers_are_kept_apart)
{
    const struct account_sum before = {.calls = 9, .completion = 400};
    struct caller a = caller_of(0, 0), b = caller_of(0, 0);
    struct account_sum paid;
    uint64_t held;

    open_with((struct account_limits){.calls = 0});
    a.call.payer = account_payer(account, "chat");
    b.call.payer = account_payer(account, "judge");
    cr_assert_eq(account_payer(account, "chat"), a.call.payer);
    account_resume(account, b.call.payer, &before);
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_OK);
    pay(&b, 1, 1);
    account_look_at(account, a.call.payer, &paid, &held);
    cr_assert_eq(paid.calls, 0U);
    cr_assert_eq(held, 1U);
    account_look_at(account, account_payer_at(account, 1), &paid, &held);
    cr_assert_eq(paid.calls, 10U);
    cr_assert_eq(paid.completion, 401U);
    cr_assert_eq(held, 0U);
    account_look(account, &paid, NULL);
    cr_assert_eq(paid.calls, 10U);
    cr_assert_null(account_payer_at(account, 2));
    pay(&a, 1, 1);
}

/* What was paid in earlier sessions counts for limits, not for this session. */
Test(account, resumes)
{
    const struct account_sum before = {.calls = 9, .prompt = 500, .completion = 400, .price = 7};
    struct caller a = caller_of(100, 0), b = caller_of(100, 0);
    struct account_sum paid, now;

    open_with((struct account_limits){.calls = 10});
    account_resume(account, NULL, &before);
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    pay(&a, 1, 1);
    account_look(account, &paid, &now);
    cr_assert_eq(paid.calls, 10U);
    cr_assert_eq(paid.completion, 401U);
    cr_assert_eq(now.calls, 1U);
    cr_assert_eq(account_admit(account, &b.call), CRUX_CANCELLED);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
}

/* The sentence names the limit that was reached. */
Test(account, sentences)
{
    static const struct {
        struct account_limits limits;
        const char *sentence;
    } rows[] = {
        {{.calls = 1}, "the limit of 1 calls was reached"},
        {{.tokens = 70},
         "the limit of 70 tokens was reached: 60 are paid, and the next call may "
         "take 50"},
        {{.price = 1500000000},
         "the price limit of 1.5 was reached: 0.75 is paid, and the next "
         "call may cost 1"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caller a = caller_of(50, 1000000000), b = a;

        open_with(rows[i].limits);
        cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
        pay(&a, 60, 750000000);
        cr_assert_eq(account_admit(account, &b.call), CRUX_CANCELLED);
        cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
        cr_assert_str_eq(why.text, rows[i].sentence);
    }
}

/* Other limits that are reached already end the run at once, though nobody asks for a call: while
 * it is paused nobody does. What still fits a call that costs nothing does not. */
Test(account, lowered_below_what_is_paid)
{
    static const struct {
        struct account_limits limits;
        const char *sentence; /* NULL: it goes on */
    } rows[] = {
        {{.calls = 1}, "the limit of 1 calls was reached: 2 are paid"},
        {{.calls = 2}, "the limit of 2 calls was reached"},
        {{.calls = 3}, NULL},
        {{.tokens = 70}, "the limit of 70 tokens was reached: 120 are paid"},
        {{.tokens = 120}, NULL},
        {{.price = 1000000000}, "the price limit of 1 was reached: 1.5 is paid"},
        {{.price = 1500000000}, NULL},
        {{.calls = 0}, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caller a = caller_of(50, 1), b = a, c = a;

        halts = 0;
        open_with((struct account_limits){.calls = 3});
        cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
        pay(&a, 60, 750000000);
        cr_assert_eq(account_admit(account, &b.call), CRUX_OK);
        pay(&b, 60, 750000000);
        cr_assert_eq(account_admit(account, &c.call), CRUX_OK); /* held back by a pause, say */
        cr_assert_eq(account_limit(account, &rows[i].limits, false),
                     rows[i].sentence != NULL ? CRUX_LIMIT : CRUX_OK);
        cr_assert_eq(halts, rows[i].sentence != NULL ? 1U : 0U);
        cr_assert_eq(account_reason(account, &why),
                     rows[i].sentence != NULL ? CRUX_LIMIT : CRUX_OK);
        if (rows[i].sentence != NULL)
            cr_assert_str_eq(why.text, rows[i].sentence);
        account_pay(account, &c.call, NULL);
    }
}

/* While a run is paused nobody asks for the call that would tell, also where none is out. */
Test(account, lowered_while_paused)
{
    struct caller a = caller_of(50, 1);

    open_with((struct account_limits){.calls = 0});
    cr_assert_eq(account_limit(account, &(struct account_limits){.calls = 1}, true), CRUX_OK);
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    pay(&a, 60, 1);
    cr_assert_eq(account_limit(account, &(struct account_limits){.tokens = 60}, true), CRUX_OK);
    cr_assert_eq(account_limit(account, &(struct account_limits){.tokens = 59}, false), CRUX_OK);
    cr_assert_eq(halts, 0);
    cr_assert_eq(account_limit(account, &(struct account_limits){.tokens = 59}, true), CRUX_LIMIT);
    cr_assert_eq(halts, 1);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_str_eq(why.text, "the limit of 59 tokens was reached: 60 are paid");
}

/* The first reason for an end stays; who waits is turned away. */
Test(account, halted_once)
{
    struct caller a = caller_of(60, 0), b = caller_of(60, 0);

    open_with((struct account_limits){.tokens = 100});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    account_halt(account, CRUX_STORE, "the disk is full");
    account_halt(account, CRUX_INVALID, "no such model");
    cr_assert_eq(b.reported, 1U);
    cr_assert_eq(b.status, CRUX_CANCELLED);
    cr_assert_eq(halts, 1U);
    cr_assert_eq(account_reason(account, &why), CRUX_STORE);
    cr_assert_str_eq(why.text, "the disk is full");
    pay(&a, 10, 0);
}

/* --- many at once -------------------------------------------------------------------------- */

enum { THREADS = 8, CALLS = 400, MOST_TOKENS = 20000 };

struct party {
    struct account_call call; /* first */
    _Atomic uint32_t reported;
    _Atomic int status;
};

static struct party parties[THREADS][CALLS];
static _Atomic uint32_t passed;

static void look_at_limit(void)
{
    struct account_sum paid;

    account_look(account, &paid, NULL);
    if (paid.completion > MOST_TOKENS || paid.calls > 900)
        passed++;
}

static void party_ready(struct account_call *call, int status)
{
    struct party *party = (struct party *)(void *)call;

    party->status = status;
    party->reported++;
}

static void party_pays(struct party *party, uint32_t seed)
{
    const struct account_sum sum = {.calls = 1, .completion = party->call.tokens - seed % 20};

    look_at_limit();
    account_pay(account, &party->call, seed % 7 == 0 ? NULL : &sum);
}

static void *call_often(void *context)
{
    struct party *mine = context;
    uint32_t seed = (uint32_t)(mine - &parties[0][0]) + 1;

    for (int i = 0; i < CALLS; i++) {
        struct party *party = &mine[i];
        int status;

        seed = seed * 1664525 + 1013904223;
        party->call = (struct account_call){.tokens = 20 + (seed >> 16) % 80, .ready = party_ready};
        status = account_admit(account, &party->call);
        if (status == CRUX_PENDING && seed % 5 == 0 && account_withdraw(account, &party->call)) {
            status = CRUX_CANCELLED;
        } else if (status == CRUX_PENDING) {
            while (party->reported == 0)
                look_at_limit();
            status = party->status;
        }
        if (status == CRUX_OK)
            party_pays(party, seed >> 8);
    }
    return NULL;
}

/* Limits hold at every moment, and nobody waits for ever. */
Test(account, limits_are_hard)
{
    pthread_t threads[THREADS];
    struct account_sum paid;

    open_with((struct account_limits){.calls = 900, .tokens = MOST_TOKENS});
    for (int i = 0; i < THREADS; i++)
        (void)pthread_create(&threads[i], NULL, call_often, parties[i]);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    account_look(account, &paid, NULL);
    cr_assert_eq(passed, 0U);
    cr_assert_leq(paid.completion, MOST_TOKENS);
    cr_assert_gt(paid.completion, MOST_TOKENS - 100);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_eq(halts, 1U);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < CALLS; j++)
            cr_assert_leq(parties[i][j].reported, 1U);
}

/* --- other limits --------------------------------------------------------------------------- */

/* What waits and fits now is admitted; and what does not fit any more is the end. */
Test(account, limits_change)
{
    struct caller a = caller_of(10, 0), b = a, c = a, d = a;
    struct account_limits now;

    open_with((struct account_limits){.tokens = 15});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    account_limit(account, &(struct account_limits){.tokens = 25}, false);
    cr_expect_eq(b.reported, 1);
    cr_expect_eq(b.status, CRUX_OK);
    account_limited(account, &now);
    cr_expect_eq(now.tokens, 25);
    pay(&a, 10, 0);
    pay(&b, 10, 0);
    account_limit(account, &(struct account_limits){.tokens = 5}, false);
    cr_expect_eq(halts, 0, "there is no call that would pass it, and the run may be at its end");
    cr_expect_eq(account_admit(account, &c.call), CRUX_CANCELLED);
    cr_expect_eq(halts, 1);
    cr_expect_eq(account_limit(account, &(struct account_limits){.tokens = 5}, true), CRUX_OK);
    cr_expect_eq(halts, 1, "once");
    account_limit(account, &(struct account_limits){.tokens = 0}, false);
    cr_expect_eq(account_admit(account, &d.call), CRUX_CANCELLED, "what has ended has ended");
    cr_expect_eq(account_reason(account, &why), CRUX_LIMIT);
}

/* One that waits is turned away when it could not fit even if all others took nothing. */
Test(account, a_lower_limit_turns_away)
{
    struct caller a = caller_of(10, 0), b = caller_of(8, 0);

    open_with((struct account_limits){.tokens = 15});
    cr_assert_eq(account_admit(account, &a.call), CRUX_OK);
    cr_assert_eq(account_admit(account, &b.call), CRUX_PENDING);
    account_limit(account, &(struct account_limits){.tokens = 7}, false);
    cr_expect_eq(b.reported, 1);
    cr_expect_eq(b.status, CRUX_CANCELLED);
    cr_expect_eq(halts, 1);
    pay(&a, 1, 0);
}

/* A wish is no reason when something has gone wrong after it; and it takes no other's place. */
Test(account, a_wish_gives_way)
{
    open_with((struct account_limits){.calls = 1});
    account_halt(account, CRUX_STOPPED, "enough");
    cr_expect_eq(account_reason(account, &why), CRUX_STOPPED);
    account_halt(account, CRUX_STORE, "the disk is full");
    account_halt(account, CRUX_STOPPED, "enough");
    account_halt(account, CRUX_INVALID, "too late");
    cr_expect_eq(account_reason(account, &why), CRUX_STORE);
    cr_expect_str_eq(why.text, "the disk is full");
    cr_expect_eq(halts, 1);
}
