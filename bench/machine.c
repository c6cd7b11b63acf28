/*
 * machine.c - measures what memory and atomics cost here, by chains of loads that no prefetcher
 * foresees.
 *
 * A chain goes through every line of its memory in one random cycle (Sattolo 1986), so
 * each load needs the one before it and no line is met twice before all the others.
 * Several chains are several places on the same cycle.
 */
#include "bench/machine.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/clock.h"

#define LINE        64u
#define FAR_BYTES   ((uint64_t)1 << 30)
#define FAR_LEAST   ((uint64_t)64 << 20)
#define CACHE_BYTES ((uint64_t)1 << 20) /* when the machine does not say */
#define REPEATS     5
#define LOADS       400000u /* per repetition, over all chains */
#define ADDS        200000u
#define HANDOVERS   2000u /* per repetition; short, so that one runs undisturbed */
#define HAND_ROUNDS 40
#define CHAINS_MOST 16u

union line {
    union line *next;
    unsigned char room[LINE];
};

/* --- chains of loads --------------------------------------------------------------- */

struct field {
    union line *lines;
    uint32_t count;
};

static uint64_t bench_machine_next_random(uint64_t *state) /* xorshift64* (Vigna 2016) */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

static void *map(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

static void close_field(struct field *field)
{
    if (field->lines != NULL)
        (void)munmap(field->lines, (uint64_t)field->count * LINE);
}

static bool open_field(struct field *field, uint64_t bytes)
{
    uint32_t count = (uint32_t)(bytes / LINE);
    uint32_t *order = map((uint64_t)count * sizeof *order);
    uint64_t random = 88172645463325252u;

    *field = (struct field){map(bytes), count};
    if (order != NULL && field->lines != NULL) {
        for (uint32_t i = 0; i < count; i++)
            order[i] = i;
        for (uint32_t i = count - 1; i > 0; i--) {
            uint32_t j = (uint32_t)((bench_machine_next_random(&random) >> 32) * i >> 32),
                     other = order[j];

            order[j] = order[i];
            order[i] = other;
        }
        for (uint32_t i = 0; i < count; i++)
            field->lines[i].next = &field->lines[order[i]];
    }
    if (order != NULL)
        (void)munmap(order, (uint64_t)count * sizeof *order);
    return order != NULL && field->lines != NULL;
}

/* Follow chains side by side; inlined for each number of them, so that they stay in
 * registers. */
static inline __attribute__((always_inline)) void follow(union line **at, uint32_t chains,
                                                         uint32_t steps)
{
    union line *here[CHAINS_MOST];

    for (uint32_t k = 0; k < chains; k++)
        here[k] = at[k];
    for (uint32_t i = 0; i < steps; i++)
        for (uint32_t k = 0; k < chains; k++)
            here[k] = here[k]->next;
    for (uint32_t k = 0; k < chains; k++)
        at[k] = here[k];
}

static void follow_1(union line **at, uint32_t steps)
{
    follow(at, 1, steps);
}

static void follow_8(union line **at, uint32_t steps)
{
    follow(at, 8, steps);
}

static void follow_16(union line **at, uint32_t steps)
{
    follow(at, 16, steps);
}

/* Nanoseconds per load. */
static double chase(const struct field *field, uint32_t chains)
{
    void (*go)(union line **, uint32_t) = chains == 1   ? follow_1
                                          : chains == 8 ? follow_8
                                                        : follow_16;
    union line *at[CHAINS_MOST];
    uint32_t steps = LOADS / chains;
    int64_t best = INT64_MAX;

    for (uint32_t k = 0; k < chains; k++)
        at[k] = &field->lines[(uint64_t)field->count * k / chains];
    for (int i = 0; i < REPEATS; i++) {
        int64_t began = clock_now_ns(), took;

        go(at, steps);
        took = clock_now_ns() - began;
        best = took < best ? took : best;
    }
    /* What was followed is used, else it need not be. */
    return at[0] != NULL ? (double)best / ((double)steps * chains) : 0.0;
}

static double chase_within(uint64_t bytes, struct crux_error *error)
{
    struct field field;
    double took = -1.0;

    if (open_field(&field, bytes)) {
        (void)chase(&field, 1); /* once around, into the caches */
        took = chase(&field, 1);
    } else {
        (void)crux_fail(error, CRUX_MEMORY, "no memory to measure loads");
    }
    close_field(&field);
    return took;
}

/* --- atomics --------------------------------------------------------------------------- */

static double time_adds(void (*round)(_Atomic uint64_t *))
{
    _Alignas(LINE) _Atomic uint64_t words[16] = {0};
    int64_t best = INT64_MAX;

    for (int i = 0; i < REPEATS; i++) {
        int64_t began = clock_now_ns(), took;

        round(words);
        took = clock_now_ns() - began;
        best = took < best ? took : best;
    }
    return (double)best / ADDS;
}

/* Over several words, as on the way down a path: none waits for the one before. */
static void add_round(_Atomic uint64_t *words)
{
    for (uint32_t i = 0; i < ADDS; i++) {
        _Atomic uint64_t *word = &words[i % 16];

        /* relaxed: one thread; it is time that is asked for. */
        atomic_store_explicit(word, atomic_load_explicit(word, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    }
}

static void rmw_round(_Atomic uint64_t *words)
{
    for (uint32_t i = 0; i < ADDS; i++) /* relaxed: as above */
        (void)atomic_fetch_add_explicit(&words[i % 16], 1, memory_order_relaxed);
}

/* --- a line handed over ------------------------------------------------------------------- */

struct table {
    _Alignas(LINE) _Atomic uint32_t turn; /* even: ours, odd: theirs */
    _Alignas(LINE) size_t cpus[2];
    int64_t best_ns;
};

static void stay_on(size_t cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

/* Wait for each turn of ours and pass it on. */
static void play(struct table *table, uint32_t from, uint32_t until)
{
    for (uint32_t turn = from; turn < until; turn += 2) {
        /* acquire and release: each turn sees the one before, as any hand-over must. */
        while (atomic_load_explicit(&table->turn, memory_order_acquire) != turn)
            continue;
        atomic_store_explicit(&table->turn, turn + 1, memory_order_release);
    }
}

static void *answer(void *context)
{
    struct table *table = context;

    stay_on(table->cpus[1]);
    play(table, 1, 2 * HANDOVERS * HAND_ROUNDS);
    return NULL;
}

static void *serve(void *context)
{
    struct table *table = context;

    stay_on(table->cpus[0]);
    for (uint32_t i = 0; i < HAND_ROUNDS; i++) {
        int64_t began = clock_now_ns(), took;

        play(table, 2 * HANDOVERS * i, 2 * HANDOVERS * (i + 1));
        took = clock_now_ns() - began;
        if (i > 0 && took < table->best_ns) /* the first waits for the other thread to start */
            table->best_ns = took;
    }
    return NULL;
}

static bool two_cpus(size_t cpus[2])
{
    cpu_set_t set;
    int found = 0;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return false;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
        if (CPU_ISSET(cpu, &set))
            cpus[found++] = cpu;
    return found == 2;
}

static double hand_over(void)
{
    struct table table = {.best_ns = INT64_MAX};
    pthread_t threads[2];

    if (!two_cpus(table.cpus) || pthread_create(&threads[0], NULL, answer, &table) != 0)
        return 0.0;
    if (pthread_create(&threads[1], NULL, serve, &table) != 0)
        (void)serve(&table); /* the first one waits for it */
    else
        (void)pthread_join(threads[1], NULL);
    (void)pthread_join(threads[0], NULL);
    return (double)table.best_ns / (2.0 * HANDOVERS);
}

/* --- together --------------------------------------------------------------------------------- */

static uint64_t far_bytes(void)
{
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t half = pages > 0 && size > 0 ? (uint64_t)pages / 2 * (uint64_t)size : FAR_LEAST;

    half = half < FAR_BYTES ? half : FAR_BYTES;
    return half > FAR_LEAST ? half : FAR_LEAST;
}

static uint64_t cache_bytes(void)
{
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);

    return bytes > 0 ? (uint64_t)bytes : CACHE_BYTES;
}

static int measure_far(struct bench_machine *out, bool whole, struct crux_error *error)
{
    struct field field;
    bool opened;

    out->far_bytes = far_bytes();
    out->cache_bytes = cache_bytes();
    opened = open_field(&field, out->far_bytes);
    if (opened) {
        out->far_by_16_ns = chase(&field, 16);
        if (whole) {
            out->far_by_8_ns = chase(&field, 8);
            out->far_ns = chase(&field, 1);
        }
    }
    close_field(&field);
    return opened ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory to measure loads");
}

int bench_machine_brief(struct bench_machine *out, struct crux_error *error)
{
    *out = (struct bench_machine){.handover_ns = hand_over()};
    return measure_far(out, false, error);
}

int bench_machine_whole(struct bench_machine *out, struct crux_error *error)
{
    *out = (struct bench_machine){
        .handover_ns = hand_over(),
        .add_ns = time_adds(add_round),
        .rmw_ns = time_adds(rmw_round),
        .near_ns = chase_within(512u << 10, error),
        .middle_ns = chase_within(8u << 20, error),
    };
    if (out->near_ns < 0 || out->middle_ns < 0)
        return CRUX_MEMORY;
    return measure_far(out, true, error);
}
