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

/* A string is reported as it stands, and what is behind it is next. */
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

/* Members come one after another with values as they stand, at the object's own depth only. */
Test(skim, members)
{
    struct skim skim = over(" {\"a\" : [1, {\"b\": 2}] , \"c\":\"}\"} rest"), name, value;

    cr_assert(skim_pass(&skim, '{'));
    cr_assert(skim_member(&skim, &name, &value));
    cr_assert(skim_is(name, "a") && skim_is(value, "[1, {\"b\": 2}]"));
    cr_assert(skim_member(&skim, &name, &value));
    cr_assert(skim_is(name, "c") && skim_is(value, "\"}\""));
    cr_assert_not(skim_member(&skim, &name, &value));
    cr_assert(skim_pass(&skim, '}'));
    cr_assert_str_eq(skim.at, " rest");
}

/* A text that is cut gives the members before the cut, and its end is not reached. */
Test(skim, members_of_what_is_cut)
{
    static const char *const texts[] = {"{\"a\": 1, \"b\"",
                                        "{\"a\": 1, \"b\":", "{\"a\": 1, \"b\" }"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct skim skim = over(texts[i]), name, value;

        cr_expect(skim_pass(&skim, '{') && skim_member(&skim, &name, &value));
        cr_expect_not(skim_member(&skim, &name, &value), "%s", texts[i]);
        cr_expect_not(skim_pass(&skim, '}'), "%s", texts[i]);
    }
}

/* A word may be spelt with escapes, as long as they stand for its letters. */
Test(skim, words_with_escapes)
{
    cr_assert(skim_spells(over("numbers"), "numbers"));
    cr_assert(skim_spells(over("n\\u0075mber\\u0073"), "numbers"));
    cr_assert_not(skim_spells(over("number"), "numbers"));
    cr_assert_not(skim_spells(over("numbers2"), "numbers"));
    cr_assert_not(skim_spells(over("n\\u00"), "nu"));
    cr_assert_not(skim_spells(over("n\\n"), "nn"));
}

/* A whole number is read up to the last of 64 bits, and anything else refused. */
Test(skim, integers)
{
    static const char *const others[] = {"", "-", "1.0", "1e3", "\"1\"", "9223372036854775808"};
    int64_t value = 0;

    cr_assert(skim_integer(over("-9223372036854775808"), &value) && value == INT64_MIN);
    cr_assert(skim_integer(over("9223372036854775807"), &value) && value == INT64_MAX);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(skim_integer(over(others[i]), &value), "%s", others[i]);
}
