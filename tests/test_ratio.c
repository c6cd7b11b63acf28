/*
 * test_ratio.c - log-probabilities of a text that is given, under two models, and what critic ratio
 * makes of them: worked out by hand.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "critics/ratio/echo.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "tests/world/port_fixture.h"
#include "tests/world/serving.h"

/* --- replies -------------------------------------------------------------------------------- */

static int check(char **kept, const char *text, struct crux_error *error)
{
    struct json *reply = NULL;
    int status;

    cr_assert_eq(json_parse(&reply, text, strlen(text), error), CRUX_OK, "%s", error->text);
    status = echo_check(reply, kept, error);
    json_free(reply);
    return status;
}

#define LISTED(offsets, numbers)                                                                   \
    "{\"choices\": [{\"text\": \"\", \"logprobs\": {\"tokens\": [], \"text_offset\": " offsets     \
    ", \"token_logprobs\": " numbers "}}]}"

/* Tokens count that begin in the piece; what was written behind it does not, nor does the first of
 * all, which has no probability. */
Test(echo, sums)
{
    struct crux_error error = {""};
    struct json *read = NULL;
    char *kept = NULL;
    uint32_t tokens;

    cr_assert_eq(check(&kept, LISTED("[0, 3, 5, 9, 12]", "[null, -1.5, -0.25, -2, -100]"), &error),
                 CRUX_OK, "%s", error.text);
    cr_expect_str_eq(kept, "{\"text_offset\": [0, 3, 5, 9, 12], \"token_logprobs\": [null, -1.5, "
                           "-0.25, -2, -100]}");
    cr_assert_eq(json_parse(&read, kept, strlen(kept), NULL), CRUX_OK);
    cr_expect_eq(echo_sum(read, 4, 12, &tokens), -2.25);
    cr_expect_eq(tokens, 2);
    cr_expect_eq(echo_sum(read, 0, 12, &tokens), -3.75);
    cr_expect_eq(tokens, 3);
    cr_expect_eq(echo_sum(read, 12, 12, &tokens), 0.0);
    cr_expect_eq(tokens, 0);
    json_free(read);
    free(kept);
}

/* A token that cannot be weighs no more than 10,000; one that is more than sure weighs nothing. */
Test(echo, limits)
{
    struct json *read = NULL;
    const char *text = "{\"text_offset\": [0, 1, 2], \"token_logprobs\": [null, -1e300, 0.5]}";
    uint32_t tokens;

    cr_assert_eq(json_parse(&read, text, strlen(text), NULL), CRUX_OK);
    cr_expect_eq(echo_sum(read, 1, 2, &tokens), -1e4);
    cr_expect_eq(echo_sum(read, 2, 3, &tokens), 0.0);
    json_free(read);
}

static void assert_unscored(const char *text)
{
    struct crux_error error = {""};
    char *kept = NULL;

    cr_expect_eq(check(&kept, text, &error), CRUX_FAILED, "%s", text);
    cr_expect_null(kept);
    cr_expect_not_null(strstr(error.text, "the reply does not score the prompt"));
}

/* A reply that leaves them out, or has those of what was written alone, is none. */
Test(echo, unscored)
{
    assert_unscored("{}");
    assert_unscored("{\"choices\": []}");
    assert_unscored("{\"choices\": [{\"text\": \"x\", \"logprobs\": null}]}");
    assert_unscored(LISTED("[]", "[]"));
    assert_unscored(LISTED("[17]", "[-0.5]"));
    assert_unscored(LISTED("[0, 4]", "[null]"));
    assert_unscored(LISTED("[0, 4]", "[null, null]"));
    assert_unscored(LISTED("[0, 4]", "[null, \"-1\"]"));
    assert_unscored(LISTED("[0, 4, 3]", "[null, -1, -1]"));
    assert_unscored(LISTED("[0, 1.5]", "[null, -1]"));
    assert_unscored(LISTED("{}", "[null, -1]"));
    assert_unscored(LISTED("[0, 4]", "7"));
}

/* Offsets count characters. */
Test(echo, characters)
{
    cr_expect_eq(echo_characters(""), 0);
    cr_expect_eq(echo_characters("a\xC3\xA9\xE2\x88\x9A\n"), 4);
}

/* --- two models ----------------------------------------------------------------------------------
 */

/* A fake model finds a token as improbable as it has bytes: a tenth of a nat for each, times its
 * seed. So the text that is scored has, with seeds 1 and 3, ln p = -0.1 B and -0.3 B for its B
 * bytes, and their ratio is 0.2 B. */
enum { STRONG, WEAK, MODELS };

static const char *const names[MODELS] = {"strong", "weak"};
static struct serving servers[MODELS];
static struct crux_backends *backends;
static struct port_fixture *asker;
static struct crux_critic *critic;

static void add_model(int model, const char *kind)
{
    const char *arguments[] = {"--kind", kind, "--seed", model == STRONG ? "1" : "3", NULL};
    struct crux_backend backend = crux_backend_default();
    struct crux_endpoint endpoint = {.url = NULL};
    struct crux_error error = {""};
    char url[80];

    serving_start(&servers[model], arguments);
    (void)snprintf(url, sizeof url, "%s/v1", servers[model].url);
    endpoint.url = url;
    backend.name = names[model];
    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_OK, "%s", error.text);
}

static void open_none(void)
{
    const struct crux_paying paying = {.store = NULL};

    cr_assert_eq(crux_backends_open(&backends, &paying, NULL), CRUX_OK);
    asker = port_fixture_open();
}

static void close_all(void)
{
    crux_critic_close(critic);
    port_fixture_close(asker);
    crux_backends_close(backends);
    for (int i = 0; i < MODELS; i++)
        if (servers[i].process != 0)
            serving_stop(&servers[i]);
}

TestSuite(ratio, .init = open_none, .fini = close_all, .timeout = 60);

static void open_ratio(enum crux_role role, const char *description)
{
    struct crux_error error = {""};

    add_model(STRONG, "vllm");
    add_model(WEAK, "vllm");
    cr_assert_eq(crux_critic_open(&critic, role, description, backends, &error), CRUX_OK, "%s",
                 error.text);
}

static const struct crux_problem problem = {.id = "p", .prompt = "How much is 2 + 2?"};
static const struct crux_step first = {.text = "So:", .length = 3, .depth = 1};

static const struct crux_reply *ask(const struct crux_call *call)
{
    cr_assert_eq(port_fixture_ask(asker, &critic->port, call), CRUX_DONE, "%s",
                 port_fixture_call(asker)->reply.sentence);
    return &port_fixture_call(asker)->reply;
}

/* "2 + 2 = 4" has 9 bytes: r = 1.8. "No." has 3: r = 0.6. What is empty is unknown. */
Test(ratio, of_steps)
{
    const struct crux_step steps[] = {
        {.previous = &first, .text = "2 + 2 = 4", .length = 9, .depth = 2},
        {.previous = &first, .text = "No.", .length = 3, .depth = 2},
        {.previous = &first, .text = "", .length = 0, .depth = 2}};
    const struct crux_call call = {.verb = CRUX_SCORE,
                                   .count = 3,
                                   .candidates = steps,
                                   .state = {.problem = &problem, .last = &first, .depth = 1}};
    const struct crux_reply *reply;

    open_ratio(CRUX_ROLE_EXECUTION, "ratio:strong,weak");
    cr_expect_not(critic->sees_reference);
    reply = ask(&call);
    cr_expect_float_eq(reply->scores[0], 1.0 / (1.0 + exp(-1.8)), 1e-6);
    cr_expect_float_eq(reply->scores[1], 1.0 / (1.0 + exp(-0.6)), 1e-6);
    cr_expect_lt(reply->scores[2], 0.0);
    cr_expect_str_eq(reply->opinions[0].sentence, "log-probability -0.9000 under the stronger "
                                                  "model, -2.7000 under the weaker");
    cr_expect_null(reply->opinions[2].sentence);
    cr_expect_gt(reply->prompt_tokens, 0);
    port_fixture_release(asker);
}

/* An answer is scored from the problem on, with an empty line between its steps: "So:", "It is 4."
 * and "Done" have 19 bytes with two breaks of two: r = 3.8, and half of it with a scale of 0.5. */
Test(ratio, of_answers)
{
    const struct crux_step answer = {.previous = &first,
                                     .text = "It is 4.\nDone",
                                     .length = 13,
                                     .depth = 2,
                                     .kind = CRUX_ANSWER};
    const struct crux_call call = {.verb = CRUX_JUDGE,
                                   .count = 1,
                                   .candidates = &answer,
                                   .state = {.problem = &problem, .last = &first, .depth = 1}};
    const struct crux_reply *reply;

    open_ratio(CRUX_ROLE_OUTCOME, "ratio:strong,weak,scale=0.5");
    reply = ask(&call);
    cr_expect_float_eq(reply->outcomes[0].reward, 1.0 / (1.0 + exp(-1.9)), 1e-6);
    cr_expect_eq(reply->outcomes[0].verdict, CRUX_UNKNOWN);
    port_fixture_release(asker);
}

/* At the root nothing is there that could be scored, and a value of it may go either way. */
Test(ratio, of_nothing)
{
    const struct crux_call call = {.verb = CRUX_SCORE, .count = 1, .state = {.problem = &problem}};

    open_ratio(CRUX_ROLE_VALUE, "ratio:strong,weak");
    cr_expect_eq(ask(&call)->scores[0], 0.5);
    port_fixture_release(asker);
}

static void assert_refused(const char *description, const char *sentence)
{
    struct crux_error error = {""};

    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, description, backends, &error),
                 CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, sentence), "%s: %s", description, error.text);
    cr_expect_null(critic);
}

/* A server that does not score prompts is refused at start, by name. */
Test(ratio, refuses_who_does_not_score)
{
    add_model(STRONG, "vllm");
    add_model(WEAK, "llamacpp");
    assert_refused("ratio:strong,weak",
                   "critic ratio needs servers that score prompts (vLLM does; llama-server, Ollama "
                   "and hosted chats do not), and backend weak does not: ");
}

/* A description names two backends that there are. */
Test(ratio, descriptions)
{
    struct crux_text name;

    assert_refused("ratio", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a,scale=2", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a,b,scale=0", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a,b,scale=x", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a,b,c", "expected STRONG,WEAK[,scale=X]");
    assert_refused("ratio:a,a", "compares two backends, and `a,a` is one");
    assert_refused("ratio:a,b", "there is no backend a");
    cr_assert(crux_critic_backend(CRUX_ROLE_VALUE, "agree:[ratio:a,b][numbers]", 1, &name));
    cr_expect_eq(strncmp(name.start, "b", name.length), 0);
    cr_assert(crux_critic_backend(CRUX_ROLE_VALUE, "ratio:,b", 0, &name));
    cr_expect_eq(name.length, 0);
    cr_assert_not(crux_critic_backend(CRUX_ROLE_VALUE, "ratio:a,b,scale=2", 2, &name));
}
