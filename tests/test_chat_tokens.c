/*
 * test_chat_tokens.c - what io/chat/reply.h promises of the numbers of tokens: they are kept with
 * the log-probability of each where they were asked for, and only where there are as many of both.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "tests/world/reply_suite.h"

#define CHAT(ids)                                                                                  \
    "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a b\"},"         \
    "\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97]},"                \
    "{\"token\":\" b\",\"logprob\":0,\"bytes\":null}]},\"finish_reason\":\"stop\","                \
    "\"stop_reason\":null" ids "}]}"

/* As `ids` and `logprobs` of the sample; "-": it has none. */
static void assert_tokens(const char *body, bool wanted, const char *ids, const char *logprobs)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_sample sample;
    char *text;

    asked.token_ids = wanted;
    sample = only(&asked, body, NULL);
    text = sample.ids != NULL ? json_text(sample.ids, false) : strdup("-");
    cr_expect_str_eq(text, ids, "%s: %s", body, text);
    free(text);
    text = sample.logprobs != NULL ? json_text(sample.logprobs, false) : strdup("-");
    cr_expect_str_eq(text, logprobs, "%s: %s", body, text);
    free(text);
    chat_sample_free(&sample);
}

/* Chats have objects, completions parallel lists. */
Test(tokens, of_both_routes)
{
    assert_tokens(CHAT(",\"token_ids\":[7,151645]"), true, "[7, 151645]", "[-0.5, 0.0]");
    assert_tokens(
        "{\"choices\":[{\"index\":0,\"text\":\"a b\",\"token_ids\":[7,8],\"logprobs\":"
        "{\"tokens\":[\"a\",\" b\"],\"token_logprobs\":[-0.5,-1.25],\"text_offset\":[0,1]},"
        "\"finish_reason\":\"stop\",\"stop_reason\":null}]}",
        true, "[7, 8]", "[-0.5, -1.25]");
}

/* Who did not ask keeps none: the ledger's samples are what they were. */
Test(tokens, are_kept_where_wanted_alone)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_split split;

    assert_tokens(CHAT(",\"token_ids\":[7,8]"), false, "-", "-");
    split = whole(&asked, CHAT(",\"token_ids\":[7,8]"));
    cr_expect_str_eq(split.samples[0],
                     "{\"text\": \"a b\", \"end\": \"text\", \"tokens\": 2, \"logprob\": -0.25}");
    chat_split_free(&split);
}

/* Numbers without a log-probability each, or none that could be numbers of tokens, are no evidence.
 */
Test(tokens, must_fit)
{
    static const char *const odd[] = {
        CHAT(""),
        CHAT(",\"token_ids\":null"),
        CHAT(",\"token_ids\":[]"),
        CHAT(",\"token_ids\":[7]"),
        CHAT(",\"token_ids\":[7,8,9]"),
        CHAT(",\"token_ids\":[7,-1]"),
        CHAT(",\"token_ids\":[7,8.5]"),
        CHAT(",\"token_ids\":[7,\"8\"]"),
        CHAT(",\"token_ids\":{\"0\":7,\"1\":8}"),
        CHAT(",\"token_ids\":[7,99999999999999999999]"),
        "{\"choices\":[{\"index\":0,\"text\":\"a b\",\"token_ids\":[7,8],\"logprobs\":null,"
        "\"finish_reason\":\"stop\",\"stop_reason\":null}]}",
        "{\"choices\":[{\"index\":0,\"text\":\"a b\",\"token_ids\":[7,8],\"logprobs\":"
        "{\"tokens\":[\"a\",\" b\"],\"token_logprobs\":[null,-1.25],\"text_offset\":[0,1]},"
        "\"finish_reason\":\"stop\",\"stop_reason\":null}]}",
    };

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_tokens(odd[i], true, "-", "-");
}

/* Each of several choices has its own. */
Test(tokens, of_several_choices)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 2);
    struct chat_split split;

    asked.token_ids = true;
    split =
        whole(&asked, "{\"choices\":[{\"index\":1,\"text\":\"b\",\"token_ids\":[8],\"logprobs\":"
                      "{\"tokens\":[\"b\"],\"token_logprobs\":[-1.0]},\"finish_reason\":\"stop\","
                      "\"stop_reason\":null},{\"index\":0,\"text\":\"a\",\"token_ids\":[7],"
                      "\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-0.5]},"
                      "\"finish_reason\":\"stop\",\"stop_reason\":null}]}");
    for (uint32_t i = 0; i < 2; i++) {
        struct chat_sample sample = sample_of(&split, i);

        cr_expect_eq(json_as_integer(json_at(sample.ids, 0)), 7 + i);
        chat_sample_free(&sample);
    }
    chat_split_free(&split);
}
