/*
 * test_steer_passes.c - a pass that is steered while it goes on: paused, with other places and
 * another limit of time, called off.
 *
 * Questions go to a port of the test's own, which answers one when the test says so: what is in
 * flight at each step is known.
 */
#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "io/passes/passes.h"

enum { ITEMS = 60, IN_FLIGHT = 5, QUIET = 2000 };

static struct {
    struct crux_port port;
    pthread_mutex_t lock;
    struct crux_call *calls[ITEMS]; /* not answered; in no order */
    uint64_t tickets[ITEMS];
    size_t waiting, asked, cancelled;
} held;

static struct {
    struct passes_work work;
    struct passes_question questions[ITEMS];
    uint32_t next;
    _Atomic uint32_t answered;
    uint32_t places;
} tally;

static struct passes *passes;
static struct crux_error why;
static pthread_t runner;
static int status;

static int held_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)pthread_mutex_lock(&held.lock);
    held.tickets[held.waiting] = call->ticket;
    held.calls[held.waiting++] = call;
    held.asked++;
    (void)pthread_mutex_unlock(&held.lock);
    return CRUX_PENDING;
}

/* End one of those that wait: this one, or (NULL) any. False: there is none. */
static bool held_end(const struct crux_call *which, int how)
{
    struct crux_call *call = NULL;
    uint64_t ticket = 0;

    (void)pthread_mutex_lock(&held.lock);
    for (size_t i = 0; i < held.waiting && call == NULL; i++)
        if (which == NULL || held.calls[i] == which) {
            call = held.calls[i];
            ticket = held.tickets[i];
            held.calls[i] = held.calls[--held.waiting];
            held.tickets[i] = held.tickets[held.waiting];
            held.cancelled += how == CRUX_CANCELLED;
        }
    (void)pthread_mutex_unlock(&held.lock);
    if (call != NULL)
        cr_assert(crux_complete(call, ticket, how));
    return call != NULL;
}

static void held_cancel(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)held_end(call, CRUX_CANCELLED);
}

static size_t held_waiting(void)
{
    size_t waiting;

    (void)pthread_mutex_lock(&held.lock);
    waiting = held.waiting;
    (void)pthread_mutex_unlock(&held.lock);
    return waiting;
}

static int tally_next(struct passes_work *work, struct passes_question **out,
                      struct crux_error *error)
{
    struct passes_question *question = &tally.questions[tally.next];

    (void)work, (void)error;
    if (tally.next == ITEMS)
        return CRUX_END;
    question->port = &held.port;
    question->asking.call.verb = CRUX_SCORE;
    question->asking.call.count = 1;
    question->asking.call.seed = tally.next++;
    *out = question;
    return CRUX_OK;
}

static int tally_answered(struct passes_work *work, struct passes_question *question, int how,
                          struct crux_error *error)
{
    (void)work, (void)question, (void)error;
    cr_expect_eq(how, CRUX_FAILED);
    tally.answered++;
    return CRUX_OK;
}

static void tally_places(struct passes_work *work, uint32_t in_flight)
{
    (void)work;
    tally.places = in_flight;
}

static void open_with(int64_t limit_ns)
{
    const struct passes_setup setup = {.in_flight = IN_FLIGHT, .limit_ns = limit_ns};

    memset(&held, 0, sizeof held);
    memset(&tally, 0, sizeof tally);
    (void)pthread_mutex_init(&held.lock, NULL);
    held.port = (struct crux_port){"held", false, held_ask, held_cancel, NULL, NULL};
    tally.work = (struct passes_work){tally_next, tally_answered, tally_places};
    cr_assert_eq(passes_open(&passes, &setup, &why), CRUX_OK);
}

static void *run(void *context)
{
    (void)context;
    status = passes_run(passes, &tally.work, &why);
    return NULL;
}

static void begin(void)
{
    cr_assert_eq(pthread_create(&runner, NULL, run, NULL), 0);
}

static void end(int expected)
{
    (void)pthread_join(runner, NULL);
    cr_expect_eq(status, expected);
    cr_expect_eq(held_waiting(), 0);
    passes_close(passes);
}

static void answer(size_t count)
{
    while (count-- > 0)
        cr_assert(held_end(NULL, CRUX_FAILED));
}

static void answer_all(void)
{
    while (tally.answered < ITEMS)
        if (!held_end(NULL, CRUX_FAILED))
            (void)sched_yield();
}

static void await_waiting(size_t count)
{
    while (held_waiting() != count)
        (void)sched_yield();
}

static void stay_quiet(void)
{
    for (int i = 0; i < QUIET; i++)
        (void)sched_yield();
}

static struct crux_steering steered(void)
{
    struct crux_steering out;

    passes_steered(passes, &out);
    return out;
}

TestSuite(steer_passes, .timeout = 60);

/* With nothing in flight it is no end. */
Test(steer_passes, a_pass_that_is_paused_asks_nothing)
{
    open_with(0);
    passes_pause(passes);
    begin();
    stay_quiet();
    cr_expect_eq(held_waiting(), 0);
    cr_expect(steered().paused);
    passes_resume(passes);
    await_waiting(IN_FLIGHT);
    cr_expect_eq(passes_flying(passes), IN_FLIGHT);
    passes_pause(passes);
    answer(IN_FLIGHT);
    while (passes_flying(passes) > 0)
        (void)sched_yield();
    stay_quiet();
    cr_expect_eq(held.asked, IN_FLIGHT);
    passes_resume(passes);
    answer_all();
    end(CRUX_OK);
    cr_expect_eq(held.asked, ITEMS);
}

Test(steer_passes, places_grow_and_shrink)
{
    open_with(0);
    begin();
    await_waiting(IN_FLIGHT);
    cr_expect_eq(passes_set_in_flight(passes, 0, &why), CRUX_INVALID);
    cr_expect_eq(passes_set_in_flight(passes, 65537, &why), CRUX_INVALID);
    cr_assert_eq(passes_set_in_flight(passes, 9, &why), CRUX_OK);
    await_waiting(9);
    cr_assert_eq(passes_set_in_flight(passes, 2, &why), CRUX_OK);
    answer(6);
    stay_quiet();
    cr_expect_eq(held_waiting(), 3);
    answer(2);
    await_waiting(2);
    stay_quiet();
    cr_expect_eq(held_waiting(), 2);
    answer_all();
    end(CRUX_OK);
    cr_expect_eq(tally.places, 2, "the work was told");
    cr_expect_eq(held.asked, ITEMS);
}

Test(steer_passes, a_limit_comes_and_goes)
{
    open_with(INT64_C(3600000000000));
    cr_expect_eq(passes_set_limit_ns(passes, -1, &why), CRUX_INVALID);
    cr_assert_eq(passes_set_limit_ns(passes, 0, &why), CRUX_OK);
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(passes_set_limit_ns(passes, 1, &why), CRUX_OK);
    end(CRUX_LIMIT);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
}

Test(steer_passes, what_is_called_off_is_not_waited_for)
{
    open_with(0);
    begin();
    await_waiting(IN_FLIGHT);
    passes_stop(passes);
    stay_quiet();
    cr_expect_eq(held.cancelled, 0, "a stop waits");
    passes_call_off(passes);
    end(CRUX_STOPPED);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
    cr_expect_eq(tally.answered, 0);
}

Test(steer_passes, a_stop_ends_a_pass_that_is_paused)
{
    open_with(0);
    passes_pause(passes);
    begin();
    stay_quiet();
    passes_stop(passes);
    end(CRUX_STOPPED);
}
