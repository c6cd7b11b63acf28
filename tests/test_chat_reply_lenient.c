/*
 * test_chat_reply_lenient.c - what chat/reply.h promises of odd replies: whatever else is strange
 * about it, a reply that has choices with a text is an answer.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/heap.h"
#include "tests/world/reply_suite.h"

static void assert_message(const char *message, const char *text, const char *thoughts)
{
    char body[1024];

    (void)snprintf(body, sizeof body,
                   "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":%s}]}",
                   message);
    assert_says(body, text, thoughts);
}

/* --- where the text stands --------------------------------------------------------- */

/* A text in typed parts is joined; parts that are thought are kept apart, whatever they are
 * called and however deep they lie. */
Test(parts, are_joined)
{
    assert_message("{\"content\":[{\"type\":\"text\",\"text\":\"So \"},{\"type\":\"text\","
                   "\"text\":\"9.\"}]}",
                   "So 9.", "");
    assert_message("{\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm\"},"
                   "{\"type\":\"text\",\"text\":\"9\"}]}",
                   "9", "Hm");
    assert_message("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
                   "\"text\":\"Hm\"}],\"signature\":\"x\"},\"9\"]}",
                   "9", "Hm");
    assert_message("{\"content\":[{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\","
                   "\"text\":\"Hm\"}]},{\"type\":\"output_text\",\"text\":\"9\"}]}",
                   "9", "Hm");
    assert_message("{\"content\":[{\"thinking\":\"Hm\"},{\"text\":{\"value\":\"9\"}}]}", "9", "Hm");
    assert_message("{\"content\":{\"type\":\"text\",\"text\":\"9\"}}", "9", "");
    assert_message("{\"content\":[{\"type\":\"image_url\",\"image_url\":{}},7,null,\"9\"]}", "9",
                   "");
    assert_message("{\"content\":[[[[[[[[[[\"too deep\"]]]]]]]]],\"9\"]}", "9", "");
    assert_message("{\"content\":\"9\",\"reasoning_details\":[{\"type\":\"reasoning.text\","
                   "\"text\":\"Hm\"}]}",
                   "9", "Hm");
    assert_message("{\"content\":\"9\",\"reasoning\":\"Hm\",\"reasoning_details\":[{\"type\":"
                   "\"reasoning.text\",\"text\":\"Hm\"}]}",
                   "9", "Hm");
    assert_message("{\"content\":\"9\",\"reasoning_content\":null,\"refusal\":null}", "9", "");
}

/* The text may stand in the choice itself although there is a message, or in a delta. */
Test(parts, other_places)
{
    assert_says("{\"choices\":[{\"message\":{\"role\":\"assistant\"},\"text\":\"9\"}]}", "9", "");
    assert_says("{\"choices\":[{\"text\":null,\"message\":{\"content\":\"9\"}}]}", "9", "");
    assert_says("{\"choices\":[{\"message\":{\"content\":\"9\"},\"text\":\"8\"}]}", "9", "");
    assert_says("{\"choices\":[{\"delta\":{\"content\":\"9\"}}]}", "9", "");
    assert_says("[{\"choices\":[{\"text\":\"9\"}]}]", "9", "");
}

/* What is no text where one is expected is none. */
Test(parts, no_texts)
{
    const struct chat_expected asked = asked_of(CHAT_GENERIC, 1);
    static const char *const bodies[] = {
        "{\"choices\":[{\"message\":{\"content\":7}}]}",
        "{\"choices\":[{\"message\":{\"content\":[]}}]}",
        "{\"choices\":[{\"message\":{\"content\":{\"type\":\"text\",\"text\":null}}}]}",
        "{\"choices\":[{\"message\":{\"content\":{\"type\":\"tool_use\",\"id\":\"x\"}}}]}",
        "{\"choices\":[{\"message\":7,\"text\":7}]}",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        (void)assert_refused(&asked, bodies[i], "the server's answer has a choice without a text");
    assert_says("{\"choices\":[{\"message\":\"x\",\"text\":\"9\"}]}", "9", "");
    assert_message("{\"content\":\"9\" \"8\",\"refusal\":null}", "9", "");
}

/* --- trifles ------------------------------------------------------------------------ */

/* Whatever a strict reader refuses for a trifle. */
Test(trifles, in_the_json)
{
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"{\"choices\":[{\"text\":\"a\\ud83d\"}]}", "a\xEF\xBF\xBD"},
        {"{\"choices\":[{\"text\":\"a\\u0000b\"}]}", "a\xEF\xBF\xBD"
                                                     "b"},
        {"{\"choices\":[{\"text\":\"\xff\xc0\"}]}", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"{\"choices\":[{\"text\":\"a\nb\"}]}", "a\nb"},
        {"{\"choices\":[{\"text\":\"\\(x\\)\"}]}", "\\(x\\)"},
        {"{\"choices\":[{\"text\":\"x\",\"logprobs\":{\"token_logprobs\":[NaN]}}]}", "x"},
        {"{\"choices\":[{\"text\":\"x\",\"logprobs\":{\"token_logprobs\":[-Infinity,-1,]}}]}", "x"},
        {"{\"choices\":[{\"text\":\"x\",\"logprobs\":{\"content\":[{\"logprob\":]}}]}", "x"},
        {"{\"choices\":[{\"text\":\"x\",},],}", "x"},
        {"{\"choices\":[{\"text\":\"a\",\"text\":\"x\"}],\"id\":1,\"id\":2}", "x"},
        {"{\"choices\":[{\"text\":\"x\"}]}}]garbage", "x"},
        {"{\"choices\":[{\"text\":\"x\"}]}\n{\"choices\":[{\"text\":\"y\"}]}", "x"},
        {"{\"choices\":[{\"text\":\"x\"}],\"usage\":{\"prompt_t", "x"},
        {"{\"choices\":[{\"text\":\"x\"}", "x"},
        {"\xEF\xBB\xBF{\"choices\":[{\"text\":\"x\"}]}", "x"},
        {": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n\n{\"choices\":[{\"text\":\"x\"}]}",
         "x"},
        {"\r\n\n  {\"choices\":[{\"text\":\"x\"}]}\n\n", "x"},
        {"{\"error\":{},\"choices\":[{\"text\":\"x\",\"error\":null}]}", "x"},
        {"{\"id\":\xff,\"choices\":[{\"text\":\"x\"}],\"choices\":null}", "x"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_says(rows[i].body, rows[i].text, "");
}

/* --- fewer, more, and none ------------------------------------------------------------ */

/* Choices that came are kept, also where one of them is no choice; more are passed over. */
Test(counts, fewer_and_more)
{
    static const struct {
        const char *body;
        uint32_t count;
        const char *last;
    } rows[] = {
        {"{\"choices\":[{\"index\":0,\"text\":\"a\"}]}", 1, "a"},
        {"{\"choices\":[{\"text\":\"a\"},{\"text\":null},{\"text\":\"b\"}]}", 2, "b"},
        {"{\"choices\":[3,\"x\",{\"text\":\"b\"},{\"text\":\"c\"}]}", 1, "b"},
        {"{\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"},{\"text\":\"c\"},{\"text\":\"d\"}]}", 3,
         "c"},
        {"{\"choices\":[{\"index\":2,\"text\":\"c\"},{\"index\":0,\"text\":\"a\"},"
         "{\"index\":1,\"text\":\"b\"},{\"index\":3,\"text\":\"d\"}]}",
         3, "c"},
        {"{\"choices\":[{\"index\":-1,\"text\":\"a\"},{\"index\":0,\"text\":\"b\"}]}", 2, "b"},
        {"{\"choices\":[{\"index\":2,\"text\":\"a\"},{\"index\":1,\"text\":\"b\"}]}", 2, "b"},
        {"{\"choices\":[{\"text\":\"a\"},{\"text\":\"half", 1, "a"},
        {"{\"choices\":[{\"message\":{\"content\":\"a\",\"reasoning\":\"b\"},\"finish_reason\":"
         "\"eos\"},{\"message\":{\"reasoning\":\"c\"},\"finish_reason\":\"eos\"}]}",
         2, ""},
    };
    const struct chat_expected asked = asked_of(CHAT_VLLM, 3);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_split split = split_of(&asked, rows[i].body);
        struct chat_sample sample = sample_of(&split, split.count - 1);

        cr_expect_eq(split.count, rows[i].count, "%s", rows[i].body);
        cr_expect_str_eq(sample.text, rows[i].last, "%s", rows[i].body);
        chat_sample_free(&sample);
        chat_split_free(&split);
    }
}

/* A filter's verdict is named, and would be the same again. */
Test(counts, filtered)
{
    const struct chat_expected asked = asked_of(CHAT_OPENAI, 1);
    struct chat_split split = assert_refused(
        &asked,
        "{\"choices\":[{\"message\":{\"content\":null},\"finish_reason\":\"content_filter\"}],"
        "\"usage\":{\"prompt_tokens\":50,\"completion_tokens\":10}}",
        "the server's filter withheld the answer (finish_reason `content_filter`)");

    cr_expect(split.same_again && split.has_usage);
    cr_expect_eq(split.usage.prompt, 50);
    cr_expect_eq(split.usage.completion, 10);
    split = assert_refused(&asked,
                           "{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":"
                           "\"SAFETY\"}]}",
                           "the server's filter withheld the answer (finish_reason `SAFETY`)");
    cr_expect(split.same_again && !split.has_usage);
    split = assert_refused(&asked,
                           "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":"
                           "\"I can't\\u001b.\"},\"finish_reason\":\"stop\"}]}",
                           "the model refused to answer: I can't .");
    cr_expect(split.same_again);
    split = assert_refused(&asked,
                           "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"refusal\","
                           "\"refusal\":\"No.\"}]}}]}",
                           "the model refused to answer: No.");
    cr_expect(split.same_again);
    split = assert_refused(&asked, "{\"choices\":[{\"text\":null,\"finish_reason\":\"stop\"}]}",
                           "the server's answer has a choice without a text");
    cr_expect_not(split.same_again, "nobody said why");
}

/* Among others a filtered choice is a sample without a text, so that it is not asked for again. */
Test(counts, one_of_them_filtered)
{
    const struct chat_expected asked = asked_of(CHAT_OPENAI, 2);
    struct chat_split split = split_of(
        &asked, "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\"},"
                "\"finish_reason\":\"stop\"},{\"message\":{\"content\":\"9\"},\"finish_reason\":"
                "\"stop\"}]}");
    struct chat_sample sample = sample_of(&split, 0);

    cr_expect_eq(split.count, 2);
    cr_expect_not(split.empty);
    cr_expect_str_eq(sample.text, "");
    cr_expect_eq(sample.end, CHAT_END_BROKEN);
    chat_sample_free(&sample);
    chat_split_free(&split);
}

/* Thoughts without a text are told as such, and would be the same again; a text of nothing is
 * not, for some servers say nothing while they load. */
Test(counts, thoughts_alone)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_split split = split_of(
        &asked, "{\"choices\":[{\"message\":{\"content\":null,\"reasoning_content\":"
                "\"Okay.\\n\\n\"},\"finish_reason\":\"stop\",\"stop_reason\":\"\\n\\n\"}]}");

    cr_expect(split.empty && split.thoughts && split.same_again);
    chat_split_free(&split);
    split = split_of(&asked, "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}");
    cr_expect(split.empty && !split.thoughts && !split.same_again);
    chat_split_free(&split);
}

/* --- ends ---------------------------------------------------------------------------- */

static const struct {
    const char *finish;
    enum chat_end end;
    bool odd;
} ends[] = {
    {"\"stop\"", CHAT_END_EITHER, false},
    {"\"eos\"", CHAT_END_EITHER, true},
    {"\"end\"", CHAT_END_EITHER, true},
    {"\"end_turn\"", CHAT_END_EITHER, true},
    {"\"STOP\"", CHAT_END_EITHER, true},
    {"\"\"", CHAT_END_EITHER, true},
    {"null", CHAT_END_EITHER, true},
    {"7", CHAT_END_EITHER, true},
    {"\"unknown\"", CHAT_END_EITHER, true},
    {"\"length\"", CHAT_END_LENGTH, false},
    {"\"max_tokens\"", CHAT_END_LENGTH, false},
    {"\"MAX_TOKENS\"", CHAT_END_LENGTH, false},
    {"\"model_length\"", CHAT_END_LENGTH, false},
    {"\"content_filter\"", CHAT_END_BROKEN, false},
    {"\"error\"", CHAT_END_BROKEN, false},
    {"\"aborted\"", CHAT_END_BROKEN, false},
    {"\"cancelled\"", CHAT_END_BROKEN, false},
    {"\"insufficient_system_resource\"", CHAT_END_BROKEN, false},
};

/* A reason that is not known is an end like stop, and is told; only those that say that a text
 * was cut or broken are bad ones. */
Test(ends, unknown_ones_are_stops)
{
    const struct chat_expected asked = asked_of(CHAT_GENERIC, 1);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char body[200];
        struct chat_split split;
        struct chat_sample sample;

        (void)snprintf(body, sizeof body, "{\"choices\":[{\"text\":\"x\",\"finish_reason\":%s}]}",
                       ends[i].finish);
        split = split_of(&asked, body);
        sample = sample_of(&split, 0);
        cr_expect_eq(sample.end, ends[i].end, "%s", ends[i].finish);
        cr_expect_eq(split.odd_end, ends[i].odd, "%s", ends[i].finish);
        chat_sample_free(&sample);
        chat_split_free(&split);
    }
}

/* The first odd word is told, cut to fit. */
Test(ends, the_odd_word)
{
    const struct chat_expected asked = asked_of(CHAT_GENERIC, 2);
    struct chat_split split =
        split_of(&asked, "{\"choices\":[{\"text\":\"x\",\"finish_reason\":\"0123456789012345678901"
                         "234567890123456789012345678901234567890123456789\"},"
                         "{\"text\":\"x\",\"finish_reason\":\"eos\"}]}");

    cr_expect_eq(strlen(split.odd_word), CHAT_WORD - 1);
    chat_split_free(&split);
}

static const struct {
    enum chat_kind kind;
    bool seen;
    const char *hit;
    enum chat_end end;
    bool sees;
} hits[] = {
    {CHAT_VLLM, false, "null", CHAT_END_TEXT, false},
    {CHAT_VLLM, false, "\"\\n\\n\"", CHAT_END_STOP, true},
    {CHAT_VLLM, false, "151645", CHAT_END_TEXT, false},
    {CHAT_GENERIC, false, "null", CHAT_END_EITHER, false},
    {CHAT_GENERIC, true, "null", CHAT_END_TEXT, false},
    {CHAT_GENERIC, false, "\"\\n\\n\"", CHAT_END_STOP, true},
    {CHAT_GENERIC, false, "\"end_turn\"", CHAT_END_EITHER, false},
    {CHAT_GENERIC, false, "\"\"", CHAT_END_EITHER, false},
    {CHAT_GENERIC, false, "2", CHAT_END_EITHER, false},
    {CHAT_GENERIC, true, "2", CHAT_END_TEXT, false},
    {CHAT_OPENAI, false, "\"\\n\\n\"", CHAT_END_EITHER, false},
};

/* Where it is not known that a server follows the rule, null or a number beside a stop says
 * nothing, until a stop string was named there once. */
Test(ends, null_is_no_word_of_strangers)
{
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        struct chat_expected asked = asked_of(hits[i].kind, 1);
        char body[200];
        struct chat_split split;
        struct chat_sample sample;

        asked.hit_seen = hits[i].seen;
        (void)snprintf(body, sizeof body,
                       "{\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\","
                       "\"stop_reason\":%s}]}",
                       hits[i].hit);
        split = split_of(&asked, body);
        sample = sample_of(&split, 0);
        cr_expect_eq(sample.end, hits[i].end, "%zu: %s", i, hits[i].hit);
        cr_expect_eq(split.hit_seen, hits[i].sees, "%zu: %s", i, hits[i].hit);
        chat_sample_free(&sample);
        chat_split_free(&split);
    }
}

/* --- usage --------------------------------------------------------------------------- */

/* What the server told counts as told only where it can be: prompt and completion, and the
 * completion for all choices that have no list of tokens. */
Test(usage, is_told_or_not)
{
    static const struct {
        enum chat_kind kind;
        const char *usage;
        bool told;
    } rows[] = {
        {CHAT_VLLM, "{\"prompt_tokens\":5,\"completion_tokens\":7}", true},
        {CHAT_VLLM, "{\"prompt_tokens\":5}", false},
        {CHAT_VLLM, "{\"completion_tokens\":7}", false},
        {CHAT_VLLM, "{\"prompt_tokens\":0,\"completion_tokens\":0}", false},
        {CHAT_VLLM, "{\"prompt_tokens\":5,\"completion_tokens\":0}", false},
        {CHAT_VLLM, "{\"prompt_tokens\":\"5\",\"completion_tokens\":7.0}", false},
        {CHAT_VLLM, "null", false},
        {CHAT_VLLM, "[1]", false},
        {CHAT_LLAMACPP, "{\"prompt_tokens\":5,\"completion_tokens\":7}", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct chat_expected asked = asked_of(rows[i].kind, 2);
        struct chat_split split;
        char body[200];

        (void)snprintf(body, sizeof body,
                       "{\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"}],\"usage\":%s}",
                       rows[i].usage);
        split = split_of(&asked, body);
        cr_expect_eq(split.has_usage, rows[i].told, "%s", rows[i].usage);
        chat_split_free(&split);
    }
}

/* Details are read wherever they stand; what cannot be a count is none. */
Test(usage, details)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_split split =
        split_of(&asked, "{\"choices\":[{\"text\":\"a\"}],\"usage\":{\"prompt_tokens\":5,"
                         "\"completion_tokens\":7,\"prompt_tokens_details\":{\"audio_tokens\":1,"
                         "\"cached_tokens\":3},\"completion_tokens_details\":{\"audio_tokens\":1,"
                         "\"reasoning_tokens\":4},\"reasoning_tokens\":2}}");

    cr_expect_eq(split.usage.cached, 3);
    cr_expect_eq(split.usage.reasoning, 4);
    chat_split_free(&split);
}

/* Where a body is cut off before its first choice there is none. */
Test(counts, cut_off_before_the_first)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    static const char *const bodies[] = {"{",
                                         "{\"choices\"",
                                         "{\"choices\":",
                                         "{\"choices\":[",
                                         "{\"choices\":[{\"text\":\"a\"",
                                         "{\"choice\":[1"};

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        (void)assert_refused(&asked, bodies[i], "the server's answer ends too early");
    (void)assert_refused(&asked, "{\"choices\":7", "the server's answer ends too early");
}

/* --- sizes --------------------------------------------------------------------------- */

/* Of a hundred thousand choices those that were asked for are read, and of a usage with a million
 * members those that mean something. (Looking for each number among all choices took minutes.) */
Test(sizes, far_more_than_was_asked_for, .timeout = 20)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 4);
    char *body = repeated("{\"choices\":[", "{\"index\":7,\"text\":\"x\"},", 100000,
                          "{}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9}}");
    struct chat_split split = split_of(&asked, body);

    cr_expect_eq(split.count, 4);
    cr_expect_eq(split.usage.completion, 9);
    chat_split_free(&split);
    free(body);
    body = repeated("{\"usage\":{\"completion_tokens\":9,", "\"tokens\":12345,", 1000000,
                    "\"prompt_tokens\":5},\"choices\":[{\"text\":\"x\"}]}");
    split = split_of(&asked, body);
    cr_expect(split.has_usage);
    cr_expect_eq(split.usage.prompt, 5);
    chat_split_free(&split);
    free(body);
}

/* A text that is longer than the tokens that it may have is refused with its size, whatever it is
 * made of; without that bound it is read. */
Test(sizes, a_text_longer_than_its_tokens)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    char *body = repeated("{\"choices\":[{\"message\":{\"content\":[\"", "0123456789", 200000,
                          "\",\"more\"]}}]}");
    struct chat_split split = split_of(&asked, body);

    chat_split_free(&split);
    asked.most = 1000;
    split = assert_refused(&asked, body,
                           "the server's answer has a text of 2000008 bytes, and at most 1000 "
                           "tokens were asked for");
    cr_expect(split.same_again);
    free(body);
}

/* Log-probabilities of far more tokens than were asked for are none. */
Test(sizes, more_log_probabilities_than_tokens)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    char *body = repeated("{\"choices\":[{\"text\":\"x\",\"logprobs\":{\"token_logprobs\":[-1",
                          ",-1.5", 100000, "]}}]}");
    struct chat_split split;
    struct chat_sample sample;

    asked.most = 2;
    split = split_of(&asked, body);
    sample = sample_of(&split, 0);
    cr_expect_not(sample.has_logprob);
    chat_sample_free(&sample);
    chat_split_free(&split);
    free(body);
}

/* --- memory -------------------------------------------------------------------------- */

/* Wherever memory runs out, there is a sentence and nothing is left behind. */
Test(memory, runs_out_anywhere)
{
    static const char *const bodies[] = {
        "{\"choices\":[{\"index\":1,\"message\":{\"content\":[\"a\\ud83d\",\"b\"],\"reasoning\":"
        "\"c\"},\"logprobs\":{\"content\":[{\"logprob\":-1}]}},{\"index\":0,\"text\":\"d\"}]}",
        "data: {\"choices\":[{\"text\":\"a\",\"logprobs\":{\"token_logprobs\":[-1]}}]}\n\n"
        "data: [DONE]\n\n"};
    const struct chat_expected asked = asked_of(CHAT_VLLM, 2);

    for (size_t i = 0; heap_can_fail() && i < 2; i++) {
        int status = CRUX_MEMORY;

        for (uint32_t at = 1; at < 500 && status != CRUX_OK; at++) {
            struct chat_split split = {.count = 77};
            struct crux_error error = {""};

            heap_fail(at);
            status = chat_reply_split(&split, &asked, bodies[i], strlen(bodies[i]), &error);
            heap_fail(0);
            if (status != CRUX_OK) {
                cr_assert_str_eq(error.text, "no memory for a server's answer", "%zu: %s",
                                 (size_t)at, error.text);
                cr_assert_eq(split.count, 0);
            }
            chat_split_free(&split);
        }
        cr_assert_eq(status, CRUX_OK);
    }
}

/* Nor when a kept sample is read back. */
Test(memory, runs_out_reading_back)
{
    static const char kept[] = "{\"text\":\"abc\",\"end\":\"text\",\"cuts\":[1]}";
    int status = CRUX_MEMORY;

    for (uint32_t at = 1; heap_can_fail() && at < 100 && status != CRUX_OK; at++) {
        struct chat_sample sample = {.tokens = 77};

        heap_fail(at);
        status = chat_reply_read(&sample, kept, strlen(kept), NULL);
        heap_fail(0);
        if (status == CRUX_OK)
            chat_sample_free(&sample);
        else
            cr_expect_eq(sample.tokens, 77);
    }
}
