/*
 * test_utf8.c - what utf8.h promises: characters, and what is none.
 */
#include "io/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

/* The first and the last character of every width are read, with their numbers. */
Test(utf8, characters)
{
    static const struct {
        const char *text;
        uint32_t point;
    } rows[] = {{"A", 'A'},
                {"\x7F", 0x7F},
                {"\xC2\x80", 0x80},
                {"\xDF\xBF", 0x7FF},
                {"\xE0\xA0\x80", 0x800},
                {"\xED\x9F\xBF", 0xD7FF},
                {"\xEE\x80\x80", 0xE000},
                {"\xF0\x90\x80\x80", 0x10000},
                {"\xF4\x8F\xBF\xBF", 0x10FFFF}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t point = 0;

        cr_expect_eq(utf8_character(rows[i].text, 4, &point), strlen(rows[i].text));
        cr_expect_eq(point, rows[i].point);
        cr_expect(utf8_is_text(rows[i].text, strlen(rows[i].text)));
    }
}

/* Overlong forms, surrogates, what is too large, cut or begins in the middle is none. */
Test(utf8, no_characters)
{
    static const char *const rows[] = {"\x80",
                                       "\xC0\x80",
                                       "\xC1\xBF",
                                       "\xE0\x9F\xBF",
                                       "\xED\xA0\x80",
                                       "\xF0\x8F\xBF\xBF",
                                       "\xF4\x90\x80\x80",
                                       "\xF5\x80\x80\x80",
                                       "\xE2\x82",
                                       "\xC3("};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t point = 7;

        cr_expect_eq(utf8_character(rows[i], strlen(rows[i]), &point), 0, "row %zu", i);
        cr_expect_eq(point, 7);
        cr_expect_not(utf8_is_text(rows[i], strlen(rows[i])));
    }
}

/* Each byte that belongs to no character is one sign; all else stays. */
Test(utf8, mended)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"a\u00e9\u65e5\U0001f600", "a\u00e9\u65e5\U0001f600"},
        {"\xff", "\ufffd"},
        {"a\xc3", "a\ufffd"},
        {"\xe2\x82z", "\ufffd\ufffdz"},
        {"\xc3(\xa9", "\ufffd(\ufffd"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[UTF8_ROOM(16)];

        cr_expect_eq(utf8_mend(out, rows[i][0], strlen(rows[i][0])), strlen(rows[i][1]));
        cr_expect_str_eq(out, rows[i][1], "row %zu", i);
    }
}
