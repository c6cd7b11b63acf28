/*
 * test_model_server.c - what tests and users rely on of the fake model server.
 *
 * Above all that its content is a function of seed, prompt and sample number: who asks for
 * the same gets the same, today, tomorrow, and from another process.
 */
#include "tests/world/http_fixture.h"
#include "tests/world/server/brain.h"
#include "tests/world/server/critique.h"
#include "tests/world/serving.h"

#include "io/json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the model ---------------------------------------------------------------------------- */

static struct brain_reply reply;

static const char *think(double skill, bool greedy, uint64_t seed, const char *prompt)
{
    struct brain brain = {skill, greedy, seed, false};

    brain_think(&reply, &brain, prompt, strlen(prompt));
    return reply.text.bytes;
}

static const struct brain_range usual = {2, 5};

/* The number-th problem and its right answer as the model would write it. */
static void get_problem(struct brain_range operations, uint64_t number, char problem[600],
                        char answer[64])
{
    struct text line = {NULL, 0, 0};
    struct json *json = NULL;

    brain_problem(&line, operations, 7, number);
    cr_assert_eq(json_parse(&json, line.bytes, line.length, NULL), CRUX_OK, "%s", line.bytes);
    (void)snprintf(problem, 600, "%s\n", json_as_string(json_get(json, "problem")));
    (void)snprintf(answer, 64, "boxed{%s}", json_as_string(json_get(json, "answer")));
    json_free(json);
    text_free(&line);
}

/* Who never slips is right about every problem; who always slips, only when two slips make
 * up for each other. */
Test(brain, is_as_good_as_its_skill)
{
    int right = 0;

    for (uint64_t i = 0; i < 200; i++) {
        char problem[600], answer[64];

        get_problem(usual, i, problem, answer);
        cr_expect_not_null(strstr(think(2.0, false, i, problem), answer), "%s%s %s", problem,
                           reply.text.bytes, answer);
        right += strstr(think(-1.0, false, i, problem), answer) != NULL;
    }
    cr_expect_lt(right, 40);
    text_free(&reply.text);
}

Test(brain, takes_a_step_for_each_operation)
{
    const struct brain_range ranges[] = {{1, 1}, {6, 8}, {BRAIN_STEPS, BRAIN_STEPS}};

    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (uint64_t i = 0; i < 50; i++) {
            char problem[600], answer[64];
            const char *at;

            get_problem(ranges[r], i, problem, answer);
            at = think(2.0, false, i, problem);
            cr_expect_not_null(strstr(at, answer), "%s%s", problem, at);
            cr_expect_geq(reply.result_count, ranges[r].least);
            cr_expect_leq(reply.result_count, ranges[r].most);
        }
    text_free(&reply.text);
}

/* With some skill it is sometimes right and sometimes wrong about the same problem. */
Test(brain, is_sometimes_right)
{
    char problem[600], answer[64];
    int right = 0;

    get_problem(usual, 3, problem, answer);
    for (uint64_t seed = 0; seed < 300; seed++)
        right += strstr(think(0.7, false, seed, problem), answer) != NULL;
    cr_expect(right > 15 && right < 285, "%d of 300", right);
    text_free(&reply.text);
}

/* A text that was begun is gone on with, step by step, as if it had been written at once. */
Test(brain, goes_on_where_the_steps_end)
{
    static const char begun[] = "Mia starts with 12 pens. Mia finds 7 more. Mia loses 4. How many "
                                "pens does Mia have now?<|im_end|>\n<|im_start|>assistant\n"
                                "12 + 7 = 19.\n\n";

    cr_expect_not_null(strstr(think(2.0, false, 1, begun), "19 - 4 = 15."), "%s", reply.text.bytes);
    cr_expect_null(strstr(reply.text.bytes, "12 + 7"));
    cr_expect_not_null(strstr(reply.text.bytes, "boxed{15}"));
    text_free(&reply.text);
}

/* Tokens are the text, cut. */
Test(brain, tokens_make_up_the_text)
{
    uint32_t end = 0;

    (void)think(0.8, true, 1, "Mia starts with 12 pens. Mia finds 7 more. How many?");
    for (uint32_t i = 0; i < reply.count; i++) {
        cr_expect_eq(reply.tokens[i].start, end);
        end += reply.tokens[i].length;
        cr_expect(reply.tokens[i].logprob <= 0.0F && reply.tokens[i].logprob > -10.0F);
    }
    cr_expect_eq(end, reply.text.length);
    cr_expect_eq(brain_count(reply.text.bytes, reply.text.length), reply.count);
    text_free(&reply.text);
}

/* --- the model's odds ---------------------------------------------------------------------- */

enum { DRAWS = 8000, TALLIES = 64 };

/* How often something was drawn, and how often it should have been, if what was told is true. */
static struct tally {
    char text[ODDS_TEXT];
    double expected;
    uint32_t drawn;
} tallies[TALLIES];
static uint32_t tally_count;

static void count_draw(const char *text, size_t length, double probability)
{
    uint32_t i = 0;

    cr_assert_lt(length, ODDS_TEXT);
    while (i < tally_count &&
           (strlen(tallies[i].text) != length || strncmp(tallies[i].text, text, length) != 0))
        i++;
    cr_assert_lt(i, TALLIES);
    if (i == tally_count) {
        tallies[tally_count] = (struct tally){.expected = probability * DRAWS};
        memcpy(tallies[tally_count++].text, text, length);
    }
    cr_assert_float_eq(tallies[i].expected, probability * DRAWS, 0.01, "%s", tallies[i].text);
    tallies[i].drawn++;
}

/* Pearson's sum of the tallies, and its mean if they are as expected. */
static void add_tallies(double *sum, double *mean)
{
    double expected = 0.0;

    for (uint32_t i = 0; i < tally_count; i++) {
        double off = tallies[i].drawn - tallies[i].expected;

        *sum += off * off / tallies[i].expected;
        expected += tallies[i].expected;
    }
    cr_expect_float_eq(expected, DRAWS, 1.0, "%g of %d are expected", expected, DRAWS);
    *mean += tally_count - 1;
    tally_count = 0;
}

/* A reply's first token and first step, with the probabilities that its tokens tell. */
static void count_reply(bool steps)
{
    const char *end = strchr(reply.text.bytes, '.');
    double logprob = 0.0;

    for (uint32_t i = 0; i < reply.count; i++)
        if (reply.tokens[i].start <= (size_t)(end - reply.text.bytes))
            logprob += (double)reply.tokens[i].logprob;
    if (steps)
        count_draw(reply.text.bytes, (size_t)(end - reply.text.bytes), exp(logprob));
    else
        count_draw(reply.text.bytes, reply.tokens[0].length, exp((double)reply.tokens[0].logprob));
}

/* A fork lists what could come, the likeliest first, all of it, and the token that came. */
static void assert_forks(void)
{
    for (uint32_t i = 0; i < reply.count; i++) {
        const struct brain_token *token = &reply.tokens[i];
        const struct odds_fork *fork = token->fork;
        double sum = 0.0;

        cr_assert(fork != NULL || token->logprob >= 0.0F);
        for (uint32_t j = 0; fork != NULL && j < fork->count; j++) {
            sum += exp(fork->tokens[j].logprob);
            cr_assert(j == 0 || fork->tokens[j].logprob <= fork->tokens[j - 1].logprob);
        }
        cr_assert(fork == NULL || (sum > 0.999999 && sum < 1.000001));
        cr_assert(fork == NULL || strncmp(fork->tokens[fork->drawn].text,
                                          reply.text.bytes + token->start, token->length) == 0);
    }
}

/* What the model tells of its tokens is how it draws them: frequencies of first tokens and of whole
 * steps are those that its log-probabilities say, in both styles, for steps easy and hard. */
Test(brain, tells_the_truth)
{
    double sum = 0.0, mean = 0.0;

    for (int i = 0; i < 8; i++) {
        const bool result_first = i % 2 == 1, steps = i % 4 < 2;
        char problem[600], answer[64];

        get_problem(usual, UINT64_C(10) + (uint64_t)i, problem, answer);
        for (uint64_t seed = 0; seed < DRAWS; seed++) {
            struct brain brain = {0.6, false, seed, result_first};

            brain_think(&reply, &brain, problem, strlen(problem));
            count_reply(steps);
            if (seed < 100)
                assert_forks();
        }
        add_tallies(&sum, &mean);
    }
    cr_expect_gt(mean, 50.0);
    cr_expect_lt(sum, mean + 4.0 * sqrt(2.0 * mean), "%g, where %g are the mean", sum, mean);
    text_free(&reply.text);
}

/* In words no first token is likelier than another; where results come first they decide. */
Test(brain, styles)
{
    struct brain brain = {2.0, false, 1, true};

    (void)think(0.8, false, 1, "Mia starts with 12 pens. Mia finds 7 more. How many?");
    cr_assert_not_null(reply.tokens[0].fork);
    cr_expect_eq(reply.tokens[0].fork->count, 3);
    brain_think(&reply, &brain, "Mia starts with 12 pens. Mia finds 7 more. How many?", 52);
    cr_expect_eq(strncmp(reply.text.bytes, "19, for 12 + 7 = 19.\n\n", 22), 0, "%s",
                 reply.text.bytes);
    cr_expect_null(reply.tokens[0].fork, "a model that never slips is sure");
    cr_expect_not_null(strstr(reply.text.bytes, "boxed{19}"));
    text_free(&reply.text);
}

/* --- critiques and revisions -------------------------------------------------------------- */

/* A problem of two steps or more, and an answer to it of which one step is wrong. */
struct slipped {
    char problem[600], answer[64], given[600];
};

static const struct brain_range long_ones = {3, 5};

static void get_slipped(struct slipped *out, uint64_t number, int64_t wrong)
{
    const struct brain brain = {.skill = 0.8, .seed = number};

    get_problem(long_ones, number, out->problem, out->answer);
    brain_answer(&reply, &brain, out->problem, strlen(out->problem), wrong);
    (void)snprintf(out->given, sizeof out->given, "%s", reply.text.bytes);
}

/* The answer's steps, numbered, as an annotator is shown them. */
static void ask_annotator(char prompt[4096], const struct slipped *slipped)
{
    int at = snprintf(prompt, 4096, "Problem:\n%s\nAttempt B, whose final answer is wrong:\n",
                      slipped->problem);
    int number = 1;

    for (const char *step = slipped->given; step != NULL; number++) {
        const char *end = strstr(step, "\n\n");
        int length = end != NULL ? (int)(end - step) : (int)strlen(step);

        at += snprintf(prompt + at, 4096 - (size_t)at, "[%d] %.*s\n", number, length, step);
        step = end != NULL ? end + 2 : NULL;
    }
    (void)snprintf(prompt + at, 4096 - (size_t)at, "\nWhat is wrong?");
}

/* A turn that asks for a better answer. */
static void ask_reviser(char prompt[4096], const struct slipped *slipped, const char *critique)
{
    (void)snprintf(prompt, 4096,
                   "<|im_start|>system\nPut the answer into \\boxed{}.<|im_end|>\n"
                   "<|im_start|>user\n%s\nThis answer was given before:\n\n%s\n\n%s\n\n"
                   "Write a complete corrected answer, from its first step to its last."
                   "<|im_end|>\n<|im_start|>assistant\n",
                   slipped->problem, slipped->given, critique);
}

/* The critique in the reply to an annotator's question, and what it is worth. */
static enum critique_quality criticise(char text[600], const struct slipped *slipped, uint64_t seed)
{
    const struct habits habits = habits_default();
    const struct brain brain = {.skill = 0.8, .seed = seed};
    struct attempt attempt;
    enum critique_quality quality;
    struct json *json = NULL;
    char prompt[4096];

    ask_annotator(prompt, slipped);
    cr_assert(critique_is_asked(prompt));
    critique_think(&reply, &brain, &habits, prompt, strlen(prompt));
    cr_assert_eq(json_parse(&json, reply.text.bytes, reply.text.length, NULL), CRUX_OK, "%s",
                 reply.text.bytes);
    (void)snprintf(text, 600, "%s", json_as_string(json_get(json, "critique")));
    attempt_open(&attempt, prompt, NULL, "Attempt B, whose");
    cr_assert_geq(attempt.slip, 0, "%s", prompt);
    quality = attempt_judge(&attempt, text, strlen(text));
    if (quality == CRITIQUE_TRUE)
        cr_expect_eq(json_as_integer(json_get(json, "step")), attempt.slip + 1, "%s", prompt);
    if (quality == CRITIQUE_FALSE)
        cr_expect_neq(json_as_integer(json_get(json, "step")), attempt.slip + 1, "%s", prompt);
    attempt_close(&attempt);
    json_free(json);
    return quality;
}

/* Half of them are true, a quarter each is vague and false, and each is what it is by the truth. */
Test(critiques, have_their_shares)
{
    int counts[CRITIQUE_QUALITIES] = {0};

    for (uint64_t i = 0; i < 2000; i++) {
        struct slipped slipped;
        char text[600];

        get_slipped(&slipped, i, (int64_t)(i % 3));
        counts[criticise(text, &slipped, i)]++;
    }
    cr_expect_float_eq(counts[CRITIQUE_TRUE] / 2000.0, 0.5, 0.05);
    cr_expect_float_eq(counts[CRITIQUE_VAGUE] / 2000.0, 0.25, 0.05);
    cr_expect_float_eq(counts[CRITIQUE_FALSE] / 2000.0, 0.25, 0.05);
    text_free(&reply.text);
}

/* The share of revisions that are right, of 1,000, with such critiques: of the answer itself, or of
 * another answer to the same problem. quality CRITIQUE_QUALITIES: without a critique. */
static double mended(enum critique_quality quality, bool foreign)
{
    const struct habits habits = habits_default();
    int right = 0, asked = 0;

    for (uint64_t i = 0; asked < 1000; i++) {
        const struct brain brain = {.skill = 0.8, .seed = i};
        struct slipped slipped, other;
        char text[600] = "It may be wrong.", prompt[4096];

        get_slipped(&slipped, i, 1);
        get_slipped(&other, i, 0);
        if (quality < CRITIQUE_QUALITIES &&
            criticise(text, foreign ? &other : &slipped, i) != quality)
            continue;
        ask_reviser(prompt, &slipped, text);
        cr_assert(mend_is_asked(prompt));
        mend_think(&reply, &brain, &habits, prompt, strlen(prompt));
        right += strstr(reply.text.bytes, slipped.answer) != NULL;
        asked++;
    }
    text_free(&reply.text);
    return right / 1000.0;
}

/* It mends the better, the truer what is said of the answer is. */
Test(revisions, depend_on_what_is_said)
{
    cr_expect_float_eq(mended(CRITIQUE_TRUE, false), 0.6, 0.05);
    cr_expect_float_eq(mended(CRITIQUE_VAGUE, false), 0.3, 0.05);
    cr_expect_float_eq(mended(CRITIQUE_QUALITIES, false), 0.3, 0.05);
    cr_expect_float_eq(mended(CRITIQUE_FALSE, false), 0.15, 0.05);
    cr_expect_float_eq(mended(CRITIQUE_TRUE, true), 0.15, 0.05);
    cr_expect_float_eq(mended(CRITIQUE_VAGUE, true), 0.3, 0.05);
}

/* A right answer mostly stays right. */
Test(revisions, of_a_right_answer)
{
    const struct habits habits = habits_default();
    int right = 0;

    for (uint64_t i = 0; i < 500; i++) {
        const struct brain brain = {.skill = 0.8, .seed = i};
        struct slipped slipped;
        char prompt[4096];

        get_slipped(&slipped, i, -1);
        ask_reviser(prompt, &slipped, "It may be wrong.");
        mend_think(&reply, &brain, &habits, prompt, strlen(prompt));
        right += strstr(reply.text.bytes, slipped.answer) != NULL;
    }
    cr_expect_float_eq(right / 500.0, 0.95, 0.04);
    text_free(&reply.text);
}

/* Only a turn of the user with a whole answer behind the problem asks for a revision. */
Test(revisions, are_asked_for_by_a_whole_answer_alone)
{
#define PROBLEM "Mia starts with 12 pens. Mia finds 7 more. How many pens does Mia have now?"
    static const char *const others[] = {
        "<|im_start|>user\n" PROBLEM "\nPut it into \\boxed{}.<|im_end|>\n",
        "<|im_start|>user\n" PROBLEM "<|im_end|>\n<|im_start|>assistant\n12 + 7 = 19.\n\n",
        "<|im_start|>user\n" PROBLEM "<|im_end|>\n<|im_start|>assistant\n"
        "12 + 7 = 19.\n\nThe answer is \\boxed{19}.",
        "<|im_start|>user\n" PROBLEM "\n\n12 + 7 = 19.\n\nThe next step?<|im_end|>\n",
        "<|im_start|>user\nThe answer is \\boxed{3}. " PROBLEM "<|im_end|>\n",
        "<|im_start|>user\n" PROBLEM "\n[0] The answer is \\boxed{19}.\n"
        "Answer with one JSON object and nothing else.<|im_end|>\n",
        "What is 2 + 3? \\boxed{5} And so on.",
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_expect_not(mend_is_asked(others[i]), "%s", others[i]);
        cr_expect_not(critique_is_asked(others[i]), "%s", others[i]);
    }
}

/* --- the server ----------------------------------------------------------------------------- */

/* The same questions to two servers get the same answers, in whatever order; a choice of
 * several is what its seed alone would have got. */
Test(server, says_the_same_to_the_same_question, .timeout = 30)
{
    static const char *const arguments[] = {"--latency", "lognormal:5", NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    struct serving servers[2];
    struct http_fixture fixture[2];
    char prompt[64];

    for (int i = 0; i < 2; i++) {
        serving_start(&servers[i], arguments);
        http_fixture_open(&fixture[i], http_fixture_options(),
                          (const char *const[]){servers[i].url, NULL}, 50);
        for (int j = 0; j < 50; j++) {
            (void)snprintf(prompt, sizeof prompt, "question %d", j);
            (void)http_fixture_ask(&fixture[i], request, prompt);
        }
        cr_assert(http_fixture_wait(&fixture[i], 50));
    }
    for (int j = 0; j < 50; j++) { /* but for the id, which counts requests */
        const char *a = strstr(fixture[0].calls[j].body, "choices");
        const char *b = strstr(fixture[1].calls[j].body, "choices");

        cr_assert(a != NULL && b != NULL, "%s", fixture[0].calls[j].body);
        cr_expect_str_eq(a, b);
    }
    for (int i = 0; i < 2; i++) {
        http_fixture_free(&fixture[i]);
        serving_stop(&servers[i]);
    }
}

static size_t lines_in(const char *name)
{
    FILE *file = fopen(name, "r");
    size_t lines = 0;

    for (int c = getc(file); c != EOF; c = getc(file))
        lines += c == '\n';
    (void)fclose(file);
    return lines;
}

/* Whoever has a whole reply finds its line in the log. */
Test(server, notes_a_request_before_its_end, .timeout = 30)
{
    enum { ASKED = 200 };
    static const char *const arguments[] = {"--latency", "constant:0", NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    struct serving server;
    struct http_fixture fixture;

    serving_start(&server, arguments);
    http_fixture_open(&fixture, http_fixture_options(), (const char *const[]){server.url, NULL},
                      ASKED);
    for (uint32_t i = 0; i < ASKED; i++) {
        (void)http_fixture_ask(&fixture, request, "hello");
        cr_assert(http_fixture_wait(&fixture, i + 1));
        cr_assert_eq(lines_in(server.log), i + 1);
    }
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* When more is asked than there are slots, all of them are used. */
Test(server, slots_are_full, .timeout = 30)
{
    static const char *const arguments[] = {"--slots", "8", "--latency", "lognormal:10", NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    struct serving server;
    struct http_fixture fixture;
    struct visit *visits;
    size_t count;
    int most = 0;

    serving_start(&server, arguments);
    http_fixture_open(&fixture, http_fixture_options(), (const char *const[]){server.url, NULL},
                      300);
    for (int i = 0; i < 300; i++)
        (void)http_fixture_ask(&fixture, request, "hello");
    cr_assert(http_fixture_wait(&fixture, 300));
    http_fixture_close(&fixture);
    count = serving_visits(&server, &visits);
    cr_assert_eq(count, 300);
    for (size_t i = 0; i < count; i++) {
        int busy = 0;

        for (size_t j = 0; j < count; j++) /* when visit i took its slot */
            busy += visits[j].start_ns <= visits[i].start_ns && visits[j].n == 1 &&
                    visits[j].out_ns > visits[i].start_ns;
        most = busy > most ? busy : most;
    }
    cr_expect(most >= 8, "%d", most);
    for (size_t i = 0; i < count; i++)
        cr_expect_geq(visits[i].start_ns, visits[i].in_ns);
    free(visits);
    http_fixture_free(&fixture);
    serving_stop(&server);
}
