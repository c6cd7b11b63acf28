/*
 * test_json.c - what json.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static struct json *parsed(const char *text)
{
    struct json *value = NULL;
    struct crux_error error = {""};

    cr_assert_eq(json_parse(&value, text, strlen(text), &error), CRUX_OK, "%s: %s", text,
                 error.text);
    return value;
}

/* Parse what must be refused, and look for a word of the sentence. */
static void assert_refused(const char *text, size_t length, const char *word)
{
    struct json *value = NULL;
    struct crux_error error = {""};

    cr_assert_eq(json_parse(&value, text, length, &error), CRUX_INPUT, "taken: %s", text);
    cr_assert_null(value);
    cr_assert_not_null(strstr(error.text, word), "%s: %s", text, error.text);
}

static void assert_text(struct json *value, const char *want)
{
    char *text = json_text(value, false);

    cr_assert_str_eq(text, want);
    free(text);
    json_free(value);
}

/* --- reading --------------------------------------------------------------- */

/* Every kind of value says which it is, and no value says so too. */
Test(reading, types)
{
    static const struct {
        const char *text;
        enum json_type type;
        const char *name;
    } rows[] = {
        {"null", JSON_IS_NULL, "null"},       {"true", JSON_IS_BOOL, "a boolean"},
        {"false", JSON_IS_BOOL, "a boolean"}, {"1", JSON_IS_INTEGER, "an integer"},
        {"1.0", JSON_IS_REAL, "a real"},      {"\"\"", JSON_IS_STRING, "a string"},
        {"[]", JSON_IS_ARRAY, "an array"},    {"{}", JSON_IS_OBJECT, "an object"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *value = parsed(rows[i].text);

        cr_assert_eq(json_type_of(value), rows[i].type);
        cr_assert_str_eq(json_type_name(rows[i].type), rows[i].name);
        json_free(value);
    }
    cr_assert_eq(json_type_of(NULL), JSON_NONE);
    cr_assert_str_eq(json_type_name(JSON_NONE), "nothing");
}

/* Members and items are found, counted, and absent where there are none. */
Test(reading, members_and_items)
{
    struct json *value = parsed("{\"a\": [1, 2.5, \"x\", true], \"b\": -9007199254740993}");
    const struct json *list = json_get(value, "a");

    cr_assert_eq(json_count(value), 2);
    cr_assert_eq(json_count(list), 4);
    cr_assert_eq(json_as_integer(json_at(list, 0)), 1);
    cr_assert_eq(json_as_real(json_at(list, 0)), 1.0);
    cr_assert_eq(json_as_real(json_at(list, 1)), 2.5);
    cr_assert_str_eq(json_as_string(json_at(list, 2)), "x");
    cr_assert(json_as_bool(json_at(list, 3)));
    cr_assert_eq(json_as_integer(json_get(value, "b")), -9007199254740993);
    cr_assert_null(json_at(list, 4));
    cr_assert_null(json_get(value, "c"));
    cr_assert_null(json_get(list, "a"));
    json_free(value);
}

/* A value asked for what it is not, and no value, answer nothing. */
Test(reading, the_wrong_question)
{
    struct json *value = parsed("{}");

    cr_assert_null(json_as_string(value));
    cr_assert_eq(json_as_integer(value), 0);
    cr_assert_eq(json_as_real(value), 0.0);
    cr_assert_not(json_as_bool(value));
    cr_assert_eq(json_count(NULL), 0);
    cr_assert_null(json_as_string(NULL));
    json_free(value);
}

/* Keys are reported in the order of the text. */
Test(reading, keys_in_order)
{
    static const char *const want[] = {"z", "a", "m"};
    struct json *value = parsed("{\"z\": 1, \"a\": 2, \"m\": 3}");
    const char *key = NULL;

    for (int i = 0; i < 3; i++) {
        key = json_next_key(value, key);
        cr_assert_str_eq(key, want[i]);
    }
    cr_assert_null(json_next_key(value, key));
    json_free(value);
    cr_assert_null(json_next_key(NULL, NULL));
}

/* What is not JSON, or not JSON as we want it, is refused with a column. */
Test(reading, refusals)
{
    static const struct {
        const char *text, *word;
    } rows[] = {
        {"", "column"},
        {"{", "column"},
        {"{\"a\": 1} x", "column 10"},
        {"{\"a\": 1, \"a\": 2}", "duplicate"},
        {"NaN", "column"},
        {"\"\xff\"", "0xff"},
        {"\"a\\u0000b\"", "column"},
        {"'a'", "column"},
        {"[1e999]", "column"},
        {"[99999999999999999999]", "too big"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(rows[i].text, strlen(rows[i].text), rows[i].word);
}

/* A byte 0 is named as such, with its column. */
Test(reading, a_nul_byte)
{
    assert_refused("{\"a\":\0 1}", 9, "NUL byte at column 6");
}

/* 64 levels are read, 65 are not; brackets in strings are no levels. */
Test(reading, depth)
{
    char text[256];

    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_refused(text, 130, "deeper than 64 at column 65");
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    text[128] = '\0';
    json_free(parsed(text));
    memset(text, '[', 100);
    (void)memcpy(text, "\"\\\"", 3);
    (void)strcpy(text + 100, "\"");
    json_free(parsed(text));
    json_free(
        parsed("[[],[],{},{},[[]],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
               "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
               "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"));
}

/* --- writing ---------------------------------------------------------------- */

/* Members stay in the order in which they were put; text stays UTF-8. */
Test(writing, order_and_text)
{
    struct json *object = json_new_object(), *list = json_new_array();

    json_put(object, "z", json_of_string("\xc3\xa9\"\n"));
    json_put(object, "a", list);
    json_add(list, json_of_text("xyz", 2));
    json_add(list, json_of_integer(-7));
    json_add(list, json_of_bool(true));
    json_add(list, json_of_bool(false));
    json_add(list, json_of_null());
    json_add(list, json_of_string(NULL));
    assert_text(object,
                "{\"z\": \"\xc3\xa9\\\"\\n\", \"a\": [\"xy\", -7, true, false, null, null]}");
}

/* A real has a point or an exponent, and the digits it was entered with. */
Test(writing, reals)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.1, "0.1"},
        {1.0, "1.0"},
        {0.0, "0.0"},
        {-2.5, "-2.5"},
        {1e22, "1e22"},
        {1e-9, "1e-9"},
        {0.1 + 0.2, "0.3"},
        {1.0 / 3, "0.333333333333333"},
        {100, "100.0"},
        {0.375, "0.375"},
        {1.4142135, "1.4142135"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(json_of_real(rows[i].value), rows[i].text);
}

/* The decimal point is a point in every language. */
Test(writing, reals_in_another_locale)
{
    (void)setlocale(LC_ALL, "de_DE.UTF-8");
    assert_text(json_of_real(0.5), "0.5");
}

/* Indented text has a line a member. */
Test(writing, indented)
{
    struct json *object = json_new_object();
    char *text;

    json_put(object, "a", json_of_integer(1));
    text = json_text(object, true);
    cr_assert_str_eq(text, "{\n  \"a\": 1\n}");
    free(text);
    json_free(object);
}

/* What JSON cannot say makes no value. */
Test(writing, what_json_cannot_say)
{
    cr_assert_null(json_of_real(NAN));
    cr_assert_null(json_of_real(INFINITY));
    cr_assert_null(json_of_string("\xff"));
    cr_assert_null(json_of_text("\xff", 1));
}

/* Words for people are said all the same. */
Test(writing, words)
{
    struct json *row = json_new_array();
    char *text;

    json_add(row, json_of_words("plain"));
    json_add(row, json_of_words("n\xe9"));
    json_add(row, json_of_words(NULL));
    text = json_text(row, false);
    cr_assert_str_eq(text, "[\"plain\", \"n\ufffd\", null]");
    free(text);
    json_free(row);
}

/* A member that could not be made makes the whole row unwritable, however deep it
 * was and whether it was missed before or after its owner was put. */
Test(writing, a_missing_member_is_remembered)
{
    struct json *row = json_new_object(), *inner = json_new_array();

    json_put(row, "inner", inner);
    cr_assert_eq(json_as_integer(json_at(inner, 0)), 0);
    json_add(inner, json_of_real(NAN));
    json_add(inner, json_of_real(NAN));
    json_add(inner, json_of_integer(1));
    cr_assert_null(json_text(row, false));
    json_free(row);

    row = json_new_object();
    inner = json_new_object();
    json_put(inner, "x", NULL);
    json_put(row, "inner", inner);
    cr_assert_null(json_text(row, false));
    json_free(row);
}

/* An object that could not be made takes what is put into it, and lets go of it. */
Test(writing, into_nothing)
{
    json_put(NULL, "a", json_of_integer(1));
    json_add(NULL, json_of_string("x"));
    cr_assert_null(json_text(NULL, false));
    json_free(NULL);
}
