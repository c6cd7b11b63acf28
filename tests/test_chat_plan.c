/*
 * test_chat_plan.c - what chat/plan.h promises, and what crux_policies.h says of requests that
 * are shown.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "policies/chat/plan.h"

static struct crux_chat chat_of(const char *profile)
{
    struct crux_chat chat = crux_chat_default();

    chat.profile = profile;
    chat.model = "m";
    chat.chat_template = "chatml";
    return chat;
}

static struct chat_plan *opened(const struct crux_chat *chat)
{
    struct chat_plan *plan = NULL;
    struct crux_error error = {""};

    cr_assert_eq(chat_plan_open(&plan, chat, &error), CRUX_OK, "%s", error.text);
    return plan;
}

static void assert_refused(const struct crux_chat *chat, const char *sentence)
{
    struct chat_plan *plan = NULL;
    struct crux_error error = {""};

    cr_assert_eq(chat_plan_open(&plan, chat, &error), CRUX_INVALID);
    cr_assert_null(plan);
    cr_assert_str_eq(error.text, sentence);
}

/* What is not said is the profile's best route and the words for mathematics. */
Test(plan, defaults)
{
    struct crux_chat chat = chat_of("vllm");
    struct chat_plan *plan = opened(&chat);

    cr_assert_eq(plan->manner.settings.route, CHAT_COMPLETIONS);
    cr_assert_str_eq(plan->manner.settings.model, "m");
    cr_assert_eq(plan->conversation.boundary.count, 1);
    cr_assert_str_eq(plan->conversation.boundary.stops[0], "\n\n");
    cr_assert_eq(plan->conversation.boundary.cap, 0);
    cr_assert_eq(plan->manner.settings.temperature, 0.7);
    cr_assert_eq(plan->manner.settings.max_tokens, 1024);
    cr_assert(plan->manner.settings.logprobs);
    cr_assert_eq(plan->manner.per_request, 128);
    chat_plan_close(plan);
    chat_plan_close(NULL);
}

/* Stop strings are meant as in C; tokens that end a step take their place, unless both are
 * asked for. */
Test(plan, ends_of_steps)
{
    static const char *const stops[] = {"\\nStep ", "END"};
    struct crux_chat chat = chat_of("vllm");
    struct chat_plan *plan;

    chat.stops = stops;
    chat.stop_count = 2;
    plan = opened(&chat);
    cr_assert_eq(plan->conversation.boundary.count, 2);
    cr_assert_str_eq(plan->conversation.boundary.stops[0], "\nStep ");
    cr_assert_str_eq(plan->conversation.boundary.stops[1], "END");
    chat_plan_close(plan);
    chat.stop_count = 0;
    chat.step_tokens = 30;
    plan = opened(&chat);
    cr_assert_eq(plan->conversation.boundary.count, 0);
    cr_assert_eq(plan->conversation.boundary.cap, 30);
    chat_plan_close(plan);
    chat.stop_count = 1;
    plan = opened(&chat);
    cr_assert_eq(plan->conversation.boundary.count, 1);
    cr_assert_eq(plan->conversation.boundary.cap, 30);
    chat_plan_close(plan);
}

/* So many candidates share a request as the server says it has slots, where it takes several. */
Test(plan, candidates_in_a_request)
{
    static const struct {
        const char *profile;
        uint32_t slots, want;
    } rows[] = {{"llamacpp", 0, 4}, {"llamacpp", 9, 9}, {"ollama", 9, 1}, {"vllm", 0, 128}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_chat chat = chat_of(rows[i].profile);
        struct chat_plan *plan;

        chat.slots = rows[i].slots;
        plan = opened(&chat);
        cr_assert_eq(plan->manner.per_request, rows[i].want);
        chat_plan_close(plan);
    }
}

/* What cannot be is refused before the first call, by name. */
Test(plan, refused)
{
    static const char *const bad[] = {"a\\q"};
    static const char *const many[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
    struct crux_chat chat = chat_of("vllm");

    chat.stops = bad;
    chat.stop_count = 1;
    assert_refused(&chat, "stop string `a\\q`: expected a text with \\n, \\t or \\\\ where a \\ "
                          "stands");
    chat.stops = many;
    chat.stop_count = 9;
    assert_refused(&chat, "a step has at most 8 stop strings, not 9");
    chat = chat_of("tgi");
    assert_refused(&chat, "there is no profile `tgi`; there are: vllm, sglang, llamacpp, ollama, "
                          "openai, generic");
    chat = chat_of("vllm");
    chat.route = "chat";
    assert_refused(&chat, "there is no route `chat`; there are: completions, prefill, next");
    chat.route = NULL;
    chat.chat_template = NULL;
    assert_refused(&chat, "route completions needs a chat template: a name like chatml, a file, or "
                          "a server that renders it");
    chat.chat_template = "/nowhere";
    assert_refused(&chat,
                   "cannot open the chat template /nowhere: No such file or directory; built "
                   "in are chatml, llama3, mistral, gemma, deepseek and none");
    chat = chat_of("vllm");
    chat.prompt = "/nowhere";
    assert_refused(&chat,
                   "cannot open the prompt /nowhere: No such file or directory; built in are "
                   "math, code and plain");
    chat.model = NULL;
    assert_refused(&chat, "a served model needs a profile and a model");
    chat = chat_of(NULL);
    assert_refused(&chat, "a served model needs a profile and a model");
    chat = chat_of("openai");
    chat.top_k = 40;
    assert_refused(&chat, "profile openai knows no top-k: leave it at 0");
}

/* A request is shown as the policy would send it first: with as many candidates as share one. */
Test(request, shown)
{
    static const struct crux_problem problem = {.id = "p", .prompt = "Why?"};
    const struct crux_call call = {
        .kind = CRUX_STEP, .count = 6, .seed = 5, .state = {.problem = &problem}};
    struct crux_chat chat = chat_of("llamacpp");
    struct crux_request request;
    struct crux_error error = {""};

    chat.prompt = "=--- user\n{{problem}}";
    cr_assert_eq(crux_chat_request(&request, &chat, &call, &error), CRUX_OK, "%s", error.text);
    cr_assert_str_eq(request.path, "completions");
    cr_assert_str_eq(
        request.body,
        "{\"prompt\": \"<|im_start|>user\\nWhy?<|im_end|>\\n<|im_start|>assistant\\n\", "
        "\"model\": \"m\", \"temperature\": 0.7, \"top_k\": -1, "
        "\"min_p\": 0.0, \"max_tokens\": 1024, \"stop\": [\"\\n\\n\"], \"logprobs\": 1, "
        "\"cache_prompt\": true, \"seed\": 5, \"n\": 4}");
    free(request.body);
    chat.profile = NULL;
    cr_assert_eq(crux_chat_request(&request, &chat, &call, &error), CRUX_INVALID);
}
