/*
 * stress_ticket.c - a ticket is all that a port needs to answer.
 *
 * Runs under ThreadSanitizer. The port of this program hands its calls to other threads
 * without any order of memory, one word each: what the answering thread may then touch,
 * it may touch because of the ticket. It knows nothing of the call, so it can only say
 * that it failed; every problem must fail once, with every call answered once. Tickets
 * of another asking must be turned away. The answering threads begin with the first call,
 * when the records are there.
 *
 *     stress_ticket [PROBLEMS]
 */
#include "tests/world/world.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS        256u
#define TICKET_BITS  16u
#define THREADS_MOST 64u

/* A call's address above, its ticket below; 0: free. relaxed throughout: that is the test. */
static _Atomic uint64_t words[WORDS];
static _Atomic uint64_t asked, answered, refused, taken_stale;
static _Atomic bool begun, closing;

static pthread_t thread[THREADS_MOST];
static uint32_t threads;

static void begin_answering(void);

static int ask(struct crux_port *port, struct crux_call *call)
{
    uint64_t word =
        (uint64_t)(uintptr_t)call << TICKET_BITS | (call->ticket & ((1u << TICKET_BITS) - 1));
    uint32_t at = (uint32_t)atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);

    (void)port;
    if (!atomic_exchange(&begun, true))
        begin_answering();
    for (;; at++) {
        uint64_t empty = 0;

        if (atomic_compare_exchange_strong_explicit(&words[at % WORDS], &empty, word,
                                                    memory_order_relaxed, memory_order_relaxed))
            return CRUX_PENDING;
    }
}

static void answer_word(uint64_t word)
{
    struct crux_call *call = (struct crux_call *)(uintptr_t)(word >> TICKET_BITS);
    uint64_t ticket = word & ((1u << TICKET_BITS) - 1);

    if (crux_complete(call, ticket + 1, CRUX_FAILED) || crux_complete(call, 0, CRUX_FAILED))
        atomic_fetch_add_explicit(&taken_stale, 1, memory_order_relaxed);
    if (crux_complete(call, ticket, CRUX_FAILED))
        atomic_fetch_add_explicit(&answered, 1, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
}

static void *answer(void *context)
{
    (void)context;
    while (!atomic_load_explicit(&closing, memory_order_relaxed)) {
        for (uint32_t i = 0; i < WORDS; i++) {
            uint64_t word = atomic_exchange_explicit(&words[i], 0, memory_order_relaxed);

            if (word != 0)
                answer_word(word);
        }
        (void)sched_yield();
    }
    return NULL;
}

static void begin_answering(void)
{
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_create(&thread[i], NULL, answer, NULL);
}

static int search(struct world *world, uint32_t workers, uint32_t problems)
{
    struct crux_policy bare = {.port = {"bare", false, ask, NULL, NULL, NULL}};
    struct crux_setup setup = crux_setup_default();
    struct crux_search *search = NULL;
    struct world_source source;
    struct world_sink sink;
    struct crux_error error = {""};
    bool holds;

    setup.policies[CRUX_STEP] = &bare;
    setup.critics[CRUX_ROLE_OUTCOME] = &world->outcome;
    setup.strategy = CRUX_SAMPLE; /* its calls do not wait for each other */
    setup.workers = workers;
    setup.in_flight = 32;
    setup.open_trees = 16;
    world_source_open(&source, problems);
    world_sink_open(&sink);
    holds = crux_open(&search, &setup, &error) == CRUX_OK &&
            crux_run(search, &source.source, &sink.sink, &error) == CRUX_OK;
    crux_close(search);
    world_source_close(&source);
    return holds && sink.failed == problems && sink.violations == 0 ? 0 : 1;
}

static int together(uint32_t problems)
{
    struct world_script script = {.branching = 2, .depth = 2, .right_of = 2};
    struct world world;
    int broken;

    world_open(&world, &script);
    atomic_store(&begun, false);
    atomic_store(&closing, false);
    broken = search(&world, threads < 8 ? threads : 8, problems);
    atomic_store(&closing, true);
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_join(thread[i], NULL);
    broken += answered != asked || refused != 0 || taken_stale != 0;
    if (broken > 0)
        (void)printf("broken with %u threads: %llu asked, %llu answered, %llu refused, %llu "
                     "stale ones taken\n",
                     threads, (unsigned long long)asked, (unsigned long long)answered,
                     (unsigned long long)refused, (unsigned long long)taken_stale);
    return broken;
}

int main(int count, char **arguments)
{
    static const uint32_t counts[] = {2, 4, 8, 16, 64};
    uint32_t problems = count > 1 ? (uint32_t)atoi(arguments[1]) : 1000;
    int broken = 0;

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        threads = counts[i];
        broken += together(problems);
    }
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
