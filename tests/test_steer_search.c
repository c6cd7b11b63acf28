/*
 * test_steer_search.c - what search/crux_steer.h promises of a search that runs.
 *
 * Calls go to a port of the test's own, which answers one when the test says so: what is in flight
 * at each step is known, and nothing depends on time.
 */
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

static int held_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)pthread_mutex_lock(&held.lock);
    cr_assert_lt(held.count, (size_t)CALLS_MOST);
    held.calls[held.count++] = (struct held_call){call, call->ticket};
    (void)pthread_mutex_unlock(&held.lock);
    return CRUX_PENDING;
}

static size_t held_waiting(void)
{
    size_t waiting;

    (void)pthread_mutex_lock(&held.lock);
    waiting = held.count - held.first;
    (void)pthread_mutex_unlock(&held.lock);
    return waiting;
}

static size_t held_asked(void)
{
    size_t asked;

    (void)pthread_mutex_lock(&held.lock);
    asked = held.count;
    (void)pthread_mutex_unlock(&held.lock);
    return asked;
}

static struct held_call held_take(void)
{
    struct held_call call;

    (void)pthread_mutex_lock(&held.lock);
    cr_assert_lt(held.first, held.count);
    call = held.calls[held.first++];
    (void)pthread_mutex_unlock(&held.lock);
    return call;
}

static void held_answer(size_t count)
{
    static const struct crux_proposal answer = {.text = "w1"};

    while (count-- > 0) {
        struct held_call call = held_take();

        call.call->reply = (struct crux_reply){.count = 1, .proposals = &answer};
        cr_assert(crux_complete(call.call, call.ticket, CRUX_DONE));
    }
}

/* All that wait end, as a port that is asked to be quick ends them. */
static void held_cancel(struct crux_port *port, struct crux_call *call)
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

static int source_next(struct crux_source *self, const struct crux_problem **out,
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

static void set_up(void)
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

static void *run(void *context)
{
    (void)context;
    heap_fail(fails_at);
    status = crux_run(search, &source.source, &sink.sink, &why);
    has_failed = heap_has_failed();
    return NULL;
}

static void open_search(void)
{
    cr_assert_eq(crux_open(&search, &setup, &why), CRUX_OK, "%s", why.text);
}

static void begin(void)
{
    cr_assert_eq(pthread_create(&runner, NULL, run, NULL), 0);
}

static void end(void)
{
    (void)pthread_join(runner, NULL);
    cr_expect_eq(sink.violations, 0);
    cr_expect_eq(held_waiting(), 0);
}

static struct crux_steering steered(void)
{
    struct crux_steering out;

    crux_steered(search, &out);
    return out;
}

static uint64_t flying(void)
{
    struct crux_view view;

    crux_look(search, &view);
    return view.in_flight;
}

static void await_waiting(size_t count)
{
    while (held_waiting() != count)
        (void)sched_yield();
}

/* Give other threads many turns. */
static void stay_quiet(void)
{
    for (int i = 0; i < QUIET; i++)
        (void)sched_yield();
}

/* Answer what is asked until the run is over. */
static void answer_all(uint32_t trees)
{
    while (sink.trees < trees)
        if (held_waiting() > 0)
            held_answer(1);
        else
            (void)sched_yield();
}

TestSuite(steer_search, .init = set_up, .timeout = 60);

/* --- pausing ----------------------------------------------------------------------------- */

/* Before the run, so that no call is ever made; then it goes on as if nothing had been. */
Test(steer_search, a_search_that_is_paused_asks_nothing)
{
    open_search();
    cr_expect_not(steered().paused);
    crux_pause(search);
    cr_expect(steered().paused);
    begin();
    stay_quiet();
    cr_expect_eq(held_asked(), 0);
    crux_resume(search);
    await_waiting(IN_FLIGHT);
    cr_expect_not(steered().paused);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.simulations, (uint64_t)PROBLEMS * 20);
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20);
    crux_close(search);
}

/* What is in flight is taken, and no call takes its place. */
Test(steer_search, what_is_in_flight_is_taken)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_pause(search);
    held_answer(IN_FLIGHT);
    while (flying() > 0)
        (void)sched_yield();
    stay_quiet();
    cr_expect_eq(held_asked(), IN_FLIGHT);
    crux_resume(search);
    crux_resume(search);
    await_waiting(IN_FLIGHT);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(sink.simulations, (uint64_t)PROBLEMS * 20);
    crux_close(search);
}

/* A stop ends a search that is held back and has nothing in flight: nobody would wake it. */
Test(steer_search, a_stop_ends_a_search_that_is_paused)
{
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    crux_stop(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    cr_expect_eq(held_asked(), 0);
    cr_expect(steered().stopped);
    crux_close(search);
}

/* The other way round: what was stopped cannot be held back. */
Test(steer_search, a_search_that_was_stopped_is_not_paused)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    crux_pause(search);
    cr_expect_not(steered().paused);
    held_answer(IN_FLIGHT);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* Calls that nobody waits for take no place. */
Test(steer_search, a_search_on_instant_ports_is_paused)
{
    setup.policies[CRUX_STEP] = &world.policy;
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    cr_expect_eq(world.proposals, 0);
    crux_resume(search);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.trees, PROBLEMS);
    crux_close(search);
}

Test(steer_search, a_stop_ends_a_search_on_instant_ports_that_is_paused)
{
    setup.policies[CRUX_STEP] = &world.policy;
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    crux_stop(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* --- places ------------------------------------------------------------------------------ */

/* As many as are said are out, at once; and fewer, when enough have come. */
Test(steer_search, places_grow_and_shrink)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_in_flight(search, 10, &why), CRUX_OK);
    await_waiting(10);
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    cr_expect_eq(steered().in_flight, 3);
    held_answer(6);
    stay_quiet();
    cr_expect_eq(held_waiting(), 4, "no call takes the place of those that were too many");
    held_answer(2);
    await_waiting(3);
    stay_quiet();
    cr_expect_eq(held_waiting(), 3);
    cr_expect_eq(flying(), 3);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20, "none is lost, none is made twice");
    crux_close(search);
}

Test(steer_search, places_change_while_paused)
{
    open_search();
    crux_pause(search);
    cr_assert_eq(crux_set_in_flight(search, 2, &why), CRUX_OK);
    cr_expect(steered().paused);
    begin();
    stay_quiet();
    cr_expect_eq(held_asked(), 0);
    crux_resume(search);
    await_waiting(2);
    answer_all(PROBLEMS);
    end();
    crux_close(search);
}

static void await_open(uint64_t count)
{
    struct crux_view view;

    do
        crux_look(search, &view);
    while (view.trees_open != count);
}

/* A tree has but so many simulations in flight, so more calls want more trees; they stay. */
Test(steer_search, more_calls_open_more_trees)
{
    setup.open_trees = 0; /* a tree for each call, and two */
    setup.workers = 1;
    setup.in_flight = 1;
    open_search();
    begin();
    await_open(2);
    await_waiting(1);
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    await_open(3);
    await_waiting(3);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    await_open(PROBLEMS); /* there are no others, and there may be eight */
    await_waiting((size_t)PROBLEMS * 4);
    cr_assert_eq(crux_set_in_flight(search, 1, &why), CRUX_OK);
    stay_quiet();
    await_open(PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK, "the run is over");
    crux_close(search);
}

/* Also when they are said before the run, or while it is paused. */
Test(steer_search, trees_open_before_a_call_is_made)
{
    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
    open_search();
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    crux_pause(search);
    begin();
    await_open(3);
    cr_assert_eq(crux_set_in_flight(search, 4, &why), CRUX_OK);
    await_open(4);
    cr_expect_eq(held_asked(), 0);
    crux_stop(search);
    cr_assert_eq(crux_set_in_flight(search, 8, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* Who says how many trees are open has so many. */
Test(steer_search, trees_that_were_said_stay_as_many)
{
    setup.open_trees = 2;
    open_search();
    begin();
    await_open(2);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    await_waiting(8);
    stay_quiet();
    await_open(2);
    answer_all(PROBLEMS);
    end();
    crux_close(search);
}

/* Nothing was left to open when more calls were allowed; when there is, so many trees are open. */
Test(steer_search, trees_open_when_a_source_has_more)
{
    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
    source.end = 1;
    open_search();
    begin();
    await_open(1);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    source.end = PROBLEMS;
    cr_expect(crux_more(search));
    await_open(PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    crux_close(search);
}

/* Memory that runs out while more trees are opened takes nothing from those that are open: whether
 * the calls were allowed during the run, or before it. */
Test(steer_search, trees_for_which_there_is_no_memory)
{
    bool failed = heap_can_fail();

    for (uint32_t number = 1; failed; number++) {
        set_up();
        setup.strategy = CRUX_MCTS;
        setup.root = CRUX_ROOT_GUMBEL;
        setup.open_trees = 0;
        setup.workers = 1;
        setup.in_flight = 1;
        open_search();
        crux_pause(search);
        begin();
        await_open(2);
        heap_fail(number);
        cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK, "%u", number);
        failed = heap_has_failed();
        heap_fail(0);
        await_open(!failed || number > 6 ? PROBLEMS : number > 3 ? 3 : 2); /* three for a tree */
        cr_assert_eq(crux_set_in_flight(search, 61, &why), CRUX_OK);
        await_open(!failed || number > 6 ? PROBLEMS : number > 3 ? 3 : 2);
        crux_stop(search);
        end();
        cr_expect_eq(status, CRUX_STOPPED);
        crux_close(search);
    }
}

Test(steer_search, trees_for_which_there_is_no_memory_at_the_beginning)
{
    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
    open_search();
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    fails_at = heap_can_fail() ? 4 : 0; /* for its workers, and for each of two trees */
    begin();
    await_open(fails_at > 0 ? 2 : PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(has_failed, heap_can_fail());
    crux_close(search);
}

/* A run that has no worker is over: the source, which may be gone, is asked for nothing more. */
Test(steer_search, a_run_without_a_worker)
{
    pthread_attr_t usual, large;
    uint32_t asked;

    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
    open_search();
    (void)pthread_getattr_default_np(&usual);
    (void)pthread_attr_init(&large);
    cr_assert_eq(pthread_attr_setstacksize(&large, (size_t)1 << 50), 0);
    cr_assert_eq(pthread_setattr_default_np(&large), 0);
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_MEMORY);
    cr_expect_not_null(strstr(why.text, "cannot start a worker"), "%s", why.text);
    cr_assert_eq(pthread_setattr_default_np(&usual), 0);
    asked = source.next;
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    cr_expect_not(crux_more(search));
    cr_expect_eq(source.next, asked);
    cr_expect(steered().stopped);
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_MEMORY,
                 "it says it again");
    crux_close(search);
}

/* The source fails when it is asked for more trees: the run ends with that. */
Test(steer_search, a_source_that_fails_when_trees_are_opened)
{
    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
    source.end = 2;
    source.ends_with = CRUX_STORE;
    open_search();
    crux_pause(search);
    begin();
    await_open(2);
    cr_assert_eq(crux_set_in_flight(search, 8, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_STORE);
    cr_expect_not_null(strstr(why.text, "no line there"));
    why.text[0] = '\0';
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_STORE, "as before");
    cr_expect_not_null(strstr(why.text, "no line there"));
    crux_close(search);
}

Test(steer_search, so_many_places_there_are_not)
{
    open_search();
    cr_expect_eq(crux_set_in_flight(search, 0, &why), CRUX_INVALID);
    cr_expect_eq(crux_set_in_flight(search, 65537, &why), CRUX_INVALID);
    cr_expect_not_null(strstr(why.text, "not 65537"));
    cr_expect_eq(crux_set_limit_ns(search, -1, &why), CRUX_INVALID);
    cr_expect_eq(steered().in_flight, IN_FLIGHT);
    crux_close(search);
}

/* --- limits of time ------------------------------------------------------------------------ */

/* Its workers sleep without an end, since there was no limit. */
Test(steer_search, a_limit_that_comes_late_ends_the_run)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_limit_ns(search, 1, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
    crux_close(search);
}

Test(steer_search, a_limit_is_taken_away)
{
    setup.limit_ns = 1;
    open_search();
    cr_expect_eq(steered().limit_ns, 1);
    cr_assert_eq(crux_set_limit_ns(search, 0, &why), CRUX_OK);
    begin();
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    crux_close(search);
}

/* It is of the whole run: what earlier sessions took counts. */
Test(steer_search, a_limit_counts_what_was_spent)
{
    setup.spent_ns = INT64_C(3600000000000);
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_limit_ns(search, INT64_C(3000000000000), &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    crux_close(search);
}

Test(steer_search, a_limit_ends_a_search_that_is_paused)
{
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    cr_assert_eq(crux_set_limit_ns(search, 1, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    cr_expect_eq(held_asked(), 0);
    crux_close(search);
}

/* --- calling off --------------------------------------------------------------------------- */

Test(steer_search, what_is_called_off_is_not_waited_for)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    stay_quiet();
    cr_expect_eq(held.cancelled, 0, "a stop waits");
    crux_call_off(search);
    crux_call_off(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
    cr_expect_eq(sink.stopped, PROBLEMS);
    crux_close(search);
}

/* --- more problems -------------------------------------------------------------------------- */

/* Two places have ended when the source has something again. */
Test(steer_search, a_source_has_more)
{
    source.end = 2;
    open_search();
    cr_expect_not(crux_more(search), "it does not run yet");
    begin();
    await_waiting(IN_FLIGHT);
    source.end = PROBLEMS;
    cr_expect(crux_more(search));
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.trees, PROBLEMS);
    cr_expect_not(crux_more(search), "the run is over");
    crux_close(search);
}

Test(steer_search, there_is_no_more_of_a_search_that_was_stopped)
{
    source.end = 2;
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    source.end = PROBLEMS;
    cr_expect_not(crux_more(search));
    held_answer(IN_FLIGHT);
    end();
    cr_expect_eq(sink.trees, 2);
    crux_close(search);
}

/* Nothing is in flight, and all workers sleep: what is held back ends all the same. */
Test(steer_search, a_source_that_fails_ends_a_search_that_is_paused)
{
    source.end = 2;
    open_search();
    crux_pause(search);
    begin();
    while (source.next < 2)
        (void)sched_yield();
    stay_quiet();
    source.ends_with = CRUX_INPUT;
    (void)crux_more(search);
    end();
    cr_expect_eq(status, CRUX_INPUT);
    cr_expect_str_eq(why.text, "no line there");
    crux_close(search);
}
