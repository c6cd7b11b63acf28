/*
 * test_deadline.c - a call that has had its time is given up, and nothing else is.
 *
 * The policy is slow.h's: some calls hang until they are cancelled, and time moves only
 * when nobody has anything to do. Every run ends with trial_fault(): marks, claims and
 * sums are exact, every reply is released.
 */
#include "tests/world/slow.h"

#include <criterion/criterion.h>

static void run_until(struct slow *slow, uint64_t failed)
{
    struct trial *trial = slow->trial;

    trial_run(trial);
    cr_assert_eq(trial->status, CRUX_OK, "%d, %s", trial->status, trial->error.text);
    cr_assert_null(trial_fault(trial), "%s", trial_fault(trial));
    cr_assert_eq(trial->sink.trees, trial->problems);
    cr_assert_eq(trial->sink.failed, failed);
    cr_assert_eq(slow->count, 0);
    cr_assert_eq(slow->wrong_tickets, 0);
    cr_assert_eq(slow->wrong_cancels, 0, "only a hanging call is cancelled, and once");
}

/* A call that is given up is no failure. */
static void run(struct slow *slow)
{
    run_until(slow, 0);
}

TestSuite(deadline, .timeout = 60);

/* What is settled and what is withdrawn is the budget, and no leaf is closed. */
static void look(struct trial *trial, const struct crux_tree *tree)
{
    cr_assert_eq(tree->simulations + tree->withdrawn, trial->setup.simulations);
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
        for (int hurry = SLOW_GIVES_UP; hurry <= SLOW_FAILS; hurry++) {
            struct trial trial = trial_of(WORLD_INSTANT);
            struct slow slow;

            slow_open(&slow, &trial);
            slow.every = 7;
            slow.hurry = (enum slow_hurry)hurry;
            trial.setup.order = (enum crux_order)order;
            trial.look = look;
            run(&slow);
            cr_assert_gt(slow.hung, 0);
            cr_assert_eq(slow.cancelled, slow.hung);
            cr_assert_eq(trial.view.withdrawn, slow.hung);
        }
    }
}

/* The same with several rollouts, critics that are asked besides, and every variant. */
Test(deadline, variants_undo_their_marks)
{
    for (int variant = 0; variant < 4; variant++) {
        struct trial trial = trial_of(WORLD_INSTANT);
        struct slow slow;

        slow_open(&slow, &trial);
        slow.every = 5;
        trial.execution = true;
        trial.setup.rollouts = 3;
        trial.setup.correction = variant == 0 ? CRUX_VIRTUAL_LOSS : CRUX_UNOBSERVED;
        trial.setup.root = variant == 1 ? CRUX_ROOT_GUMBEL : CRUX_ROOT_RULE;
        trial.setup.widen = variant == 2 ? 1.0 : 0.0;
        trial.setup.group = variant == 3 ? 4 : 1;
        run(&slow);
        cr_assert_gt(slow.hung, 0);
        cr_assert_eq(slow.cancelled, slow.hung);
    }
}

/* Samples have deadlines as well. */
Test(deadline, samples_are_given_up)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct slow slow;

    slow_open(&slow, &trial);
    slow.every = 4;
    trial.setup.strategy = CRUX_SAMPLE;
    trial.setup.calls = 40;
    run(&slow);
    cr_assert_eq(trial.view.withdrawn, slow.hung);
    cr_assert_eq(trial.view.simulations + trial.view.withdrawn, 40 * trial.problems);
}

/* While one call hangs the search goes on beside it, as far as it does not insist on its
 * leaf. */
Test(deadline, others_go_on)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct slow slow;

    slow_open(&slow, &trial);
    trial.problems = 1;
    trial.setup.simulations = 400;
    slow.only = 100;
    trial.look = look;
    run(&slow);
    cr_assert_eq(slow.cancelled, 1);
    cr_assert_gt(slow.asked_at_cancel, 200, "a hundred calls more were answered meanwhile");
    cr_assert_eq(trial.view.withdrawn, 1);
}

/* The leaf of a call that was given up is open: its state is asked about again. */
Test(deadline, the_leaf_is_tried_again)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct slow slow;

    slow_open(&slow, &trial);
    trial.problems = 1;
    slow.only = 1; /* at the root: there is no other way */
    trial.look = look;
    run(&slow);
    cr_assert_eq(slow.cancelled, 1);
    cr_assert_gt(slow.asked_again, 0);
    cr_assert_eq(trial.view.simulations, trial.setup.simulations - 1);
}

/* A reply that comes because of the hurry, or long after it, is taken like any other; and
 * the next call of the same simulation has a deadline of its own. */
Test(deadline, late_replies_are_taken)
{
    for (int hurry = SLOW_ANSWERS; hurry <= SLOW_ANSWERS_LATER; hurry++) {
        struct trial trial = trial_of(WORLD_INSTANT);
        struct slow slow;

        slow_open(&slow, &trial);
        slow.every = 1;
        slow.hurry = (enum slow_hurry)hurry;
        run(&slow);
        cr_assert_eq(slow.cancelled, slow.asked);
        cr_assert_eq(trial.view.simulations, trial.problems * trial.setup.simulations);
        cr_assert_eq(trial.view.withdrawn, 0);
    }
}

static void look_at_silence(struct trial *trial, const struct crux_tree *tree)
{
    (void)trial;
    cr_assert_eq(tree->reason, CRUX_REASON_FAILED);
    cr_assert_str_eq(tree->failure, "no call was answered before its deadline");
}

/* When nothing is ever answered a run ends all the same: its budget is spent, and no problem
 * passes for searched. */
Test(deadline, a_run_without_answers_ends)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct slow slow;

    slow_open(&slow, &trial);
    slow.every = 1;
    trial.look = look_at_silence;
    run_until(&slow, trial.problems);
    cr_assert_eq(trial.view.simulations, 0);
    cr_assert_eq(trial.view.withdrawn, trial.problems * trial.setup.simulations);
    cr_assert_eq(slow.cancelled, slow.asked);
}

/* A call that is answered in its time is left alone. */
Test(deadline, calls_in_time_are_left_alone)
{
    struct trial trial = trial_of(WORLD_INSTANT);
    struct slow slow;

    slow_open(&slow, &trial);
    slow.every = 3;
    slow.answers_in_time = true;
    slow.step_ns = SLOW_SECOND / 100; /* a hanging call waits for some of the others */
    trial.look = look;
    run(&slow);
    cr_assert_gt(slow.hung, 0);
    cr_assert_eq(slow.cancelled, 0);
    cr_assert_eq(trial.view.withdrawn, 0);
}

/* A port is told the deadline: so much after the asking; 0 when there is none. */
Test(deadline, calls_know_their_deadline)
{
    for (int i = 0; i < 2; i++) {
        struct trial trial = trial_of(WORLD_INSTANT);
        struct slow slow;

        slow_open(&slow, &trial);
        trial.setup.deadline_ns = i * 10 * SLOW_SECOND;
        slow.every = 3;
        slow.answers_in_time = true;
        slow.step_ns = SLOW_SECOND / 100;
        run(&slow);
        cr_assert_eq(slow.wrong_deadlines, 0);
    }
}

/* Workers that share trees, or have many, give up what hangs and lose nothing. */
Test(deadline, with_many_workers)
{
    for (uint32_t lanes = 1; lanes <= 4; lanes++) {
        struct trial trial = trial_of(WORLD_INSTANT);
        struct slow slow;

        slow_open(&slow, &trial);
        slow.every = 6;
        slow.hurry = lanes % 2 == 0 ? SLOW_ANSWERS_LATER : SLOW_GIVES_UP;
        trial.setup.workers = 4;
        trial.setup.lanes = lanes;
        trial.setup.simulations = 200;
        run(&slow);
        cr_assert_gt(slow.cancelled, 0);
        cr_assert_eq(trial.view.simulations + trial.view.withdrawn, 200 * trial.problems);
    }
}
