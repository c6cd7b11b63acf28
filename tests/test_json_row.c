/*
 * test_json_row.c - what json_row.h promises: the bytes of json_text(), faults that stay, and a
 * buffer that is used again.
 */
#include <criterion/criterion.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/json_row.h"
#include "search/rng.h"

enum { MANY = 200000 };

static struct json_row row;

static void drop_row(void)
{
    json_row_free(&row);
}

/* The row is what jansson makes of the value, which it frees. */
static void insist_same(struct json *value)
{
    char *want = json_text(value, false);

    cr_assert_eq(row.status, CRUX_OK, "%s", row.fault);
    cr_assert_not_null(want);
    cr_assert_eq(row.length, strlen(want), "%.*s, not %s", (int)row.length, row.text, want);
    cr_assert_eq(memcmp(row.text, want, row.length), 0, "%.*s, not %s", (int)row.length, row.text,
                 want);
    free(want);
    json_free(value);
}

static void insist_text(const char *want)
{
    cr_assert_eq(row.status, CRUX_OK, "%s", row.fault);
    cr_assert(row.length == strlen(want) && memcmp(row.text, want, row.length) == 0, "%.*s, not %s",
              (int)row.length, row.text, want);
}

static void insist_real(double value)
{
    json_row_begin(&row);
    json_row_real(&row, value);
    insist_same(json_of_real(value));
}

static void insist_integer(int64_t value)
{
    json_row_begin(&row);
    json_row_integer(&row, value);
    insist_same(json_of_integer(value));
}

TestSuite(json_row, .fini = drop_row);

/* Every ASCII character, alone and between others, NUL too. */
Test(json_row, ascii)
{
    for (int c = 0; c < 128; c++) {
        const char text[] = {'a', (char)c, 'b', (char)c};

        json_row_begin(&row);
        json_row_text(&row, text, sizeof text);
        insist_same(json_of_text(text, sizeof text));
    }
}

/* Characters of every length stand for themselves, but for those that end a line somewhere. */
Test(json_row, characters)
{
    static const char text[] =
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\xe2\x80\xa7\xe2\x80\xaf\xc2\x84";

    json_row_begin(&row);
    json_row_text(&row, text, strlen(text));
    insist_same(json_of_string(text));
    json_row_begin(&row);
    json_row_text(&row, "\xe2\x80\xa8|\xe2\x80\xa9|\xc2\x85", 10);
    insist_text("\"\\u2028|\\u2029|\\u0085\"");
}

/* In a step a line break is '\v'. */
Test(json_row, steps)
{
    json_row_begin(&row);
    json_row_step(&row, "a\vb\nc", 5);
    insist_text("\"a\\nb\\nc\"");
    json_row_begin(&row);
    json_row_text(&row, "a\vb", 3);
    insist_text("\"a\\u000Bb\"");
}

/* What is no UTF-8 (RFC 3629) is a fault, wherever it stands, and also where it is cut off. */
Test(json_row, refuses_other_bytes)
{
    static const char *const bad[] = {
        "\xff", "a\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x80", "\xf4\x90\x80\x80"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_row_begin(&row);
        json_row_begin_list(&row);
        json_row_text(&row, bad[i], strlen(bad[i]));
        json_row_integer(&row, 1);
        json_row_end_list(&row);
        cr_assert_eq(row.status, CRUX_STORE);
        cr_assert_str_eq(row.fault, "a text in it is not UTF-8");
    }
    json_row_begin(&row);
    json_row_text(&row, "\xc3\xa9", 1); /* the length counts, not what lies behind */
    cr_assert_eq(row.status, CRUX_STORE);
    json_row_begin(&row);
    json_row_bool(&row, true);
    insist_text("true");
}

/* Integers to both ends. */
Test(json_row, integers)
{
    static const int64_t values[] = {0, 1, -1, 9, 10, 99, 100, -1000, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        insist_integer(values[i]);
}

/* Reals of every size: whole ones, powers, shares, what lies on the edge of 15 digits. */
Test(json_row, reals)
{
    static const double values[] = {0.0,
                                    -0.0,
                                    1.0,
                                    -1.0,
                                    0.5,
                                    0.1,
                                    1.0 / 3,
                                    2.0 / 3,
                                    1e-4,
                                    9.9999999999999995e-5,
                                    1e-5,
                                    1e15,
                                    999999999999999.0,
                                    999999999999999.5,
                                    1e14,
                                    123456789012345678.0,
                                    1e22,
                                    1e300,
                                    DBL_MAX,
                                    DBL_MIN,
                                    DBL_TRUE_MIN,
                                    0.99999999999999989,
                                    0.9999999999999995,
                                    0.9999999999999994,
                                    4503599627370497.5,
                                    0.00012345678901234565,
                                    2.5e-4,
                                    0.3,
                                    100.0,
                                    1e2 / 3,
                                    5e-324};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        insist_real(values[i]);
    for (unsigned below = 1; below < 300; below++)
        for (unsigned above = 0; above <= below; above++)
            insist_real((double)above / below);
}

/* Any reals, by their bits, and decimals of 15 and 16 digits, where rounding is close. */
Test(json_row, any_real)
{
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t bits = rng_join(1, i);
        double value;

        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            insist_real(value);
        insist_real((double)(bits >> 11) * 0x1p-53);
        insist_real((double)(bits % 10000000000000000u) / 1e16);
        insist_real(((double)(bits % 1000000000000000u) + 0.5) / 1e15);
    }
}

/* What is not finite is a fault. */
Test(json_row, refuses_what_is_not_finite)
{
    const double values[] = {NAN, INFINITY, -INFINITY};

    for (size_t i = 0; i < 3; i++) {
        json_row_begin(&row);
        json_row_real(&row, values[i]);
        cr_assert_eq(row.status, CRUX_STORE);
        cr_assert_str_eq(row.fault, "a number in it is not finite");
    }
}

/* A text of pieces is one text, whatever stands beside it, and each piece is judged. */
Test(json_row, joins_pieces_of_a_text)
{
    json_row_begin(&row);
    json_row_begin_list(&row);
    json_row_begin_text(&row);
    json_row_end_text(&row);
    json_row_begin_text(&row);
    json_row_add_text(&row, "a\v\"", 3);
    json_row_add_step(&row, "b\v\xc3\xa9", 4);
    json_row_end_text(&row);
    json_row_end_list(&row);
    insist_text("[\"\", \"a\\u000B\\\"b\\n\xc3\xa9\"]");
    json_row_begin(&row);
    json_row_begin_text(&row);
    json_row_add_text(&row, "\xc3", 1);
    json_row_add_text(&row, "\xa9", 1);
    json_row_end_text(&row);
    cr_assert_eq(row.status, CRUX_STORE);
}

/* A point is a point in every locale. */
Test(json_row, knows_no_locale)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        cr_skip_test("no locale de_DE.UTF-8");
    insist_real(0.1);
    insist_real(1e-20);
}

/* Lists and objects, empty, nested, side by side. */
Test(json_row, nests)
{
    json_row_begin(&row);
    json_row_begin_object(&row);
    json_row_key(&row, "a\"");
    json_row_begin_list(&row);
    json_row_end_list(&row);
    json_row_key(&row, "b");
    json_row_begin_list(&row);
    json_row_integer(&row, 1);
    json_row_begin_object(&row);
    json_row_end_object(&row);
    json_row_begin_object(&row);
    json_row_key(&row, "c");
    json_row_bool(&row, false);
    json_row_end_object(&row);
    json_row_text(&row, "", 0);
    json_row_end_list(&row);
    json_row_key(&row, "d");
    json_row_real(&row, 2.0);
    json_row_end_object(&row);
    insist_text("{\"a\\\"\": [], \"b\": [1, {}, {\"c\": false}, \"\"], \"d\": 2.0}");
}

/* A row of any length, and the buffer of a long one for the next. */
Test(json_row, uses_its_buffer_again)
{
    const char *text;

    json_row_begin(&row);
    json_row_begin_list(&row);
    for (int i = 0; i < MANY; i++)
        json_row_text(&row, "\n", 1);
    json_row_end_list(&row);
    cr_assert_eq(row.length, 6 * (size_t)MANY);
    text = row.text;
    for (int i = 0; i < 3; i++) {
        json_row_begin(&row);
        json_row_text(&row, "short", 5);
        insist_text("\"short\"");
        cr_assert_eq(row.text, text);
    }
}
