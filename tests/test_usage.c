/*
 * test_usage.c - counts of tokens in replies that are read as a whole; and the fake server's memory
 * of prompts, by which bench_cache.py measures.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/usage.h"
#include "tests/world/server/prefixes.h"

Test(usage, counts)
{
    static const struct {
        const char *reply;
        uint32_t prompt, cached;
    } rows[] = {
        {"{\"usage\":{\"prompt_tokens\":10,\"prompt_tokens_details\":{\"cached_tokens\":4}}}", 10,
         4},
        {"{\"usage\":{\"prompt_tokens\":10,\"cached_tokens\":3}}", 10, 3},
        {"{\"usage\":{\"prompt_tokens\":10,\"prompt_cache_hit_tokens\":2}}", 10, 2},
        {"{\"usage\":{\"prompt_tokens\":10,\"cached_tokens\":30}}", 10, 10},
        {"{\"usage\":{\"prompt_tokens\":10,\"cached_tokens\":-3}}", 10, 0},
        {"{\"usage\":{\"prompt_tokens\":2000000000}}", 0, 0},
        {"{\"usage\":{\"prompt_tokens\":\"ten\",\"cached_tokens\":3}}", 0, 0},
        {"{\"usage\":null}", 0, 0},
        {"[]", 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *reply = NULL;

        cr_assert_eq(json_parse(&reply, rows[i].reply, strlen(rows[i].reply), NULL), CRUX_OK);
        cr_expect_eq(usage_tokens(reply, "prompt_tokens"), rows[i].prompt, "%s", rows[i].reply);
        cr_expect_eq(usage_cached(reply), rows[i].cached, "%s", rows[i].reply);
        json_free(reply);
    }
}

/* A text of so many words, each of which is a token with the blank before it; the first says which
 * text it is. */
static const char *words(uint32_t which, uint32_t count)
{
    static char text[4000];
    size_t length = (size_t)snprintf(text, sizeof text, "t%u", which);

    for (uint32_t i = 1; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, " w");
    return text;
}

static uint32_t use(struct prefixes *prefixes, uint32_t which, uint32_t count)
{
    const char *text = words(which, count);

    return prefixes_use(prefixes, text, strlen(text));
}

/* Whole blocks of 16 of all but the last token; the oldest block is forgotten first, and of a text
 * its end before its beginning. */
Test(prefixes, blocks_and_their_age)
{
    struct prefixes prefixes = {.most = 6};

    cr_expect_eq(use(&prefixes, 1, 65), 0);
    cr_expect_eq(prefixes.count, 4);
    cr_expect_eq(use(&prefixes, 1, 65), 64);
    cr_expect_eq(use(&prefixes, 1, 64), 48, "the last token is never known");
    cr_expect_eq(use(&prefixes, 1, 40), 32);
    cr_expect_eq(use(&prefixes, 2, 65), 0, "the same words behind another beginning");
    cr_expect_eq(prefixes.count, 6);
    cr_expect_eq(use(&prefixes, 1, 65), 32, "its end was forgotten");
    prefixes_free(&prefixes);
    cr_expect_eq(prefixes.count, 0);
}

Test(prefixes, none)
{
    struct prefixes prefixes = {.most = 0};

    cr_expect_eq(use(&prefixes, 1, 65), 0);
    cr_expect_eq(use(&prefixes, 1, 65), 0);
    prefixes = (struct prefixes){.most = 2}; /* shorter than a text */
    cr_expect_eq(use(&prefixes, 1, 100), 0);
    cr_expect_eq(use(&prefixes, 1, 100), 32);
    prefixes_free(&prefixes);
}
