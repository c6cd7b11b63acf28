/*
 * test_skim.c - what skim.h promises: where strings and values end, and texts without members.
 */
#include "io/skim.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static struct skim over(const char *text)
{
    return (struct skim){text, text + strlen(text)};
}

/* A string is told as it stands, and what is behind it is next. */
Test(skim, strings)
{
    struct skim skim = over("\"a \\\" b\\\\\" rest"), piece;

    cr_assert(skim_string(&skim, &piece));
    cr_assert(skim_is(piece, "a \\\" b\\\\"));
    cr_assert_str_eq(skim.at, " rest");
    cr_assert_not(skim_is(piece, "a"));
    skim = over("\"\"");
    cr_assert(skim_string(&skim, &piece) && skim_is(piece, "") && skim.at == skim.end);
}

/* What is no string, or has no end, is left where it is. */
Test(skim, no_strings)
{
    static const char *const texts[] = {"", "a", " \"a\"", "\"", "\"a", "\"a\\", "\"a\\\""};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct skim skim = over(texts[i]), piece;

        cr_expect_not(skim_string(&skim, &piece), "%s", texts[i]);
        cr_expect_eq(skim.at, texts[i]);
    }
}

/* A value ends at its own comma or bracket, whatever its strings hold. */
Test(skim, values)
{
    static const struct {
        const char *text, *rest;
    } rows[] = {{"1,2", ",2"},
                {" -1.5e3 }", "}"},
                {"null]", "]"},
                {"\"a,]\",", ","},
                {"[1,[2,{\"]\":\"}\"}]],3", ",3"},
                {"{}}", "}"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct skim skim = over(rows[i].text);

        cr_expect(skim_value(&skim), "%s", rows[i].text);
        cr_expect_str_eq(skim.at, rows[i].rest);
    }
}

Test(skim, values_without_an_end)
{
    static const char *const texts[] = {"", "1", "[1,2", "{\"a\":[}", "[\"a"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct skim skim = over(texts[i]);

        cr_expect_not(skim_value(&skim), "%s", texts[i]);
    }
}

static void expect_without(const char *text, const char *want)
{
    static const char *const names[] = {"x", "yy", NULL};
    size_t length = strlen(text);
    char *out = malloc(length + 1);

    cr_assert_not_null(out);
    out[skim_without(out, text, length, names)] = '\0';
    cr_expect_str_eq(out, want, "%s became %s, not %s", text, out, want);
    free(out);
}

/* A member goes with one comma, wherever it stands. */
Test(without, members)
{
    expect_without("{\"a\":1,\"b\":[2]}", "{\"a\":1,\"b\":[2]}");
    expect_without("{\"x\":1}", "{}");
    expect_without("{\"x\":1,\"a\":2}", "{\"a\":2}");
    expect_without("{\"a\":1,\"x\":2}", "{\"a\":1}");
    expect_without("{\"a\":1,\"x\":2,\"b\":3}", "{\"a\":1,\"b\":3}");
    expect_without("{\"a\":1,\"x\":2,\"yy\":3}", "{\"a\":1}");
    expect_without("{\"x\":1,\"yy\":2}", "{}");
    expect_without("{ \"a\" : 1 , \"x\" : 2 }", "{ \"a\" : 1 }");
    expect_without("{ \"x\" : 1 , \"a\" : 2 }", "{  \"a\" : 2 }");
    expect_without("{ \"x\" : 1 }", "{}");
}

/* At any depth; what stands inside goes with it. */
Test(without, depths)
{
    expect_without("[{\"x\":{\"a\":[1,\"}\"]},\"b\":{\"yy\":[],\"c\":1}},{\"x\":\"\\\"\"}]",
                   "[{\"b\":{\"c\":1}},{}]");
    expect_without("{\"a\":{\"x\":1}}", "{\"a\":{}}");
}

/* Names are whole, and no names are in values or in strings. */
Test(without, what_is_no_name)
{
    expect_without("{\"xx\":1,\"y\":2,\"\":3,\"yyy\":4}", "{\"xx\":1,\"y\":2,\"\":3,\"yyy\":4}");
    expect_without("[\"x\",\"yy\"]", "[\"x\",\"yy\"]");
    expect_without("{\"a\":\"x\",\"b\":\"\\\"x\\\":1\"}", "{\"a\":\"x\",\"b\":\"\\\"x\\\":1\"}");
    expect_without("{\"\\u0078\":1}", "{\"\\u0078\":1}");
    expect_without("\"x\"", "\"x\"");
    expect_without("", "");
}

/* What has no end is copied as it stands from there on. */
Test(without, broken_texts)
{
    expect_without("{\"a\":1,\"x\":[1", "{\"a\":1,\"x\":[1");
    expect_without("{\"yy\":0,\"x", "{\"x");
    expect_without("{\"x\":", "{\"x\":");
    expect_without("\"x\":1,", "");
    expect_without("  \"x\":1}", "}");
}
