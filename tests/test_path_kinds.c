/*
 * test_path_kinds.c - a planner's path has sub-goals, queries and documents on it; whoever judges a
 * solution passes them over, and whoever counts its steps, too.
 *
 * The path: a step of the game, a query, a document that says the step after it otherwise and ends
 * with an answer of its own, another step. So whoever reads too much is wrong.
 */
#include "critics/crux_critics.h"
#include "critics/http/request.h"
#include "critics/http/service.h"
#include "critics/linear/model.h"
#include "critics/match/path.h"
#include "critics/numbers/facts.h"
#include "critics/numbers/path.h"
#include "critics/run/question.h"
#include "critics/solution.h"
#include "io/paths.h"
#include "io/process/message.h"
#include "io/steps.h"
#include "io/views/tally.h"
#include "tests/world/contains.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the path --------------------------------------------------------------------------------- */

#define STEP_1 "10 - 4 = 6 (left: 6 9 13)"
#define STEP_2 "13 - 9 = 4 (left: 4 6)"
#define STEP_3 "6 * 4 = 24 (left: 24)"
#define QUERY  "make 24 from 6 9 13"
#define BOOK   "[b1] make 24 from 6 9 15\v15 - 9 = 6 (left: 6 6)\vThe answer is 99."

enum { DEPTH = 8 };

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "Make 24.", .line = "{\"numbers\": [4, 9, 10, 13]}"};

static const enum crux_kind kinds[DEPTH] = {CRUX_REASON, CRUX_RATIONALE, CRUX_GENQUERY,
                                            CRUX_QUERY,  CRUX_RETRIEVE,  CRUX_DOC,
                                            CRUX_REASON, CRUX_RATIONALE};

static const char *text_at(uint32_t i)
{
    static const char *const texts[DEPTH] = {[1] = STEP_1, [3] = QUERY, [5] = BOOK, [7] = STEP_2};

    return texts[i] != NULL ? texts[i] : crux_subgoal_text(kinds[i]);
}

/* Behind the path stands an answer of that text. */
static struct crux_step steps[DEPTH + 1];

static const struct crux_step *answer_of(const char *text)
{
    for (uint32_t i = 0; i <= DEPTH; i++) {
        const char *said = i < DEPTH ? text_at(i) : text;

        steps[i] = (struct crux_step){.previous = i > 0 ? &steps[i - 1] : NULL,
                                      .text = said,
                                      .length = (uint32_t)strlen(said),
                                      .depth = i + 1,
                                      .kind = (uint8_t)(i < DEPTH ? kinds[i] : CRUX_ANSWER)};
    }
    return &steps[DEPTH];
}

static struct crux_call about(enum crux_verb verb, const char *answer)
{
    return (struct crux_call){.verb = verb,
                              .count = 1,
                              .candidates = answer_of(answer),
                              .state = {.problem = &puzzle, .last = &steps[DEPTH - 1]}};
}

/* --- walking ------------------------------------------------------------------------------------
 */

/* The nearest step that is part of the solution; none before the first. */
Test(path_kinds, reasoning_is_found)
{
    const struct crux_step *answer = answer_of(STEP_3);

    cr_assert_eq(steps_reasoning(answer), answer);
    cr_assert_eq(steps_reasoning(&steps[6]), &steps[1]);
    cr_assert_null(steps_reasoning(&steps[0]));
    cr_assert_null(steps_reasoning(NULL));
}

/* What is joined as a solution is the solution; what is joined is all. */
Test(path_kinds, a_solution_is_joined)
{
    static const struct crux_text between = {"|", 1};
    const struct crux_step *answer = answer_of(STEP_3);
    size_t length = 0;
    char *whole = steps_join(answer, between, "", NULL);
    char *solution = steps_join_solution(answer, between, ".", &length);
    char *nothing = steps_join_solution(&steps[0], between, "", NULL);

    assert_contains(whole, QUERY);
    cr_expect_str_eq(solution, STEP_1 "|" STEP_2 "|" STEP_3 ".");
    cr_expect_eq(length, strlen(solution));
    cr_expect_str_eq(nothing, "");
    free(whole);
    free(solution);
    free(nothing);
}

/* A revision is shown the answer, without what was read for it. */
Test(path_kinds, an_answer_has_its_steps)
{
    size_t count = 0;
    struct crux_text *lines = steps_of_answer(answer_of(STEP_3), &count);

    cr_assert_eq(count, 3);
    cr_expect_eq(memcmp(lines[1].start, STEP_2, lines[1].length), 0);
    free(lines);
}

/* --- the referee
 * ---------------------------------------------------------------------------------- */

static struct crux_outcome outcome_of(const char *critic, const char *answer, char *written)
{
    struct crux_critic *judge = NULL;
    struct crux_error error = {""};
    struct crux_call call = about(CRUX_JUDGE, answer);
    struct crux_outcome outcome;

    cr_assert_eq(crux_critic_open(&judge, CRUX_ROLE_OUTCOME, critic, NULL, &error), CRUX_OK, "%s",
                 error.text);
    cr_assert_eq(judge->port.ask(&judge->port, &call), CRUX_DONE);
    outcome = call.reply.outcomes[0];
    (void)snprintf(written, 128, "%s", outcome.answer);
    judge->port.release(&judge->port, &call.reply);
    crux_critic_close(judge);
    return outcome;
}

/* Right is right, wrong is wrong, and the expression is made of reasoning alone. */
Test(path_kinds, the_referee_reads_reasoning)
{
    char written[128];

    cr_assert_eq(outcome_of("numbers", STEP_3, written).verdict, CRUX_RIGHT);
    cr_expect_str_eq(written, "(10 - 4) * (13 - 9) = 24");
    cr_assert_eq(outcome_of("numbers", "6 + 4 = 10 (left: 10)", written).verdict, CRUX_WRONG);
    cr_expect_str_eq(written, "10 - 4 + 13 - 9 = 10");
}

/* Whether 24 can still be made is asked of the numbers that the last reasoning leaves. */
Test(path_kinds, the_solver_looks_past_documents)
{
    struct crux_critic *critic = NULL;
    struct crux_call call = about(CRUX_SCORE, STEP_3);

    call.candidates = &steps[6]; /* a sub-goal behind a document */
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, "numbers", NULL, NULL), CRUX_OK);
    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    cr_expect_eq(call.reply.scores[0], 1.0);
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
}

/* No problem has more steps of reasoning than numbers; of the others there may be any number. */
Test(path_kinds, only_reasoning_is_too_much)
{
    static const struct numbers_problem game = {
        .numbers = {4, 9, 10, 13}, .count = 4, .use_all = true, .target = 24};
    struct numbers_walk walk;

    cr_assert_gt(DEPTH + 1, NUMBERS_MOST);
    cr_assert(numbers_walk_begin(&walk, &game));
    cr_expect(numbers_walk_chain(&walk, answer_of(STEP_3)));
    cr_expect_eq(walk.steps, 3);
}

struct heard_facts {
    uint64_t sum, place;
    uint32_t count;
};

static void hear_one(void *context, uint64_t fact)
{
    struct heard_facts *heard = context;

    heard->sum += fact;
    heard->count++;
}

static struct heard_facts facts_at(const struct crux_step *last)
{
    struct heard_facts heard = {.sum = 0};

    cr_assert(numbers_facts(&puzzle, last, hear_one, &heard, &heard.place));
    return heard;
}

/* The facts of a state are those of its numbers, whatever was read since; before the first
 * step those of the problem. */
Test(path_kinds, facts_are_of_the_last_reasoning)
{
    struct heard_facts reasoned, read, root, begun;

    (void)answer_of(STEP_3);
    reasoned = facts_at(&steps[1]);
    read = facts_at(&steps[6]);
    root = facts_at(NULL);
    begun = facts_at(&steps[0]);
    cr_expect(reasoned.sum == read.sum && reasoned.place == read.place);
    cr_expect(root.sum == begun.sum && root.place == begun.place);
    cr_expect_neq(root.place, read.place);
}

/* --- the annotator
 * -------------------------------------------------------------------------------- */

/* The tree of the path, and an answer behind it. */
struct grove {
    struct crux_node nodes[DEPTH + 1];
    struct crux_rollout rollout;
    struct crux_pair pair;
    struct crux_tree tree;
};

static void plant(struct grove *out, const char *answer, bool alone)
{
    *out = (struct grove){.rollout = {.node = DEPTH, .text = answer, .answer = ""},
                          .pair = {.wrong = alone ? CRUX_NO_NODE : 0}};
    for (uint32_t i = 0; i <= DEPTH; i++)
        out->nodes[i] = (struct crux_node){.parent = i > 0 ? i - 1 : CRUX_NO_NODE,
                                           .depth = i,
                                           .text = i > 0 ? text_at(i - 1) : "",
                                           .kind = (uint8_t)(i > 0 ? kinds[i - 1] : CRUX_STEP)};
    out->tree = (struct crux_tree){.problem = &puzzle,
                                   .node_count = DEPTH + 1,
                                   .nodes = out->nodes,
                                   .rollout_count = 1,
                                   .rollouts = &out->rollout,
                                   .pair_count = 1,
                                   .pairs = &out->pair};
}

static bool noted(const char *answer, bool alone, uint32_t *first_error, char *sentence)
{
    struct crux_critic *critic = NULL;
    struct grove grove;
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1, .state = {.problem = &puzzle}};
    bool written;

    plant(&grove, answer, alone);
    call.tree = &grove.tree;
    call.pair = &grove.pair;
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_ANNOTATE, "numbers", NULL, NULL), CRUX_OK);
    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    written = call.reply.note != NULL;
    if (written) {
        *first_error = call.reply.note->first_error;
        (void)snprintf(sentence, 128, "%s", call.reply.note->text);
    }
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
    return written;
}

/* The first wrong step has its place in the solution. */
Test(path_kinds, places_count_the_solutions_steps)
{
    uint32_t first_error = 0;
    char sentence[128];

    cr_assert(noted("6 + 4 = 10 (left: 10)", false, &first_error, sentence));
    cr_expect_eq(first_error, 2);
    assert_contains(sentence, "Step 3, `6 + 4 = 10 (left: 10)`");
}

/* A finished path is its solution, and each step of it has its node; an answer's own line is no
 * query that says the same. Answers are counted at every node that they go through. */
Test(path_kinds, a_finished_path_is_the_solution)
{
    static const uint32_t nodes[] = {2, 8};
    struct grove grove;
    struct paths paths;
    struct path path;
    struct tally tally;

    plant(&grove, STEP_3, false);
    grove.rollout.verdict = CRUX_WRONG;
    cr_assert_eq(paths_open(&paths, &grove.tree, NULL), CRUX_OK);
    cr_assert_eq(paths_read(&paths, 0, &path, NULL), CRUX_OK);
    cr_assert_eq(path.count, 3);
    cr_expect_eq(memcmp(path.steps[1].start, STEP_2, path.steps[1].length), 0);
    cr_expect_eq(memcmp(path.steps[2].start, STEP_3, path.steps[2].length), 0);
    cr_assert_eq(path.known, 2);
    cr_expect_arr_eq(path.nodes, nodes, sizeof nodes);
    cr_expect_eq(paths_child(&paths, 1, (struct crux_text){STEP_1, strlen(STEP_1)}), 2);
    cr_expect_eq(paths_child(&paths, 3, (struct crux_text){QUERY, strlen(QUERY)}), CRUX_NO_NODE);
    cr_assert_eq(tally_open(&tally, &paths, NULL), CRUX_OK);
    for (uint32_t i = 0; i <= DEPTH; i++)
        cr_expect_eq(tally.of[i].of, 1, "node %u", i);
    tally_close(&tally);
    path_close(&path);
    paths_close(&paths);
}

/* A right path is right past its documents, and a wrong one is not. */
Test(path_kinds, right_paths_are_recomputed)
{
    uint32_t first_error = 0;
    char sentence[128];

    cr_expect(noted(STEP_3, true, &first_error, sentence));
    cr_expect_eq(first_error, CRUX_NO_STEP);
    cr_expect_not(noted("6 + 4 = 10 (left: 10)", true, &first_error, sentence));
}

/* --- others who judge ----------------------------------------------------------------------------
 */

/* A document's answer is not the solution's. */
Test(path_kinds, the_final_answer_is_the_solutions)
{
    char *answer = match_path_answer(answer_of("The answer is 24."));
    char *none = match_path_answer(&steps[6]);

    cr_expect_str_eq(answer, "24");
    cr_expect_null(strstr(none, "99"));
    free(answer);
    free(none);
}

/* An answer and a rationale stand behind reasoning, a document behind all that led to it. */
Test(path_kinds, solutions_of_judges)
{
    struct solution solution;

    cr_assert(solution_open(&solution, answer_of("a\nb")));
    cr_expect(solution.count == 4 && solution.before == 2);
    cr_expect_eq(memcmp(solution.steps[1].start, STEP_2, solution.steps[1].length), 0);
    solution_close(&solution);
    cr_assert(solution_open(&solution, &steps[7]));
    cr_expect(solution.count == 2 && solution.before == 1);
    solution_close(&solution);
    cr_assert(solution_open(&solution, &steps[5]));
    cr_expect(solution.count == 6 && solution.before == 5);
    solution_close(&solution);
}

/* A program is made of the solution. */
Test(path_kinds, programs_are_the_solutions)
{
    static const struct crux_problem task = {
        .id = "t", .prompt = "", .line = "{\"tests\": [[\"1\", \"2\"]]}"};
    struct run_settings settings;
    const char *why = NULL;
    char *question = NULL;

    cr_assert_eq(run_settings_read(&settings, NULL, NULL), CRUX_OK);
    cr_assert_eq(run_question(&question, &task, answer_of("```c\nint x;\n```"), &settings, &why),
                 CRUX_OK);
    assert_contains(question, "int x;");
    cr_expect_null(strstr(question, "99"));
    free(question);
}

/* A program that judges is told the solution, one that scores all steps. */
Test(path_kinds, programs_that_judge)
{
    struct crux_call judged = about(CRUX_JUDGE, STEP_3), scored = about(CRUX_SCORE, STEP_3);
    char *line = NULL;
    size_t length;

    cr_assert_eq(process_question(&line, &length, &judged, NULL), CRUX_OK);
    assert_contains(line, "\"candidates\": [\"" STEP_1 "\\n" STEP_2 "\\n" STEP_3 "\"]");
    free(line);
    cr_assert_eq(process_question(&line, &length, &scored, NULL), CRUX_OK);
    assert_contains(line, QUERY);
    free(line);
}

static void assert_sent(const struct crux_call *call, const char *expected)
{
    char name[] = "/tmp/crux_kinds_XXXXXX";
    const char *description =
        "url: http://x\nscore: /s\nrequest: '[{{#steps}}{{^@first}}, {{/@first}}\"{{.|json}}\""
        "{{/steps}}, \"{{solution|json}}\"]'\n";
    struct service service;
    struct crux_error error = {""};
    char *body = NULL;
    int file = mkstemp(name);

    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, description, strlen(description)), (ssize_t)strlen(description));
    (void)close(file);
    cr_assert_eq(service_read(&service, name, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(service_compose(&body, &service, call, 0, &error), CRUX_OK, "%s", error.text);
    (void)unlink(name);
    assert_contains(body, expected);
    free(body);
    service_free(&service);
}

/* So is a service. */
Test(path_kinds, services_that_judge)
{
    struct crux_call judged = about(CRUX_JUDGE, STEP_3), scored = about(CRUX_SCORE, STEP_3);

    assert_sent(&judged,
                "[\"" STEP_1 "\", \"" STEP_2 "\", \"" STEP_1 "\\n" STEP_2 "\\n" STEP_3 "\"]");
    assert_sent(&scored, "\"" QUERY "\"");
}

/* --- trained critics -------------------------------------------------------------------------- */

/* A critic of answers whose every feature weighs something. */
static struct crux_critic *open_trained(void)
{
    char name[] = "/tmp/crux_kinds_XXXXXX", description[64];
    struct linear_model *model = linear_model_new();
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};
    int file = mkstemp(name);

    cr_assert(file >= 0 && model != NULL);
    (void)close(file);
    model->role = CRUX_ROLE_OUTCOME;
    model->kind = CRUX_KINDS;
    model->curve = (struct linear_curve){0.01, 0.0};
    for (uint32_t i = 0; i < LINEAR_FEATURES; i++)
        model->weights[i] = (float)(i % 97) - 48.0F;
    cr_assert_eq(linear_model_write(model, name, true, json_new_object(), &error), CRUX_OK, "%s",
                 error.text);
    linear_model_close(model);
    (void)snprintf(description, sizeof description, "linear:%s", name);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &error), CRUX_OK,
                 "%s", error.text);
    (void)unlink(name);
    return critic;
}

static double rate(struct crux_critic *critic, const struct crux_step *candidate)
{
    struct crux_call call = {
        .verb = CRUX_JUDGE, .count = 1, .candidates = candidate, .state = {.problem = &puzzle}};
    double reward;

    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    reward = call.reply.outcomes[0].reward;
    critic->port.release(&critic->port, &call.reply);
    return reward;
}

/* An answer that was complete with its last rationale is rated as that, not as nothing. */
Test(path_kinds, what_adds_nothing_is_the_path)
{
    struct crux_critic *critic = open_trained();
    double complete = rate(critic, answer_of("")), path = rate(critic, &steps[DEPTH - 1]);
    double other = rate(critic, &steps[1]);

    cr_expect_eq(complete, path);
    cr_expect_neq(complete, other);
    crux_critic_close(critic);
}
