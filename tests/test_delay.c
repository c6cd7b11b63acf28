/*
 * test_delay.c - what crux_delay_open() promises: the same answers, late.
 *
 * No test looks at a clock. That a call waits is seen from its not being asked yet,
 * that it is given up from its completing although its delay is an hour.
 */
#include "policies/crux_policies.h"
#include "tests/world/port_fixture.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 80u

/* --- fixture ------------------------------------------------------------------------- */

/* A policy that notes who asks it and what; it may fail, or complete by itself. */
struct spy {
    struct crux_policy policy;
    int status; /* what ask() answers */
    pthread_t asked_by;
    _Atomic uint32_t asked, released, cancelled;
    struct crux_call *call;
};

static int spy_ask(struct crux_port *port, struct crux_call *call)
{
    struct spy *spy = (struct spy *)(void *)port;

    spy->asked_by = pthread_self();
    spy->call = call;
    call->reply.count = 3;
    call->reply.owner = spy;
    if (spy->status < 0)
        call->reply.sentence = "the spy was caught";
    atomic_fetch_add(&spy->asked, 1);
    return spy->status;
}

static void spy_release(struct crux_port *port, struct crux_reply *reply)
{
    struct spy *spy = (struct spy *)(void *)port;

    cr_assert_eq(reply->owner, spy);
    atomic_fetch_add(&spy->released, 1);
}

static void spy_cancel(struct crux_port *port, struct crux_call *call)
{
    struct spy *spy = (struct spy *)(void *)port;

    cr_assert_eq(spy->call, call);
    atomic_fetch_add(&spy->cancelled, 1);
}

static void make_spy(struct spy *spy, int status)
{
    memset(spy, 0, sizeof *spy);
    spy->policy.port =
        (struct crux_port){.name = "spy", .instant = true, .ask = spy_ask, .release = spy_release};
    spy->status = status;
}

static struct crux_policy *delayed(struct crux_policy *inner, const char *description)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_delay_open(&policy, inner, description, &error), CRUX_OK, "%s", error.text);
    return policy;
}

static const struct crux_problem problem = {.id = "p", .prompt = "say words"};

static struct crux_call question(uint64_t seed)
{
    return (struct crux_call){.verb = CRUX_PROPOSE,
                              .kind = CRUX_STEP,
                              .count = 8,
                              .seed = seed,
                              .state = {.problem = &problem}};
}

/* --- one call -------------------------------------------------------------------------- */

/* A call is pending at first, is asked from another thread, and completes with the inner
 * policy's reply, which release() gives back to it. */
Test(delay, the_inner_policy_answers_from_another_thread)
{
    struct spy spy;
    struct crux_policy *policy;
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call call = question(1);

    make_spy(&spy, CRUX_DONE);
    policy = delayed(&spy.policy, "lognormal:1");
    cr_assert_not(policy->port.instant);
    cr_assert_eq(port_fixture_send(fixture, &policy->port, &call), CRUX_PENDING);
    cr_assert_eq(port_fixture_wait(fixture), CRUX_DONE);
    cr_assert_eq(atomic_load(&spy.asked), 1);
    cr_assert_not(pthread_equal(spy.asked_by, pthread_self()));
    cr_assert_eq(port_fixture_call(fixture)->reply.count, 3);
    port_fixture_release(fixture);
    cr_assert_eq(atomic_load(&spy.released), 1);
    port_fixture_close(fixture);
    crux_policy_close(policy);
}

/* A failure of the inner policy is the call's, with its sentence. */
Test(delay, a_failure_is_passed_on)
{
    struct spy spy;
    struct crux_policy *policy;
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call call = question(1);

    make_spy(&spy, CRUX_FAILED);
    policy = delayed(&spy.policy, "constant:0");
    cr_assert_eq(port_fixture_ask(fixture, &policy->port, &call), CRUX_FAILED);
    cr_assert_str_eq(port_fixture_call(fixture)->reply.sentence, "the spy was caught");
    port_fixture_close(fixture);
    crux_policy_close(policy);
}

/* An inner policy that answers late itself completes by itself, with the same ticket. */
Test(delay, a_late_inner_policy_completes_by_itself)
{
    struct spy spy;
    struct crux_policy *policy;
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call call = question(1);

    make_spy(&spy, CRUX_PENDING);
    policy = delayed(&spy.policy, "constant:0");
    cr_assert_eq(port_fixture_send(fixture, &policy->port, &call), CRUX_PENDING);
    while (atomic_load(&spy.asked) == 0)
        (void)sched_yield();
    cr_assert(crux_complete(spy.call, spy.call->ticket, CRUX_DONE));
    cr_assert_eq(port_fixture_wait(fixture), CRUX_DONE);
    port_fixture_close(fixture);
    crux_policy_close(policy);
}

/* Delays can be put on top of each other. */
Test(delay, a_delay_can_be_delayed)
{
    struct spy spy;
    struct crux_policy *inner, *outer;
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call call = question(1);

    make_spy(&spy, CRUX_DONE);
    inner = delayed(&spy.policy, "constant:1");
    outer = delayed(inner, "constant:1");
    cr_assert_eq(port_fixture_ask(fixture, &outer->port, &call), CRUX_DONE);
    port_fixture_release(fixture);
    cr_assert_eq(atomic_load(&spy.released), 1);
    port_fixture_close(fixture);
    crux_policy_close(outer);
    crux_policy_close(inner);
}

/* --- giving up ------------------------------------------------------------------------------- */

/* A cancelled call ends at once without its reply, however long it had to wait; the others go on
 * waiting, and the inner policy is asked nothing. */
Test(delay, a_cancelled_call_ends_without_its_reply)
{
    struct spy spy;
    struct crux_policy *policy;
    struct port_fixture *askers[CALLS];

    make_spy(&spy, CRUX_DONE);
    policy = delayed(&spy.policy, "constant:3600000");
    for (uint32_t i = 0; i < CALLS; i++) {
        struct crux_call call = question(i);

        askers[i] = port_fixture_open();
        cr_assert_eq(port_fixture_send(askers[i], &policy->port, &call), CRUX_PENDING);
    }
    policy->port.cancel(&policy->port, port_fixture_call(askers[CALLS / 2]));
    cr_assert_eq(port_fixture_wait(askers[CALLS / 2]), CRUX_CANCELLED);
    for (uint32_t i = 0; i < CALLS; i++) {
        policy->port.cancel(&policy->port, port_fixture_call(askers[i]));
        cr_assert_eq(port_fixture_wait(askers[i]), CRUX_CANCELLED);
        port_fixture_close(askers[i]);
    }
    cr_assert_eq(atomic_load(&spy.asked), 0);
    crux_policy_close(policy);
}

/* A call that waits with the inner policy is cancelled there. */
Test(delay, cancel_reaches_the_inner_policy)
{
    struct spy spy;
    struct crux_policy *policy;
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call call = question(1);

    make_spy(&spy, CRUX_PENDING);
    spy.policy.port.cancel = spy_cancel;
    policy = delayed(&spy.policy, "constant:0");
    cr_assert_eq(port_fixture_send(fixture, &policy->port, &call), CRUX_PENDING);
    while (atomic_load(&spy.asked) == 0)
        (void)sched_yield();
    policy->port.cancel(&policy->port, port_fixture_call(fixture));
    cr_assert_eq(atomic_load(&spy.cancelled), 1);
    cr_assert(crux_complete(spy.call, spy.call->ticket, CRUX_CANCELLED));
    cr_assert_eq(port_fixture_wait(fixture), CRUX_CANCELLED);
    port_fixture_close(fixture);
    crux_policy_close(policy);
}

/* --- order --------------------------------------------------------------------------------------
 */

/* The seeds in the order in which the inner policy was asked. */
struct recorder {
    struct crux_policy policy;
    uint64_t seeds[CALLS];
    _Atomic uint32_t count;
};

static int record(struct crux_port *port, struct crux_call *call)
{
    struct recorder *recorder = (struct recorder *)(void *)port;

    recorder->seeds[atomic_fetch_add(&recorder->count, 1)] = call->seed;
    return CRUX_DONE;
}

/* Calls of different delays overtake each other; none is lost and none asked twice. */
Test(delay, calls_overtake_each_other)
{
    struct recorder recorder = {.policy = {.port = {"recorder", true, record, NULL, NULL, NULL}}};
    struct crux_policy *policy = delayed(&recorder.policy, "lognormal:20");
    struct port_fixture *askers[CALLS];
    bool seen[CALLS] = {false}, in_order = true;

    for (uint32_t i = 0; i < CALLS; i++) {
        struct crux_call call = question(i);

        askers[i] = port_fixture_open();
        cr_assert_eq(port_fixture_send(askers[i], &policy->port, &call), CRUX_PENDING);
    }
    for (uint32_t i = 0; i < CALLS; i++) {
        cr_assert_eq(port_fixture_wait(askers[i]), CRUX_DONE);
        port_fixture_close(askers[i]);
    }
    cr_assert_eq(atomic_load(&recorder.count), CALLS);
    for (uint32_t i = 0; i < CALLS; i++) {
        cr_assert_not(seen[recorder.seeds[i]]);
        seen[recorder.seeds[i]] = true;
        in_order = in_order && recorder.seeds[i] == i;
    }
    cr_assert_not(in_order);
    crux_policy_close(policy);
}

/* --- in a search
 * ------------------------------------------------------------------------------------ */

static uint64_t digest_with(const char *delay, uint32_t workers, uint32_t in_flight)
{
    struct world world;
    struct world_script script = {.branching = 4, .depth = 4, .right_of = 6};
    struct world_source source;
    struct world_sink sink;
    struct crux_search *search;
    struct crux_error error = {""};
    struct crux_setup setup = crux_setup_default();
    struct crux_policy *policy = NULL;

    world_open(&world, &script);
    world_source_open(&source, 6);
    world_sink_open(&sink);
    if (delay != NULL)
        policy = delayed(&world.policy, delay);
    setup.policies[CRUX_STEP] = policy != NULL ? policy : &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.simulations = 60;
    setup.children = 4;
    setup.per_tree = 8;
    setup.order = CRUX_ORDER_ISSUED;
    setup.workers = workers;
    setup.in_flight = in_flight;
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(crux_run(search, &source.source, &sink.sink, &error), CRUX_OK, "%s", error.text);
    crux_close(search);
    crux_policy_close(policy);
    world_source_close(&source);
    cr_assert_eq(atomic_load(&sink.violations), 0);
    cr_assert_eq(atomic_load(&sink.trees), 6);
    cr_assert_eq(atomic_load(&world.outstanding), 0);
    return atomic_load(&sink.digest);
}

/* With the order of issue a search finds the same trees, late or at once. */
Test(delay, a_search_finds_the_same)
{
    uint64_t at_once = digest_with(NULL, 1, 1);

    cr_assert_eq(digest_with("lognormal:0.5", 1, 64), at_once);
    cr_assert_eq(digest_with("lognormal:0.5", 2, 7), at_once);
    cr_assert_eq(digest_with("constant:0", 2, 64), at_once);
}

/* --- opening
 * ------------------------------------------------------------------------------------------ */

/* A description that cannot work is refused with a sentence; *out is left alone. */
Test(delay, bad_descriptions_are_refused)
{
    static const char *const wrong[] = {
        "",
        "lognormal",
        "lognormal:",
        "lognormal:x",
        "lognormal:-1",
        "constant:",
        "constant:1 s",
        "uniform:5",
        "constant:1e9",
        "lognormal:nan",
        "lognormal:inf",
    };
    struct spy spy;

    make_spy(&spy, CRUX_DONE);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct crux_policy *policy = NULL;
        struct crux_error error = {""};

        cr_assert_eq(crux_delay_open(&policy, &spy.policy, wrong[i], &error), CRUX_INVALID, "`%s`",
                     wrong[i]);
        cr_assert_null(policy);
        cr_assert_neq(error.text[0], '\0');
    }
}
