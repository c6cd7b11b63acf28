/*
 * test_chat_sample.c - what chat/reply.h promises of a sample: how many tokens it has and where
 * they end, whatever the server counts, and that one that was kept is read back or refused.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "tests/world/reply_suite.h"

/* --- tokens ----------------------------------------------------------------------- */

/* Counts that cannot be are not believed, and missing ones are made up for by length. */
Test(tokens, counts_that_cannot_be)
{
    static const struct {
        const char *usage;
        uint32_t prompt, completion;
    } rows[] = {
        {"{\"prompt_tokens\":-5,\"completion_tokens\":-1}", 0, 3},
        {"{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":1e9}", 0, 3},
        {"{\"prompt_tokens\":\"7\",\"completion_tokens\":null}", 0, 3},
        {"{\"prompt_tokens\":7,\"completion_tokens\":40}", 7, 40},
        {"null", 0, 3},
    };
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_usage usage;
        struct chat_sample sample;
        char body[512];

        (void)snprintf(body, sizeof body, "{\"choices\":[{\"text\":\"eight by\"}],\"usage\":%s}",
                       rows[i].usage);
        sample = only(&asked, body, &usage);
        cr_assert_eq(usage.prompt, rows[i].prompt, "%s", rows[i].usage);
        cr_assert_eq(usage.completion, rows[i].completion, "%s", rows[i].usage);
        cr_assert_eq(sample.tokens, rows[i].completion, "%s", rows[i].usage);
        chat_sample_free(&sample);
    }
}

/* Without log-probabilities a server's count for all is shared out by length; a count for one
 * of them is not taken for all. */
Test(tokens, shared_by_length)
{
    static const char body[] = "{\"choices\":[{\"text\":\"0123456789012345678\"},"
                               "{\"text\":\"012\"}],\"usage\":{\"completion_tokens\":12}}";
    static const struct {
        enum chat_kind kind;
        uint32_t all, first, second;
    } rows[] = {{CHAT_VLLM, 12, 10, 2}, {CHAT_LLAMACPP, 12, 10, 2}};

    for (size_t i = 0; i < 2; i++) {
        const struct chat_expected asked = asked_of(rows[i].kind, 2);
        struct chat_split split;
        struct chat_sample sample;

        split = whole(&asked, body);
        cr_assert_eq(split.usage.completion, rows[i].all);
        sample = sample_of(&split, 0);
        cr_assert_eq(sample.tokens, rows[i].first);
        chat_sample_free(&sample);
        sample = sample_of(&split, 1);
        cr_assert_eq(sample.tokens, rows[i].second);
        chat_sample_free(&sample);
        chat_split_free(&split);
    }
}

/* Texts that are longer than the one that was counted count more. */
Test(tokens, guessed_where_one_was_counted)
{
    const struct chat_expected asked = asked_of(CHAT_LLAMACPP, 2);
    struct chat_split split;

    split = whole(
        &asked,
        "{\"choices\":[{\"text\":\"0123456789012345678\"},{\"text\":\"0123456789012345678\"}],"
        "\"usage\":{\"completion_tokens\":5}}");
    cr_assert_eq(split.usage.completion, 10);
    chat_split_free(&split);
}

/* A log-probability above 0 counts as 0, one that is impossible is bounded, what is no number
 * says nothing. */
Test(tokens, log_probabilities_are_bounded)
{
    const struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    struct chat_sample sample = only(
        &asked,
        "{\"choices\":[{\"text\":\"x\",\"logprobs\":{\"token_logprobs\":[3.5,-1e300,\"a\",-2]}}]}",
        NULL);

    cr_assert(sample.has_logprob);
    cr_assert_float_eq(sample.logprob, -10002.0 / 4.0, 1e-6);
    cr_assert_eq(sample.tokens, 4);
    chat_sample_free(&sample);
}

/* --- where a number of tokens ends -------------------------------------------------- */

/* The offsets of one sample's cuts, as "2 4", by the tokens that the body lists. */
static void assert_cuts(const char *choice, uint32_t cap, const char *want)
{
    struct chat_expected asked = asked_of(CHAT_LLAMACPP, 1);
    struct chat_sample sample;
    char body[1024], found[64] = "";

    asked.cap = cap;
    (void)snprintf(body, sizeof body, "{\"choices\":[%s]}", choice);
    sample = only(&asked, body, NULL);
    for (uint32_t i = 0; i < sample.cut_count; i++)
        (void)sprintf(found + strlen(found), "%s%u", i == 0 ? "" : " ", sample.cuts[i]);
    cr_assert_str_eq(found, want, "%s: `%s`", choice, found);
    chat_sample_free(&sample);
}

/* Both shapes tell where tokens end: by their bytes where they are listed, since half a character
 * has no text; a cut is at a whole character. */
Test(cuts, by_tokens)
{
    assert_cuts("{\"text\":\"abcde\",\"logprobs\":{\"token_logprobs\":[-1,-1,-1,-1,-1],"
                "\"tokens\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}}",
                2, "2 4");
    assert_cuts("{\"text\":\"abc\",\"logprobs\":{\"content\":[{\"token\":\"a\",\"logprob\":-1,"
                "\"bytes\":null},{\"token\":\"bc\",\"logprob\":-1}]}}",
                1, "1");
    assert_cuts("{\"text\":\"\xc3\xa9z\",\"logprobs\":{\"content\":["
                "{\"token\":\"\xef\xbf\xbd\",\"logprob\":-1,\"bytes\":[195]},"
                "{\"token\":\"\xef\xbf\xbd\",\"logprob\":-1,\"bytes\":[169]},"
                "{\"token\":\"z\",\"logprob\":-1,\"bytes\":[122]}]}}",
                1, "2");
}

/* Where tokens are not the text, or say nothing of themselves, there is no cut. */
Test(cuts, not_without_tokens)
{
    assert_cuts("{\"text\":\"abcde\"}", 2, "");
    assert_cuts("{\"text\":\"abcde\",\"logprobs\":{\"token_logprobs\":[-1,-1],"
                "\"tokens\":[\"a\",\"b\"]}}",
                1, "");
    assert_cuts("{\"text\":\"abcde\",\"logprobs\":{\"token_logprobs\":[-1,-1,-1]}}", 1, "");
    assert_cuts("{\"text\":\"ab\",\"logprobs\":{\"token_logprobs\":[-1,-1,-1,-1],"
                "\"tokens\":[\"a\",\"b\",\"\",\"\"]}}",
                1, "1");
    assert_cuts("{\"text\":\"abcde\",\"logprobs\":{\"token_logprobs\":[-1,-1],"
                "\"tokens\":[\"abc\",\"de\"]}}",
                0, "");
}

/* A character that the whole rest belongs to is not cut off. */
Test(cuts, not_inside_the_last_character)
{
    assert_cuts("{\"text\":\"\xc3\xa9\",\"logprobs\":{\"content\":["
                "{\"token\":\"\",\"logprob\":-1,\"bytes\":[195]},"
                "{\"token\":\"\",\"logprob\":-1,\"bytes\":[169]}]}}",
                1, "");
}

/* --- kept samples ----------------------------------------------------------------- */

/* A sample that was kept is read back or refused: nobody promises what is in a store. */
Test(kept, refused)
{
    static const struct {
        const char *sample, *sentence;
    } rows[] = {
        {"", "a kept sample is not JSON: unexpected token near end of file at column 0"},
        {"{\"end\":\"text\"}", "a kept sample has no text"},
        {"{\"text\":\"x\"}", "a kept sample does not say how it ended"},
        {"{\"text\":\"x\",\"end\":\"late\"}", "a kept sample does not say how it ended"},
        {"{\"text\":\"xyz\",\"end\":\"text\",\"cuts\":[2,2]}",
         "a kept sample is cut where it has no text"},
        {"{\"text\":\"xyz\",\"end\":\"text\",\"cuts\":[0]}",
         "a kept sample is cut where it has no text"},
        {"{\"text\":\"xyz\",\"end\":\"text\",\"cuts\":[3]}",
         "a kept sample is cut where it has no text"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_sample sample = {.tokens = 77};
        struct crux_error error = {""};

        cr_assert_eq(chat_reply_read(&sample, rows[i].sample, strlen(rows[i].sample), &error),
                     CRUX_FAILED, "%s", rows[i].sample);
        cr_assert_str_eq(error.text, rows[i].sentence);
        cr_assert_eq(sample.tokens, 77);
    }
}

/* Members that cannot be are left out; a sample of many cuts is read as far as it goes. */
Test(kept, lenient)
{
    struct chat_sample sample;
    struct crux_error error = {""};
    static const char odd[] =
        "{\"text\":\"x\",\"end\":\"broken\",\"tokens\":-4,\"logprob\":0.5,\"reasoning\":7}";
    char *many = calloc(1, 70000), *at = many;

    cr_assert_eq(chat_reply_read(&sample, odd, strlen(odd), &error), CRUX_OK);
    cr_assert_eq(sample.tokens, 0);
    cr_assert_not(sample.has_logprob);
    cr_assert_eq(sample.logprob, 0.0);
    cr_assert_str_eq(sample.reasoning, "");
    chat_sample_free(&sample);

    at = stpcpy(at, "{\"end\":\"text\",\"text\":\"");
    for (int i = 0; i < 5000; i++)
        *at++ = 'x';
    at = stpcpy(at, "\",\"cuts\":[1");
    for (int i = 2; i < 5000; i++)
        at += sprintf(at, ",%d", i);
    (void)stpcpy(at, "]}");
    cr_assert_eq(chat_reply_read(&sample, many, strlen(many), &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(sample.cut_count, 4096);
    chat_sample_free(&sample);
    free(many);
}

/* The likeliest first tokens are kept where they were asked for: those of the first token that is
 * not blank, without what is no token. */
Test(chat_sample, keeps_the_likeliest_first_tokens)
{
    static const struct {
        const char *logprobs, *first; /* NULL: not kept */
    } rows[] = {
        {"{\"content\":[{\"token\":\"\\n\",\"logprob\":0,\"top_logprobs\":[{\"token\":\"x\","
         "\"logprob\":-1}]},{\"token\":\"Yes\",\"logprob\":-0.5,\"top_logprobs\":[{\"token\":"
         "\"Yes\","
         "\"logprob\":-0.5},{\"token\":7,\"logprob\":-1},{\"token\":\"No\",\"logprob\":null},"
         "{\"token\":\"No\",\"logprob\":-2}]}]}",
         "[[\"Yes\", -0.5], [\"No\", -2.0]]"},
        {"{\"content\":[{\"token\":\"Yes\",\"logprob\":-0.5,\"top_logprobs\":[]}]}", NULL},
        {"{\"content\":[{\"token\":\"Yes\",\"logprob\":-0.5,\"top_logprobs\":{}}]}", NULL},
        {"{\"content\":[{\"token\":\" \",\"logprob\":-0.5}]}", NULL},
        {"{\"content\":[{\"logprob\":-0.5}]}", NULL},
        {"{\"tokens\":[\"Yes\"],\"token_logprobs\":[-0.5],\"top_logprobs\":[{\"Yes\":-0.5}]}",
         NULL},
        {"null", NULL},
    };
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);

    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const char *first = i % 2 == 0 ? rows[i / 2].first : NULL;
        struct chat_sample sample;
        char body[1200], *said;

        asked.top = i % 2 == 0;
        (void)snprintf(body, sizeof body,
                       "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Yes\"},"
                       "\"finish_reason\":\"stop\",\"logprobs\":%s}]}",
                       rows[i / 2].logprobs);
        sample = only(&asked, body, NULL);
        said = sample.first != NULL ? json_text(sample.first, false) : NULL;
        if (first == NULL)
            cr_expect_null(said, "%s: %s", rows[i / 2].logprobs, said);
        else
            cr_expect_str_eq(said, first);
        free(said);
        chat_sample_free(&sample);
    }
}
