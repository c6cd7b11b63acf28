/*
 * test_search_ends.c - how trees and runs end: reasons, limits, failures, stopping.
 *
 * Every promise is kept in a world that answers at once and in one that answers late,
 * out of order and from other threads; after every run search_fixture_fault() looks for what any
 * run must have left behind: nothing.
 */
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(ends, .timeout = 120);

static void run(struct search_fixture *fixture, int status)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, status, "%s: %d, %s", search_fixture_pace_name(fixture->pace),
                 fixture->status, fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s: %s", search_fixture_pace_name(fixture->pace),
                   search_fixture_fault(fixture));
}

#define EACH_WORLD                                                                                 \
    for (struct search_fixture fixture = search_fixture_of(WORLD_INSTANT), *go_on_ = &fixture;     \
         go_on_ != NULL; go_on_ = next_world(&fixture))

/* The same test once more, with late answers. */
static struct search_fixture *next_world(struct search_fixture *fixture)
{
    if (fixture->pace == WORLD_LATE)
        return NULL;
    *fixture = search_fixture_of(WORLD_LATE);
    return fixture;
}

/* --- a problem's own end --------------------------------------------------------------- */

static void look_at_budget(struct search_fixture *fixture, const struct crux_tree *tree)
{
    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET);
    cr_assert_eq(tree->simulations, fixture->setup.simulations);
    cr_assert_eq(tree->withdrawn, 0);
}

/* A tree whose budget is spent has settled exactly that number of simulations. */
Test(ends, a_budget_is_exact)
{
    EACH_WORLD
    {
        fixture.look = look_at_budget;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.trees, fixture.problems);
    }
}

static void look_at_calls(struct search_fixture *fixture, const struct crux_tree *tree)
{
    cr_assert_leq(tree->calls, fixture->setup.calls);
    cr_assert_geq(tree->calls, fixture->setup.calls - 1);
    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET);
}

/* A problem's calls are used up but for one, and never exceeded, whatever their parity. */
Test(ends, calls_are_used_up)
{
    EACH_WORLD
    {
        fixture.look = look_at_calls;
        for (uint32_t calls = 20; calls < 24; calls++) {
            fixture.setup.calls = calls;
            run(&fixture, CRUX_OK);
        }
    }
}

static uint32_t distinct_wrong(const struct crux_tree *tree)
{
    uint32_t distinct = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        bool again = tree->rollouts[i].verdict != CRUX_WRONG;

        for (uint32_t j = 0; j < i && !again; j++)
            again = strcmp(tree->rollouts[i].answer, tree->rollouts[j].answer) == 0 &&
                    tree->rollouts[i].node == tree->rollouts[j].node &&
                    strcmp(tree->rollouts[i].text, tree->rollouts[j].text) == 0;
        distinct += !again;
    }
    return distinct;
}

static void look_at_stop(struct search_fixture *fixture, const struct crux_tree *tree)
{
    if (tree->reason == CRUX_REASON_BUDGET)
        return;
    cr_assert_eq(tree->reason, CRUX_REASON_STOP);
    cr_assert_geq(tree->right_count, fixture->setup.stop_right);
    cr_assert_geq(distinct_wrong(tree), fixture->setup.stop_wrong);
    cr_assert_leq(tree->simulations, fixture->setup.simulations);
    ++*(int *)fixture->context;
}

/* --stop ends a problem when it has as many right and wrong answers, and says so. */
Test(ends, stop_has_its_reason)
{
    EACH_WORLD
    {
        int stopped = 0;

        fixture.setup.stop_right = 2;
        fixture.setup.stop_wrong = 5;
        fixture.setup.simulations = 150;
        fixture.context = &stopped;
        fixture.look = look_at_stop;
        run(&fixture, CRUX_OK);
        cr_assert_gt(stopped, 0);
        cr_assert_lt(fixture.sink.simulations, fixture.problems * 150);
    }
}

static void look_at_probe(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t right = 0;

    for (uint32_t i = 0; i < fixture->setup.probe; i++)
        right += tree->rollouts[i].verdict == CRUX_RIGHT;
    cr_assert_eq(tree->reason == CRUX_REASON_PROBE, right == 0 || right == fixture->setup.probe);
    *(int *)fixture->context |= 1 << (tree->reason == CRUX_REASON_PROBE);
}

/* --probe ends a problem exactly when its first answers agree. */
Test(ends, probe_has_its_reason)
{
    EACH_WORLD
    {
        int seen = 0;

        fixture.setup.probe = 4;
        fixture.setup.order = CRUX_ORDER_ISSUED;
        fixture.context = &seen;
        fixture.look = look_at_probe;
        fixture.problems = 20;
        run(&fixture, CRUX_OK);
        cr_assert_eq(seen, 3, "some problems end by the probe and some do not");
    }
}

static void look_at_exhausted(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)fixture;
    cr_assert_eq(tree->reason, CRUX_REASON_EXHAUSTED);
    cr_assert_eq(tree->node_count, 1);
}

/* A root that nothing can follow is all there is to know. */
Test(ends, a_dead_root_is_exhausted)
{
    EACH_WORLD
    {
        fixture.script.dead_of = 1;
        fixture.look = look_at_exhausted;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.trees, fixture.problems);
    }
}

static void look_at_depth(struct search_fixture *fixture, const struct crux_tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count; i++)
        cr_assert_leq(tree->nodes[i].depth, fixture->setup.depth);
}

/* No node is deeper than the limit, and simulations go on when all are there. */
Test(ends, depth_is_limited)
{
    EACH_WORLD
    {
        fixture.setup.depth = 2;
        fixture.script.branching = fixture.setup.children = 2;
        fixture.look = look_at_depth;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.simulations, fixture.problems * 60);
    }
}

static void look_at_samples(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t same = 0;

    (void)fixture;
    cr_assert_eq(tree->node_count, 1);
    cr_assert_eq(tree->rollout_count, 60);
    for (uint32_t i = 1; i < tree->rollout_count; i++)
        same += strcmp(tree->rollouts[0].text, tree->rollouts[i].text) == 0;
    cr_assert_lt(same, 20, "samples are drawn apart");
}

/* Strategy sample: one call an answer, all of them from the root. */
Test(ends, samples_are_independent)
{
    EACH_WORLD
    {
        fixture.setup.strategy = CRUX_SAMPLE;
        fixture.setup.calls = 60;
        fixture.look = look_at_samples;
        run(&fixture, CRUX_OK);
    }
}

/* --- failures ------------------------------------------------------------------------------ */

static void look_at_failure(struct search_fixture *fixture, const struct crux_tree *tree)
{
    cr_assert_eq(tree->reason, CRUX_REASON_FAILED);
    cr_assert_not_null(strstr(tree->failure, fixture->context), "`%s`", tree->failure);
    cr_assert_gt(tree->withdrawn, 0);
    cr_assert_eq(tree->simulations, 0);
}

static void all_fail(struct search_fixture *fixture, const char *sentence)
{
    fixture->look = look_at_failure;
    fixture->context = (void *)(uintptr_t)sentence;
    run(fixture, CRUX_OK);
    cr_assert_eq(fixture->sink.failed, fixture->problems);
    cr_assert_eq(fixture->view.trees_failed, fixture->problems);
    cr_assert_geq(fixture->view.withdrawn, fixture->problems);
}

/* A root whose call fails permanently is a failed problem, with the port's sentence. */
Test(ends, a_failed_problem_says_why)
{
    EACH_WORLD
    {
        fixture.script.fail_of = 1;
        all_fail(&fixture, "the world ends here");
    }
}

/* In a tree that lanes share the first sentence is kept as well. */
Test(ends, a_shared_tree_says_why)
{
    EACH_WORLD
    {
        fixture.script.fail_of = 1;
        fixture.setup.lanes = 3;
        fixture.setup.simulations = 300;
        all_fail(&fixture, "the world ends here");
    }
}

/* A bad reply fails its call, and the sentence names the port. */
Test(ends, bad_replies_fail_the_call)
{
    static const double scores[] = {NAN, INFINITY, 1.5, -0.5};

    EACH_WORLD
    {
        for (int i = 0; i < 4; i++) {
            fixture.script.bad_score = scores[i];
            all_fail(&fixture, "world-outcome: a reward is not a number in [0, 1]");
        }
    }
}

static void look_at_some_failures(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)fixture;
    cr_assert_eq(tree->simulations, tree->nodes[0].visits);
    cr_assert_neq(tree->reason, CRUX_REASON_STOPPED);
}

/* Failures below the root cost their leaf and no more. */
Test(ends, failures_below_the_root_are_survived)
{
    EACH_WORLD
    {
        fixture.script.fail_of = 12;
        fixture.look = look_at_some_failures;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.trees, fixture.problems);
        cr_assert_gt(fixture.view.withdrawn, 0);
        cr_assert_lt(fixture.sink.failed, fixture.problems);
    }
}

/* Has nothing to say of the first step that it is asked about. */
struct hesitant {
    struct crux_critic critic;
    _Atomic bool asked;
};

static int hesitate(struct crux_port *port, struct crux_call *call)
{
    static const double scores[] = {0.5};

    if (call->state.depth == 1 &&
        !atomic_exchange(&((struct hesitant *)(void *)port)->asked, true)) {
        call->reply.sentence = "no idea";
        return CRUX_FAILED;
    }
    call->reply.count = 1;
    call->reply.scores = scores;
    return CRUX_DONE;
}

static void look_at_first_children(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t closed = 0, tried = 0;

    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET, "%s", tree->failure);
    cr_assert_eq(tree->simulations + tree->withdrawn, fixture->setup.simulations);
    cr_assert_eq(tree->withdrawn, 1);
    for (uint32_t i = 1; i < tree->node_count; i++) {
        if (tree->nodes[i].parent != 0)
            continue;
        closed += tree->nodes[i].closed && tree->nodes[i].visits == 0;
        tried += tree->nodes[i].visits > 0;
    }
    cr_assert_eq(closed, 1);
    cr_assert_eq(tried, fixture->script.branching - 1);
}

/* A first child that cannot be judged is closed; the others, proposed by the same reply, are
 * searched, also when their parent is the root. */
Test(ends, a_first_child_without_a_value_costs_itself_alone)
{
    EACH_WORLD
    {
        struct hesitant hesitant = {
            .critic = {.port = {.name = "hesitant", .ask = hesitate}, .verbs = 1u << CRUX_SCORE}};

        fixture.problems = 1;
        fixture.setup.rollouts = 0;
        fixture.setup.critics[CRUX_ROLE_VALUE] = &hesitant.critic;
        fixture.look = look_at_first_children;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.failed, 0);
        cr_assert(hesitant.asked);
    }
}

/* --- limits over the run --------------------------------------------------------------------- */

/* A limit in calls ends the run, can go on, and no call more is made. */
Test(ends, a_limit_in_calls)
{
    EACH_WORLD
    {
        fixture.setup.limit_calls = 100;
        run(&fixture, CRUX_LIMIT);
        cr_assert_leq(fixture.world.proposals, 100);
        cr_assert_geq(fixture.world.proposals, 99);
        cr_assert_gt(fixture.sink.stopped, 0);
        cr_assert_eq(fixture.sink.failed, 0);
        cr_assert_not_null(strstr(fixture.error.text, "100 calls"));
    }
}

/* A port that answers nothing until its calls are cancelled. */
struct hanging {
    struct crux_policy policy;
    int status; /* of cancelled calls */
    _Atomic uint32_t asked, cancelled;
};

static int hang(struct crux_port *port, struct crux_call *call)
{
    (void)call;
    atomic_fetch_add(&((struct hanging *)(void *)port)->asked, 1);
    return CRUX_PENDING;
}

static void hurry(struct crux_port *port, struct crux_call *call)
{
    struct hanging *hanging = (struct hanging *)(void *)port;
    uint64_t ticket = call->ticket;

    atomic_fetch_add(&hanging->cancelled, 1);
    cr_assert_not(crux_complete(call, ticket - 1, CRUX_DONE), "a ticket of before");
    cr_assert_not(crux_complete(call, 0, CRUX_DONE), "no ticket");
    cr_assert(crux_complete(call, ticket, hanging->status));
    cr_assert_not(crux_complete(call, ticket, CRUX_DONE), "a ticket is good once");
}

static _Atomic int64_t clock_ns;

/* A clock that goes on with every look at it. */
static int64_t look_at_clock(struct crux_clock *self)
{
    (void)self;
    return atomic_fetch_add(&clock_ns, 1000000);
}

static struct crux_clock looked_at = {look_at_clock, NULL};

/* When the time is over pending calls are cancelled, and their problems can go on. */
Test(ends, a_limit_in_time_cancels)
{
    for (uint32_t lanes = 1; lanes <= 2; lanes++) {
        struct hanging hanging = {
            {.port = {"hanging", false, hang, hurry, NULL, NULL}}, CRUX_CANCELLED, 0, 0};
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

        fixture.setup.policies[CRUX_STEP] = &hanging.policy;
        fixture.setup.clock = &looked_at;
        fixture.setup.limit_ns = 30000000;
        fixture.setup.lanes = lanes;
        fixture.setup.simulations = 200;
        run(&fixture, CRUX_LIMIT);
        cr_assert_gt(hanging.asked, 0);
        cr_assert_eq(hanging.cancelled, hanging.asked);
        cr_assert_eq(fixture.sink.trees, fixture.setup.open_trees);
        cr_assert_eq(fixture.sink.stopped, fixture.setup.open_trees, "none of them has failed");
        cr_assert_eq(fixture.view.withdrawn, 0);
        cr_assert_not_null(strstr(fixture.error.text, "0.03 seconds"));
    }
}

/* A port that fails for a reason of its own while its call is cancelled has failed. */
Test(ends, a_failure_is_a_failure_also_at_the_end)
{
    struct hanging hanging = {
        {.port = {"hanging", false, hang, hurry, NULL, NULL}}, CRUX_FAILED, 0, 0};
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    fixture.setup.policies[CRUX_STEP] = &hanging.policy;
    fixture.setup.clock = &looked_at;
    fixture.setup.limit_ns = 30000000;
    run(&fixture, CRUX_LIMIT);
    cr_assert_gt(hanging.asked, 0);
    cr_assert_eq(fixture.sink.failed, hanging.asked);
}

static int give_up(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    (void)call;
    return CRUX_CANCELLED;
}

/* A call that gives up although nobody asked for it has failed. */
Test(ends, giving_up_unasked_is_a_failure)
{
    struct crux_policy quitter = {.port = {"quitter", true, give_up, NULL, NULL, NULL}};
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    fixture.setup.policies[CRUX_STEP] = &quitter;
    all_fail(&fixture, "the call failed");
}

/* --- stopping ----------------------------------------------------------------------------------
 */

struct stopper {
    pthread_t thread;
    bool begun;
};

static void *stop_from_outside(void *context)
{
    struct search_fixture *fixture = context;
    struct crux_view view = {0};

    while (view.simulations < 100)
        crux_look(fixture->search, &view);
    crux_stop(fixture->search);
    return NULL;
}

static void begin_stopping(struct search_fixture *fixture, const struct crux_tree *tree)
{
    struct stopper *stopper = fixture->context;

    (void)tree;
    if (!stopper->begun)
        cr_assert_eq(pthread_create(&stopper->thread, NULL, stop_from_outside, fixture), 0);
    stopper->begun = true;
}

/* A stop from another thread: no new problems, those begun are finished or cut short. */
Test(ends, a_stop_from_another_thread)
{
    EACH_WORLD
    {
        struct stopper stopper = {.begun = false};

        fixture.problems = 3000;
        fixture.look = begin_stopping;
        fixture.context = &stopper;
        fixture.helper = &stopper.thread;
        search_fixture_run(&fixture);
        cr_assert_eq(fixture.status, CRUX_STOPPED);
        cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
        cr_assert_lt(fixture.sink.trees, fixture.problems);
        cr_assert_leq(fixture.sink.stopped, fixture.setup.open_trees);
        cr_assert_eq(fixture.view.trees_done + fixture.sink.stopped, fixture.sink.trees);
    }
}

static void stop_at_once(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)tree;
    crux_stop(fixture->search);
}

/* A sink that fails while the run is being stopped is heard all the same. */
Test(ends, a_failing_sink_is_heard_after_a_stop)
{
    EACH_WORLD
    {
        fixture.look = stop_at_once;
        fixture.sink_answer = CRUX_STORE;
        run(&fixture, CRUX_STORE);
        cr_assert_str_eq(fixture.error.text, "the sink is full");
    }
}

/* A sink that fails ends the run with its status and its sentence. */
Test(ends, a_failing_sink_ends_the_run)
{
    EACH_WORLD
    {
        fixture.problems = 200;
        fixture.sink_answer = CRUX_STORE;
        run(&fixture, CRUX_STORE);
        cr_assert_str_eq(fixture.error.text, "the sink is full");
        cr_assert_leq(fixture.sink.trees, fixture.setup.open_trees);
    }
}

/* --- sources -------------------------------------------------------------------------------------
 */

struct short_source {
    struct crux_source source;
    struct crux_problem problem;
    int left, end;
};

static int next(struct crux_source *self, const struct crux_problem **out, struct crux_error *error)
{
    struct short_source *source = (struct short_source *)(void *)self;

    if (source->left-- <= 0)
        return source->end == CRUX_END ? CRUX_END : crux_fail(error, source->end, "line 3 is bad");
    *out = &source->problem;
    return CRUX_OK;
}

/* A source that fails ends the run with its status; what was begun is reported. */
Test(ends, a_failing_source_ends_the_run)
{
    EACH_WORLD
    {
        struct short_source source = {{next}, {.id = "p", .prompt = ""}, 2, CRUX_INPUT};

        fixture.source = &source.source;
        run(&fixture, CRUX_INPUT);
        cr_assert_str_eq(fixture.error.text, "line 3 is bad");
        cr_assert_eq(fixture.sink.trees, 2);
    }
}

/* No problem is no trouble. */
Test(ends, an_empty_source)
{
    EACH_WORLD
    {
        struct short_source source = {{next}, {.id = "p", .prompt = ""}, 0, CRUX_END};

        fixture.source = &source.source;
        run(&fixture, CRUX_OK);
        cr_assert_eq(fixture.sink.trees, 0);
    }
}
