/*
 * stress_ready.c - what is put into a ready set is taken out exactly once.
 *
 * Runs under ThreadSanitizer. Half of the threads add their own numbers over and
 * over, each again only after it was taken; the others take. Main judges after the join.
 *
 *     stress_ready [ROUNDS]
 */
#include "search/ready.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBERS      200u
#define THREADS_MOST 64u

static struct ready ready;
static _Atomic uint32_t inside[NUMBERS]; /* 1: in the set */
static uint32_t plain[NUMBERS];          /* written by the adder, read by the taker */
static _Atomic uint64_t added, taken, doubled, wanted;
static _Atomic uint32_t adders; /* that have not ended */

static void *add(void *context)
{
    uint32_t from = *(const uint32_t *)context, step = 0;

    while (atomic_load(&added) < atomic_load(&wanted)) {
        uint32_t number = (from + step++ * 7) % NUMBERS, out = 0;

        if (!atomic_compare_exchange_strong(&inside[number], &out, 1)) {
            (void)sched_yield();
            continue;
        }
        plain[number] = from;
        atomic_fetch_add(&added, 1);
        if (!ready_add(&ready, number))
            atomic_fetch_add(&doubled, 1);
    }
    atomic_fetch_sub(&adders, 1);
    return NULL;
}

static void *take(void *context)
{
    uint64_t *sum = context;

    for (;;) {
        bool over = atomic_load(&adders) == 0 && atomic_load(&taken) == atomic_load(&added);
        uint32_t number = over ? READY_NONE : ready_take(&ready);

        if (over)
            return NULL;
        if (number == READY_NONE) {
            (void)sched_yield();
            continue;
        }
        *sum += plain[number];
        if (atomic_exchange(&inside[number], 0) != 1)
            atomic_fetch_add(&doubled, 1);
        atomic_fetch_add(&taken, 1);
    }
}

static int together(uint32_t threads, uint64_t rounds)
{
    pthread_t thread[THREADS_MOST];
    uint32_t from[THREADS_MOST];
    uint64_t sums[THREADS_MOST] = {0};
    bool holds;

    if (!ready_open(&ready, NUMBERS))
        return 1;
    atomic_store(&added, 0);
    atomic_store(&taken, 0);
    atomic_store(&doubled, 0);
    atomic_store(&wanted, rounds);
    atomic_store(&adders, (threads + 1) / 2);
    for (uint32_t i = 0; i < threads; i++) {
        from[i] = i;
        (void)pthread_create(&thread[i], NULL, i % 2 == 0 ? add : take,
                             i % 2 == 0 ? (void *)&from[i] : (void *)&sums[i]);
    }
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_join(thread[i], NULL);
    holds = atomic_load(&doubled) == 0 && atomic_load(&taken) == atomic_load(&added) &&
            ready_take(&ready) == READY_NONE;
    if (!holds)
        (void)printf("broken with %u threads: %llu added, %llu taken, %llu twice\n", threads,
                     (unsigned long long)atomic_load(&added),
                     (unsigned long long)atomic_load(&taken),
                     (unsigned long long)atomic_load(&doubled));
    ready_close(&ready);
    return holds ? 0 : 1;
}

int main(int count, char **arguments)
{
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    uint64_t rounds = count > 1 ? (uint64_t)atoll(arguments[1]) : 20000;
    int broken = 0;

    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        broken += together(threads[i], rounds);
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
