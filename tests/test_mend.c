/*
 * test_mend.c - what io/mend.h promises: JSON with trifles in it is JSON without them.
 */
#include "io/mend.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/heap.h"

static const struct {
    const char *text, *mended;
} rows[] = {
    /* What is sound stays as it is, but for the blanks. */
    {"{\"a\":[1,-2.5e-3,true,false,null,\"b\\n\\u00e9\\\\\\\"\"]}",
     "{\"a\":[1,-2.5e-3,true,false,null,\"b\\n\\u00e9\\\\\\\"\"]}"},
    {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\""},
    {"", ""},

    /* Strings. */
    {"\"a\\ud83d\"", "\"a\xEF\xBF\xBD\""},
    {"\"\\ud83dx\\ude00\"", "\"\xEF\xBF\xBDx\xEF\xBF\xBD\""},
    {"\"\\ud83d\\u0041\"", "\"\xEF\xBF\xBD\\u0041\""},
    {"\"a\\u0000b\"", "\"a\xEF\xBF\xBD"
                      "b\""},
    {"\"a\nb\tc\x1f\"", "\"a\\u000ab\\u0009c\\u001f\""},
    {"\"\xff\xed\xa0\x80\xc3\xa9\"",
     "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xc3\xa9\""},
    {"\"it\\'s \\( x \\)\"", "\"it's \\\\( x \\\\)\""},
    {"\"\\u12g4 \\u12\"", "\"\\\\u12g4 \\\\u12\""},
    {"\"open", "\"open\""},
    {"\"a\\", "\"a\\\\\""},
    {"\"\\u123", "\"\\\\u123\""},

    /* Numbers. */
    {"[.5,-.5,+1,1.,007,-0,1E5,1e+5,0.0]", "[0.5,-0.5,1,1,7,-0,1e5,1e+5,0.0]"},
    {"[999999999999999999,9999999999999999999]", "[999999999999999999,9999999999999999999.0]"},
    {"[1e999,-1e400,1e-999,1e99999999]", "[null,null,1e-999,null]"},
    {"[NaN,-Infinity,inf,1.2.3,-,1e,0x10]", "[null,null,null,null,null,null,null]"},

    /* Words. */
    {"[True,FALSE,None,undefined,nil]", "[true,false,null,null,null]"},
    {"{a:1,\xc3\xa9:2,\xff:3 , true : 4}",
     "{\"a\":1,\"\xc3\xa9\":2,\"\xEF\xBF\xBD\":3,\"true\":4}"},

    /* Commas, colons, comments. */
    {"[,1,,2,]", "[1,2]"},
    {"{,\"a\":1,,}", "{\"a\":1}"},
    {"{\"a\":}", "{\"a\":null}"},
    {"[1/* 2, */,3// 4\n,5]", "[1,3,5]"},
    {"[1// open", "[1"},
    {"[1/", "[1"},
    {"[1/x]", "[1null]"},
    {"[1/* open", "[1"},
    {"[1/2]", "[12]"}, /* nothing is known of divisions */
};

/* Each trifle is mended, and nothing else is changed. */
Test(mend, trifles)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].text), bare = 0;
        char *copy = malloc(length + 1),
             *out = malloc(MEND_ROOM(length)); /* for AddressSanitizer */

        cr_assert(copy != NULL && out != NULL);
        memcpy(copy, rows[i].text, length);
        length = mend_json(out, copy, length);
        for (size_t j = 0, quoted = 0; j < length; j++) {
            quoted ^= out[j] == '"' && (j == 0 || out[j - 1] != '\\');
            if (quoted || out[j] != ' ')
                out[bare++] = out[j];
        }
        cr_expect(bare == strlen(rows[i].mended) && memcmp(out, rows[i].mended, bare) == 0,
                  "%s: %.*s", rows[i].text, (int)bare, out);
        free(copy);
        free(out);
    }
}

/* A raw zero byte is U+FFFD in a string and a blank elsewhere. */
Test(mend, zero_bytes)
{
    static const char text[] = "[\0\"a\0b\"\0]";
    struct json *json = NULL;

    cr_assert_eq(mend_parse(&json, text, sizeof text - 1, NULL), CRUX_OK);
    cr_expect_str_eq(json_as_string(json_at(json, 0)), "a\xEF\xBF\xBD"
                                                       "b");
    json_free(json);
}

/* What a strict reader takes is taken as it is; of a name that stands twice the last one counts;
 * what cannot be mended keeps its first sentence. */
Test(mend, parsing)
{
    struct json *json = NULL;
    struct crux_error error = {""};
    static const char sound[] = "{\"a\":1}", twice[] = "{\"a\":1,\"a\":2}", open[] = "[1,2";
    static const char half[] = "[1/2]";

    cr_assert_eq(mend_parse(&json, sound, strlen(sound), &error), CRUX_OK);
    cr_expect_eq(json_as_integer(json_get(json, "a")), 1);
    json_free(json);
    cr_assert_eq(mend_parse(&json, twice, strlen(twice), &error), CRUX_OK);
    cr_expect_eq(json_as_integer(json_get(json, "a")), 2);
    json_free(json);
    cr_assert_eq(mend_parse(&json, open, strlen(open), &error), CRUX_INPUT);
    cr_expect_str_eq(error.text, "']' expected near end of file at column 4");
    cr_assert_eq(mend_parse(&json, half, strlen(half), &error), CRUX_INPUT);
}

/* Without memory that is said. */
Test(mend, no_memory)
{
    struct json *json = NULL;
    struct crux_error error = {""};
    int status = CRUX_MEMORY;

    if (!heap_can_fail())
        return;
    for (uint32_t i = 1; i < 20 && status != CRUX_OK; i++) {
        heap_fail(i);
        status = mend_parse(&json, "[1,]", 4, &error);
        heap_fail(0);
        cr_expect(status == CRUX_OK || status == CRUX_MEMORY || status == CRUX_INPUT);
    }
    cr_assert_eq(status, CRUX_OK);
    json_free(json);
}
