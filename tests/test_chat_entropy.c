/*
 * test_chat_entropy.c - what chat/entropy.h promises, in every dialect in which servers list the
 * likeliest tokens, and where they list none.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/entropy.h"
#include "tests/world/heap.h"
#include "tests/world/reply_suite.h"

/* Of what stands in a choice as its log-probabilities. */
static double entropy_of(const char *logprobs)
{
    double entropy = 0.0;

    cr_assert_eq(chat_entropy_read(&entropy, (struct skim){logprobs, logprobs + strlen(logprobs)}),
                 CRUX_OK);
    return entropy;
}

#define assert_entropy(logprobs, want)                                                             \
    do {                                                                                           \
        double found = entropy_of(logprobs);                                                       \
        cr_expect_float_eq(found, want, 1e-9, "%s: %.12g, not %.12g", logprobs, found, want);      \
    } while (0)

/* ln 0.5, ln 0.25 */
#define HALF    "-0.69314718055994531"
#define QUARTER "-1.3862943611198906"

/* --- dialects ----------------------------------------------------------------------------- */

/* Chats of OpenAI, vLLM, SGLang and Ollama: a list of objects with each token. */
Test(entropy, of_chats)
{
    assert_entropy("{\"content\":[{\"token\":\"a\",\"logprob\":" HALF ",\"bytes\":[97],"
                   "\"top_logprobs\":[{\"token\":\"a\",\"logprob\":" HALF ",\"bytes\":[97]},"
                   "{\"token\":\"b\",\"logprob\":" QUARTER ",\"bytes\":null},"
                   "{\"token\":\"c\",\"logprob\":" QUARTER ",\"bytes\":null}]},"
                   "{\"token\":\"x\",\"logprob\":-9,\"top_logprobs\":[]}],\"refusal\":null}",
                   1.5 * M_LN2);
}

/* llama.cpp: the same on all routes, with ids. */
Test(entropy, of_llamacpp)
{
    assert_entropy("{\"content\":[{\"id\":5,\"token\":\"a\",\"bytes\":[97],\"logprob\":" HALF ","
                   "\"top_logprobs\":[{\"id\":5,\"token\":\"a\",\"bytes\":[97],\"logprob\":" HALF
                   "},{\"id\":6,\"token\":\"\",\"bytes\":[],\"logprob\":" HALF "}]}]}",
                   M_LN2);
}

/* Completions of vLLM, SGLang and OpenAI: an object from token to number for each token. */
Test(entropy, of_completions)
{
    assert_entropy("{\"text_offset\":[0,1],\"token_logprobs\":[" HALF ",-1],\"tokens\":[\"a\","
                   "\"x\"],\"top_logprobs\":[{\"a\":" HALF ",\"b\":" QUARTER ",\" {\":" QUARTER
                   "},{\"x\":-1}]}",
                   1.5 * M_LN2);
    assert_entropy("{\"top_logprobs\":[{\"a\":" HALF ",\"\xEF\xBF\xBD\":" QUARTER
                   ",\"\xEF\xBF\xBD\":" QUARTER "}]}",
                   1.5 * M_LN2);
}

/* --- numbers ------------------------------------------------------------------------------- */

/* What is not listed counts as one token; a certain token leaves nothing open; rounded numbers that
 * make more than 1 are shares. */
Test(entropy, of_what_is_listed)
{
    assert_entropy("{\"top_logprobs\":[{\"a\":" HALF "}]}", M_LN2);
    assert_entropy("{\"top_logprobs\":[{\"a\":" HALF ",\"b\":" QUARTER "}]}", 1.5 * M_LN2);
    assert_entropy("{\"top_logprobs\":[{\"a\":0}]}", 0.0);
    assert_entropy("{\"top_logprobs\":[{\"a\":-0.0,\"b\":-9999.0,\"c\":-100000}]}", 0.0);
    assert_entropy("{\"top_logprobs\":[{\"a\":0,\"b\":0}]}", M_LN2);
    assert_entropy("{\"top_logprobs\":[{\"a\":7.5}]}", 0.0);
    for (int k = 2; k <= 20; k++) {
        char list[1024] = "{\"top_logprobs\":[{";

        for (int i = 0; i < k; i++)
            (void)sprintf(list + strlen(list), "%s\"t%d\":%.17g", i == 0 ? "" : ",", i,
                          -log((double)k));
        (void)strcat(list, "}]}");
        assert_entropy(list, log((double)k));
    }
}

/* What is no number is not there: NaN and infinities are written as words. */
Test(entropy, of_odd_numbers)
{
    assert_entropy("{\"content\":[{\"top_logprobs\":[{\"logprob\":" HALF "},{\"logprob\":NaN},"
                   "{\"logprob\":-Infinity},{\"logprob\":null},{\"token\":\"x\"},3,\"x\",null,"
                   "{\"logprob\":" HALF "}]}]}",
                   M_LN2);
    assert_entropy("{\"top_logprobs\":[{\"a\":" HALF
                   ",\"b\":NaN,\"c\":null,\"d\":{\"logprob\":" HALF "}}]}",
                   M_LN2);
}

/* Unknown: nothing is listed, or nothing of it can be read. */
Test(entropy, unknown)
{
    static const char *const nothing[] = {
        "null",
        "",
        "[]",
        "{}",
        "{\"content\":null}",
        "{\"content\":[]}",
        "{\"content\":[null]}",
        "{\"content\":[[]]}",
        "{\"content\":[{\"token\":\"a\",\"logprob\":-1}]}",
        "{\"content\":[{\"top_logprobs\":null}]}",
        "{\"content\":[{\"top_logprobs\":[]}]}",
        "{\"content\":[{\"top_logprobs\":[]},{\"top_logprobs\":[{\"logprob\":-1}]}]}",
        "{\"content\":[{\"top_logprobs\":{}}]}",
        "{\"content\":[{\"top_logprobs\":7}]}",
        "{\"content\":[{\"top_logprobs\":[{\"logprob\":-1]}]}",
        "{\"top_logprobs\":null}",
        "{\"top_logprobs\":[]}",
        "{\"top_logprobs\":[null,{\"a\":-1}]}",
        "{\"top_logprobs\":[{\"a\":-100000}]}",
        "{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}",
    };

    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        cr_expect_lt(entropy_of(nothing[i]), 0.0, "%s", nothing[i]);
}

/* A list that is longer than any that is asked for is none. */
Test(entropy, far_more_than_was_asked_for)
{
    char *list =
        repeated("{\"top_logprobs\":[{\"a\":" HALF, ",\"b\":-9", CHAT_LIKELIEST_BYTES / 7, "}]}");

    cr_expect_lt(entropy_of(list), 0.0);
    free(list);
}

/* --- in a reply ------------------------------------------------------------------------------ */

static struct chat_sample told(const char *choice, bool asked_for)
{
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    char body[1024];

    asked.entropy = asked_for;
    (void)snprintf(body, sizeof body, "{\"choices\":[%s]}", choice);
    return only(&asked, body, NULL);
}

/* A sample keeps its entropy where it was asked for, beside its mean log-probability. */
Test(entropy, is_kept_with_a_sample)
{
    static const char choice[] = "{\"text\":\"ab\",\"logprobs\":{\"token_logprobs\":[" HALF ",-1],"
                                 "\"top_logprobs\":[{\"a\":" HALF ",\"b\":" HALF "},{\"b\":-1}]}}";
    struct chat_sample sample = told(choice, true);

    cr_expect_float_eq(sample.entropy, M_LN2, 1e-9);
    cr_expect_float_eq(sample.logprob, (-M_LN2 - 1.0) / 2.0, 1e-9);
    chat_sample_free(&sample);
    sample = told(choice, false);
    cr_expect_lt(sample.entropy, 0.0);
    chat_sample_free(&sample);
    sample = told("{\"text\":\"ab\",\"logprobs\":null}", true);
    cr_expect_lt(sample.entropy, 0.0);
    chat_sample_free(&sample);
    sample = told("{\"text\":\"ab\"}", true);
    cr_expect_lt(sample.entropy, 0.0);
    chat_sample_free(&sample);
}

/* Kept samples whose entropy is none, or that were written before there was one. */
Test(entropy, read_back)
{
    static const struct {
        const char *sample;
        double entropy;
    } rows[] = {{"{\"text\":\"a\",\"end\":\"stop\",\"entropy\":0.25}", 0.25},
                {"{\"text\":\"a\",\"end\":\"stop\",\"entropy\":1}", 1.0},
                {"{\"text\":\"a\",\"end\":\"stop\",\"entropy\":\"x\"}", -1.0},
                {"{\"text\":\"a\",\"end\":\"stop\",\"entropy\":-3}", -1.0},
                {"{\"text\":\"a\",\"end\":\"stop\"}", -1.0}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_sample sample;

        cr_assert_eq(chat_reply_read(&sample, rows[i].sample, strlen(rows[i].sample), NULL),
                     CRUX_OK);
        cr_expect_float_eq(sample.entropy, rows[i].entropy, 1e-12, "%s", rows[i].sample);
        chat_sample_free(&sample);
    }
}

/* A stream that nobody asked for lists them a token at a time, in both shapes. */
Test(entropy, of_streams)
{
    static const char *const bodies[] = {
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":"
        "\"a\",\"logprob\":" HALF ",\"top_logprobs\":[{\"logprob\":" HALF "},{\"logprob\":" HALF
        "}]}]}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"logprobs\":{\"content\":"
        "[{\"token\":\"b\",\"logprob\":-1,\"top_logprobs\":[]}]},\"finish_reason\":\"stop\"}]}"
        "\n\ndata: [DONE]\n\n",
        "data: "
        "{\"choices\":[{\"text\":\"a\",\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[" HALF
        "],\"top_logprobs\":[{\"a\":" HALF ",\"b\":" HALF "}]}}]}\n\n"
        "data: {\"choices\":[{\"text\":\"b\",\"logprobs\":{\"tokens\":[\"b\"],\"token_logprobs\":["
        "-1],\"top_logprobs\":[{\"b\":-1}]},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"};

    for (size_t i = 0; i < 2; i++) {
        struct chat_expected asked = asked_of(CHAT_VLLM, 1);
        struct chat_sample sample;

        asked.entropy = true;
        sample = only(&asked, bodies[i], NULL);
        cr_expect_str_eq(sample.text, "ab");
        cr_expect_float_eq(sample.entropy, M_LN2, 1e-9, "%zu: %g", i, sample.entropy);
        chat_sample_free(&sample);
    }
}

/* Memory that runs out is said, wherever that is. */
Test(entropy, no_memory)
{
    static const char list[] = "{\"top_logprobs\":[{\"a\":" HALF ",\"a\":" HALF "}]}";
    static const char body[] = "{\"choices\":[{\"text\":\"ab\",\"logprobs\":{\"top_logprobs\":[{"
                               "\"a\":" HALF "}]}}]}";
    struct chat_expected asked = asked_of(CHAT_VLLM, 1);
    int status = CRUX_MEMORY;
    double entropy = 0.0;

    asked.entropy = true;
    for (uint32_t at = 1; heap_can_fail() && at < 500 && status != CRUX_OK; at++) {
        heap_fail(at);
        status = chat_entropy_read(&entropy, (struct skim){list, list + strlen(list)});
        heap_fail(0);
        cr_assert(status == CRUX_OK || status == CRUX_MEMORY);
    }
    cr_assert(!heap_can_fail() || entropy > 0.69);
    status = heap_can_fail() ? CRUX_MEMORY : CRUX_OK;
    for (uint32_t at = 1; at < 500 && status != CRUX_OK; at++) {
        struct chat_split split;

        heap_fail(at);
        status = chat_reply_split(&split, &asked, body, strlen(body), NULL);
        heap_fail(0);
        cr_assert(status == CRUX_OK || status == CRUX_MEMORY);
        chat_split_free(&split);
    }
    cr_assert_eq(status, CRUX_OK);
}
