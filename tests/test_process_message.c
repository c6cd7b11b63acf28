/*
 * test_process_message.c - questions as a program reads them, replies as it writes them.
 */
#include "io/process/message.h"
#include "tests/world/contains.h"

#include <criterion/criterion.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct crux_problem puzzle = {.id = "p\"1",
                                           .prompt = "Make 24.",
                                           .answer = "secret",
                                           .line = "{\"numbers\": [4, 9, 10, 13]}"};
static const struct crux_problem plain = {.id = "q", .prompt = "How many?", .answer = "secret"};
static const struct crux_step first = {.text = "a", .length = 1, .depth = 1};
static const struct crux_step second = {.previous = &first, .text = "b", .length = 1, .depth = 2};

static void assert_asked(const struct crux_call *call, const char *expected)
{
    struct crux_error error = {""};
    char *line = NULL;
    size_t length;

    cr_assert_eq(process_question(&line, &length, call, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(length, strlen(line));
    cr_assert_str_eq(line, expected);
    free(line);
}

/* A question has all that the policy needs, on one line, and never the reference answer. */
Test(process_message, a_question_for_steps)
{
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = CRUX_STEP,
                             .count = 4,
                             .sample = 2,
                             .seed = UINT64_MAX,
                             .state = {.problem = &puzzle, .last = &second, .depth = 2}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"propose\", \"problem\": {\"id\": \"p\\\"1\", "
                        "\"problem\": \"Make 24.\", \"numbers\": [4, 9, 10, 13], \"target\": 24, "
                        "\"use\": \"all\"}, \"steps\": [\"a\", \"b\"], \"n\": 4, "
                        "\"seed\": 9007199254740991, \"kind\": \"step\", \"sample\": 2}\n");
}

/* At the root there are no steps; without numbers there are none. */
Test(process_message, a_question_at_the_root)
{
    struct crux_call call = {
        .verb = CRUX_PROPOSE, .kind = CRUX_ANSWER, .count = 1, .state = {.problem = &plain}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"propose\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [], \"n\": 1, \"seed\": 0, "
                        "\"kind\": \"answer\", \"sample\": 0}\n");
}

/* An answer that is to be made better comes as its steps, a line of one that is a rollout each,
 * with what is said of it. */
Test(process_message, a_question_for_a_revision)
{
    const struct crux_step rollout = {
        .previous = &first, .text = "b\v1\n\nc", .length = 6, .kind = CRUX_ANSWER};
    struct crux_revision revision = {&rollout, "b is\vwrong"};
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = CRUX_ANSWER,
                             .count = 1,
                             .sample = 3,
                             .state = {.problem = &plain},
                             .revision = &revision};

    assert_asked(&call, "{\"id\": 0, \"op\": \"propose\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [], \"n\": 1, \"seed\": 0, "
                        "\"kind\": \"answer\", \"sample\": 3, \"revise\": {\"answer\": [\"a\", "
                        "\"b\\n1\", \"c\"], \"critique\": \"b is\\nwrong\"}}\n");
    revision = (struct crux_revision){NULL, NULL};
    assert_asked(&call, "{\"id\": 0, \"op\": \"propose\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [], \"n\": 1, \"seed\": 0, "
                        "\"kind\": \"answer\", \"sample\": 3, \"revise\": {\"answer\": [], "
                        "\"critique\": null}}\n");
}

/* Candidates come with the path that is before them, also when the state ends in one. */
Test(process_message, a_question_for_scores)
{
    struct crux_call call = {.verb = CRUX_SCORE,
                             .count = 1,
                             .candidates = &second,
                             .state = {.problem = &plain, .last = &second, .depth = 2}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"score\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [\"a\"], \"n\": 1, \"seed\": 0, "
                        "\"candidates\": [\"b\"]}\n");
}

/* Where a candidate is no plain step, as a sub-goal is none, their kinds are told. */
Test(process_message, a_question_for_subgoals)
{
    const struct crux_step goals[] = {
        {.previous = &first, .text = "think", .length = 5, .depth = 2, .kind = CRUX_REASON},
        {.previous = &first, .text = "look up", .length = 7, .depth = 2, .kind = CRUX_RETRIEVE},
    };
    struct crux_call call = {.verb = CRUX_SCORE,
                             .count = 2,
                             .candidates = goals,
                             .state = {.problem = &plain, .last = &first, .depth = 1}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"score\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [\"a\"], \"n\": 2, \"seed\": 0, "
                        "\"candidates\": [\"think\", \"look up\"], "
                        "\"kinds\": [\"reason\", \"retrieve\"]}\n");
}

/* Where a step of the path is no plain one the kinds of all are told, whatever is asked. */
Test(process_message, a_question_behind_a_plan)
{
    const struct crux_step goal = {.text = "think", .length = 5, .kind = CRUX_REASON, .depth = 1};
    const struct crux_step said = {
        .previous = &goal, .text = "a", .length = 1, .kind = CRUX_RATIONALE, .depth = 2};
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = CRUX_QUERY,
                             .count = 3,
                             .state = {.problem = &plain, .last = &said, .depth = 2}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"propose\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"steps\": [\"think\", \"a\"], \"n\": 3, "
                        "\"seed\": 0, \"kind\": \"query\", \"sample\": 0, "
                        "\"step_kinds\": [\"reason\", \"rationale\"]}\n");
}

/* A document may have lines: they are lines of one step. A query has none. */
Test(process_message, lines_of_a_document)
{
    struct crux_call call = {
        .verb = CRUX_PROPOSE, .kind = CRUX_DOC, .count = 1, .state = {.problem = &plain}};
    static const char line[] = "{\"id\": 0, \"steps\": [\"[d] T\\nC\"]}";
    struct crux_reply reply;
    struct json *object = NULL;

    cr_assert_eq(json_parse(&object, line, sizeof line - 1, NULL), CRUX_OK);
    cr_assert_eq(process_reply(&reply, &call, object, NULL), CRUX_OK);
    cr_assert_str_eq(reply.proposals[0].text, "[d] T\vC");
    free(reply.owner);
    call.kind = CRUX_QUERY;
    cr_assert_eq(process_reply(&reply, &call, object, NULL), CRUX_OK);
    cr_assert_str_eq(reply.proposals[0].text, "[d] T\nC");
    free(reply.owner);
    json_free(object);
}

/* What is said to be wrong with a candidate is told to who is to find out. */
Test(process_message, a_question_about_a_claim)
{
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = 1,
                             .candidates = &second,
                             .claim = "b is not after a",
                             .state = {.problem = &plain, .last = &first, .depth = 1}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"judge\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"n\": 1, \"seed\": 0, "
                        "\"candidates\": [\"a\\nb\"], \"claim\": \"b is not after a\"}\n");
}

/* Complete answers are whole, a line per step, also where the last step came with its node. */
Test(process_message, a_question_for_verdicts)
{
    const struct crux_step answers[] = {
        {.previous = &first, .text = "c\nd", .length = 3, .depth = 2},
        {.previous = &second, .text = "", .length = 0, .depth = 3},
    };
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = 2,
                             .candidates = answers,
                             .state = {.problem = &plain, .last = &first, .depth = 1}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"judge\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"n\": 2, \"seed\": 0, "
                        "\"candidates\": [\"a\\nc\\nd\", \"a\\nb\"]}\n");
}

/* Of a pair both paths come from the first step on. */
Test(process_message, a_question_for_a_note)
{
    const struct crux_node nodes[] = {{.parent = CRUX_NO_NODE, .text = ""},
                                      {.parent = 0, .depth = 1, .text = "a"}};
    const struct crux_rollout rollouts[] = {{.node = 1, .text = "b"}, {.node = 1, .text = "c\nd"}};
    struct crux_pair pair = {.wrong = 0, .right = 1, .prefix = 1, .first_error = CRUX_NO_STEP};
    const struct crux_tree tree = {
        .node_count = 2, .rollout_count = 2, .nodes = nodes, .rollouts = rollouts};
    struct crux_call call = {.verb = CRUX_ANNOTATE,
                             .count = 1,
                             .tree = &tree,
                             .pair = &pair,
                             .state = {.problem = &plain}};

    assert_asked(&call, "{\"id\": 0, \"op\": \"annotate\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"seed\": 0, \"prefix\": 1, "
                        "\"wrong\": [\"a\", \"b\"], \"right\": [\"a\", \"c\", \"d\"]}\n");
    pair.first_error = 1;
    assert_asked(&call, "{\"id\": 0, \"op\": \"annotate\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"seed\": 0, \"prefix\": 1, "
                        "\"wrong\": [\"a\", \"b\"], \"right\": [\"a\", \"c\", \"d\"], "
                        "\"located\": 1}\n");
    pair.wrong = CRUX_NO_NODE;
    assert_asked(&call, "{\"id\": 0, \"op\": \"annotate\", \"problem\": {\"id\": \"q\", "
                        "\"problem\": \"How many?\"}, \"seed\": 0, \"prefix\": 1, "
                        "\"wrong\": null, \"right\": [\"a\", \"c\", \"d\"]}\n");
}

/* Programs see '\n' where a line of a step ends. */
Test(process_message, lines_inside_of_steps)
{
    const struct crux_step lines = {.text = "a\v  b", .length = 5, .depth = 1};
    const struct crux_step answer = {.previous = &lines, .text = "c\vd", .length = 3, .depth = 2};
    struct crux_call judge = {.verb = CRUX_JUDGE,
                              .count = 1,
                              .candidates = &answer,
                              .state = {.problem = &plain, .last = &lines, .depth = 1}};
    struct crux_call score = {.verb = CRUX_SCORE,
                              .count = 1,
                              .candidates = &answer,
                              .state = {.problem = &plain, .last = &lines, .depth = 1}};

    assert_asked(&judge, "{\"id\": 0, \"op\": \"judge\", \"problem\": {\"id\": \"q\", "
                         "\"problem\": \"How many?\"}, \"n\": 1, \"seed\": 0, "
                         "\"candidates\": [\"a\\n  b\\nc\\nd\"]}\n");
    assert_asked(&score, "{\"id\": 0, \"op\": \"score\", \"problem\": {\"id\": \"q\", "
                         "\"problem\": \"How many?\"}, \"steps\": [\"a\\n  b\"], \"n\": 1, "
                         "\"seed\": 0, \"candidates\": [\"c\\nd\"]}\n");
}

/* What a program cannot answer is not asked. */
Test(process_message, questions_that_are_none)
{
    struct crux_call empty = {.verb = CRUX_JUDGE, .count = 0, .state = {.problem = &plain}};
    struct crux_call nameless = {
        .verb = CRUX_PROPOSE, .count = 1, .state = {.problem = &plain, .depth = 3}};
    struct crux_error error = {""};
    char *line = NULL;
    size_t length;

    cr_assert_eq(process_question(&line, &length, &empty, &error), CRUX_FAILED);
    cr_assert_eq(process_question(&line, &length, &nameless, &error), CRUX_FAILED);
    cr_assert_null(line);
}

/* --- replies ------------------------------------------------------------------------------ */

static int take(struct crux_call *call, const char *text, struct crux_error *error)
{
    struct json *object = NULL;
    int status;

    cr_assert_eq(json_parse(&object, text, strlen(text), error), CRUX_OK, "%s", error->text);
    status = process_reply(&call->reply, call, object, error);
    json_free(object);
    return status;
}

/* A step is a text, or an object that says more; all of it outlives the line. */
Test(process_message, steps_are_taken)
{
    struct crux_call call = {.verb = CRUX_PROPOSE, .kind = CRUX_STEP, .count = 3};
    const struct crux_proposal *steps;
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"id\": 1, \"steps\": [\"a\", {\"text\": \"b\", \"prior\": 2, "
                      "\"logprob\": -0.5, \"tokens\": 7, \"terminal\": true, \"more\": []}, "
                      "{\"text\": \"\xc3\xa9\", \"prior\": null}], \"prompt_tokens\": 11, "
                      "\"completion_tokens\": 5, \"price\": 1000}",
                      &error),
                 CRUX_DONE, "%s", error.text);
    steps = call.reply.proposals;
    cr_assert_eq(call.reply.count, 3);
    cr_assert_str_eq(steps[0].text, "a");
    cr_assert_float_eq(steps[0].prior, 1.0F, 0.0F);
    cr_assert_not(steps[0].terminal);
    cr_assert_str_eq(steps[1].text, "b");
    cr_assert_float_eq(steps[1].prior, 2.0F, 0.0F);
    cr_assert_float_eq(steps[1].logprob, -0.5F, 0.0F);
    cr_assert_eq(steps[1].tokens, 7);
    cr_assert(steps[1].terminal);
    cr_assert_str_eq(steps[2].text, "\xc3\xa9");
    cr_assert_eq(call.reply.prompt_tokens, 11);
    cr_assert_eq(call.reply.completion_tokens, 5);
    cr_assert_eq(call.reply.price, 1000);
    free(call.reply.owner);
}

/* The entropy of the next token is known or not: 0 is a number. */
Test(process_message, entropy_is_taken)
{
    static const struct {
        const char *line;
        bool known;
        float entropy;
    } rows[] = {{"{\"steps\": [\"a\"], \"entropy\": 1.5}", true, 1.5F},
                {"{\"steps\": [], \"entropy\": 0}", true, 0.0F},
                {"{\"steps\": [], \"entropy\": 1e300}", true, FLT_MAX},
                {"{\"steps\": [\"a\"], \"entropy\": null}", false, 0.0F},
                {"{\"steps\": [\"a\"]}", false, 0.0F}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_call call = {.verb = CRUX_PROPOSE, .kind = CRUX_STEP, .count = 3};
        struct crux_error error = {""};

        cr_assert_eq(take(&call, rows[i].line, &error), CRUX_DONE, "%s", error.text);
        cr_expect_eq(call.reply.knows_entropy, rows[i].known, "%s", rows[i].line);
        cr_expect_float_eq(call.reply.entropy, rows[i].entropy, 0.0F, "%s", rows[i].line);
        free(call.reply.owner);
    }
}

/* No steps are a dead end. */
Test(process_message, no_steps_are_fine)
{
    struct crux_call call = {.verb = CRUX_PROPOSE, .kind = CRUX_STEP, .count = 3};
    struct crux_error error = {""};

    cr_assert_eq(take(&call, "{\"steps\": []}", &error), CRUX_DONE, "%s", error.text);
    cr_assert_eq(call.reply.count, 0);
    free(call.reply.owner);
}

/* Scores come one for each candidate; null is unknown. */
Test(process_message, scores_are_taken)
{
    struct crux_call call = {.verb = CRUX_SCORE, .count = 3};
    struct crux_error error = {""};

    cr_assert_eq(take(&call, "{\"scores\": [0.25, null, 1]}", &error), CRUX_DONE, "%s", error.text);
    cr_assert_eq(call.reply.count, 3);
    cr_assert_float_eq(call.reply.scores[0], 0.25, 0.0);
    cr_assert_lt(call.reply.scores[1], 0.0);
    cr_assert_float_eq(call.reply.scores[2], 1.0, 0.0);
    free(call.reply.owner);
}

/* A score may stand in an object, with what is known beside it. */
Test(process_message, opinions_are_taken)
{
    struct crux_call call = {.verb = CRUX_SCORE, .count = 3};
    const struct crux_opinion *opinions;
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"scores\": [{\"score\": 0.5, \"why\": \"7 twice\", \"judges\": 3, "
                      "\"spread\": 0.25}, {\"score\": null, \"steps\": [1, null, 0]}, 1]}",
                      &error),
                 CRUX_OK, "%s", error.text);
    opinions = call.reply.opinions;
    cr_assert_float_eq(call.reply.scores[0], 0.5, 0.0);
    cr_assert_lt(call.reply.scores[1], 0.0);
    cr_assert_float_eq(call.reply.scores[2], 1.0, 0.0);
    cr_assert_str_eq(opinions[0].sentence, "7 twice");
    cr_assert_eq(opinions[0].judges, 3);
    cr_assert_float_eq(opinions[0].spread, 0.25, 0.0);
    cr_assert_null(opinions[1].sentence);
    cr_assert_eq(opinions[1].step_count, 3);
    cr_assert_float_eq(opinions[1].steps[0], 1.0, 0.0);
    cr_assert_lt(opinions[1].steps[1], 0.0);
    cr_assert_float_eq(opinions[1].steps[2], 0.0, 0.0);
    cr_assert_lt(opinions[1].spread, 0.0);
    cr_assert_eq(opinions[2].step_count + opinions[2].judges, 0);
    free(call.reply.owner);

    cr_assert_eq(take(&call, "{\"scores\": [1, {\"score\": 0}, 1]}", &error), CRUX_OK);
    cr_assert_null(call.reply.opinions, "nobody said more than a number");
    free(call.reply.owner);
}

/* So may an outcome. */
Test(process_message, opinions_of_outcomes_are_taken)
{
    struct crux_call call = {.verb = CRUX_JUDGE, .count = 2};
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"outcomes\": [{\"verdict\": \"right\", \"answer\": \"24\"}, "
                      "{\"answer\": \"7\", \"steps\": [0.5], \"why\": \"no\"}]}",
                      &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_str_eq(call.reply.outcomes[0].answer, "24");
    cr_assert_str_eq(call.reply.outcomes[1].answer, "7");
    cr_assert_null(call.reply.opinions[0].sentence);
    cr_assert_str_eq(call.reply.opinions[1].sentence, "no");
    cr_assert_float_eq(call.reply.opinions[1].steps[0], 0.5, 0.0);
    free(call.reply.owner);
}

/* A verdict may stand alone, and a reward; an answer is a text of one line. */
Test(process_message, verdicts_are_taken)
{
    struct crux_call call = {.verb = CRUX_JUDGE, .count = 4};
    const struct crux_outcome *outcomes;
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"outcomes\": [{\"reward\": 0.75, \"verdict\": \"right\", \"answer\": "
                      "\"24\"}, {\"verdict\": \"wrong\"}, {\"reward\": 0.25}, {}]}",
                      &error),
                 CRUX_OK, "%s", error.text);
    outcomes = call.reply.outcomes;
    cr_assert_eq(call.reply.count, 4);
    cr_assert_eq(outcomes[0].verdict, CRUX_RIGHT);
    cr_assert_float_eq(outcomes[0].reward, 0.75, 0.0);
    cr_assert_str_eq(outcomes[0].answer, "24");
    cr_assert_eq(outcomes[1].verdict, CRUX_WRONG);
    cr_assert_float_eq(outcomes[1].reward, 0.0, 0.0);
    cr_assert_null(outcomes[1].answer);
    cr_assert_eq(outcomes[2].verdict, CRUX_UNKNOWN);
    cr_assert_float_eq(outcomes[2].reward, 0.25, 0.0);
    cr_assert_float_eq(outcomes[3].reward, 0.5, 0.0);
    free(call.reply.owner);
}

/* A note's texts may be left out, but for what it says. */
Test(process_message, notes_are_taken)
{
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1};
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"note\": {\"first_error\": 2, \"text\": \"7 comes twice\", "
                      "\"error_type\": \"reuse\", \"exact\": true}, \"price\": 3}",
                      &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_eq(call.reply.note->first_error, 2);
    cr_assert(call.reply.note->exact);
    cr_assert_str_eq(call.reply.note->text, "7 comes twice");
    cr_assert_str_eq(call.reply.note->error_type, "reuse");
    cr_assert_str_eq(call.reply.note->corrected_step, "");
    cr_assert_str_eq(call.reply.note->method, "");
    cr_assert_eq(call.reply.price, 3);
    free(call.reply.owner);
}

/* A step that a program writes may have lines of its own. */
Test(process_message, lines_inside_of_a_correction)
{
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1};
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"note\": {\"first_error\": 0, \"text\": \"a\\nb\", "
                      "\"corrected_step\": \"c\\n  d\"}}",
                      &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_str_eq(call.reply.note->text, "a\nb");
    cr_assert_str_eq(call.reply.note->corrected_step, "c\v  d");
    free(call.reply.owner);
}

/* A program's own verdicts: on the answer, and one on each step of the path. */
Test(process_message, verdicts_of_a_note)
{
    const struct crux_node root = {.parent = CRUX_NO_NODE, .text = ""};
    const struct crux_rollout rollouts[] = {{.text = "b"}, {.text = "c\nd\ne"}};
    const struct crux_tree tree = {
        .node_count = 1, .rollout_count = 2, .nodes = &root, .rollouts = rollouts};
    struct crux_pair pair = {.wrong = 1, .right = 0};
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1, .tree = &tree, .pair = &pair};
    struct crux_error error = {""};

    cr_assert_eq(take(&call,
                      "{\"note\": {\"text\": \"a\", \"verdict\": \"wrong\", \"steps\": "
                      "[\"right\", \"unknown\", \"wrong\"]}}",
                      &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_eq(call.reply.note->verdict, CRUX_WRONG);
    cr_assert_eq(call.reply.note->step_count, 3);
    cr_assert_eq(call.reply.note->steps[0], CRUX_RIGHT);
    cr_assert_eq(call.reply.note->steps[1], CRUX_UNKNOWN);
    cr_assert_eq(call.reply.note->steps[2], CRUX_WRONG);
    cr_assert_eq(call.reply.note->first_error, CRUX_NO_STEP);
    free(call.reply.owner);
    pair.wrong = CRUX_NO_NODE;
    cr_assert_eq(take(&call, "{\"note\": {\"text\": \"a\", \"steps\": [\"right\"]}}", &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_eq(call.reply.note->step_count, 1);
    free(call.reply.owner);
    cr_assert_eq(take(&call, "{\"note\": {\"text\": \"a\", \"steps\": []}}", &error), CRUX_FAILED);
    assert_contains(error.text, "a verdict for each of 1 steps, found 0");
    cr_assert_eq(take(&call, "{\"note\": {\"text\": \"a\", \"steps\": [1]}}", &error), CRUX_FAILED);
    assert_contains(error.text, "right, wrong or unknown");
    cr_assert_eq(take(&call, "{\"note\": {\"text\": \"a\", \"verdict\": \"good\"}}", &error),
                 CRUX_FAILED);
    assert_contains(error.text, "`verdict`");
}

/* Where nothing true can be said there is no note, and that is an answer. */
Test(process_message, a_note_may_be_missing)
{
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1};
    struct crux_error error = {""};

    cr_assert_eq(take(&call, "{\"note\": null}", &error), CRUX_OK, "%s", error.text);
    cr_assert_null(call.reply.note);
    cr_assert_null(call.reply.owner);
}

/* What is not as it must be is refused by field and expectation, and nothing is kept. */
Test(process_message, bad_replies_are_named)
{
    static const struct {
        enum crux_verb verb;
        const char *text, *sentence;
    } rows[] = {
        {CRUX_PROPOSE, "{}", "field `steps` of a reply: expected an array, found nothing"},
        {CRUX_PROPOSE, "{\"steps\": \"a\"}", "expected an array, found a string"},
        {CRUX_PROPOSE, "{\"steps\": [1]}", "expected texts, or objects with a `text`"},
        {CRUX_PROPOSE, "{\"steps\": [\"a\", \"\"]}", "an empty one at place 1"},
        {CRUX_PROPOSE, "{\"steps\": [{\"prior\": 1}]}", "objects with a `text`"},
        {CRUX_PROPOSE, "{\"steps\": [\"a\", \"b\", \"c\"]}", "expected at most 2, found 3"},
        {CRUX_PROPOSE, "{\"steps\": [{\"text\": \"a\", \"prior\": \"1\"}]}",
         "field `prior` of a reply: expected a number, found a string"},
        {CRUX_PROPOSE, "{\"steps\": [{\"text\": \"a\", \"tokens\": -1}]}",
         "field `tokens` of a reply: expected an integer from 0"},
        {CRUX_PROPOSE, "{\"steps\": [], \"entropy\": -0.5}",
         "field `entropy` of a reply: expected a number from 0 on"},
        {CRUX_PROPOSE, "{\"steps\": [], \"entropy\": \"1\"}",
         "field `entropy` of a reply: expected a number from 0 on, found a string"},
        {CRUX_PROPOSE, "{\"steps\": [{\"text\": \"a\", \"terminal\": 1}]}",
         "field `terminal` of a reply: expected a boolean"},
        {CRUX_PROPOSE, "{\"steps\": [], \"price\": 0.5}", "field `price` of a reply"},
        {CRUX_PROPOSE, "{\"steps\": [], \"prompt_tokens\": 4294967296}", "field `prompt_tokens`"},
        {CRUX_SCORE, "{\"steps\": []}", "field `scores` of a reply: expected an array"},
        {CRUX_SCORE, "{\"scores\": [1]}", "expected 2, one for each candidate, found 1"},
        {CRUX_SCORE, "{\"scores\": [1, \"0\"]}", "numbers from 0 to 1, or null"},
        {CRUX_SCORE, "{\"scores\": [1, -1]}", "numbers from 0 to 1, or null"},
        {CRUX_SCORE, "{\"scores\": [1, 1.5]}", "numbers from 0 to 1, or null"},
        {CRUX_SCORE, "{\"scores\": [1, 1], \"price\": -1}", "field `price` of a reply"},
        {CRUX_SCORE, "{\"scores\": [1, {}]}", "or null for unknown, found nothing"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"steps\": 1}]}", "an array of rewards"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"steps\": [2]}]}", "field `steps`"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"judges\": -1}]}", "field `judges`"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"spread\": \"\"}]}", "field `spread`"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"spread\": 0.6}]}", "field `spread`"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"spread\": -1}]}", "field `spread`"},
        {CRUX_SCORE, "{\"scores\": [1, {\"score\": 1, \"why\": 1}]}", "field `why`"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, {\"why\": 1}]}", "field `why` of a reply"},
        {CRUX_SCORE, "{\"error\": \"no\\nidea\"}", "no idea"},
        {CRUX_JUDGE, "{}", "field `outcomes` of a reply: expected an array"},
        {CRUX_JUDGE, "{\"outcomes\": [{}]}", "expected 2, one for each candidate, found 1"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, 1]}", "expected objects, found an integer"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, {\"verdict\": \"good\"}]}", "right, wrong or unknown"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, {\"reward\": 2}]}", "a number from 0 to 1"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, {\"answer\": 24}]}", "field `answer` of a reply"},
        {CRUX_JUDGE, "{\"outcomes\": [{}, {\"answer\": \"a\\nb\"}]}", "without line breaks"},
        {CRUX_ANNOTATE, "{}", "field `note` of a reply: expected an object or null"},
        {CRUX_ANNOTATE, "{\"note\": {\"text\": \"a\", \"first_error\": \"1\"}}",
         "field `first_error` of a reply"},
        {CRUX_ANNOTATE, "{\"note\": {\"first_error\": -1, \"text\": \"a\"}}", "`first_error`"},
        {CRUX_ANNOTATE, "{\"note\": {\"first_error\": 1}}", "field `text` of a reply"},
        {CRUX_ANNOTATE, "{\"note\": {\"first_error\": 1, \"text\": \"a\", \"exact\": 1}}",
         "field `exact` of a reply"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_call call = {.verb = rows[i].verb, .kind = CRUX_STEP, .count = 2};
        struct crux_error error = {""};

        cr_expect_eq(take(&call, rows[i].text, &error), CRUX_FAILED, "%s", rows[i].text);
        cr_expect_not_null(strstr(error.text, rows[i].sentence), "%s", error.text);
        cr_expect_null(call.reply.owner);
    }
}
