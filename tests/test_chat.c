/*
 * test_chat.c - what policy chat promises, asked of the fake model server in all its kinds.
 *
 * The server's model works out word problems ("12 + 7 = 19."), a step a paragraph, and ends
 * with \boxed{}; so what a policy makes of it can be read.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/port_fixture.h"
#include "tests/world/chat_fixture.h"
#include "tests/world/world.h"

static const struct crux_problem problem = {
    .id = "marbles",
    .prompt = "Mia starts with 12 marbles. Mia finds 7 more. Mia gives 4 away. How many marbles "
              "does Mia have now?"};

/* Policy chat, and a fixture that asks it. */
struct home {
    struct chat_fixture chat;
    struct port_fixture *fixture;
};

static void open_home(struct home *home, const struct chat_fixture_plan *plan)
{
    chat_fixture_open(&home->chat, plan);
    home->fixture = port_fixture_open();
}

static void close_home(struct home *home)
{
    port_fixture_close(home->fixture);
    chat_fixture_close(&home->chat);
}

static struct crux_port *port_of(const struct home *home)
{
    return &home->chat.policy->port;
}

static struct crux_call question_of(enum crux_kind kind, uint32_t count, uint64_t seed,
                                    const struct crux_step *last)
{
    return (struct crux_call){
        .verb = CRUX_PROPOSE,
        .kind = kind,
        .count = count,
        .seed = seed,
        .state = {.problem = &problem, .last = last, .depth = last == NULL ? 0 : last->depth}};
}

static const struct crux_reply *asked(struct home *home, const struct crux_call *question)
{
    int status = port_fixture_ask(home->fixture, port_of(home), question);
    const struct crux_reply *reply = &port_fixture_call(home->fixture)->reply;

    cr_assert_eq(status, CRUX_DONE, "%s", reply->sentence == NULL ? "" : reply->sentence);
    return reply;
}

static void give_back(struct home *home)
{
    port_fixture_release(home->fixture);
}

/* --- every server, every route ------------------------------------------------------------ */

enum { STEPS_MOST = 8, TEXT_MOST = 200 };

/* Take the first step that is proposed until one completes the answer; how many it took. */
static uint32_t walk(struct home *home, char text[STEPS_MOST][TEXT_MOST])
{
    struct crux_step steps[STEPS_MOST];

    for (uint32_t i = 0; i < STEPS_MOST; i++) {
        const struct crux_call question =
            question_of(CRUX_STEP, 3, 100 + i, i == 0 ? NULL : &steps[i - 1]);
        const struct crux_reply *reply = asked(home, &question);
        bool terminal;

        cr_assert_geq(reply->count, 1);
        cr_assert_leq(reply->count, 3);
        cr_assert_gt(reply->completion_tokens, 0);
        (void)snprintf(text[i], TEXT_MOST, "%s", reply->proposals[0].text);
        terminal = reply->proposals[0].terminal;
        give_back(home);
        if (terminal)
            return i + 1;
        steps[i] = (struct crux_step){.previous = i == 0 ? NULL : &steps[i - 1],
                                      .text = text[i],
                                      .length = (uint32_t)strlen(text[i]),
                                      .depth = i + 1};
    }
    return 0;
}

/* On every server and route the steps are the model's, one thought each, and the last one has
 * the answer: nothing is repeated, lost or run together. */
Test(chat, step_by_step)
{
    static const struct chat_fixture_plan plans[] = {
        {.kind = "vllm", .route = "completions"},
        {.kind = "vllm", .route = "prefill"},
        {.kind = "vllm", .route = "next"},
        {.kind = "llamacpp", .route = "completions"},
        {.kind = "llamacpp", .route = "prefill"},
        {.kind = "generic", .route = "completions"},
        {.kind = "generic", .route = "prefill"},
        {.kind = "openai", .route = "next"},
        {.kind = "ollama", .route = "next"},
        {.kind = "vllm", .route = "completions", .no_logprobs = true},
    };

    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        char text[STEPS_MOST][TEXT_MOST];
        struct home home;
        uint32_t count;

        open_home(&home, &plans[i]);
        count = walk(&home, text);
        cr_assert_eq(count, 3, "%s, %s: %u steps", plans[i].kind, plans[i].route, count);
        cr_assert_not_null(strstr(text[0], "12 + 7 = "), "%s", text[0]);
        cr_assert_not_null(strstr(text[1], " - 4 = "), "%s", text[1]);
        cr_assert_eq(strncmp(text[2], "The answer is \\boxed{", 21), 0, "%s, %s: %s", plans[i].kind,
                     plans[i].route, text[2]);
        close_home(&home);
    }
}

/* A whole answer has a line for each step, from wherever it begins. */
Test(chat, answers)
{
    static const struct crux_step first = {.text = "12 + 7 = 19.", .length = 12, .depth = 1};
    static const struct chat_fixture_plan plan = {.kind = "vllm"};
    const struct crux_call whole = question_of(CRUX_ANSWER, 2, 7, NULL);
    const struct crux_call rest = question_of(CRUX_ANSWER, 2, 7, &first);
    const struct crux_reply *reply;
    struct home home;

    open_home(&home, &plan);
    reply = asked(&home, &whole);
    cr_assert_eq(reply->count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const char *line = strchr(reply->proposals[i].text, '\n');

        cr_assert_not_null(strstr(reply->proposals[i].text, "12 + 7 = "));
        cr_assert_not_null(line);
        line = strchr(line + 1, '\n');
        cr_assert_eq(strncmp(line + 1, "The answer is", 13), 0, "%s", reply->proposals[i].text);
        cr_assert(reply->proposals[i].terminal);
    }
    give_back(&home);
    reply = asked(&home, &rest);
    cr_assert_not_null(strstr(reply->proposals[0].text, "19 - 4 = "), "%s",
                       reply->proposals[0].text);
    cr_assert_null(strstr(reply->proposals[0].text, "12 + 7"));
    give_back(&home);
    close_home(&home);
}

/* An answer's text without its line breaks: with a cap, what the model has written. */
static void join_lines(const char *text, char out[512], uint32_t *lines)
{
    size_t at = 0;

    *lines = 1;
    for (; *text != '\0' && at < 511; text++)
        if (*text == '\n')
            ++*lines;
        else
            out[at++] = *text;
    out[at] = '\0';
}

/* Steps that end after a number of tokens are the text, piece by piece, whether they come as
 * steps or with a whole answer. */
Test(chat, steps_of_so_many_tokens)
{
    static const struct chat_fixture_plan plan = {.kind = "vllm", .step_tokens = 6};
    const struct crux_call whole = question_of(CRUX_ANSWER, 1, 7, NULL);
    struct home home;
    char text[STEPS_MOST][TEXT_MOST], joined[512];
    uint32_t lines;

    open_home(&home, &plan);
    join_lines(asked(&home, &whole)->proposals[0].text, joined, &lines);
    give_back(&home);
    cr_assert_gt(lines, 4);
    cr_assert_not_null(strstr(joined, "12 + 7 = "), "%s", joined);
    cr_assert_not_null(strstr(joined, ".\v\v"), "%s", joined);
    cr_assert_not_null(strstr(joined, "\v\vThe answer is \\boxed{"), "%s", joined);
    (void)walk(&home, text);
    cr_assert_lt(strlen(text[0]), 31, "six tokens of at most five letters: `%s`", text[0]);
    cr_assert_neq(text[1][0], '\0');
    close_home(&home);
}

/* --- seeds ---------------------------------------------------------------------------------------
 */

struct family {
    uint32_t count;
    char text[8][TEXT_MOST];
    float prior[8];
};

static struct family family_of(const struct chat_fixture_plan *plan, uint64_t seed)
{
    const struct crux_call question = question_of(CRUX_STEP, 8, seed, NULL);
    const struct crux_reply *reply;
    struct family family = {.count = 0};
    struct home home;

    open_home(&home, plan);
    reply = asked(&home, &question);
    family.count = reply->count;
    for (uint32_t i = 0; i < reply->count; i++) {
        (void)snprintf(family.text[i], TEXT_MOST, "%s", reply->proposals[i].text);
        family.prior[i] = reply->proposals[i].prior;
    }
    give_back(&home);
    close_home(&home);
    return family;
}

/* Eight candidates are the same whether they come in one request or in eight, from one kind of
 * server or another. */
Test(chat, however_many_share_a_request)
{
    static const struct chat_fixture_plan together = {.kind = "vllm"};
    static const struct chat_fixture_plan apart = {.kind = "vllm", .per_request = 1};
    static const struct chat_fixture_plan elsewhere = {.kind = "llamacpp", .per_request = 3};

    for (uint64_t seed = 1; seed < 4; seed++) {
        struct family one = family_of(&together, seed);
        struct family eight = family_of(&apart, seed), other = family_of(&elsewhere, seed);

        cr_assert_eq(one.count, eight.count);
        cr_assert_eq(one.count, other.count);
        for (uint32_t i = 0; i < one.count; i++) {
            cr_assert_str_eq(one.text[i], eight.text[i]);
            cr_assert_str_eq(one.text[i], other.text[i]);
            cr_assert_float_eq(one.prior[i], eight.prior[i], 1e-4);
        }
    }
}

/* Samples are numbered on: who asks for more of a state gets those behind the ones that it has. */
Test(chat, samples_go_on)
{
    static const struct chat_fixture_plan plan = {.kind = "vllm"};
    struct crux_call question = question_of(CRUX_ANSWER, 4, 7, NULL);
    char *all[4];
    struct home home;

    open_home(&home, &plan);
    cr_assert_eq(asked(&home, &question)->count, 4);
    for (int i = 0; i < 4; i++)
        all[i] = strdup(port_fixture_call(home.fixture)->reply.proposals[i].text);
    give_back(&home);
    cr_assert_str_neq(all[0], all[2]);
    question.sample = 2;
    question.count = 2;
    cr_assert_eq(asked(&home, &question)->count, 2);
    cr_expect_str_eq(port_fixture_call(home.fixture)->reply.proposals[0].text, all[2]);
    cr_expect_str_eq(port_fixture_call(home.fixture)->reply.proposals[1].text, all[3]);
    give_back(&home);
    for (int i = 0; i < 4; i++)
        free(all[i]);
    close_home(&home);
}

/* On every server and route that reports log-probabilities the first sample of a state tells how
 * open it is: as the model says a step in three ways, ln 3. The samples behind it do not say so
 * again, nor does a policy that was not asked to. */
Test(chat, entropy_of_a_state)
{
    static const struct chat_fixture_plan plans[] = {
        {.kind = "vllm", .route = "completions", .entropy = true},
        {.kind = "vllm", .route = "prefill", .entropy = true},
        {.kind = "sglang", .route = "completions", .entropy = true},
        {.kind = "sglang", .route = "next", .entropy = true},
        {.kind = "llamacpp", .route = "completions", .entropy = true},
        {.kind = "llamacpp", .route = "prefill", .entropy = true},
        {.kind = "ollama", .route = "prefill", .entropy = true},
        {.kind = "openai", .route = "next", .entropy = true},
        {.kind = "generic", .route = "prefill", .entropy = true},
        {.kind = "vllm", .route = "completions"},
    };

    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct crux_call question = question_of(CRUX_STEP, 1, 7, NULL);
        const struct crux_reply *reply;
        struct home home;

        open_home(&home, &plans[i]);
        cr_assert_eq(home.chat.policy->tells_entropy, plans[i].entropy);
        reply = asked(&home, &question);
        cr_expect_eq(reply->count, 1);
        cr_expect_eq(reply->knows_entropy, plans[i].entropy, "%s", plans[i].kind);
        cr_expect(!plans[i].entropy || fabs((double)reply->entropy - log(3.0)) < 1e-4, "%s, %s: %g",
                  plans[i].kind, plans[i].route, (double)reply->entropy);
        give_back(&home);
        question.sample = 1;
        question.count = 3;
        cr_expect_not(asked(&home, &question)->knows_entropy);
        give_back(&home);
        close_home(&home);
    }
}

/* Where the first token decides, a step that is hard is more open than one that is easy. */
Test(chat, entropy_of_a_hard_step)
{
    static const char *const skills[] = {"1", "0.5"};
    double entropy[2];

    for (int i = 0; i < 2; i++) {
        const char *const arguments[] = {"--style", "result", "--skill", skills[i], NULL};
        const struct chat_fixture_plan plan = {
            .kind = "vllm", .arguments = arguments, .entropy = true};
        const struct crux_call question = question_of(CRUX_STEP, 1, 7, NULL);
        struct home home;

        open_home(&home, &plan);
        entropy[i] = (double)asked(&home, &question)->entropy;
        give_back(&home);
        close_home(&home);
    }
    cr_assert(entropy[0] >= 0.0 && entropy[0] < 1.2, "%g", entropy[0]);
    cr_assert(entropy[1] > 0.5 && entropy[1] <= log(7.0), "%g", entropy[1]);
    cr_assert_gt(entropy[1], entropy[0]);
}

/* Other seeds, other steps; siblings differ; their weights are numbers above 0. */
Test(chat, siblings)
{
    static const struct chat_fixture_plan plan = {.kind = "vllm"};
    struct family one = family_of(&plan, 1), other = family_of(&plan, 2000);
    bool differ = one.count != other.count;

    for (uint32_t i = 0; i < one.count; i++) {
        differ = differ || strcmp(one.text[i], other.text[i]) != 0;
        cr_assert(isfinite(one.prior[i]) && one.prior[i] > 0.0F && one.prior[i] <= 1.0F);
        for (uint32_t j = 0; j < i; j++)
            cr_assert_str_neq(one.text[i], one.text[j]);
    }
    cr_assert_gt(one.count, 1);
    cr_assert(differ);
}

/* --- when it goes wrong
 * ------------------------------------------------------------------------------- */

static void assert_fails(const struct chat_fixture_plan *plan, const struct crux_call *question,
                         const char *part)
{
    struct home home;
    const struct crux_reply *reply;

    open_home(&home, plan);
    cr_assert_lt(port_fixture_ask(home.fixture, port_of(&home), question), 0);
    reply = &port_fixture_call(home.fixture)->reply;
    cr_assert_not_null(reply->sentence);
    cr_assert_not_null(strstr(reply->sentence, part), "%s", reply->sentence);
    close_home(&home);
}

/* What a server answers is not always an answer: the call fails, and the sentence says why. */
Test(chat, bad_answers)
{
    static const struct {
        const char *faults, *part;
    } rows[] = {
        {"[{\"fault\":\"edit\",\"edit\":\"null_content\"}]", "a choice without a text"},
        {"[{\"fault\":\"edit\",\"edit\":\"empty\"}]", "has no text"},
        {"[{\"fault\":\"edit\",\"edit\":\"no_choices\"}]", "choices"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const arguments[] = {"--faults", rows[i].faults, NULL};
        const struct chat_fixture_plan plan = {.kind = "vllm", .arguments = arguments};
        const struct crux_call question = question_of(CRUX_STEP, 4, 1, NULL);

        assert_fails(&plan, &question, rows[i].part);
    }
}

/* What is odd and can be understood is understood. */
Test(chat, odd_answers)
{
    static const char *const edits[] = {"more",       "no_usage",    "negative_usage",
                                        "huge_usage", "wrong_model", "wrong_id",
                                        "same_index", "no_finish",   "length"};

    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char faults[80];
        const char *const arguments[] = {"--faults", faults, NULL};
        const struct chat_fixture_plan plan = {.kind = "vllm", .arguments = arguments};
        const struct crux_call question = question_of(CRUX_STEP, 4, 1, NULL);
        const struct crux_reply *reply;
        struct home home;

        (void)snprintf(faults, sizeof faults, "[{\"fault\":\"edit\",\"edit\":\"%s\"}]", edits[i]);
        open_home(&home, &plan);
        reply = asked(&home, &question);
        cr_assert_gt(reply->count, 0);
        cr_assert_not_null(strstr(reply->proposals[0].text, "12 + 7"), "%s", edits[i]);
        cr_assert_gt(reply->completion_tokens, 0, "%s", edits[i]);
        cr_assert_lt(reply->completion_tokens, 1000, "%s", edits[i]);
        give_back(&home);
        close_home(&home);
    }
}

/* A text that fills the model's context has no next step; an answer fails there. */
Test(chat, context_overflow)
{
    static const char *const arguments[] = {"--context", "20", NULL};
    static const struct chat_fixture_plan plan = {.kind = "vllm", .arguments = arguments};
    const struct crux_call step = question_of(CRUX_STEP, 4, 1, NULL);
    const struct crux_call answer = question_of(CRUX_ANSWER, 4, 1, NULL);
    struct home home;

    open_home(&home, &plan);
    cr_assert_eq(asked(&home, &step)->count, 0);
    give_back(&home);
    close_home(&home);
    assert_fails(&plan, &answer, "maximum context length");
}

/* What it does not write is refused without asking anybody. */
Test(chat, other_kinds)
{
    static const struct chat_fixture_plan plan = {.kind = "vllm"};
    const struct crux_call question = question_of(CRUX_DOC, 4, 1, NULL);

    assert_fails(&plan, &question,
                 "policy chat proposes steps, rationales, queries and answers only");
}

/* Without backends, or without that one, there is no policy. */
Test(chat, not_opened)
{
    const struct crux_paying nothing = {.store = NULL};
    struct crux_backends *backends = NULL;
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_policy_open(&policy, "chat", NULL, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "policy chat asks a served model, and there are no backends");
    cr_assert_eq(crux_backends_open(&backends, &nothing, NULL), CRUX_OK);
    cr_assert_eq(crux_policy_open(&policy, "chat:judge", backends, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "there is no backend judge; there are: none");
    cr_assert_null(policy);
    crux_backends_close(backends);
}

/* A call that is cancelled completes soon, with or without an answer. */
Test(chat, cancelled)
{
    static const char *const arguments[] = {"--latency", "constant:60000", NULL};
    static const struct chat_fixture_plan plan = {.kind = "vllm", .arguments = arguments};
    const struct crux_call question = question_of(CRUX_STEP, 4, 1, NULL);
    struct home home;
    struct crux_port *port;

    open_home(&home, &plan);
    port = port_of(&home);
    cr_assert_eq(port_fixture_send(home.fixture, port, &question), CRUX_PENDING);
    port->cancel(port, port_fixture_call(home.fixture));
    cr_assert_lt(port_fixture_wait(home.fixture), 0);
    close_home(&home);
}

/* --- in a search ---------------------------------------------------------------------- */

/* A search over several problems with answers rolled out ends well. */
Test(chat, a_search_can_use_it)
{
    static const char *const arguments[] = {"--latency", "lognormal:3", NULL};
    static const struct chat_fixture_plan plan = {
        .kind = "llamacpp", .arguments = arguments, .per_request = 4};
    const struct world_script script = {.branching = 2, .depth = 3, .right_of = 2};
    struct world_source source;
    struct crux_setup setup = crux_setup_default();
    struct crux_search *search = NULL;
    struct crux_error error = {""};
    struct world_sink sink;
    struct world world;
    struct home home;

    world_source_open_like(&source, &problem, 4);
    world_open(&world, &script);
    world_sink_open(&sink);
    open_home(&home, &plan);
    setup.policies[CRUX_STEP] = home.chat.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.simulations = 30;
    setup.children = 4;
    setup.rollouts = 2;
    setup.depth = 6;
    setup.workers = 2;
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(crux_run(search, &source.source, &sink.sink, &error), CRUX_OK, "%s", error.text);
    crux_close(search);
    world_source_close(&source);
    cr_assert_eq(atomic_load(&sink.trees), 4);
    cr_assert_eq(atomic_load(&sink.failed), 0);
    cr_assert_eq(atomic_load(&sink.violations), 0);
    cr_assert_gt(atomic_load(&sink.rollouts), 4);
    close_home(&home);
}
