/*
 * test_passes.c - what io/passes/passes.h promises: questions in order, never more in flight than
 * allowed, each answer told once, and an end only when nothing is in flight, whatever happens.
 */
#include <criterion/criterion.h>

#include <stdatomic.h>
#include <string.h>

#include "io/passes/passes.h"
#include "tests/world/late_port.h"

enum { ITEMS = 400 };

/* A critic of the test's own: it answers the seed, and fails or is cancelled at certain calls. */
struct scripted {
    struct crux_port port;
    uint64_t fail_at, cancel_at, memory_at; /* seeds */
    _Atomic uint32_t asked, released;
};

static double seventh = 1.0 / 7.0;

static int scripted_ask(struct crux_port *port, struct crux_call *call)
{
    struct scripted *self = (struct scripted *)(void *)port;

    atomic_fetch_add(&self->asked, 1);
    if (call->seed == self->fail_at) {
        call->reply.sentence = "it would not";
        return CRUX_FAILED;
    }
    if (call->seed == self->cancel_at)
        return CRUX_CANCELLED;
    if (call->seed == self->memory_at)
        return CRUX_MEMORY;
    call->reply.count = 1;
    call->reply.scores = &seventh;
    return CRUX_DONE;
}

static void scripted_release(struct crux_port *port, struct crux_reply *reply)
{
    struct scripted *self = (struct scripted *)(void *)port;

    cr_assert_eq(reply->scores, &seventh);
    atomic_fetch_add(&self->released, 1);
}

/* The work: ITEMS questions, and what became of them. */
struct tally {
    struct passes_work work;
    struct crux_port *port;
    struct passes_question questions[ITEMS];
    int answers[ITEMS]; /* how often, and ... */
    int statuses[ITEMS];
    uint32_t next, items, in_flight, most;
    struct passes *stops; /* with question number stop_at */
    uint32_t stop_at, break_at, refuse_at;
};

static int tally_next(struct passes_work *work, struct passes_question **out,
                      struct crux_error *error)
{
    struct tally *tally = (struct tally *)(void *)work;
    struct passes_question *question = &tally->questions[tally->next];

    if (tally->next == tally->items)
        return CRUX_END;
    if (tally->next == tally->break_at)
        return crux_fail(error, CRUX_STORE, "no more of it");
    if (tally->stops != NULL && tally->next == tally->stop_at)
        passes_stop(tally->stops);
    question->port = tally->port;
    question->asking.call.verb = CRUX_SCORE;
    question->asking.call.count = 1;
    question->asking.call.seed = tally->next++;
    tally->in_flight++;
    if (tally->in_flight > tally->most)
        tally->most = tally->in_flight;
    *out = question;
    return CRUX_OK;
}

static int tally_answered(struct passes_work *work, struct passes_question *question, int status,
                          struct crux_error *error)
{
    struct tally *tally = (struct tally *)(void *)work;
    size_t index = (size_t)(question - tally->questions);

    tally->in_flight--;
    tally->answers[index]++;
    tally->statuses[index] = status;
    if (status != CRUX_OK)
        cr_expect_str_eq(question->asking.call.reply.sentence, "it would not");
    return index == tally->refuse_at ? crux_fail(error, CRUX_FAILED, "not this one") : CRUX_OK;
}

static struct scripted scripted;
static struct tally tally;
static struct crux_error why;

static void set_up(void)
{
    scripted = (struct scripted){
        .port = {.name = "scripted", .ask = scripted_ask, .release = scripted_release},
        .fail_at = UINT64_MAX,
        .cancel_at = UINT64_MAX,
        .memory_at = UINT64_MAX};
    memset(&tally, 0, sizeof tally);
    tally.work = (struct passes_work){tally_next, tally_answered, NULL};
    tally.port = &scripted.port;
    tally.items = ITEMS;
    tally.break_at = tally.refuse_at = UINT32_MAX;
}

TestSuite(passes, .init = set_up);

static int run(const struct passes_setup *setup)
{
    struct passes *passes;
    int status;

    cr_assert_eq(passes_open(&passes, setup, &why), CRUX_OK);
    if (tally.stop_at > 0)
        tally.stops = passes;
    status = passes_run(passes, &tally.work, &why);
    passes_close(passes);
    cr_expect_eq(scripted.released, scripted.asked - (scripted.fail_at < ITEMS) -
                                        (scripted.cancel_at < ITEMS) -
                                        (scripted.memory_at < ITEMS));
    return status;
}

/* The same through threads that answer in an order of their own. */
static int run_late(uint32_t in_flight)
{
    struct late_port *late = late_port_open(&scripted.port, 3, 5);
    const struct passes_setup setup = {.in_flight = in_flight};
    int status;

    tally.port = late_port_of(late);
    status = run(&setup);
    late_port_close(late);
    return status;
}

static uint32_t answered(void)
{
    uint32_t count = 0;

    for (size_t i = 0; i < ITEMS; i++) {
        cr_assert_leq(tally.answers[i], 1);
        count += (uint32_t)tally.answers[i];
    }
    return count;
}

/* A port that answers at once. */
Test(passes, at_once)
{
    const struct passes_setup setup = {.in_flight = 1};

    cr_expect_eq(run(&setup), CRUX_OK);
    cr_expect_eq(answered(), ITEMS);
    cr_expect_eq(tally.most, 1);
}

/* Answers come from other threads in any order; never are more in flight than allowed. */
Test(passes, late)
{
    cr_expect_eq(run_late(32), CRUX_OK);
    cr_expect_eq(answered(), ITEMS);
    cr_expect_leq(tally.most, 32);
}

enum { GATE = 16 };

/* A port that answers when GATE calls wait, the last one first. */
struct gate {
    struct crux_port port;
    struct crux_call *waiting[GATE];
    uint32_t count;
};

static int gate_ask(struct crux_port *port, struct crux_call *call)
{
    struct gate *gate = (struct gate *)(void *)port;

    gate->waiting[gate->count++] = call;
    if (gate->count < GATE)
        return CRUX_PENDING;
    while (gate->count > 0) {
        struct crux_call *last = gate->waiting[--gate->count];

        last->reply = (struct crux_reply){.count = 1, .scores = &seventh};
        cr_assert(crux_complete(last, last->ticket, CRUX_DONE));
    }
    return CRUX_PENDING;
}

/* As many are in flight as allowed: a port that waits for so many gets them. */
Test(passes, as_many_as_allowed)
{
    struct gate gate = {.port = {.name = "gate", .ask = gate_ask}};
    const struct passes_setup setup = {.in_flight = GATE};

    tally.port = &gate.port;
    cr_expect_eq(run(&setup), CRUX_OK);
    cr_expect_eq(answered(), ITEMS);
    cr_expect_eq(tally.most, GATE);
}

/* There is nothing to ask. */
Test(passes, of_nothing)
{
    const struct passes_setup setup = {.in_flight = 4};

    tally.items = 0;
    cr_expect_eq(run(&setup), CRUX_OK);
    cr_expect_eq(scripted.asked, 0);
}

/* A failed call is told with its sentence, and the pass goes on. */
Test(passes, a_call_fails)
{
    scripted.fail_at = 17;
    cr_expect_eq(run_late(8), CRUX_OK);
    cr_expect_eq(answered(), ITEMS);
    cr_expect_eq(tally.statuses[17], CRUX_FAILED);
    cr_expect_eq(tally.statuses[18], CRUX_OK);
}

/* A stop asks nothing new, and waits for what is in flight. */
Test(passes, is_stopped)
{
    tally.stop_at = 100;
    cr_expect_eq(run_late(8), CRUX_STOPPED);
    cr_expect_eq(answered(), 101);
    cr_expect_eq(tally.in_flight, 0);
}

/* A call that the run's end has cancelled was not answered, and stops the pass. */
Test(passes, a_call_is_cancelled)
{
    scripted.cancel_at = 100;
    cr_expect_eq(run_late(8), CRUX_STOPPED);
    cr_expect_eq(tally.answers[100], 0);
    cr_expect_eq(answered(), scripted.asked - 1);
}

/* What goes wrong with the work ends the pass with its sentence, when all is in that was asked. */
Test(passes, the_work_breaks)
{
    tally.break_at = 50;
    cr_expect_eq(run_late(8), CRUX_STORE);
    cr_expect_str_eq(why.text, "no more of it");
    cr_expect_eq(answered(), 50);
    set_up();
    tally.refuse_at = 20;
    cr_expect_eq(run_late(8), CRUX_FAILED);
    cr_expect_str_eq(why.text, "not this one");
    cr_expect_eq(answered(), scripted.asked);
    cr_expect_lt(answered(), ITEMS);
}

Test(passes, memory_is_out)
{
    scripted.memory_at = 30;
    cr_expect_eq(run_late(8), CRUX_MEMORY);
    cr_expect_eq(tally.in_flight, 1); /* that one was not answered */
}

/* A limit in time: nothing is asked behind it. */
Test(passes, time_is_over)
{
    const struct passes_setup setup = {.in_flight = 1, .limit_ns = 1};

    cr_expect_eq(run(&setup), CRUX_LIMIT);
    cr_expect_lt(answered(), ITEMS);
    cr_expect_not_null(strstr(why.text, "--limit-seconds"));
}

/* A port whose server is down: it answers nothing until it is told to be quick. */
static int down_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)call;
    return CRUX_PENDING;
}

static void down_cancel(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    cr_assert(crux_complete(call, call->ticket, CRUX_CANCELLED));
}

/* When its time is over, what is in flight is called off: nobody waits for a server that is down.
 */
Test(passes, time_is_over_and_nothing_answers)
{
    struct crux_port down = {.name = "down", .ask = down_ask, .cancel = down_cancel};
    const struct passes_setup setup = {.in_flight = 8, .limit_ns = 1000000};

    tally.port = &down;
    cr_expect_eq(run(&setup), CRUX_LIMIT);
    cr_expect_eq(answered(), 0);
}

/* A question has the deadline of its asking, or none. */
Test(passes, a_deadline)
{
    const struct passes_setup setup = {.in_flight = 1, .deadline_ns = INT64_C(3600000000000)};

    cr_expect_eq(run(&setup), CRUX_OK);
    cr_expect_gt(tally.questions[0].asking.call.deadline_ns, setup.deadline_ns);
    set_up();
    cr_expect_eq(run_late(1), CRUX_OK);
    cr_expect_eq(tally.questions[0].asking.call.deadline_ns, 0);
}

/* Seeds differ by run, item and number, and are the same when these are. */
Test(passes, seeds)
{
    cr_expect_eq(passes_seed(1, "a", 0), passes_seed(1, "a", 0));
    cr_expect_neq(passes_seed(1, "a", 0), passes_seed(2, "a", 0));
    cr_expect_neq(passes_seed(1, "a", 0), passes_seed(1, "b", 0));
    cr_expect_neq(passes_seed(1, "a", 0), passes_seed(1, "a", 1));
}
