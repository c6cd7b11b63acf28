/*
 * steer_suite.h - what the suites of a search that is steered share, for Criterion: a port that
 * answers a call when the test says so, a source of some problems, and a search of both.
 */
#ifndef TESTS_WORLD_STEER_SUITE_H
#define TESTS_WORLD_STEER_SUITE_H

#include "search/crux_steer.h"

#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/heap.h"
#include "tests/world/world.h"

enum { CALLS_MOST = 4096, QUIET = 2000, PROBLEMS = 4, IN_FLIGHT = 6 };

/* Calls that have been asked and not answered, oldest first. */
struct held_call {
    struct crux_call *call;
    uint64_t ticket;
};

static struct {
    struct crux_policy policy;
    pthread_mutex_t lock;
    struct held_call calls[CALLS_MOST];
    size_t first, count; /* calls[first .. count - 1] wait */
    size_t cancelled;
} held;

static struct {
    struct crux_source source;
    struct crux_problem problems[PROBLEMS];
    char ids[PROBLEMS][8];
    _Atomic uint32_t next, end; /* problems next .. end - 1 are handed out, then there are none */
    int ends_with;
} source;

static struct world world;
static struct world_sink sink;
static struct crux_setup setup;
static struct crux_search *search;
static struct crux_error why;
static pthread_t runner;
static int status;
static uint32_t fails_at; /* so many allocations of the run's thread; 0: none fails */
static bool has_failed;

static inline int held_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)pthread_mutex_lock(&held.lock);
    cr_assert_lt(held.count, (size_t)CALLS_MOST);
    held.calls[held.count++] = (struct held_call){call, call->ticket};
    (void)pthread_mutex_unlock(&held.lock);
    return CRUX_PENDING;
}

static inline size_t held_waiting(void)
{
    size_t waiting;

    (void)pthread_mutex_lock(&held.lock);
    waiting = held.count - held.first;
    (void)pthread_mutex_unlock(&held.lock);
    return waiting;
}

static inline size_t held_asked(void)
{
    size_t asked;

    (void)pthread_mutex_lock(&held.lock);
    asked = held.count;
    (void)pthread_mutex_unlock(&held.lock);
    return asked;
}

static inline struct held_call held_take(void)
{
    struct held_call call;

    (void)pthread_mutex_lock(&held.lock);
    cr_assert_lt(held.first, held.count);
    call = held.calls[held.first++];
    (void)pthread_mutex_unlock(&held.lock);
    return call;
}

static inline void held_answer(size_t count)
{
    static const struct crux_proposal answer = {.text = "w1"};

    while (count-- > 0) {
        struct held_call call = held_take();

        call.call->reply = (struct crux_reply){.count = 1, .proposals = &answer};
        cr_assert(crux_complete(call.call, call.ticket, CRUX_DONE));
    }
}

/* All that wait end, as a port that is asked to be quick ends them. */
static inline void held_cancel(struct crux_port *port, struct crux_call *call)
{
    struct held_call mine = {call, 0};

    (void)port;
    (void)pthread_mutex_lock(&held.lock);
    for (size_t i = held.first; i < held.count; i++)
        if (held.calls[i].call == call) {
            mine = held.calls[i];
            held.calls[i] = held.calls[held.first++];
            held.cancelled++;
            break;
        }
    (void)pthread_mutex_unlock(&held.lock);
    if (mine.ticket != 0)
        cr_assert(crux_complete(mine.call, mine.ticket, CRUX_CANCELLED));
}

static inline int source_next(struct crux_source *self, const struct crux_problem **out,
                              struct crux_error *error)
{
    uint32_t number = source.next;

    (void)self;
    if (number >= source.end)
        return source.ends_with < 0 ? crux_fail(error, source.ends_with, "no line there")
                                    : CRUX_END;
    source.next++;
    *out = &source.problems[number];
    return CRUX_OK;
}

static inline void set_up(void)
{
    const struct world_script script = {.branching = 2, .depth = 2, .right_of = 2};

    memset(&held, 0, sizeof held);
    (void)pthread_mutex_init(&held.lock, NULL);
    held.policy.port = (struct crux_port){"held", false, held_ask, held_cancel, NULL, NULL};
    world_open(&world, &script);
    world_sink_open(&sink);
    source.source.next = source_next;
    source.next = 0;
    source.end = PROBLEMS;
    source.ends_with = CRUX_END;
    for (uint32_t i = 0; i < PROBLEMS; i++) {
        (void)snprintf(source.ids[i], sizeof source.ids[i], "p%u", i);
        source.problems[i] =
            (struct crux_problem){.id = source.ids[i], .prompt = "a word", .ordinal = i};
    }
    setup = crux_setup_default();
    setup.policies[CRUX_STEP] = &held.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.strategy = CRUX_SAMPLE;
    setup.calls = 20;
    setup.in_flight = IN_FLIGHT;
    setup.per_tree = 4;
    setup.workers = 2;
    setup.open_trees = PROBLEMS;
}

static inline void *run(void *context)
{
    (void)context;
    heap_fail(fails_at);
    status = crux_run(search, &source.source, &sink.sink, &why);
    has_failed = heap_has_failed();
    return NULL;
}

static inline void open_search(void)
{
    cr_assert_eq(crux_open(&search, &setup, &why), CRUX_OK, "%s", why.text);
}

static inline void begin(void)
{
    cr_assert_eq(pthread_create(&runner, NULL, run, NULL), 0);
}

static inline void end(void)
{
    (void)pthread_join(runner, NULL);
    cr_expect_eq(sink.violations, 0);
    cr_expect_eq(held_waiting(), 0);
}

static inline struct crux_steering steered(void)
{
    struct crux_steering out;

    crux_steered(search, &out);
    return out;
}

static inline uint64_t flying(void)
{
    struct crux_view view;

    crux_look(search, &view);
    return view.in_flight;
}

static inline void await_waiting(size_t count)
{
    while (held_waiting() != count)
        (void)sched_yield();
}

/* Give other threads many turns. */
static inline void stay_quiet(void)
{
    for (int i = 0; i < QUIET; i++)
        (void)sched_yield();
}

/* Answer what is asked until the run is over. */
static inline void answer_all(uint32_t trees)
{
    while (sink.trees < trees)
        if (held_waiting() > 0)
            held_answer(1);
        else
            (void)sched_yield();
}

static inline void await_open(uint64_t count)
{
    struct crux_view view;

    do
        crux_look(search, &view);
    while (view.trees_open != count);
}

#endif
