/*
 * test_evaluate.c - what io/passes/evaluate.h promises: figures of critics whose answers are known,
 * worked out by hand.
 */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/evaluate.h"
#include "tests/world/sample.h"

/* --- a critic that answers by the texts ----------------------------------------------------------
 */

enum { MOST = 8 };

/* A step or an answer that begins with "0.25" is worth that much, one with '?' nothing known; '!'
 * fails the call, '%' breaks the reply. Of a JUDGE's candidate the last step counts; below a half
 * it is wrong. With opinions, all steps of it do. */
struct reader {
    struct crux_critic critic;
    bool opines, favours_first; /* the first candidate gets all */
    double scores[MOST], steps[MOST];
    struct crux_outcome outcomes[MOST];
    struct crux_opinion opinion;
};

static double worth(const struct crux_step *step)
{
    return step->text[0] == '?' ? -1.0 : strtod(step->text, NULL);
}

static void opine(struct reader *reader, const struct crux_step *last)
{
    reader->opinion = (struct crux_opinion){.steps = reader->steps, .step_count = last->depth};
    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        reader->steps[step->depth - 1] = worth(step);
}

static int reader_ask(struct crux_port *port, struct crux_call *call)
{
    struct reader *reader = (struct reader *)(void *)port;

    cr_assert_leq(call->count, MOST);
    for (uint32_t i = 0; i < call->count; i++) {
        const struct crux_step *step = &call->candidates[i];
        double score = reader->favours_first ? (double)(i == 0) : worth(step);

        if (step->text[0] == '!') {
            call->reply.sentence = "it would not";
            return CRUX_FAILED;
        }
        reader->scores[i] = step->text[0] == '%' ? (double)NAN : score;
        reader->outcomes[i] =
            (struct crux_outcome){.reward = step->text[0] == '%' ? 2.0 : fmax(score, 0.0),
                                  .verdict = score < 0.0   ? CRUX_UNKNOWN
                                             : score < 0.5 ? CRUX_WRONG
                                                           : CRUX_RIGHT};
    }
    call->reply = (struct crux_reply){.count = call->count,
                                      .scores = reader->scores,
                                      .outcomes = reader->outcomes,
                                      .prompt_tokens = 10,
                                      .completion_tokens = 1,
                                      .price = 3};
    if (reader->opines) {
        opine(reader, &call->candidates[0]);
        call->reply.opinions = &reader->opinion;
    }
    return CRUX_DONE;
}

/* --- a pass over a set -------------------------------------------------------------------------
 */

static struct reader reader;
static struct labelled set;
static struct json *result;
static struct crux_error why;

static void set_up(void)
{
    (void)sample_folder();
    reader =
        (struct reader){.critic = {.port = {.name = "reader", .instant = true, .ask = reader_ask},
                                   .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE}};
}

static void tear_down(void)
{
    json_free(result);
    labelled_free(&set);
    sample_folder_remove();
}

TestSuite(evaluate, .init = set_up, .fini = tear_down);

static uint64_t evaluate_text(const char *text, enum crux_verb verb)
{
    const struct passes_setup setup = {.in_flight = 4};
    struct evaluate_setup what = {
        .set = &set, .critic = &reader.critic, .verb = verb, .threshold = 0.5, .seed = 1};
    struct evaluate *evaluate;
    struct passes *passes;
    uint64_t failed;

    json_free(result);
    labelled_free(&set);
    result = json_new_object();
    cr_assert_eq(labelled_read(&set, sample_file("s.jsonl", text, strlen(text)), NULL, &why),
                 CRUX_OK, "%s", why.text);
    cr_assert_eq(evaluate_open(&evaluate, &what, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(passes_open(&passes, &setup, &why), CRUX_OK);
    cr_assert_eq(passes_run(passes, evaluate_work(evaluate), &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(evaluate_put(result, evaluate, &why), CRUX_OK);
    cr_expect_eq(json_as_integer(json_get(json_get(result, "cost"), "questions")),
                 (int64_t)evaluate_questions(evaluate));
    failed = evaluate_failed(evaluate);
    passes_close(passes);
    evaluate_close(evaluate);
    return failed;
}

/* The member at a path as compact JSON. */
static void insist(const char *path, const char *wanted)
{
    const struct json *value = result;
    struct json *parsed = NULL;
    char name[64], *found, *text;

    for (const char *at = path; *at != '\0'; at += strspn(at, "./")) {
        size_t length = strcspn(at, "./");

        (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
        value = json_type_of(value) == JSON_IS_ARRAY ? json_at(value, strtoul(name, NULL, 10))
                                                     : json_get(value, name);
        at += length;
    }
    cr_assert_eq(json_parse(&parsed, wanted, strlen(wanted), NULL), CRUX_OK, "%s", wanted);
    text = json_text(parsed, false);
    found = value != NULL ? json_text(value, false) : strdup("nothing");
    cr_expect_str_eq(found, text, "%s is %s, not %s", path, found, text);
    free(found);
    free(text);
    json_free(parsed);
}

#define ROW(id, steps, label, right)                                                               \
    "{\"id\": \"" id "\", \"problem\": \"P" id "\", \"steps\": [" steps "], \"label\": " label     \
    ", \"final_answer_correct\": " right "}\n"

static const char solutions[] = ROW("a", "\"0.75\", \"0.25\", \"0.75\"", "1", "false")
    ROW("b", "\"0.75\", \"0.75\"", "-1", "true") ROW("c", "\"0.25\", \"0.75\"", "1", "false")
        ROW("d", "\"0.75\", \"?\", \"0.25\"", "2", "false") ROW("e", "\"0.75\"", "-1", "true")
            ROW("f", "\"0.25\"", "-1", "true");

/* --- solutions ---------------------------------------------------------------------------------
 */

/* Named: a rightly, b rightly, c too early, d unknown, e rightly, f wrongly. */
Test(evaluate, steps)
{
    cr_expect_eq(evaluate_text(solutions, CRUX_SCORE), 0);
    insist("rows", "6");
    insist("failed", "0");
    insist("cost",
           "{\"questions\":12,\"prompt_tokens\":120,\"completion_tokens\":12,\"price\":36}");
    insist("wrong.right", "1");
    insist("wrong.of", "3");
    insist("right.right", "2");
    insist("right.of", "3");
    insist("f1.share", "0.444444444444444");
    insist("unknown", "1");
    insist("answers", "null");
    insist("items.0", "{\"id\":\"a\",\"label\":1,\"named\":1,\"scores\":[0.75,0.25,0.75]}");
    insist("items.3", "{\"id\":\"d\",\"label\":2,\"named\":null,\"scores\":[0.75,null,0.25]}");
    /* Steps up to the label: 0.75 true (a), 0.25 false (a), 0.75 true twice (b), 0.25 true and 0.75
     * false (c), 0.75 true and 0.25 false (d), 0.75 true (e), 0.25 true (f): of six at 0.75 five
     * are true, of four at 0.25 two. */
    insist("calibration", "{\"steps\":0.15,\"answers\":null}");
}

/* A JUDGE that says nothing of steps has its verdicts counted, and names no step. */
Test(evaluate, answers)
{
    cr_expect_eq(evaluate_text(solutions, CRUX_JUDGE), 0);
    insist("wrong", "null");
    insist("right", "null");
    insist("f1", "null");
    insist("answers.wrong.right", "1");
    insist("answers.wrong.of", "3");
    insist("answers.right.right", "2");
    insist("answers.right.of", "3");
    insist("answers.unknown", "0");
    insist("items.0",
           "{\"id\":\"a\",\"label\":1,\"named\":null,\"scores\":[],\"verdict\":\"right\","
           "\"reward\":0.75}");
}

/* What a JUDGE says of steps beside its verdict names the first wrong one. */
Test(evaluate, steps_of_a_judge)
{
    reader.opines = true;
    cr_expect_eq(evaluate_text(solutions, CRUX_JUDGE), 0);
    insist("cost.questions", "6");
    insist("wrong.right", "1");
    insist("right.right", "2");
    insist("f1.share", "0.444444444444444");
    insist("answers.wrong.right", "1");
}

/* An answer that is unknown is not right, and in no calibration. */
Test(evaluate, an_unknown_answer)
{
    cr_expect_eq(evaluate_text(ROW("a", "\"0.75\", \"?\"", "-1", "true"), CRUX_JUDGE), 0);
    insist("answers.right.right", "0");
    insist("answers.unknown", "1");
    insist("answers.wrong", "null");
    insist("calibration.answers", "null");
}

/* A call that fails, or a reply that is not as it must be, leaves its row out of all figures. */
Test(evaluate, failures)
{
    static const char rows[] = ROW("a", "\"0.75\", \"!\", \"!\"", "1", "false")
        ROW("b", "\"%\"", "-1", "true") ROW("c", "\"0.75\"", "-1", "true");

    cr_expect_eq(evaluate_text(rows, CRUX_SCORE), 2);
    insist("failed", "2");
    insist("wrong", "null");
    insist("right.of", "1");
    insist("f1", "null");
    insist("items.0", "{\"id\":\"a\",\"label\":1,\"failure\":\"it would not\"}");
    cr_expect_eq(evaluate_text(rows, CRUX_JUDGE), 2);
    insist("answers.right.of", "1");
}

/* --- pairs -------------------------------------------------------------------------------------
 */

#define PAIR(prompt, chosen, rejected)                                                             \
    "{\"prompt\": \"" prompt "\", \"chosen\": \"" chosen "\", \"rejected\": \"" rejected "\"}\n"

static const char pairs[] = PAIR("P", "0.9 x", "0.5 y") PAIR("P", "0.5 y", "0.6 z")
    PAIR("Q", "0.5 a", "0.5 b") PAIR("R", "0.9", "?") PAIR("S", "? c", "? d");

/* Right, wrong, a tie, unknown twice. A JUDGE that is at a loss about one of them says something.
 */
Test(evaluate, preferences)
{
    cr_expect_eq(evaluate_text(pairs, CRUX_SCORE), 0);
    insist("accuracy.right", "1");
    insist("accuracy.of", "5");
    insist("orders.chosen_first.right", "1");
    insist("orders.rejected_first.right", "1");
    insist("agreement.right", "3");
    insist("agreement.of", "3");
    insist("ties", "1");
    insist("unknown", "2");
    insist("questions", "2");
    insist("ipi", "0.0");
    insist("tov", "0.0");
    insist("items.0", "{\"id\":\"1\",\"chosen_first\":[0.9,0.5],\"rejected_first\":[0.5,0.9]}");
    insist("items.3.chosen_first", "[0.9,null]");
    cr_expect_eq(evaluate_text(pairs, CRUX_JUDGE), 0);
    insist("accuracy.right", "2");
    insist("unknown", "1");
}

/* Who likes the first one is right in one order, wrong in the other. */
Test(evaluate, a_bias_for_the_first)
{
    reader.favours_first = true;
    cr_expect_eq(evaluate_text(pairs, CRUX_SCORE), 0);
    insist("accuracy.right", "0");
    insist("orders.chosen_first.right", "5");
    insist("orders.rejected_first.right", "0");
    insist("agreement.right", "0");
    insist("ipi", "1.0");
    insist("tov", "1.25"); /* two pairs of P, one each of Q, R and S */
}

/* A pair whose call failed is in no figure; a question of too many answers in no consistency. */
Test(evaluate, pairs_that_count_nowhere)
{
    static char text[4096];
    char *at = text;

    cr_expect_eq(evaluate_text(PAIR("P", "!", "0.5"), CRUX_SCORE), 1);
    insist("accuracy", "null");
    insist("questions", "0");
    insist("ipi", "null");
    insist("tov", "null");
    insist("items.0.failure", "\"it would not\"");
    for (int i = 0; i < 13; i++)
        at += sprintf(at, PAIR("P", "1 first", "0.%02d"), i);
    cr_expect_eq(evaluate_text(text, CRUX_SCORE), 0);
    insist("accuracy.right", "13");
    insist("questions", "0");
    insist("questions_too_large", "1");
}

/* A critic that does neither is refused. */
Test(evaluate, neither_scores_nor_judges)
{
    struct evaluate_setup setup = {.set = &set, .critic = &reader.critic, .verb = CRUX_SCORE};
    struct evaluate *evaluate;

    reader.critic.verbs = 1U << CRUX_ANNOTATE;
    cr_expect_eq(evaluate_open(&evaluate, &setup, &why), CRUX_INVALID);
    cr_expect_not_null(strstr(why.text, "reader"));
}
