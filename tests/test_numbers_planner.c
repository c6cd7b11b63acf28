/*
 * test_numbers_planner.c - policy numbers under grammar cr-planner: rationales, queries, and what
 * it learns from documents.
 */
#include "critics/numbers/path.h"
#include "policies/crux_policies.h"
#include "policies/numbers/lessons.h"
#include "tests/world/contains.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- fixture ---------------------------------------------------------------------------------- */

enum { MOST = 100, TEXT = 512 };

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "", .line = "{\"numbers\": [4, 9, 10, 13]}"};

#define STEP_1 "10 - 4 = 6 (left: 6 9 13)"
#define BOOK   "[b1] make 24 from 7 9 13\v13 - 9 = 4 (left: 4 7)\vpattern: difference"

static struct crux_step step_of(enum crux_kind kind, const char *text,
                                const struct crux_step *previous)
{
    return (struct crux_step){.previous = previous,
                              .text = text,
                              .length = (uint32_t)strlen(text),
                              .depth = previous != NULL ? previous->depth + 1 : 1,
                              .kind = (uint8_t)kind};
}

struct proposed {
    uint32_t count;
    char texts[MOST][TEXT];
    struct crux_proposal each[MOST];
};

static void propose(struct proposed *out, enum crux_kind kind, const struct crux_step *last,
                    uint32_t sample, uint32_t count)
{
    struct crux_policy *policy = NULL;
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = kind,
                             .count = count,
                             .sample = sample,
                             .seed = 5,
                             .state = {.problem = &puzzle, .last = last}};

    cr_assert_eq(crux_policy_open(&policy, "numbers", NULL, NULL), CRUX_OK);
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE);
    cr_assert_leq(call.reply.count, MOST);
    out->count = call.reply.count;
    for (uint32_t i = 0; i < call.reply.count; i++) {
        (void)snprintf(out->texts[i], TEXT, "%s", call.reply.proposals[i].text);
        out->each[i] = call.reply.proposals[i];
        out->each[i].text = out->texts[i];
    }
    policy->port.release(&policy->port, &call.reply);
    crux_policy_close(policy);
}

static const struct crux_proposal *find_text(const struct proposed *proposed, const char *text)
{
    for (uint32_t i = 0; i < proposed->count; i++)
        if (strcmp(proposed->texts[i], text) == 0)
            return &proposed->each[i];
    return NULL;
}

/* --- rationales ---------------------------------------------------------------------------------
 */

/* A rationale is a step of the game, the same as under the other grammar, from the numbers that
 * the last rationale leaves, sub-goals or not. */
Test(planner, rationales_are_steps)
{
    struct crux_step goal = step_of(CRUX_REASON, crux_subgoal_text(CRUX_REASON), NULL);
    struct crux_step reasoned = step_of(CRUX_RATIONALE, STEP_1, &goal);
    struct crux_step again = step_of(CRUX_REASON, crux_subgoal_text(CRUX_REASON), &reasoned);
    struct crux_step plain = step_of(CRUX_STEP, STEP_1, NULL);
    static struct proposed first, root, second, other;

    propose(&first, CRUX_RATIONALE, &goal, 0, 8);
    propose(&root, CRUX_STEP, NULL, 0, 8);
    propose(&second, CRUX_RATIONALE, &again, 0, 8);
    propose(&other, CRUX_STEP, &plain, 0, 8);
    cr_assert(first.count == 8 && second.count == 8);
    for (uint32_t i = 0; i < 8; i++) {
        cr_expect_str_eq(first.texts[i], root.texts[i]);
        cr_expect_str_eq(second.texts[i], other.texts[i]);
        cr_expect_eq(second.each[i].prior, other.each[i].prior);
        cr_expect_eq(second.each[i].state_hash, other.each[i].state_hash);
        cr_expect_neq(second.each[i].state_hash, 0);
    }
}

/* The rationale that uses up the numbers completes the answer. */
Test(planner, the_last_rationale_is_terminal)
{
    struct crux_step last = step_of(CRUX_RATIONALE, "13 - 9 = 4 (left: 4 6)", NULL);
    struct crux_step goal = step_of(CRUX_REASON, crux_subgoal_text(CRUX_REASON), &last);
    static struct proposed proposed;

    propose(&proposed, CRUX_RATIONALE, &goal, 0, MOST);
    cr_assert_eq(proposed.count, 6);
    for (uint32_t i = 0; i < proposed.count; i++)
        cr_expect(proposed.each[i].terminal && proposed.each[i].state_hash == 0);
}

/* Behind a query or a document equal numbers are no equal states. */
Test(planner, what_was_read_is_part_of_the_state)
{
    struct crux_step reasoned = step_of(CRUX_RATIONALE, STEP_1, NULL);
    struct crux_step query = step_of(CRUX_QUERY, "make 24 from 6 9 13", &reasoned);
    struct crux_step document = step_of(CRUX_DOC, BOOK, &reasoned);
    static struct proposed asked, read;

    propose(&asked, CRUX_RATIONALE, &query, 0, 4);
    propose(&read, CRUX_RATIONALE, &document, 0, 4);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect(asked.each[i].state_hash == 0 && read.each[i].state_hash == 0);
}

/* --- queries -------------------------------------------------------------------------------------
 */

/* Texts that differ, about the numbers at hand: one for them all, one for each operation. */
Test(planner, queries_differ)
{
    struct crux_step reasoned = step_of(CRUX_RATIONALE, STEP_1, NULL);
    struct crux_step goal = step_of(CRUX_GENQUERY, crux_subgoal_text(CRUX_GENQUERY), &reasoned);
    static struct proposed all, some;
    double total = 0.0;

    propose(&all, CRUX_QUERY, &goal, 0, MOST);
    propose(&some, CRUX_QUERY, &goal, 3, 2);
    cr_assert_eq(all.count, 1 + 18);
    for (uint32_t i = 0; i < all.count; i++) {
        cr_expect_eq(strncmp(all.texts[i], "make 24 from 6 9 13", 19), 0, "%s", all.texts[i]);
        cr_expect_eq(find_text(&all, all.texts[i]), &all.each[i], "%s is there twice",
                     all.texts[i]);
        cr_expect(!all.each[i].terminal && all.each[i].state_hash == 0);
        total += (double)all.each[i].prior;
    }
    cr_expect_float_eq(total, 1.0, 1e-5);
    cr_expect_not_null(find_text(&all, "make 24 from 6 9 13"));
    cr_expect_not_null(find_text(&all, "make 24 from 6 9 13 by the difference of 13 and 9"));
    cr_expect_not_null(find_text(&all, "make 24 from 6 9 13 by the quotient of 6 and 13"));
    cr_expect_not_null(find_text(&all, "make 24 from 6 9 13 by the sum of 9 and 6"));
    cr_expect_not_null(find_text(&all, "make 24 from 6 9 13 by the product of 13 and 6"));
    cr_assert_eq(some.count, 2);
    cr_expect_str_eq(some.texts[0], all.texts[3]);
    cr_expect_str_eq(some.texts[1], all.texts[4]);
}

/* It has no documents, and says who must have them. */
Test(planner, documents_are_not_its_own)
{
    struct crux_policy *policy = NULL;
    struct crux_call call = {
        .verb = CRUX_PROPOSE, .kind = CRUX_DOC, .count = 1, .state = {.problem = &puzzle}};

    cr_assert_eq(crux_policy_open(&policy, "numbers", NULL, NULL), CRUX_OK);
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    assert_contains(call.reply.sentence, "--policy doc=");
    crux_policy_close(policy);
}

/* --- lessons -------------------------------------------------------------------------------------
 */

static double gain_of(const char *document, const char *text)
{
    struct crux_step reasoned = step_of(CRUX_RATIONALE, STEP_1, NULL);
    struct crux_step read = step_of(CRUX_DOC, document, &reasoned);
    static struct proposed before, after;

    propose(&before, CRUX_RATIONALE, &reasoned, 0, MOST);
    propose(&after, CRUX_RATIONALE, &read, 0, MOST);
    cr_assert_eq(before.count, after.count);
    return log((double)find_text(&after, text)->prior /
               (double)find_text(&after, "9 / 6 = 3/2 (left: 3/2 13)")->prior) -
           log((double)find_text(&before, text)->prior /
               (double)find_text(&before, "9 / 6 = 3/2 (left: 3/2 13)")->prior);
}

/* What a document works through is liked better, the more so the closer it is. */
Test(planner, documents_change_the_taste)
{
    const char *difference = "13 - 9 = 4 (left: 4 6)";

    cr_expect_float_eq(gain_of(BOOK, difference), 2.0, 1e-4);
    cr_expect_float_eq(gain_of("[b2] 14 - 10 = 4 (left: 4 7)", difference), 0.0, 1e-4,
                       "a line with more on it is no step");
    cr_expect_float_eq(gain_of("[b2]\v14 - 10 = 4 (left: 4 7 11 12)", difference), 1.0, 1e-4);
    cr_expect_float_eq(gain_of("[b3]\v20 - 8 = 12 (left: 7 12)", difference), 0.5, 1e-4);
    cr_expect_float_eq(gain_of("[b4]\v20 + 8 = 28 (left: 7 28)", difference), 0.0, 1e-4);
    cr_expect_float_eq(gain_of("[b5]\v20 - 8 = 12 (left: 12 30)", difference), 0.0, 1e-4);
}

/* Nobody has checked what a document says: a line whose result is not among the numbers that it
 * leaves had no numbers before it, and more than any state has if they were made up. */
Test(planner, a_line_without_its_result_teaches_nothing)
{
    const char *difference = "13 - 9 = 4 (left: 4 6)";

    cr_expect_float_eq(gain_of("[b6]\v13 - 9 = 4 (left: 1 2 3 5 6)", difference), 0.0, 1e-4);
    cr_expect_float_eq(gain_of("[b6]\v13 - 9 = 4 (left: 1 2 3 4 5 6)", difference), 0.0, 1e-4);
    cr_expect_float_eq(gain_of("[b6]\v13 - 9 = 4 (left: 1 2 3 4 6)", difference), 2.0, 1e-4);
}

/* The documents on the path are all read, in answers too. */
Test(planner, answers_are_played_with_documents_in_mind)
{
    struct crux_step reasoned = step_of(CRUX_RATIONALE, STEP_1, NULL);
    struct crux_step read = step_of(CRUX_DOC, BOOK, &reasoned);
    struct crux_step more = step_of(CRUX_DOC, "[b9]\v6 * 4 = 24 (left: 24)", &read);
    static struct proposed before, after;
    uint32_t taken_before = 0, taken_after = 0;

    propose(&before, CRUX_ANSWER, &reasoned, 0, MOST);
    propose(&after, CRUX_ANSWER, &more, 0, MOST);
    for (uint32_t i = 0; i < MOST; i++) {
        taken_before += strstr(before.texts[i], "13 - 9 = 4 (left: 4 6)\n6 * 4") != NULL;
        taken_after += strstr(after.texts[i], "13 - 9 = 4 (left: 4 6)\n6 * 4") != NULL;
    }
    cr_expect_gt(taken_after, taken_before + 10, "%u and %u", taken_after, taken_before);
}

/* Only lines of the form of a step teach, and no more than there is room for. */
Test(planner, lines_of_another_form_teach_nothing)
{
    static char long_text[16 * 200];
    static const char *const none[] = {"",
                                       "[b1] words",
                                       "[b1]\v13-9 = 4 (left: 4 7)",
                                       "[b1]\v13 - 9 = 4 (left: 5 7)",
                                       "[b1]\v13 - 9 = 4 (left:)",
                                       "[b1]\v13 - 9 = 4 (left: 1 2 3 4 5 6)",
                                       "[b1]\v13 - 9 = 4 (left: 1 2 3 4 5 6 7)"};
    struct lessons lessons;
    struct crux_step step;
    size_t at = 0;

    lessons_read(&lessons, NULL);
    cr_expect_eq(lessons.count, 0);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        step = step_of(CRUX_DOC, none[i], NULL);
        lessons_read(&lessons, &step);
        cr_expect_eq(lessons.count, 0, "%s", none[i]);
    }
    step = step_of(CRUX_QUERY, BOOK, NULL);
    lessons_read(&lessons, &step);
    cr_expect_eq(lessons.count, 0, "a query is no document");
    while (at + 32 < sizeof long_text)
        at += (size_t)sprintf(long_text + at, "3 - 1 = 2 (left: 2)\v");
    step = step_of(CRUX_DOC, long_text, NULL);
    lessons_read(&lessons, &step);
    cr_expect_eq(lessons.count, LESSONS_MOST);
}
