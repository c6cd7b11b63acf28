/*
 * test_chat_stream.c - what chat/stream.h promises: a stream that nobody asked for is the body that
 * it stands for, if it is complete.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/reply_suite.h"

/* --- streams ------------------------------------------------------------------------- */

/* A stream that nobody asked for is put together, if it is complete. */
Test(streams, are_joined)
{
    assert_says(": ping\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                "\"content\":\"\"}}]}\n\n"
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Hm\","
                "\"reasoning\":\"Hm\"}}]}\r\n\r\n"
                "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"So \"}}]}\r\r"
                "event: x\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"9.\"},"
                "\"finish_reason\":\"stop\"}]}\n\n"
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5}}\n\ndata: [DONE]\n\n",
                "So 9.", "Hm");
    assert_says("data: {\"choices\":[{\"text\":\"So \"}]}\n\n"
                "data: {\"choices\":[{\"text\":\"9\",\"finish_reason\":\"stop\"}]}\n\n",
                "So 9", "");
    assert_says("data: {\"choices\":[{\"message\":{\"content\":\"9\"}}]}\n\ndata: [DONE]\n\n", "9",
                "");
}

/* All that a whole body tells: each choice's end and log-probabilities, and the usage. */
Test(streams, with_everything)
{
    static const char body[] =
        "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":"
        "[{\"token\":\"b\",\"logprob\":-2}]}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":"
        "[{\"token\":\"a\",\"logprob\":-1}]}},{\"index\":7,\"delta\":{\"content\":\"x\"}},3]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"},\"logprobs\":{\"content\":"
        "[{\"token\":\"c\",\"logprob\":-2}]},\"finish_reason\":\"stop\",\"stop_reason\":\"!\"}]}"
        "\n\ndata: {\"choices\":[{\"index\":1,\"delta\":null,\"logprobs\":[1],"
        "\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}"
        "\n\ndata: 1\n\n";
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);
    struct chat_split split = split_of(&asked, body);
    struct chat_sample sample = sample_of(&split, 0);

    cr_expect_str_eq(sample.text, "ac");
    cr_expect_eq(sample.end, CHAT_END_STOP);
    cr_expect_eq(sample.tokens, 2);
    cr_expect_float_eq(sample.logprob, -1.5, 1e-9);
    chat_sample_free(&sample);
    sample = sample_of(&split, 1);
    cr_expect_str_eq(sample.text, "b");
    cr_expect_eq(sample.end, CHAT_END_LENGTH);
    chat_sample_free(&sample);
    cr_expect(split.has_usage);
    cr_expect_eq(split.usage.completion, 3);
    chat_split_free(&split);
}

/* The lists of route completions, and cuts by their tokens. */
Test(streams, of_completions)
{
    static const char body[] =
        "data: {\"choices\":[{\"text\":\"ab\",\"logprobs\":{\"tokens\":[\"a\",\"b\"],"
        "\"token_logprobs\":[-1,-1]}}]}\n\ndata: {\"choices\":[{\"text\":\"c\",\"logprobs\":"
        "{\"tokens\":[\"c\"],\"token_logprobs\":[-1],\"text_offset\":[]},\"finish_reason\":"
        "\"stop\"}]}\n\ndata: [DONE]\n\n";
    struct chat_expected asked = asked_of(CHAT_OPENAI, 1);
    struct chat_split split;
    struct chat_sample sample;

    asked.cap = 2;
    split = split_of(&asked, body);
    sample = sample_of(&split, 0);
    cr_expect_str_eq(sample.text, "abc");
    cr_expect_eq(sample.cut_count, 1);
    cr_expect_eq(sample.cuts[0], 2);
    chat_sample_free(&sample);
    chat_split_free(&split);
}

/* Half a stream is no answer. */
Test(streams, cut_off)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);

    (void)assert_refused(&asked, "data: {\"choices\":[{\"delta\":{\"content\":\"So\"}}]}\n\n",
                         "the server's answer is a stream that ends early");
    (void)assert_refused(&asked,
                         "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"},"
                         "{\"index\":1,\"text\":\"b\"}]}\n\n",
                         "the server's answer is a stream that ends early");
    (void)assert_refused(&asked, "event: x\n\n", "the server's answer is a stream that ends early");
    (void)assert_refused(&asked, "data: [DONE]\n\n",
                         "the server's answer has 0 choices, of 2 that were asked for");
}

/* Members of events that are odd, or nothing, are passed over. */
Test(streams, odd_events)
{
    static const char body[] =
        "data: {\"choices\":7,\"usage\":null}\n\n"
        "data: {\"choices\":[{\"index\":\"x\",\"delta\":{\"content\":null,\"reasoning\":\"Hm\"},"
        "\"logprobs\":{\"content\":7},\"finish_reason\":null},{\"index\":-1,\"delta\":"
        "{\"content\":\"a\"},\"logprobs\":{\"content\":[1}},\"other\":1}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"m\",\"reasoning\":\"m\"}},"
        "{\"index\":1,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    const struct chat_expected asked = asked_of(CHAT_OPENAI, 2);
    struct chat_split split = split_of(&asked, body);
    struct chat_sample sample = sample_of(&split, 0);

    cr_expect_eq(split.count, 1);
    cr_expect_str_eq(sample.text, "a");
    cr_expect_str_eq(sample.reasoning, "Hmm");
    chat_sample_free(&sample);
    chat_split_free(&split);
}

/* A long stream keeps all of it. */
Test(streams, long_ones)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    char *body = repeated("", "data: {\"choices\":[{\"delta\":{\"content\":\"ab\"}}]}\n\n", 3000,
                          "data: [DONE]\n\n");
    struct chat_split split = split_of(&asked, body);
    struct chat_sample sample = sample_of(&split, 0);

    cr_expect_eq(strlen(sample.text), 6000);
    chat_sample_free(&sample);
    chat_split_free(&split);
    free(body);
}
