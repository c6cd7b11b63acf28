/*
 * test_chat_reply.c - what chat/reply.h promises: answers as each kind of server gives them,
 * and as none should. What is told of a sample, and kept of it, is in test_chat_sample.c.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/heap.h"
#include "tests/world/reply_suite.h"

static void assert_end(const struct chat_expected *asked, const char *choice, enum chat_end end)
{
    struct chat_sample sample;
    char body[1024];

    (void)snprintf(body, sizeof body, "{\"choices\":[%s]}", choice);
    sample = only(asked, body, NULL);
    cr_assert_eq(sample.end, end, "%s", choice);
    chat_sample_free(&sample);
}

/* --- a body of each kind ---------------------------------------------------------- */

/* vLLM: two texts with their log-probabilities in the shape of completions; one hit a stop,
 * the other the end. */
Test(bodies, vllm_completions)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);
    static const char body[] =
        "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"model\":\"m\",\"choices\":["
        "{\"index\":0,\"text\":\"4 + 5 = 9.\\n\\n\",\"logprobs\":{\"text_offset\":[0,5],"
        "\"token_logprobs\":[-0.25,-0.75],\"tokens\":[\"4 + 5\",\" = 9.\\n\\n\"],"
        "\"top_logprobs\":[{\"4 + 5\":-0.25},null]},\"finish_reason\":\"stop\","
        "\"stop_reason\":\"\\n\\n\",\"prompt_logprobs\":null},"
        "{\"index\":1,\"text\":\"It is 9.\",\"logprobs\":{\"token_logprobs\":[null,-0.5,-1.5],"
        "\"tokens\":[\"It\",\" is\",\" 9.\"]},\"finish_reason\":\"stop\",\"stop_reason\":null}],"
        "\"usage\":{\"prompt_tokens\":31,\"total_tokens\":36,\"completion_tokens\":5,"
        "\"prompt_tokens_details\":{\"cached_tokens\":16}}}";
    struct chat_split split;
    struct chat_sample sample;

    split = whole(&asked, body);
    cr_assert_eq(split.usage.prompt, 31);
    cr_assert_eq(split.usage.cached, 16);
    cr_assert_eq(split.usage.completion, 5);
    cr_assert_eq(split.usage.reasoning, 0);
    sample = sample_of(&split, 0);
    cr_assert_str_eq(sample.text, "4 + 5 = 9.\n\n");
    cr_assert_eq(sample.end, CHAT_END_STOP);
    cr_assert_eq(sample.tokens, 2);
    cr_assert(sample.has_logprob);
    cr_assert_float_eq(sample.logprob, -0.5, 1e-9);
    cr_assert_str_eq(sample.reasoning, "");
    chat_sample_free(&sample);
    sample = sample_of(&split, 1);
    cr_assert_eq(sample.end, CHAT_END_TEXT);
    cr_assert_eq(sample.tokens, 3);
    cr_assert_float_eq(sample.logprob, -2.0 / 3.0, 1e-9);
    chat_sample_free(&sample);
    chat_split_free(&split);
}

/* SGLang: a chat with its reasoning apart, a stop matched by a token, reasoning tokens on top of
 * usage. */
Test(bodies, sglang_chat)
{
    const struct chat_expected asked = asked_of(CHAT_SGLANG, 1);
    static const char body[] =
        "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"Nine.\",\"reasoning_content\":\"4 and 5\",\"tool_calls\":"
        "null},\"logprobs\":null,\"finish_reason\":\"stop\",\"matched_stop\":151645}],"
        "\"usage\":{\"prompt_tokens\":20,\"total_tokens\":28,\"completion_tokens\":8,"
        "\"prompt_tokens_details\":null,\"reasoning_tokens\":5}}";
    struct chat_usage usage;
    struct chat_sample sample = only(&asked, body, &usage);

    cr_assert_str_eq(sample.text, "Nine.");
    cr_assert_str_eq(sample.reasoning, "4 and 5");
    cr_assert_eq(sample.end, CHAT_END_TEXT);
    cr_assert_eq(sample.tokens, 8);
    cr_assert_not(sample.has_logprob);
    cr_assert_eq(usage.reasoning, 5);
    cr_assert_eq(usage.cached, 0);
    chat_sample_free(&sample);
}

/* llama.cpp: log-probabilities of completions in the shape of chat, and a usage that counts one
 * of three texts: they are counted one by one. */
Test(bodies, llamacpp_counts_one)
{
    const struct chat_expected asked = asked_of(CHAT_LLAMACPP, 3);
    static const char token[] = "{\"id\":1,\"token\":\"a\",\"bytes\":[97],\"logprob\":-1.0,"
                                "\"top_logprobs\":[]}";
    char body[4096] = "{\"choices\":[";
    struct chat_usage usage;
    struct chat_split split;

    for (int i = 0; i < 3; i++) {
        (void)sprintf(body + strlen(body),
                      "%s{\"text\":\"aaaa\",\"index\":%d,\"logprobs\":{\"content\":[%s,%s,%s,%s]},"
                      "\"finish_reason\":\"length\"}",
                      i == 0 ? "" : ",", i, token, token, token, token);
    }
    (void)strcat(body, "],\"usage\":{\"completion_tokens\":4,\"prompt_tokens\":19,"
                       "\"prompt_tokens_details\":{\"cached_tokens\":3}}}");
    split = whole(&asked, body);
    usage = split.usage;
    cr_assert_eq(usage.completion, 12);
    cr_assert_eq(usage.prompt, 19);
    cr_assert_eq(usage.cached, 3);
    for (uint32_t i = 0; i < 3; i++) {
        struct chat_sample sample;

        sample = sample_of(&split, i);
        cr_assert_eq(sample.tokens, 4);
        cr_assert_eq(sample.end, CHAT_END_LENGTH);
        chat_sample_free(&sample);
    }
    chat_split_free(&split);
}

/* What servers call the tokens of a prompt that they had; never more than the prompt has. */
Test(bodies, words_for_cached_tokens)
{
    static const struct {
        const char *usage, *beside;
        uint32_t cached;
    } rows[] = {
        {"\"prompt_tokens_details\":{\"cached_tokens\":7}", "", 7}, /* vLLM, SGLang, OpenAI */
        {"\"prompt_tokens_details\":null", "", 0},
        {"\"prompt_cache_hit_tokens\":6,\"prompt_cache_miss_tokens\":4", "", 6}, /* DeepSeek */
        {"\"cached_tokens\":5", "", 5},
        {"\"x\":1", ",\"timings\":{\"cache_n\":8,\"prompt_n\":2}", 8}, /* llama.cpp */
        {"\"prompt_tokens_details\":{\"cached_tokens\":8}", ",\"timings\":{\"cache_n\":8}", 8},
        {"\"cached_tokens\":500", "", 10},
        {"\"cached_tokens\":-1", "", 0},
        {"\"cached_tokens\":\"many\"", ",\"timings\":[]", 0},
    };
    const struct chat_expected asked = asked_of(CHAT_LLAMACPP, 1);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[600];
        struct chat_split split;

        (void)snprintf(body, sizeof body,
                       "{\"choices\":[{\"index\":0,\"text\":\"9\",\"finish_reason\":\"stop\"}],"
                       "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1,%s}%s}",
                       rows[i].usage, rows[i].beside);
        split = whole(&asked, body);
        cr_expect_eq(split.usage.cached, rows[i].cached, "%s: %u", rows[i].usage,
                     split.usage.cached);
        chat_split_free(&split);
    }
}

/* Ollama: a chat that reports neither which stop was hit nor log-probabilities. */
Test(bodies, ollama_chat)
{
    const struct chat_expected asked = asked_of(CHAT_OLLAMA, 1);
    static const char body[] =
        "{\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
        "\"content\":\"Nine.\",\"reasoning\":\"hm\"},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3,\"total_tokens\":15}}";
    struct chat_usage usage;
    struct chat_sample sample = only(&asked, body, &usage);

    cr_assert_eq(sample.end, CHAT_END_EITHER);
    cr_assert_str_eq(sample.reasoning, "hm");
    cr_assert_eq(sample.tokens, 3);
    cr_assert_eq(usage.completion, 3);
    chat_sample_free(&sample);
}

/* OpenAI: details of both counts; the reasoning is hidden, its tokens are not. */
Test(bodies, openai_chat)
{
    const struct chat_expected asked = asked_of(CHAT_OPENAI, 1);
    static const char body[] =
        "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"Nine.\",\"refusal\":null,\"annotations\":[]},\"logprobs\":"
        "{\"content\":[{\"token\":\"Nine\",\"logprob\":-0.1,\"bytes\":[78,105,110,101],"
        "\"top_logprobs\":[]},{\"token\":\".\",\"logprob\":-0.3,\"bytes\":[46],"
        "\"top_logprobs\":[]}],\"refusal\":null},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":66,\"completion_tokens_details\":"
        "{\"reasoning_tokens\":64},\"prompt_tokens_details\":{\"cached_tokens\":0}},"
        "\"service_tier\":\"default\"}";
    struct chat_usage usage;
    struct chat_sample sample = only(&asked, body, &usage);

    cr_assert_eq(usage.completion, 66, "reasoning is paid for, though no text is seen of it");
    cr_assert_eq(usage.reasoning, 64);
    cr_assert_eq(sample.tokens, 2);
    cr_assert_float_eq(sample.logprob, -0.2, 1e-9);
    chat_sample_free(&sample);
}

/* --- why a text ended ------------------------------------------------------------- */

/* What servers write as the reason, and what it means. */
Test(ends, reasons)
{
    const struct chat_expected generic = asked_of(CHAT_GENERIC, 1);
    const struct chat_expected vllm = asked_of(CHAT_VLLM, 1);
    struct chat_expected without = generic;

    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"length\"}", CHAT_END_LENGTH);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"stop\"}", CHAT_END_EITHER);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"stop\",\"stop_reason\":\"\\n\"}",
               CHAT_END_STOP);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"eos_token\"}", CHAT_END_TEXT);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"stop_sequence\"}", CHAT_END_STOP);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"abort\"}", CHAT_END_BROKEN);
    assert_end(&generic, "{\"text\":\"x\",\"finish_reason\":\"content_filter\"}", CHAT_END_BROKEN);
    assert_end(&vllm, "{\"text\":\"x\",\"finish_reason\":\"stop\",\"stop_reason\":null}",
               CHAT_END_TEXT);
    assert_end(&vllm, "{\"text\":\"x\",\"finish_reason\":\"stop\",\"stop_reason\":151645}",
               CHAT_END_TEXT);
    without.stops = false;
    assert_end(&without, "{\"text\":\"x\",\"finish_reason\":\"stop\"}", CHAT_END_TEXT);
}

/* llama.cpp does not tell a stop from the end, but lists the token that ends a text, as "";
 * and so the first token of a stop that has several, which its own entry gives away. */
Test(ends, llamacpp_by_its_tokens)
{
    static const struct {
        const char *last;
        enum chat_end end;
    } rows[] = {
        {"{\"id\":5,\"token\":\"x\",\"top_logprobs\":[]}", CHAT_END_STOP},
        {"{\"id\":2,\"token\":\"\",\"top_logprobs\":[{\"id\":2,\"token\":\"\"}]}", CHAT_END_TEXT},
        {"{\"id\":9,\"token\":\"\",\"top_logprobs\":[{\"id\":9,\"token\":\"\\n\"}]}",
         CHAT_END_STOP},
        {"{\"id\":9,\"token\":\"\",\"top_logprobs\":[{\"id\":4,\"token\":\"a\"}]}",
         CHAT_END_EITHER},
        {"{\"id\":9,\"token\":\"\",\"top_logprobs\":[{\"id\":9}]}", CHAT_END_EITHER},
        {"{\"id\":9,\"token\":\"\"}", CHAT_END_EITHER},
        {"{\"id\":9}", CHAT_END_STOP},
    };
    const struct chat_expected asked = asked_of(CHAT_LLAMACPP, 1);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char choice[512];

        (void)snprintf(
            choice, sizeof choice,
            "{\"text\":\"x\",\"logprobs\":{\"content\":[%s]},\"finish_reason\":\"stop\"}",
            rows[i].last);
        assert_end(&asked, choice, rows[i].end);
    }
    assert_end(&asked, "{\"text\":\"x\",\"logprobs\":{\"content\":[]},\"finish_reason\":\"stop\"}",
               CHAT_END_EITHER);
    assert_end(&asked,
               "{\"text\":\"x\",\"logprobs\":{\"token_logprobs\":[-1]},\"finish_reason\":\"stop\"}",
               CHAT_END_EITHER);
}

/* --- choices ---------------------------------------------------------------------- */

/* Choices are put in the order of their numbers. */
Test(choices, in_their_order)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);
    struct chat_split split;
    struct chat_sample sample;

    split =
        whole(&asked,
              "{\"choices\":[{\"index\":1,\"text\":\"second\"},{\"index\":0,\"text\":\"first\"}]}");
    sample = sample_of(&split, 0);
    cr_assert_str_eq(sample.text, "first");
    chat_sample_free(&sample);
    sample = sample_of(&split, 1);
    cr_assert_str_eq(sample.text, "second");
    chat_sample_free(&sample);
    chat_split_free(&split);
}

/* Numbers that are none, or the same twice, give way to the order in the answer; more choices
 * than were asked for are left aside. */
Test(choices, badly_numbered)
{
    static const char *const bodies[] = {
        "{\"choices\":[{\"index\":0,\"text\":\"first\"},{\"index\":0,\"text\":\"second\"}]}",
        "{\"choices\":[{\"text\":\"first\"},{\"text\":\"second\"}]}",
        "{\"choices\":[{\"index\":\"1\",\"text\":\"first\"},{\"index\":7,\"text\":\"second\"}]}",
        "{\"choices\":[{\"text\":\"first\"},{\"text\":\"second\"},{\"text\":\"third\"}]}",
    };
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct chat_split split;
        struct chat_sample sample;

        split = whole(&asked, bodies[i]);
        sample = sample_of(&split, 1);
        cr_assert_str_eq(sample.text, "second");
        chat_sample_free(&sample);
        chat_split_free(&split);
    }
}

/* A model that spent all its tokens on thinking has no text and is not refused. */
Test(choices, reasoning_alone)
{
    const struct chat_expected asked = asked_of(CHAT_LLAMACPP, 1);
    struct chat_sample sample =
        only(&asked,
             "{\"choices\":[{\"message\":{\"content\":null,\"reasoning_content\":\"long\"},"
             "\"finish_reason\":\"length\"}]}",
             NULL);

    cr_assert_str_eq(sample.text, "");
    cr_assert_str_eq(sample.reasoning, "long");
    cr_assert_eq(sample.end, CHAT_END_LENGTH);
    chat_sample_free(&sample);
}

/* What is no answer is refused with a sentence. */
Test(choices, refused)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);

    (void)assert_refused(&asked, "{}", "the server's answer has no choices");
    (void)assert_refused(&asked, "[]", "the server's answer is not JSON");
    (void)assert_refused(&asked, "{\"choices\":null}", "the server's answer has no choices");
    (void)assert_refused(&asked, "{\"choices\":{\"a\":1,\"b\":2}}",
                         "the server's answer has no choices");
    (void)assert_refused(&asked, "{\"choices\":[]}",
                         "the server's answer has 0 choices, of 2 that were asked for");
    (void)assert_refused(&asked, "{\"choices\":[{\"text\":null},{}]}",
                         "the server's answer has a choice without a text");
    (void)assert_refused(&asked, "{\"choices\":[1,2]}",
                         "the server's answer has a choice without a text");
    (void)assert_refused(&asked,
                         "{\"choices\":[{\"message\":{\"content\":null,\"reasoning\":\"\"}}]}",
                         "the server's answer has a choice without a text");
    (void)assert_refused(&asked, "{\"choices\":[{\"text\":\"x",
                         "the server's answer ends too early");
    (void)assert_refused(&asked, "{\"id\":\"x\",\"cho", "the server's answer ends too early");
    (void)assert_refused(&asked, "<html>502</html>", "the server's answer is not JSON");
    (void)assert_refused(&asked, "", "the server's answer is not JSON");
}

/* What nobody reads is passed over, whatever it is; where somebody does, it is mended. */
Test(choices, unread_parts)
{
    static const char body[] =
        "{\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\",\"logprobs\":{\"tokens\":"
        "[\"\xff\"],\"token_logprobs\":[-0.5],\"text_offset\":[0]}}]}";
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_sample sample;

    for (asked.cap = 0; asked.cap <= 30; asked.cap += 30) {
        sample = only(&asked, body, NULL);
        cr_assert_eq(sample.logprob, -0.5);
        cr_assert_eq(sample.tokens, 1);
        chat_sample_free(&sample);
    }
}

/* --- memory ----------------------------------------------------------------------- */

/* Without memory for the choices there is no answer, and that is said. */
Test(memory, for_the_choices)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    static const char body[] = "{\"choices\":[{\"text\":\"x\"}]}";
    struct chat_split split = {.count = 77};
    struct crux_error error = {""};
    int status;

    if (!heap_can_fail())
        return;
    heap_fail(1);
    status = chat_reply_split(&split, &asked, body, strlen(body), &error);
    heap_fail(0);
    cr_assert_eq(status, CRUX_MEMORY);
    cr_assert_str_eq(error.text, "no memory for a server's answer");
    cr_assert_eq(split.count, 0);
}
