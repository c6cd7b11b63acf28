/*
 * test_answers.c - which answers are new, and when a problem has enough of them.
 */
#include "search/tree/answers.h"
#include "search/rng.h"

#include <criterion/criterion.h>

static struct answers answers;
static struct crux_setup setup;

static void set_up(void)
{
    setup = crux_setup_default();
}

static void tear_down(void)
{
    answers_close(&answers);
}

TestSuite(answers, .init = set_up, .fini = tear_down, .timeout = 30);

static void add(uint64_t path, enum crux_verdict verdict)
{
    cr_assert(answers_add(&answers, path, verdict));
}

/* The hash of a path knows its steps, not who wrote them: a node or a line. */
Test(answers, a_path_is_its_steps)
{
    uint64_t root = 1, node = rng_join(root, rng_text("a", 1));

    cr_assert_eq(answers_path(root, "a\nb"), answers_path(node, "b"));
    cr_assert_eq(answers_path(root, "a\n\nb\n"), answers_path(root, "a\nb"), "empty lines");
    cr_assert_eq(answers_path(root, ""), root);
    cr_assert_neq(answers_path(root, "ab"), answers_path(root, "a\nb"));
}

/* Answers of equal text count once. */
Test(answers, equal_answers_count_once)
{
    add(10, CRUX_RIGHT);
    add(10, CRUX_RIGHT);
    add(11, CRUX_WRONG);
    cr_assert_eq(answers.right, 1);
    cr_assert_eq(answers.wrong, 1);
    cr_assert_eq(answers.first, 3, "a probe counts all of them");
}

/* Unknown counts as an answer, never as a right or a wrong one. */
Test(answers, unknown_is_neither)
{
    add(10, CRUX_UNKNOWN);
    cr_assert_eq(answers.right + answers.wrong, 0);
    cr_assert_eq(answers.first, 1);
}

/* The set grows, and forgets nothing in doing so. */
Test(answers, many_answers_are_told_apart)
{
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < 5000; i++)
            add(rng_mix(i), i % 2 == 0 ? CRUX_RIGHT : CRUX_WRONG);
    cr_assert_eq(answers.right, 2500);
    cr_assert_eq(answers.wrong, 2500);
}

/* A reset begins the next problem. */
Test(answers, reset_forgets)
{
    add(10, CRUX_RIGHT);
    answers_reset(&answers);
    cr_assert_eq(answers.right + answers.first, 0);
    add(10, CRUX_RIGHT);
    cr_assert_eq(answers.right, 1);
}

/* Without --stop and --probe no answer ends a problem. */
Test(answers, nothing_ends_by_itself)
{
    for (uint64_t i = 0; i < 100; i++)
        add(i, CRUX_RIGHT);
    cr_assert_eq(answers_end(&answers, &setup), -1);
}

/* --stop waits for both: as many right ones, and as many wrong ones. */
Test(answers, stop_needs_both)
{
    setup.stop_right = 1;
    setup.stop_wrong = 2;
    add(1, CRUX_WRONG);
    add(2, CRUX_WRONG);
    cr_assert_eq(answers_end(&answers, &setup), -1);
    add(3, CRUX_RIGHT);
    cr_assert_eq(answers_end(&answers, &setup), CRUX_REASON_STOP);
}

/* --stop with one of them ends as soon as that one is there. */
Test(answers, stop_with_right_alone)
{
    setup.stop_right = 1;
    cr_assert_eq(answers_end(&answers, &setup), -1);
    add(3, CRUX_RIGHT);
    cr_assert_eq(answers_end(&answers, &setup), CRUX_REASON_STOP);
}

/* --probe ends at the answer it names, not before and not after. */
Test(answers, probe_looks_at_the_first_ones)
{
    setup.probe = 3;
    add(1, CRUX_WRONG);
    add(1, CRUX_WRONG);
    cr_assert_eq(answers_end(&answers, &setup), -1);
    add(1, CRUX_WRONG);
    cr_assert_eq(answers_end(&answers, &setup), CRUX_REASON_PROBE);
    add(1, CRUX_WRONG);
    cr_assert_eq(answers_end(&answers, &setup), -1);
}

/* --probe does not end a problem whose first answers differ, or are unknown. */
Test(answers, probe_wants_agreement)
{
    setup.probe = 2;
    add(1, CRUX_WRONG);
    add(2, CRUX_RIGHT);
    cr_assert_eq(answers_end(&answers, &setup), -1);
    answers_reset(&answers);
    add(1, CRUX_RIGHT);
    add(2, CRUX_UNKNOWN);
    cr_assert_eq(answers_end(&answers, &setup), -1);
    answers_reset(&answers);
    add(1, CRUX_RIGHT);
    add(2, CRUX_RIGHT);
    cr_assert_eq(answers_end(&answers, &setup), CRUX_REASON_PROBE);
}
