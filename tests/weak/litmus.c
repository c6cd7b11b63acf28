/*
 * litmus.c - does the scheduler show what C11 allows, and nothing that it forbids?
 *
 * Each litmus is a few threads, what they read, and the list of all results there may be
 * (its digits are the registers). The set found must be that list exactly: with executions
 * that are alike left out, and without. Then faults that must be found, the relaxed publish
 * among them, which ThreadSanitizer and x86 do not show.
 */
#include "tests/weak/weak.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define RESULTS      100u
#define RESULTS_MOST 17u

static _Atomic uint32_t x, y;
static uint32_t plain;
static uint32_t r[4]; /* registers: a thread writes its own */
static sem_t semaphore;
static pthread_mutex_t mutex;
static bool found[RESULTS * RESULTS];

static void setup(uint32_t what)
{
    (void)what;
    atomic_store(&x, 0);
    atomic_store(&y, 0);
    plain = 0;
    memset(r, 0, sizeof r);
    (void)sem_init(&semaphore, 0, 0);
    (void)pthread_mutex_init(&mutex, NULL);
}

static void judge(uint32_t what)
{
    (void)what;
    found[r[0] * 1000 + r[1] * 100 + r[2] * 10 + r[3]] = true;
}

#define THREAD(name, ...)                                                                          \
    static void name(uint32_t thread)                                                              \
    {                                                                                              \
        (void)thread;                                                                              \
        __VA_ARGS__;                                                                               \
    }
#define LOAD(at, order)         atomic_load_explicit(&(at), memory_order_##order)
#define STORE(at, value, order) atomic_store_explicit(&(at), value, memory_order_##order)
#define ADD(at, value, order)   atomic_fetch_add_explicit(&(at), value, memory_order_##order)

/* Store buffering, message passing, causality, independent reads of independent writes. */
THREAD(sb_1, STORE(x, 1, release); r[2] = LOAD(y, acquire))
THREAD(sb_2, STORE(y, 1, release); r[3] = LOAD(x, acquire))
THREAD(sb_sc_1, STORE(x, 1, seq_cst); r[2] = LOAD(y, seq_cst))
THREAD(sb_sc_2, STORE(y, 1, seq_cst); r[3] = LOAD(x, seq_cst))
THREAD(sb_add_1, ADD(x, 1, acq_rel); r[2] = LOAD(y, seq_cst))
THREAD(sb_add_2, ADD(y, 1, seq_cst); r[3] = LOAD(x, seq_cst))
THREAD(write_relaxed, STORE(x, 1, relaxed); STORE(y, 1, relaxed))
THREAD(write_release, STORE(x, 1, relaxed); STORE(y, 1, release))
THREAD(read_relaxed, r[2] = LOAD(y, relaxed); r[3] = LOAD(x, relaxed))
THREAD(read_acquire, r[2] = LOAD(y, acquire); r[3] = LOAD(x, relaxed))
THREAD(pass_on_relaxed, r[1] = LOAD(x, relaxed); STORE(y, r[1], relaxed))
THREAD(pass_on, r[1] = LOAD(x, acquire); STORE(y, r[1], release))
THREAD(only_x_relaxed, STORE(x, 1, relaxed))
THREAD(only_x, STORE(x, 1, release))
THREAD(only_y, STORE(y, 1, release))
THREAD(only_x_sc, STORE(x, 1, seq_cst))
THREAD(only_y_sc, STORE(y, 1, seq_cst))
THREAD(x_then_y, r[0] = LOAD(x, acquire); r[1] = LOAD(y, acquire))
THREAD(y_then_x, r[2] = LOAD(y, acquire); r[3] = LOAD(x, acquire))
THREAD(x_then_y_sc, r[0] = LOAD(x, seq_cst); r[1] = LOAD(y, seq_cst))
THREAD(y_then_x_sc, r[2] = LOAD(y, seq_cst); r[3] = LOAD(x, seq_cst))

/* Coherence: who has seen the new one does not see the old one again. */
THREAD(x_twice, STORE(x, 1, relaxed); STORE(x, 2, relaxed))
THREAD(look_twice, r[2] = LOAD(x, relaxed); r[3] = LOAD(x, relaxed))

/* Two additions are two, and a release goes on through somebody else's addition. */
THREAD(add, (void)ADD(x, 1, relaxed))
THREAD(add_y, (void)ADD(y, 1, relaxed))
THREAD(look_after_both, r[2] = LOAD(y, acquire); r[3] = LOAD(x, relaxed))

/* A weak compare_exchange may fail for nothing, a strong one may not. */
static void exchange_weak(uint32_t thread)
{
    uint32_t expected = 0;

    (void)thread;
    r[3] = atomic_compare_exchange_weak(&x, &expected, 1);
}
static void exchange_strong(uint32_t thread)
{
    uint32_t expected = 0;

    (void)thread;
    r[3] = atomic_compare_exchange_strong(&x, &expected, 1);
}
static void exchange_other(uint32_t thread)
{
    uint32_t expected = 0;

    (void)thread;
    r[2] = atomic_compare_exchange_strong(&x, &expected, 2);
}

/* What is not shown: load buffering would add 1 1. */
THREAD(lb_1, r[2] = LOAD(x, relaxed); STORE(y, 1, relaxed))
THREAD(lb_2, r[3] = LOAD(y, relaxed); STORE(x, 1, relaxed))

static const struct litmus {
    const char *name;
    void (*threads[WEAK_THREADS])(uint32_t);
    uint16_t results[RESULTS_MOST]; /* digits; 9999 ends */
} litmuses[] = {
    {"store buffering", {sb_1, sb_2}, {0, 1, 10, 11, 9999}},
    {"store buffering, seq_cst", {sb_sc_1, sb_sc_2}, {1, 10, 11, 9999}},
    {"store buffering, one addition acq_rel", {sb_add_1, sb_add_2}, {0, 1, 10, 11, 9999}},
    {"message passing, relaxed", {write_relaxed, read_relaxed}, {0, 1, 10, 11, 9999}},
    {"message passing, relaxed load", {write_release, read_relaxed}, {0, 1, 10, 11, 9999}},
    {"message passing, relaxed store", {write_relaxed, read_acquire}, {0, 1, 10, 11, 9999}},
    {"message passing", {write_release, read_acquire}, {0, 1, 11, 9999}},
    {"causality, relaxed",
     {only_x_relaxed, pass_on_relaxed, read_relaxed},
     {0, 1, 100, 101, 110, 111, 9999}},
    {"causality", {only_x, pass_on, read_acquire}, {0, 1, 100, 101, 111, 9999}},
    {"coherence", {x_twice, look_twice}, {0, 1, 2, 11, 12, 22, 9999}},
    {"independent reads",
     {only_x, only_y, x_then_y, y_then_x},
     {0, 1, 10, 11, 100, 101, 110, 111, 1000, 1001, 1010, 1011, 1100, 1101, 1110, 1111, 9999}},
    {"release goes on", {write_release, add_y, look_after_both}, {0, 1, 10, 11, 21, 9999}},
    {"compare_exchange weak", {exchange_weak}, {0, 1, 9999}},
    {"compare_exchange strong", {exchange_strong}, {1, 9999}},
    {"compare_exchange by two", {exchange_strong, exchange_other}, {1, 10, 9999}},
    {"load buffering is not shown", {lb_1, lb_2}, {0, 1, 10, 9999}},
};

static int broken;

static void expect(bool holds, const char *name, const char *promise)
{
    broken += !holds;
    if (!holds)
        (void)printf("broken: %s: %s\n", name, promise);
}

static struct weak_report explore(const char *name, void (*const threads[WEAK_THREADS])(uint32_t),
                                  uint32_t preemptions)
{
    struct weak_scene scene = {name, 0, setup, {0}, judge, preemptions, WEAK_ALWAYS};

    memcpy(scene.threads, threads, sizeof scene.threads);
    memset(found, 0, sizeof found);
    return weak_explore(&scene);
}

/* The results that were found are those of the list. */
static bool as_listed(const uint16_t *results)
{
    bool listed[RESULTS * RESULTS] = {false};

    for (; *results != 9999; results++)
        listed[*results] = true;
    return memcmp(listed, found, sizeof found) == 0;
}

static void try_litmus(const struct litmus *litmus)
{
    struct weak_report few = explore(litmus->name, litmus->threads, WEAK_ALL), all;

    expect(few.fault == NULL, litmus->name, few.fault);
    expect(as_listed(litmus->results), litmus->name, "results are those that are allowed");
    all = explore(litmus->name, litmus->threads, 1000);
    expect(as_listed(litmus->results), litmus->name, "also when nothing is left out");
    expect(few.executions <= all.executions, litmus->name, "fewer executions");
    (void)printf("%-40s %6llu executions of %6llu\n", litmus->name,
                 (unsigned long long)few.executions, (unsigned long long)all.executions);
}

/* Of the 16 results one is missing: two readers who disagree on what came first. */
static void try_independent_reads_sc(void)
{
    void (*const threads[WEAK_THREADS])(uint32_t) = {only_x_sc, only_y_sc, x_then_y_sc,
                                                     y_then_x_sc};

    (void)explore("independent reads, seq_cst", threads, WEAK_ALL);
    expect(!found[1010], "independent reads, seq_cst", "both readers see the same order");
    expect(found[1011] && found[1110] && found[0] && found[1111], "independent reads, seq_cst",
           "everything else is there");
}

/* --- faults --------------------------------------------------------------------- */

THREAD(plain_write_release, plain = 1; STORE(y, 1, release))
THREAD(plain_write_relaxed, plain = 1; STORE(y, 1, relaxed))
THREAD(plain_read, if (LOAD(y, acquire) == 1) r[3] = plain)
THREAD(plain_read_relaxed, if (LOAD(y, relaxed) == 1) r[3] = plain)
THREAD(plain_write, plain = 2)
THREAD(plain_add_locked, (void)pthread_mutex_lock(&mutex); plain++;
       (void)pthread_mutex_unlock(&mutex))
THREAD(plain_post, plain = 1; (void)sem_post(&semaphore))
THREAD(plain_wait, (void)sem_wait(&semaphore); r[3] = plain)
THREAD(wait_only, (void)sem_wait(&semaphore))
THREAD(spin, while (LOAD(y, relaxed) == 0)(void) sched_yield())

/* A family of children is published by its flag; the count is an atomic of its own. */
THREAD(publish_relaxed, STORE(x, 3, relaxed); STORE(y, 1, relaxed))
THREAD(publish, STORE(x, 3, relaxed); STORE(y, 1, release))
THREAD(walk, if (LOAD(y, acquire) == 1) weak_expect(LOAD(x, relaxed) == 3, "whole families"))

/* Who loses a compare_exchange reads what the winner published, by the failure order. */
static void take_or_read(memory_order failure)
{
    uint32_t expected = 0;

    if (failure == memory_order_acquire
            ? atomic_compare_exchange_strong_explicit(&x, &expected, 1, memory_order_acq_rel,
                                                      memory_order_acquire)
            : atomic_compare_exchange_strong_explicit(&x, &expected, 1, memory_order_acq_rel,
                                                      memory_order_relaxed))
        return;
    r[3] = plain;
}
THREAD(put, plain = 1; STORE(x, 2, release))
THREAD(lose_acquire, take_or_read(memory_order_acquire))
THREAD(lose_relaxed, take_or_read(memory_order_relaxed))

static const struct planted {
    const char *name;
    void (*threads[WEAK_THREADS])(uint32_t);
    const char *fault; /* how it begins; NULL: there is none */
} planted[] = {
    {"publish with release", {publish, walk}, NULL},
    {"publish relaxed", {publish_relaxed, walk}, "broken: whole families"},
    {"plain data, ordered", {plain_write_release, plain_read}, NULL},
    {"plain data, store relaxed", {plain_write_relaxed, plain_read}, "race"},
    {"plain data, load relaxed", {plain_write_release, plain_read_relaxed}, "race"},
    {"two plain writes", {plain_write, plain_write_relaxed}, "race"},
    {"failure acquires", {put, lose_acquire}, NULL},
    {"failure relaxed", {put, lose_relaxed}, "race"},
    {"mutex", {plain_add_locked, plain_add_locked}, NULL},
    {"semaphore", {plain_post, plain_wait}, NULL},
    {"a semaphore that nobody posts", {wait_only, plain_write}, "thread 1 waits"},
    {"one post for two", {plain_post, wait_only, wait_only}, "thread"},
    {"spinning on what comes", {write_relaxed, spin}, NULL},
    {"spinning on what never comes", {only_x, spin}, "thread 2 spins"},
};

static void try_planted(const struct planted *bug, uint32_t preemptions)
{
    struct weak_report report = explore(bug->name, bug->threads, preemptions);

    if (bug->fault == NULL)
        expect(report.fault == NULL, bug->name, report.fault);
    else
        expect(report.fault != NULL && strncmp(report.fault, bug->fault, strlen(bug->fault)) == 0,
               bug->name, "the fault is found");
    expect(report.executions < 100, bug->name, "within 100 executions");
}

/* Two threads that never meet are run once, and three that do in all their orders. */
static void try_counts(void)
{
    void (*const apart[WEAK_THREADS])(uint32_t) = {add, add_y};
    void (*const together[WEAK_THREADS])(uint32_t) = {add, add, add};
    struct weak_report report = explore("apart", apart, WEAK_ALL);

    expect(report.executions == 1, "apart", "one execution");
    report = explore("together", together, WEAK_ALL);
    expect(report.executions == 6, "together", "six orders");
    expect(atomic_load(&x) == 3, "together", "no addition is lost");
}

int main(void)
{
    for (size_t i = 0; i < sizeof litmuses / sizeof *litmuses; i++)
        try_litmus(&litmuses[i]);
    try_independent_reads_sc();
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        try_planted(&planted[i], WEAK_ALL);
        try_planted(&planted[i], 1000);
    }
    try_counts();
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
