/*
 * agree.c - does leaving out executions that are alike leave out a result?
 *
 * Random programs of two and three threads, a few atomic operations each, of all kinds and
 * orders, on two locations. Each is explored twice: as kernels are, and with nothing left
 * out. The sets of results (all that was read, and what is there in the end) must be the same.
 *
 *     agree [PROGRAMS]
 */
#include "tests/weak/weak.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MOST 3u
#define STEPS_MOST   4u
#define RESULTS      4096u

static _Atomic uint32_t words[2];
static uint32_t steps[THREADS_MOST][STEPS_MOST]; /* the program: operation, then location */
static uint32_t step_count;
static uint32_t seen[THREADS_MOST]; /* all that each thread has read, in digits */
static uint64_t results[2][RESULTS];
static uint32_t result_count[2], way;

#define LOAD(order)  return atomic_load_explicit(at, memory_order_##order)
#define STORE(order) return (atomic_store_explicit(at, value, memory_order_##order), 0)
#define ADD(order)   return atomic_fetch_add_explicit(at, 4, memory_order_##order)
#define SWAP(success, failure)                                                                     \
    return atomic_compare_exchange_strong_explicit(at, &found, value, memory_order_##success,      \
                                                   memory_order_##failure)                         \
               ? 9                                                                                 \
               : found

/* Orders are constants, so that the compiler hands them on. */
static uint32_t operate(uint32_t operation, _Atomic uint32_t *at, uint32_t value)
{
    uint32_t found = 0;

    switch (operation) {
    case 0:
        LOAD(relaxed);
    case 1:
        LOAD(acquire);
    case 2:
        LOAD(seq_cst);
    case 3:
        STORE(relaxed);
    case 4:
        STORE(release);
    case 5:
        STORE(seq_cst);
    case 6:
        ADD(relaxed);
    case 7:
        ADD(acq_rel);
    case 8:
        ADD(seq_cst);
    case 9:
        SWAP(acq_rel, relaxed);
    default:
        SWAP(seq_cst, seq_cst);
    }
}

#define OPERATIONS 11u

static void setup(uint32_t what)
{
    (void)what;
    for (uint32_t i = 0; i < 2; i++)
        atomic_store(&words[i], 0);
    memset(seen, 0, sizeof seen);
}

static void run(uint32_t thread)
{
    for (uint32_t i = 0; i < step_count; i++) {
        uint32_t step = steps[thread][i];
        uint32_t read = operate(step / 2, &words[step % 2], 1 + thread);

        seen[thread] = seen[thread] * 32 + read;
    }
}

static void judge(uint32_t what)
{
    uint64_t result = words[0] * 31 + words[1];

    (void)what;
    for (uint32_t i = 0; i < THREADS_MOST; i++)
        result = result * UINT64_C(0x9E3779B97F4A7C15) + seen[i];
    for (uint32_t i = 0; i < result_count[way]; i++)
        if (results[way][i] == result)
            return;
    weak_expect(result_count[way] < RESULTS, "there is room for all results");
    results[way][result_count[way]++] = result;
}

static uint32_t draw(uint32_t below)
{
    static uint64_t state = 1;

    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % below;
}

static int compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

static bool explore(uint32_t threads, uint32_t preemptions)
{
    struct weak_scene scene = {"", 0, setup, {run, run}, judge, preemptions, WEAK_ALWAYS};
    struct weak_report report;

    if (threads == 3)
        scene.threads[2] = run;
    result_count[way] = 0;
    report = weak_explore(&scene);
    qsort(results[way], result_count[way], sizeof results[way][0], compare);
    return report.fault == NULL;
}

/* Do the two ways find the same? */
static bool agree(uint32_t threads)
{
    bool holds;

    step_count = threads == 3 ? 2 + draw(2) : STEPS_MOST;
    for (uint32_t i = 0; i < THREADS_MOST * STEPS_MOST; i++)
        steps[i / STEPS_MOST][i % STEPS_MOST] = draw(2 * OPERATIONS);
    way = 0;
    holds = explore(threads, WEAK_ALL);
    way = 1;
    holds = explore(threads, 1000) && holds;
    return holds && result_count[0] == result_count[1] &&
           memcmp(results[0], results[1], result_count[0] * sizeof results[0][0]) == 0;
}

int main(int count, char **arguments)
{
    int programs = count > 1 ? atoi(arguments[1]) : 200, broken = 0;

    for (int i = 0; i < programs; i++)
        broken += !agree(2 + (uint32_t)i % 2);
    (void)printf("%d programs, %d broken\n", programs, broken);
    return broken == 0 ? 0 : 1;
}
