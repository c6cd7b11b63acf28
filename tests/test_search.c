/*
 * test_search.c - what crux.h promises of a whole search, one promise per test.
 *
 * Where a promise must hold for instant and for late answers alike, the same run is
 * made in both worlds: late answers come out of order and from other threads. Every
 * run is audited by its sink: nothing in flight, nothing claimed, sums exact.
 */
#include "search/simulate.h"
#include "tests/world/late_port.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#define PROBLEMS 6u

static struct world world;
static struct world_script script;
static struct crux_setup setup;
static struct world_source source;
static struct world_sink sink;
static struct crux_error error;

static void set_up(void)
{
    script = (struct world_script){.branching = 12, .depth = 5, .right_of = 6};
    setup = crux_setup_default();
    setup.policies[CRUX_STEP] = &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.simulations = 200;
    setup.children = 12;
    setup.in_flight = 16;
}

TestSuite(search, .init = set_up, .timeout = 120);

/* Run the setup; threads of late answers, 0: instant. Checks what always holds. */
static int run(uint32_t threads)
{
    struct late_port *late = NULL;
    struct crux_search *search = NULL;
    int status;

    world_open(&world, &script);
    world_source_open(&source, PROBLEMS);
    memset(&error, 0, sizeof error);
    if (threads > 0) {
        late = late_port_open(&world.policy.port, threads, 3);
        setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)late_port_of(late);
    } else {
        setup.policies[CRUX_STEP] = &world.policy;
    }
    status = crux_open(&search, &setup, &error);
    if (status == CRUX_OK)
        status = crux_run(search, &source.source, &sink.sink, &error);
    crux_close(search);
    if (late != NULL)
        late_port_close(late);
    world_source_close(&source);
    cr_assert_eq(world.outstanding, 0, "every reply is released exactly once");
    cr_assert_eq(sink.violations, 0, "nothing in flight or claimed, sums exact");
    return status;
}

static int run_fresh(uint32_t threads)
{
    world_sink_open(&sink);
    return run(threads);
}

static uint64_t digest(uint32_t threads)
{
    cr_assert_eq(run_fresh(threads), CRUX_OK, "%s", error.text);
    cr_assert_eq(sink.trees, PROBLEMS);
    return sink.digest;
}

/* --- every problem, every simulation ------------------------------------------- */

/* Every problem ends once and every simulation settles, whenever answers come. */
Test(search, nothing_is_lost)
{
    for (uint32_t threads = 0; threads <= 4; threads += 2) {
        cr_assert_eq(run_fresh(threads), CRUX_OK);
        cr_assert_eq(sink.trees, PROBLEMS);
        cr_assert_eq(sink.simulations, PROBLEMS * 200);
    }
}

/* The same promises hold in a tree that four workers share. */
Test(search, nothing_is_lost_in_a_shared_tree)
{
    setup.lanes = setup.workers = 4;
    setup.per_tree = 16;
    setup.open_trees = 1;
    for (uint32_t threads = 0; threads <= 4; threads += 2) {
        cr_assert_eq(run_fresh(threads), CRUX_OK);
        cr_assert_eq(sink.simulations, PROBLEMS * 200);
    }
}

/* A path deeper than a record has room for is walked all the same. */
Test(search, deep_trees_work)
{
    script = (struct world_script){.branching = 1, .depth = 1000, .right_of = 1};
    setup.depth = 1024;
    setup.simulations = 1500;
    setup.per_tree = 1;
    cr_assert_eq(run_fresh(0), CRUX_OK);
    cr_assert_eq(sink.simulations, PROBLEMS * 1500);
    cr_assert_gt(SIMULATE_INLINE, 0);
    cr_assert_lt(SIMULATE_INLINE, 1000);
}

/* --- the same bytes -------------------------------------------------------------- */

/* In issued order neither workers, nor places, nor late answers change a bit. */
Test(search, issued_order_is_the_trees_own)
{
    static const uint32_t workers[] = {1, 2, 8}, places[] = {1, 7, 64};
    uint64_t expected;

    setup.order = CRUX_ORDER_ISSUED;
    expected = digest(0);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            setup.workers = workers[i];
            setup.in_flight = places[j];
            cr_assert_eq(digest(0), expected);
            cr_assert_eq(digest(3), expected);
        }
    }
}

/* One simulation in flight: the order of arrival is the order of issue. */
Test(search, one_at_a_time_is_the_same_twice)
{
    uint64_t first;

    setup.per_tree = 1;
    first = digest(0);
    cr_assert_eq(digest(3), first);
    setup.order = CRUX_ORDER_ISSUED;
    cr_assert_eq(digest(3), first);
}

/* Another seed, another tree; so the test above can fail. */
Test(search, the_seed_matters)
{
    uint64_t first = digest(0);

    setup.seed = 2;
    cr_assert_neq(digest(0), first);
}

/* --- budgets ------------------------------------------------------------------------ */

/* Both strategies use up a problem's calls, to one call, and never more. */
Test(search, calls_are_a_hard_budget)
{
    setup.calls = 25;
    setup.order = CRUX_ORDER_ISSUED;
    for (int strategy = CRUX_MCTS; strategy <= CRUX_SAMPLE; strategy++) {
        setup.strategy = (enum crux_strategy)strategy;
        for (uint32_t threads = 0; threads <= 2; threads += 2) {
            cr_assert_eq(run_fresh(threads), CRUX_OK);
            cr_assert_leq(sink.calls, PROBLEMS * 25);
            cr_assert_geq(sink.calls, PROBLEMS * 24);
        }
    }
}

/* Without a limit a sample may cost what a search could: two calls a simulation. */
Test(search, samples_may_cost_what_a_search_could)
{
    setup.strategy = CRUX_SAMPLE;
    cr_assert_eq(run_fresh(2), CRUX_OK);
    cr_assert_eq(sink.calls, PROBLEMS * 400);
    cr_assert_eq(sink.rollouts, PROBLEMS * 400);
}

/* A limit over the run ends it, can go on, and is never passed. */
Test(search, a_limit_on_calls_is_hard)
{
    setup.limit_calls = 300;
    for (uint32_t threads = 0; threads <= 2; threads += 2) {
        cr_assert_eq(run_fresh(threads), CRUX_LIMIT);
        cr_assert_leq(world.proposals, 300);
        cr_assert_geq(sink.stopped, 1);
    }
}

/* --stop ends a problem at that number of distinct right and wrong answers. */
Test(search, enough_answers_end_a_problem)
{
    setup.stop_right = setup.stop_wrong = 2;
    setup.order = CRUX_ORDER_ISSUED;
    cr_assert_eq(run_fresh(0), CRUX_OK);
    cr_assert_lt(sink.simulations, PROBLEMS * 100);
    cr_assert_geq(sink.rights, PROBLEMS * 2);
}

/* --probe ends a problem whose first answers all agree. */
Test(search, agreement_ends_a_problem)
{
    script.right_of = 1;
    setup.probe = 10;
    setup.per_tree = 1;
    cr_assert_eq(run_fresh(0), CRUX_OK);
    cr_assert_eq(sink.simulations, PROBLEMS * 10);
    script.right_of = 6;
    cr_assert_eq(run_fresh(0), CRUX_OK);
    cr_assert_gt(sink.simulations, PROBLEMS * 100, "mixed answers do not end it");
}

/* --- critics ------------------------------------------------------------------------- */

/* Without rollouts a value critic is asked, and there are no answers. */
Test(search, a_value_critic_replaces_rollouts)
{
    setup.rollouts = 0;
    setup.critics[CRUX_ROLE_OUTCOME] = NULL;
    setup.critics[CRUX_ROLE_VALUE] = &world.value;
    cr_assert_eq(run_fresh(2), CRUX_OK);
    cr_assert_gt(world.scored, 0);
    cr_assert_eq(sink.rollouts, 0);
}

/* An execution critic is asked about every family and changes the tree. */
Test(search, an_execution_critic_weighs_the_children)
{
    uint64_t without = digest(0);

    setup.critics[CRUX_ROLE_EXECUTION] = &world.execution;
    cr_assert_neq(digest(0), without);
    cr_assert_gt(world.scored, 0);
}

/* Several rollouts a leaf: as many answers. */
Test(search, rollouts_are_counted)
{
    setup.rollouts = 3;
    cr_assert_eq(run_fresh(2), CRUX_OK);
    cr_assert_geq(sink.rollouts, PROBLEMS * 400);
}

/* --- what goes wrong --------------------------------------------------------------------- */

/* Calls that fail permanently close their leaf; the run goes on. */
Test(search, failed_calls_close_leaves)
{
    script.fail_of = 9;
    for (uint32_t threads = 0; threads <= 2; threads += 2) {
        cr_assert_eq(run_fresh(threads), CRUX_OK);
        cr_assert_eq(sink.trees, PROBLEMS);
        cr_assert_gt(world.failed, 0);
    }
}

/* When the root fails the problem has failed, and the others are searched. */
Test(search, a_failed_root_is_a_failed_problem)
{
    script.fail_of = 1;
    cr_assert_eq(run_fresh(2), CRUX_OK);
    cr_assert_eq(sink.failed, PROBLEMS);
    cr_assert_eq(sink.simulations, 0);
}

/* Dead ends are leaves like any other. */
Test(search, dead_ends_are_survived)
{
    script.dead_of = 3;
    cr_assert_eq(run_fresh(2), CRUX_OK);
    cr_assert_eq(sink.failed, 0);
}

/* NaN, infinities and numbers out of range are refused at the port. */
Test(search, bad_numbers_fail_the_call)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1.5, -0.5};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        script.bad_score = bad[i];
        cr_assert_eq(run_fresh(0), CRUX_OK);
        cr_assert_eq(sink.failed, PROBLEMS);
    }
}

/* Text that is not UTF-8, or a step of two lines, never enters a tree. */
Test(search, bad_text_fails_the_call)
{
    static const char *const bad[] = {"\xC3\x28", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                                      "a\nb",     "\xC0\x80",     "\xE2\x82"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        script.bad_text = bad[i];
        cr_assert_eq(run_fresh(0), CRUX_OK);
        cr_assert_eq(sink.failed, PROBLEMS);
        cr_assert_eq(sink.pairs, 0);
    }
}

/* A sink that cannot keep a tree ends the run with its status and sentence. */
Test(search, a_full_sink_ends_the_run)
{
    world_sink_open(&sink);
    sink.answer = CRUX_STORE;
    cr_assert_eq(run(2), CRUX_STORE);
    cr_assert_str_eq(error.text, "the sink is full");
}

/* --- stopping ------------------------------------------------------------------------------ */

/* A port that never answers until its call is cancelled. */
struct hanging {
    struct crux_policy policy;
    pthread_mutex_t lock;
    struct crux_call *calls[64];
    uint64_t tickets[64];
    uint32_t count, cancelled;
};

static int hang(struct crux_port *port, struct crux_call *call)
{
    struct hanging *hanging = (struct hanging *)(void *)port;

    (void)pthread_mutex_lock(&hanging->lock);
    hanging->calls[hanging->count] = call;
    hanging->tickets[hanging->count++] = call->ticket;
    (void)pthread_mutex_unlock(&hanging->lock);
    return CRUX_PENDING;
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    struct hanging *hanging = (struct hanging *)(void *)port;
    uint64_t ticket = 0;

    (void)pthread_mutex_lock(&hanging->lock);
    for (uint32_t i = 0; i < hanging->count; i++)
        if (hanging->calls[i] == call)
            ticket = hanging->tickets[i];
    hanging->cancelled++;
    (void)pthread_mutex_unlock(&hanging->lock);
    call->reply.sentence = "cancelled";
    cr_assert(crux_complete(call, ticket, CRUX_CANCELLED));
    cr_assert_not(crux_complete(call, ticket, CRUX_DONE), "a ticket is good once");
}

/* A limit in seconds cancels what is pending and does not wait for hours. */
Test(search, a_limit_in_seconds_cancels)
{
    struct hanging hanging = {.policy = {.port = {"hanging", false, hang, cancel, NULL, NULL}}};
    struct crux_search *search = NULL;

    (void)pthread_mutex_init(&hanging.lock, NULL);
    world_open(&world, &script);
    world_source_open(&source, PROBLEMS);
    world_sink_open(&sink);
    setup.policies[CRUX_STEP] = &hanging.policy;
    setup.limit_ns = 50000000;
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_OK);
    cr_assert_eq(crux_run(search, &source.source, &sink.sink, &error), CRUX_LIMIT);
    cr_assert_eq(hanging.cancelled, hanging.count);
    cr_assert_gt(hanging.count, 0);
    cr_assert_eq(sink.violations, 0);
    crux_close(search);
    world_source_close(&source);
}

static int stop_at_third(struct crux_sink *self, const struct crux_tree *tree,
                         struct crux_error *why);

struct stopping {
    struct crux_sink sink;
    struct crux_search *search;
    _Atomic uint32_t finished, stopped, violations;
};

static int stop_at_third(struct crux_sink *self, const struct crux_tree *tree,
                         struct crux_error *why)
{
    struct stopping *stopping = (struct stopping *)(void *)self;

    (void)why;
    stopping->stopped += tree->reason == CRUX_REASON_STOPPED;
    stopping->violations += tree->audit.in_flight_left + tree->audit.claims_left > 0;
    if (++stopping->finished == 3)
        crux_stop(stopping->search);
    return CRUX_OK;
}

/* A stop finishes what is in flight and says which trees it has cut short. */
Test(search, a_stop_is_clean)
{
    struct late_port *late;
    struct stopping stopping = {.sink = {stop_at_third}};

    world_open(&world, &script);
    world_source_open(&source, 40);
    late = late_port_open(&world.policy.port, 3, 1);
    setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)late_port_of(late);
    cr_assert_eq(crux_open(&stopping.search, &setup, &error), CRUX_OK);
    cr_assert_eq(crux_run(stopping.search, &source.source, &stopping.sink, &error), CRUX_STOPPED);
    cr_assert_lt(stopping.finished, 40);
    cr_assert_eq(stopping.violations, 0);
    crux_close(stopping.search);
    late_port_close(late);
    cr_assert_eq(world.outstanding, 0);
    world_source_close(&source);
}

/* --- setups that cannot work ------------------------------------------------------------------ */

static void refused(const char *word)
{
    struct crux_search *search = NULL;

    memset(&error, 0, sizeof error);
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_INVALID);
    cr_assert_null(search);
    cr_assert_not_null(strstr(error.text, word), "`%s` does not name %s", error.text, word);
    set_up();
    world_open(&world, &script);
}

/* What cannot work is refused before anything is asked, and the sentence names it. */
Test(search, bad_setups_are_named)
{
    world_open(&world, &script);
    setup.simulations = 0;
    refused("simulations");
    setup.depth = 1025;
    refused("depth");
    setup.exploration = NAN;
    refused("exploration");
    setup.workers = 257;
    refused("workers");
    setup.policies[CRUX_STEP] = NULL;
    refused("policy");
    setup.critics[CRUX_ROLE_OUTCOME] = NULL;
    refused("outcome");
    setup.rollouts = 0;
    refused("value");
    setup.critics[CRUX_ROLE_OUTCOME] = &world.value;
    refused("judges");
    setup.critics[CRUX_ROLE_EXECUTION] = &world.outcome;
    refused("scores");
    setup.critics[CRUX_ROLE_ANNOTATE] = &world.outcome;
    refused("annotate");
    setup.lanes = 2;
    setup.probe = 3;
    refused("lane");
}
