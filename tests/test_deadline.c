/*
 * test_deadline.c - a call that has had its time is given up, and nothing else is.
 *
 * The policy is hanging_policy.h's: some calls hang until they are cancelled, and time moves only
 * when nobody has anything to do. Every run ends with search_fixture_fault(): marks, claims and
 * sums are exact, every reply is released.
 */
#include "tests/world/hanging_policy.h"

#include <criterion/criterion.h>

static void run_until(struct hanging_policy *hanging, uint64_t failed)
{
    struct search_fixture *fixture = hanging->fixture;

    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%d, %s", fixture->status, fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    cr_assert_eq(fixture->sink.trees, fixture->problems);
    cr_assert_eq(fixture->sink.failed, failed);
    cr_assert_eq(hanging->count, 0);
    cr_assert_eq(hanging->wrong_tickets, 0);
    cr_assert_eq(hanging->wrong_cancels, 0, "only a hanging call is cancelled, and once");
}

/* A call that is given up is no failure. */
static void run(struct hanging_policy *hanging)
{
    run_until(hanging, 0);
}

TestSuite(deadline, .timeout = 60);

/* What is settled and what is withdrawn is the budget, and no leaf is closed. */
static void look(struct search_fixture *fixture, const struct crux_tree *tree)
{
    cr_assert_eq(tree->simulations + tree->withdrawn, fixture->setup.simulations);
    cr_assert_eq(tree->nodes[0].visits, tree->simulations);
    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET);
    for (uint32_t i = 0; i < tree->node_count; i++)
        cr_assert_not(tree->nodes[i].closed, "node %u is closed", i);
}

/* However the port answers when it is hurried, and in whatever order trees settle: each
 * call that is given up costs one simulation and leaves no mark. */
Test(deadline, marks_are_undone)
{
    for (int order = CRUX_ORDER_ARRIVAL; order <= CRUX_ORDER_ISSUED; order++) {
        for (int hurry = HANGING_GIVES_UP; hurry <= HANGING_FAILS; hurry++) {
            struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
            struct hanging_policy hanging;

            hanging_policy_open(&hanging, &fixture);
            hanging.every = 7;
            hanging.hurry = (enum hanging_policy_hurry)hurry;
            fixture.setup.order = (enum crux_order)order;
            fixture.look = look;
            run(&hanging);
            cr_assert_gt(hanging.hung, 0);
            cr_assert_eq(hanging.cancelled, hanging.hung);
            cr_assert_eq(fixture.view.withdrawn, hanging.hung);
        }
    }
}

/* The same with several rollouts, critics that are asked besides, and every variant. */
Test(deadline, variants_undo_their_marks)
{
    for (int variant = 0; variant < 4; variant++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        hanging.every = 5;
        fixture.execution = true;
        fixture.setup.rollouts = 3;
        fixture.setup.correction = variant == 0 ? CRUX_VIRTUAL_LOSS : CRUX_UNOBSERVED;
        fixture.setup.root = variant == 1 ? CRUX_ROOT_GUMBEL : CRUX_ROOT_RULE;
        fixture.setup.widen = variant == 2 ? 1.0 : 0.0;
        fixture.setup.group = variant == 3 ? 4 : 1;
        run(&hanging);
        cr_assert_gt(hanging.hung, 0);
        cr_assert_eq(hanging.cancelled, hanging.hung);
    }
}

/* Samples have deadlines as well. */
Test(deadline, samples_are_given_up)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;

    hanging_policy_open(&hanging, &fixture);
    hanging.every = 4;
    fixture.setup.strategy = CRUX_SAMPLE;
    fixture.setup.calls = 40;
    run(&hanging);
    cr_assert_eq(fixture.view.withdrawn, hanging.hung);
    cr_assert_eq(fixture.view.simulations + fixture.view.withdrawn, 40 * fixture.problems);
}

/* While one call hangs the search goes on beside it, as far as it does not insist on its
 * leaf. */
Test(deadline, others_go_on)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;

    hanging_policy_open(&hanging, &fixture);
    fixture.problems = 1;
    fixture.setup.simulations = 400;
    hanging.only = 100;
    fixture.look = look;
    run(&hanging);
    cr_assert_eq(hanging.cancelled, 1);
    cr_assert_gt(hanging.asked_at_cancel, 200, "a hundred calls more were answered meanwhile");
    cr_assert_eq(fixture.view.withdrawn, 1);
}

/* The leaf of a call that was given up is open: its state is asked about again. */
Test(deadline, the_leaf_is_tried_again)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;

    hanging_policy_open(&hanging, &fixture);
    fixture.problems = 1;
    hanging.only = 1; /* at the root: there is no other way */
    fixture.look = look;
    run(&hanging);
    cr_assert_eq(hanging.cancelled, 1);
    cr_assert_gt(hanging.asked_again, 0);
    cr_assert_eq(fixture.view.simulations, fixture.setup.simulations - 1);
}

/* A reply that comes because of the hurry, or long after it, is taken like any other; and
 * the next call of the same simulation has a deadline of its own. */
Test(deadline, late_replies_are_taken)
{
    for (int hurry = HANGING_ANSWERS; hurry <= HANGING_ANSWERS_LATER; hurry++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        hanging.every = 1;
        hanging.hurry = (enum hanging_policy_hurry)hurry;
        run(&hanging);
        cr_assert_eq(hanging.cancelled, hanging.asked);
        cr_assert_eq(fixture.view.simulations, fixture.problems * fixture.setup.simulations);
        cr_assert_eq(fixture.view.withdrawn, 0);
    }
}

static void look_at_silence(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)fixture;
    cr_assert_eq(tree->reason, CRUX_REASON_FAILED);
    cr_assert_str_eq(tree->failure, "no call was answered before its deadline");
}

/* When nothing is ever answered a run ends all the same: its budget is spent, and no problem
 * passes for searched. */
Test(deadline, a_run_without_answers_ends)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;

    hanging_policy_open(&hanging, &fixture);
    hanging.every = 1;
    fixture.look = look_at_silence;
    run_until(&hanging, fixture.problems);
    cr_assert_eq(fixture.view.simulations, 0);
    cr_assert_eq(fixture.view.withdrawn, fixture.problems * fixture.setup.simulations);
    cr_assert_eq(hanging.cancelled, hanging.asked);
}

/* A call that is answered in its time is left alone. */
Test(deadline, calls_in_time_are_left_alone)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;

    hanging_policy_open(&hanging, &fixture);
    hanging.every = 3;
    hanging.answers_in_time = true;
    hanging.step_ns = HANGING_SECOND / 100; /* a hanging call waits for some of the others */
    fixture.look = look;
    run(&hanging);
    cr_assert_gt(hanging.hung, 0);
    cr_assert_eq(hanging.cancelled, 0);
    cr_assert_eq(fixture.view.withdrawn, 0);
}

/* A port gets the deadline: so much after the asking; 0 when there is none. */
Test(deadline, calls_know_their_deadline)
{
    for (int i = 0; i < 2; i++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        fixture.setup.deadline_ns = i * 10 * HANGING_SECOND;
        hanging.every = 3;
        hanging.answers_in_time = true;
        hanging.step_ns = HANGING_SECOND / 100;
        run(&hanging);
        cr_assert_eq(hanging.wrong_deadlines, 0);
    }
}

/* Workers that share trees, or have many, give up what hangs and lose nothing. */
Test(deadline, with_many_workers)
{
    for (uint32_t lanes = 1; lanes <= 4; lanes++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        hanging.every = 6;
        hanging.hurry = lanes % 2 == 0 ? HANGING_ANSWERS_LATER : HANGING_GIVES_UP;
        fixture.setup.workers = 4;
        fixture.setup.lanes = lanes;
        fixture.setup.simulations = 200;
        run(&hanging);
        cr_assert_gt(hanging.cancelled, 0);
        cr_assert_eq(fixture.view.simulations + fixture.view.withdrawn, 200 * fixture.problems);
    }
}
