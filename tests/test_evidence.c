/*
 * test_evidence.c - what evidence.h promises: when a refusal is one question's, when it is the
 * run's, and until when nothing is known.
 */
#include "io/served/evidence.h"

#include <criterion/criterion.h>
#include <string.h>

enum { CASES = 40 };

static struct evidence evidence;
static struct evidence_case cases[CASES];
static struct crux_problem problems[CASES];

/* Send a case for each problem first .. first + count - 1. */
static void send_cases(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        problems[i].ordinal = (uint64_t)i;
        evidence_sent(&evidence, &cases[i], &problems[i]);
    }
}

static uint32_t count_of(struct evidence_ruling ruling)
{
    uint32_t count = 0;

    for (struct evidence_case *one = ruling.cases; one != NULL; one = one->next)
        count++;
    return count;
}

static void expect(struct evidence_ruling ruling, uint32_t count, bool run)
{
    cr_expect_eq(count_of(ruling), count, "%u cases, not %u", count_of(ruling), count);
    cr_expect_eq(ruling.run, run);
}

/* Nothing has come and nothing is out: one refusal is enough. */
Test(evidence, first_refusal_ends_the_run)
{
    send_cases(0, 1);
    expect(evidence_refused(&evidence, &cases[0], false), 1, true);
}

/* A refusal is faster than an answer: it waits for those that were out when it came. */
Test(evidence, a_fast_refusal_waits)
{
    send_cases(0, 3);
    expect(evidence_refused(&evidence, &cases[1], false), 0, false);
    expect(evidence_ended(&evidence, &cases[0]), 0, false);
    expect(evidence_came(&evidence, &cases[2]), 1, false);
    cr_expect(evidence.came);
}

/* When they were refused, too, it is about all, in the order in which they were. */
Test(evidence, all_that_were_out_are_refused)
{
    struct evidence_ruling ruling;

    send_cases(0, 3);
    expect(evidence_refused(&evidence, &cases[2], false), 0, false);
    send_cases(3, 4); /* sent later: nobody waits for these */
    expect(evidence_refused(&evidence, &cases[0], false), 0, false);
    ruling = evidence_refused(&evidence, &cases[1], false);
    expect(ruling, 3, true);
    cr_expect_eq(ruling.cases, &cases[2]);
}

/* Once something has come through, a refusal is its question's. */
Test(evidence, a_refusal_after_success)
{
    send_cases(0, 2);
    expect(evidence_came(&evidence, &cases[0]), 0, false);
    expect(evidence_refused(&evidence, &cases[1], false), 1, false);
}

/* Several different problems in a row are about all; the same one again and again is not. */
Test(evidence, several_in_a_row)
{
    evidence.came = true;
    for (int i = 0; i < EVIDENCE_QUESTIONS; i++) {
        send_cases(i, 1);
        expect(evidence_refused(&evidence, &cases[i], false), 1, i == EVIDENCE_QUESTIONS - 1);
    }
}

Test(evidence, the_same_problem_again)
{
    evidence.came = true;
    for (int i = 0; i < 3 * EVIDENCE_QUESTIONS; i++) {
        send_cases(0, 1);
        expect(evidence_refused(&evidence, &cases[0], false), 1, false);
    }
}

/* Something good between them begins the count anew. */
Test(evidence, not_in_a_row)
{
    evidence.came = true;
    for (int i = 0; i < CASES; i++) {
        send_cases(i, 1);
        if (i % EVIDENCE_QUESTIONS == 0)
            expect(evidence_came(&evidence, &cases[i]), 0, false);
        else
            expect(evidence_refused(&evidence, &cases[i], false), 1, false);
    }
}

/* A status that is about no question's words needs no different questions. */
Test(evidence, a_key_that_is_no_longer_good)
{
    evidence.came = true;
    for (int i = 0; i < EVIDENCE_CALLS; i++) {
        send_cases(0, 1);
        expect(evidence_refused(&evidence, &cases[0], true), 1, i == EVIDENCE_CALLS - 1);
    }
}

/* One silent call does not hold back what is clear. */
Test(evidence, many_are_enough)
{
    evidence.came = true;
    send_cases(0, EVIDENCE_MOST + 1);
    for (int i = 0; i < EVIDENCE_MOST - 1; i++)
        expect(evidence_refused(&evidence, &cases[i], false), 0, false);
    expect(evidence_refused(&evidence, &cases[EVIDENCE_MOST - 1], false), EVIDENCE_MOST, true);
}

/* What is held and no longer wanted is let go once. */
Test(evidence, let_go)
{
    send_cases(0, 2);
    expect(evidence_refused(&evidence, &cases[0], false), 0, false);
    cr_expect(evidence_let_go(&evidence, &cases[0]));
    cr_expect_not(evidence_let_go(&evidence, &cases[0]));
    expect(evidence_came(&evidence, &cases[1]), 0, false);
}

/* --- the guard ------------------------------------------------------------------------------ */

/* Replies that hold nothing: the first problems are enough, and the commonest reason is told. */
Test(evidence, the_guard)
{
    struct crux_error why = {""};

    cr_expect_not(evidence_barren(&evidence, &why));
    for (int i = 0; i < EVIDENCE_QUESTIONS; i++) {
        problems[i].ordinal = (uint64_t)i;
        cr_expect_not(evidence_dropped(&evidence, SERVED_STEPS, &problems[0], "rare"));
        cr_expect_eq(evidence_dropped(&evidence, SERVED_STEPS, &problems[i],
                                      i > 1   ? "common"
                                      : i > 0 ? "once"
                                              : "twice"),
                     i == EVIDENCE_QUESTIONS - 1);
        if (i < EVIDENCE_QUESTIONS - 1)
            cr_expect_not(evidence_dropped(&evidence, SERVED_STEPS, &problems[i], "common"));
    }
    cr_expect(evidence_barren(&evidence, &why));
    cr_expect_not_null(strstr(why.text, "(7 times): common"), "%s", why.text);
    cr_expect_not_null(strstr(why.text, "first 5 problems"), "%s", why.text);
}

/* Once something could be used, nothing is counted any more; each way has its own guard. */
Test(evidence, a_guard_that_is_off)
{
    struct crux_error why = {""};

    evidence_used(&evidence, SERVED_STEPS);
    for (int i = 0; i < CASES; i++) {
        problems[i].ordinal = (uint64_t)i;
        cr_expect_not(evidence_dropped(&evidence, SERVED_STEPS, &problems[i], "x"));
    }
    cr_expect_not(evidence_barren(&evidence, &why));
    cr_expect_not(evidence_dropped(&evidence, SERVED_ANSWERS, NULL, "y"));
    cr_expect(evidence_barren(&evidence, &why));
    cr_expect_not_null(strstr(why.text, "an answer"), "%s", why.text);
}

/* More kinds of reasons than are told apart are still counted. */
Test(evidence, many_reasons)
{
    struct crux_error why = {""};
    char text[2] = "a";

    for (int i = 0; i < 2 * EVIDENCE_REASONS; i++, text[0]++)
        (void)evidence_dropped(&evidence, SERVED_READ, NULL, text);
    cr_expect(evidence_barren(&evidence, &why));
    cr_expect_not_null(strstr(why.text, "16 replies"), "%s", why.text);
}
