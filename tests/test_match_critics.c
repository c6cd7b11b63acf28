/*
 * test_match_critics.c - what the critics `match` and `consistency` promise.
 *
 * Paths are written out by hand: steps, and behind them an answer.
 */
#include "critics/crux_critics.h"
#include "critics/match/match.h"
#include "critics/match/path.h"
#include "tests/world/heap.h"
#include "critics/consistency.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST    8u
#define THREADS 4u
#define EACH    500u

/* --- fixture ----------------------------------------------------------------------- */

static const struct crux_problem half = {.id = "half", .prompt = "", .answer = "\\frac12"};
static const struct crux_problem untold = {.id = "untold", .prompt = ""};

static struct crux_critic *open_critic(const char *description)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &error), CRUX_OK,
                 "%s", error.text);
    return critic;
}

static struct crux_step step_of(const char *text, const struct crux_step *previous)
{
    return (struct crux_step){.previous = previous,
                              .text = text,
                              .length = (uint32_t)strlen(text),
                              .depth = previous != NULL ? previous->depth + 1 : 1,
                              .kind = CRUX_ANSWER};
}

/* Some answers, asked about in one call; outcomes live until it is released. */
struct asked {
    struct crux_critic *critic;
    struct crux_step steps[MOST];
    struct crux_call call;
    const struct crux_outcome *outcomes;
};

static void ask(struct asked *asked, struct crux_critic *critic, const struct crux_problem *problem,
                const char *const *texts)
{
    uint32_t count = 0;

    for (; texts[count] != NULL; count++)
        asked->steps[count] = step_of(texts[count], NULL);
    asked->critic = critic;
    asked->call = (struct crux_call){.verb = CRUX_JUDGE,
                                     .count = count,
                                     .candidates = asked->steps,
                                     .state = {.problem = problem}};
    cr_assert_eq(critic->port.ask(&critic->port, &asked->call), CRUX_DONE);
    cr_assert_eq(asked->call.reply.count, count);
    asked->outcomes = asked->call.reply.outcomes;
}

#define ASK(asked, critic, problem, ...)                                                           \
    ask((asked), (critic), (problem), (const char *const[]){__VA_ARGS__, NULL})

static void release(struct asked *asked)
{
    asked->critic->port.release(&asked->critic->port, &asked->call.reply);
}

static void insist(const struct crux_outcome *outcome, enum crux_verdict verdict, double reward,
                   const char *answer)
{
    cr_expect_eq(outcome->verdict, verdict, "%s", answer);
    cr_expect_float_eq(outcome->reward, reward, 1e-12, "%s: %g", answer, outcome->reward);
    cr_expect_str_eq(outcome->answer, answer);
}

/* --- match ---------------------------------------------------------------------------- */

/* Right, wrong and unknown, each with its canonical form. */
Test(match, judges_by_the_reference)
{
    struct crux_critic *critic = open_critic("match");
    struct asked asked;

    cr_assert(critic->sees_reference);
    ASK(&asked, critic, &half, "so \\boxed{0.5}", "The answer is 50%.", "#### 3/4", "I give up.",
        "Answer: x + 1");
    insist(&asked.outcomes[0], CRUX_RIGHT, 1.0, "0.5");
    insist(&asked.outcomes[1], CRUX_RIGHT, 1.0, "0.5");
    insist(&asked.outcomes[2], CRUX_WRONG, 0.0, "0.75");
    insist(&asked.outcomes[3], CRUX_UNKNOWN, 0.0, "");
    insist(&asked.outcomes[4], CRUX_WRONG, 0.0, "x + 1");
    release(&asked);
    crux_critic_close(critic);
}

/* Without a reference nothing can be judged, but what was said is known. */
Test(match, without_a_reference_it_is_unknown)
{
    struct crux_critic *critic = open_critic("match");
    struct asked asked;

    ASK(&asked, critic, &untold, "\\boxed{\\frac{2}{4}}", "nothing");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 0.0, "0.5");
    insist(&asked.outcomes[1], CRUX_UNKNOWN, 0.0, "");
    release(&asked);
    crux_critic_close(critic);
}

/* A reference may be a whole solution that ends in its answer. */
Test(match, a_reference_may_be_a_solution)
{
    const struct crux_problem solved = {
        .id = "solved", .prompt = "", .answer = "He has 2 + 2 = 4.\n#### 4"};
    struct crux_critic *critic = open_critic("match");
    struct asked asked;

    ASK(&asked, critic, &solved, "\\boxed{4}", "\\boxed{5}");
    insist(&asked.outcomes[0], CRUX_RIGHT, 1.0, "4");
    insist(&asked.outcomes[1], CRUX_WRONG, 0.0, "5");
    release(&asked);
    crux_critic_close(critic);
}

/* The whole path is read: the answer may stand in an earlier step, and the last one counts. */
Test(match, reads_the_whole_path)
{
    struct crux_critic *critic = open_critic("match");
    struct crux_step first = step_of("Let me see: \\boxed{0.5}", NULL);
    struct crux_step second = step_of("That was it.", &first);
    struct crux_step other = step_of("No, it is \\boxed{7}.", &first);
    const struct crux_step candidates[] = {second, other};
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = 2,
                             .candidates = candidates,
                             .state = {.problem = &half, .last = &first, .depth = 1}};

    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    insist(&call.reply.outcomes[0], CRUX_RIGHT, 1.0, "0.5");
    insist(&call.reply.outcomes[1], CRUX_WRONG, 0.0, "7");
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
}

/* A tolerance is taken from the description. */
Test(match, takes_a_tolerance)
{
    const struct crux_problem ten = {.id = "ten", .prompt = "", .answer = "10"};
    struct crux_critic *strict = open_critic("match"), *loose = open_critic("match:tolerance=0.05");
    struct asked asked;

    ASK(&asked, strict, &ten, "\\boxed{10.4}");
    insist(&asked.outcomes[0], CRUX_WRONG, 0.0, "10.4");
    release(&asked);
    ASK(&asked, loose, &ten, "\\boxed{10.4}", "\\boxed{10.6}");
    insist(&asked.outcomes[0], CRUX_RIGHT, 1.0, "10.4");
    insist(&asked.outcomes[1], CRUX_WRONG, 0.0, "10.6");
    release(&asked);
    crux_critic_close(strict);
    crux_critic_close(loose);
}

/* What is no tolerance is refused with a sentence that says what one is. */
Test(match, refuses_what_is_no_tolerance)
{
    static const char *const bad[] = {"match:",
                                      "match:tolerance",
                                      "match:tolerance=",
                                      "match:tolerance=0",
                                      "match:tolerance=1",
                                      "match:tolerance=-0.1",
                                      "match:tolerance=nan",
                                      "match:tolerance=0.1x",
                                      "match:sharpness=0.1"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct crux_critic *critic = NULL;
        struct crux_error error = {""};

        cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, bad[i], NULL, &error),
                     CRUX_INVALID);
        cr_expect_null(critic);
        cr_expect_not_null(strstr(error.text, "0 < X < 1"), "%s", error.text);
    }
}

/* The catalogue says which critics a role has. */
Test(match, the_catalogue_lists_its_names)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "mat", NULL, &error), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "numbers, match, consistency"), "%s", error.text);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, "match", NULL, &error), CRUX_INVALID);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "consistency:5", NULL, &error),
                 CRUX_INVALID);
}

/* A line break inside a step, which a policy writes as '\v', ends a line. */
Test(match, lines_of_a_step_are_lines)
{
    struct crux_step step = {.text = "#### 11\vThis is it.", .length = 19, .depth = 1};
    char *answer = match_path_answer(&step);

    cr_assert_str_eq(answer, "11");
    free(answer);
}

/* --- grading -------------------------------------------------------------------------------- */

/* A result is graded as match compares: forms of one answer are one, a reference may be a whole
 * solution, and what cannot be decided is not. */
Test(grade, a_final_answer_against_a_reference)
{
    cr_expect_eq(crux_grade("1/2", "0.5"), CRUX_RIGHT);
    cr_expect_eq(crux_grade("18", "She has 16 - 3 = 13 and so on.\n#### 18"), CRUX_RIGHT);
    cr_expect_eq(crux_grade("17", "18"), CRUX_WRONG);
    cr_expect_eq(crux_grade("", "18"), CRUX_UNKNOWN);
    cr_expect_eq(crux_grade("x + 1", "y + 1"), CRUX_UNKNOWN);
}

/* What a solution says in the end, as match names it; nothing is "". */
Test(grade, the_final_answer_of_a_solution)
{
    static const char *const solutions[][2] = {
        {"16 - 3 = 13.\nThe answer is \\boxed{1/2}.", "0.5"}, {"#### 5.0", "5"}, {"", ""}};

    for (size_t i = 0; i < sizeof solutions / sizeof *solutions; i++) {
        char *answer = crux_final_answer(solutions[i][0]);

        cr_expect_str_eq(answer, solutions[i][1]);
        free(answer);
    }
}

/* --- consistency ------------------------------------------------------------------------- */

/* The share of the answers so far, this one included; no verdict comes of it. */
Test(consistency, the_reward_is_the_share_so_far)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    cr_assert_not(critic->sees_reference);
    ASK(&asked, critic, &half, "\\boxed{7}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 1.0, "7");
    release(&asked);
    ASK(&asked, critic, &half, "\\boxed{8}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 1.0 / 2, "8");
    release(&asked);
    ASK(&asked, critic, &half, "\\boxed{7}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 2.0 / 3, "7");
    release(&asked);
    crux_critic_close(critic);
}

/* Answers of one call count together: none of them comes first. */
Test(consistency, answers_of_a_call_count_together)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "\\boxed{7}", "\\boxed{8}", "\\boxed{7}", "I give up.");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 2.0 / 3, "7");
    insist(&asked.outcomes[1], CRUX_UNKNOWN, 1.0 / 3, "8");
    insist(&asked.outcomes[2], CRUX_UNKNOWN, 2.0 / 3, "7");
    insist(&asked.outcomes[3], CRUX_UNKNOWN, 0.0, "");
    release(&asked);
    crux_critic_close(critic);
}

/* The forms of one answer count as one, under the name of the first. */
Test(consistency, forms_of_one_answer_are_one)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "#### 5 cm", "The answer is 50 mm.", "Answer: 0.05 m", "#### 6 cm");
    for (uint32_t i = 0; i < 3; i++)
        insist(&asked.outcomes[i], CRUX_UNKNOWN, 3.0 / 4, "5 cm");
    insist(&asked.outcomes[3], CRUX_UNKNOWN, 1.0 / 4, "6 cm");
    release(&asked);
    crux_critic_close(critic);
}

/* What cannot be distinguished for certain is not counted as one. */
Test(consistency, unknown_is_not_the_same)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "#### 2k + 2", "#### 2n + 2", "#### 50", "#### 50%");
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_float_eq(asked.outcomes[i].reward, 0.25, 1e-12);
    release(&asked);
    crux_critic_close(critic);
}

/* One value of two names is two answers, and without a name it is the first of them. */
Test(consistency, names_are_part_of_it)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "\\boxed{x=5}", "\\boxed{y=5}", "\\boxed{5}", "\\boxed{y = 5.0}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 2.0 / 4, "5");
    insist(&asked.outcomes[1], CRUX_UNKNOWN, 2.0 / 4, "y = 5");
    insist(&asked.outcomes[2], CRUX_UNKNOWN, 2.0 / 4, "5");
    insist(&asked.outcomes[3], CRUX_UNKNOWN, 2.0 / 4, "y = 5");
    release(&asked);
    crux_critic_close(critic);
}

/* Problems do not mix. */
Test(consistency, every_problem_has_its_own_count)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "\\boxed{7}", "\\boxed{8}");
    release(&asked);
    ASK(&asked, critic, &untold, "\\boxed{7}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 1.0, "7");
    release(&asked);
    crux_critic_close(critic);
}

/* Of more problems than it remembers it forgets those that rested longest. */
Test(consistency, forgets_the_problem_that_rested_longest)
{
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    ASK(&asked, critic, &half, "\\boxed{7}");
    release(&asked);
    ASK(&asked, critic, &untold, "\\boxed{7}");
    release(&asked);
    for (uint32_t i = 0; i < CONSISTENCY_PROBLEMS - 1; i++) {
        char id[32];
        const struct crux_problem other = {.id = id, .prompt = ""};

        (void)snprintf(id, sizeof id, "other-%u", i);
        ASK(&asked, critic, &other, "\\boxed{9}");
        release(&asked);
        if (i == 10) {
            ASK(&asked, critic, &half, "\\boxed{8}");
            release(&asked);
        }
    }
    ASK(&asked, critic, &half, "\\boxed{8}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 2.0 / 3, "8");
    release(&asked);
    ASK(&asked, critic, &untold, "\\boxed{8}");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, 1.0, "8");
    release(&asked);
    crux_critic_close(critic);
}

/* Beyond the forms it compares, the same canonical form still counts. */
Test(consistency, late_forms_count_by_their_text)
{
    struct crux_critic *critic = open_critic("consistency");
    char text[40];
    struct asked asked;

    for (uint32_t i = 0; i < CONSISTENCY_FORMS; i++) {
        (void)snprintf(text, sizeof text, "#### x_{%u}", i);
        ASK(&asked, critic, &half, text);
        release(&asked);
    }
    ASK(&asked, critic, &half, "#### 5 m", "#### \\text{5 meters}", "#### 500 cm");
    cr_expect_float_eq(asked.outcomes[1].reward, 2.0 / (CONSISTENCY_FORMS + 3), 1e-12);
    cr_expect_float_eq(asked.outcomes[2].reward, 1.0 / (CONSISTENCY_FORMS + 3), 1e-12);
    release(&asked);
    crux_critic_close(critic);
}

/* One of several threads that ask about one problem; the test judges after the join. */
struct asker {
    struct crux_critic *critic;
    const char *text;
    bool failed;
    pthread_t thread;
};

static void *ask_often(void *context)
{
    struct asker *asker = context;
    struct crux_step step = step_of(asker->text, NULL);

    for (uint32_t i = 0; i < EACH; i++) {
        struct crux_call call = {
            .verb = CRUX_JUDGE, .count = 1, .candidates = &step, .state = {.problem = &half}};

        if (asker->critic->port.ask(&asker->critic->port, &call) != CRUX_DONE)
            asker->failed = true;
        asker->critic->port.release(&asker->critic->port, &call.reply);
    }
    return NULL;
}

/* Asked from several threads at once it counts every answer once. */
Test(consistency, threads_lose_no_answer)
{
    struct asker askers[THREADS];
    struct crux_critic *critic = open_critic("consistency");
    struct asked asked;

    for (uint32_t i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){.critic = critic, .text = i == 0 ? "#### 8" : "#### 7"};
        cr_assert_eq(pthread_create(&askers[i].thread, NULL, ask_often, &askers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        (void)pthread_join(askers[i].thread, NULL);
        cr_assert_not(askers[i].failed);
    }
    ASK(&asked, critic, &half, "#### 8");
    insist(&asked.outcomes[0], CRUX_UNKNOWN, (EACH + 1.0) / (THREADS * EACH + 1.0), "8");
    release(&asked);
    crux_critic_close(critic);
}

/* --- without memory ------------------------------------------------------------------------ */

static void skip_under_sanitizers(void)
{
    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
}

TestSuite(match_memory, .init = skip_under_sanitizers);

/* Opened at the first allocation that does not fail; before that it says why. */
Test(match_memory, opening_says_so)
{
    static const char *const names[] = {"match", "match:tolerance=0.1", "consistency"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct crux_critic *critic = NULL;
        struct crux_error error = {""};

        heap_fail(1);
        cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, names[i], NULL, &error),
                     CRUX_MEMORY);
        heap_fail(0);
        cr_expect_null(critic);
        cr_expect_str_neq(error.text, "");
    }
}

/* Fail one allocation after the other; returns how many there are. */
static uint32_t fail_each(struct crux_critic *critic, struct crux_call *call)
{
    uint32_t failures = 0;

    for (bool failed = true; failed; failures += failed) {
        int status;

        call->reply = (struct crux_reply){0};
        heap_fail(failures + 1);
        status = critic->port.ask(&critic->port, call);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_DONE);
        if (failed)
            cr_assert_not_null(call->reply.sentence);
    }
    return failures;
}

/* A call without memory fails at any allocation, and what it would have counted is not. */
Test(match_memory, asking_says_so_and_counts_nothing)
{
    static const char *const names[] = {"match", "consistency"};
    const struct crux_step steps[] = {step_of("\\boxed{0.5 m}", NULL), step_of("#### 50 cm", NULL)};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct crux_critic *critic = open_critic(names[i]);
        struct crux_call call = {
            .verb = CRUX_JUDGE, .count = 2, .candidates = steps, .state = {.problem = &half}};

        cr_expect_gt(fail_each(critic, &call), 6, "%s", names[i]);
        cr_expect_eq(call.reply.outcomes[0].reward, 1.0);
        cr_expect_eq(call.reply.outcomes[1].reward, i == 0 ? 0.0 : 1.0);
        critic->port.release(&critic->port, &call.reply);
        crux_critic_close(critic);
    }
}
