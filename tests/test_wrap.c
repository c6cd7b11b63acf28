/*
 * test_wrap.c - what wrap.h and columns.h promise.
 */
#include "io/cli/wrap.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/columns.h"

/* From column on, of a line of width with so much hanging. */
static char *laid_out(const char *text, unsigned width, unsigned column, unsigned hang)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct wrap wrap;

    wrap_begin(&wrap, stream, width, column, hang);
    wrap_put_step(&wrap, text, strlen(text));
    wrap_end(&wrap);
    (void)fclose(stream);
    return out;
}

static void is_laid_out(const char *text, unsigned width, unsigned column, unsigned hang,
                        const char *expected)
{
    char *out = laid_out(text, width, column, hang);

    cr_assert_str_eq(out, expected);
    free(out);
}

Test(columns, of_characters)
{
    cr_assert_eq(columns_of("plain"), 5);
    cr_assert_eq(columns_of("\xe4\xb8\xad\xe6\x96\x87"), 4); /* two of Chinese */
    cr_assert_eq(columns_of("e\xcc\x81"), 1);                /* e and an accent */
    cr_assert_eq(columns_of("\xc3\xa9t\xc3\xa9"), 3);        /* accents of one piece */
    cr_assert_eq(columns_of("\xff\xfe"), 2);                 /* no UTF-8 */
    cr_assert_eq(columns_of("\xf0\x9f\x98\x80"), 2);         /* a face */
}

Test(columns, where_no_terminal_is)
{
    (void)setenv("COLUMNS", "77", 1);
    cr_assert_eq(columns_here(-1, 50), 77);
    (void)setenv("COLUMNS", "0", 1);
    cr_assert_eq(columns_here(-1, 50), 50);
    (void)setenv("COLUMNS", "wide", 1);
    cr_assert_eq(columns_here(-1, 50), 50);
    (void)setenv("COLUMNS", "99999999999999", 1);
    cr_assert_eq(columns_here(-1, 50), 50);
    (void)unsetenv("COLUMNS");
    cr_assert_eq(columns_here(-1, 50), 50);
}

Test(wrap, between_words)
{
    is_laid_out("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj", 40, 0, 2,
                "aaaa bbbb cccc dddd eeee ffff gggg hhhh\n  iiii jjjj");
    is_laid_out("aaaa bbbb cccc dddd eeee ffff gggg hhhhh i", 40, 0, 0,
                "aaaa bbbb cccc dddd eeee ffff gggg hhhhh\ni");
    is_laid_out("aaaa bbbb", 0, 0, 2, "aaaa bbbb");
    is_laid_out("", 40, 0, 2, "");
}

/* Indentation and gaps are the text's own; only where a line is broken they go. */
Test(wrap, blanks)
{
    is_laid_out("  a   b", 40, 0, 0, "  a   b");
    is_laid_out("a  \n b ", 40, 0, 1, "a\n  b");
    is_laid_out("a  \n b ", 0, 0, 1, "a  \n  b ");
    is_laid_out("if x:\n    return 1", 40, 4, 4, "if x:\n        return 1");
    is_laid_out("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa     bbb", 40, 0, 1,
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n bbb");
}

Test(wrap, a_text_begins_where_the_line_stands)
{
    is_laid_out("aaaa bbbb cccc", 40, 30, 8, "aaaa bbbb\n        cccc");
    is_laid_out("aaaa", 40, 38, 8, "\n        aaaa");
}

/* Longer than a line: cut where it ends. */
Test(wrap, long_words)
{
    is_laid_out("0123456789012345678901234567890123456789ABCDEF", 40, 0, 4,
                "012345678901234567890123456789012345\n    6789ABCDEF");
    is_laid_out("x 0123456789012345678901234567890123456789", 40, 0, 0,
                "x\n0123456789012345678901234567890123456789");
}

/* Two columns each, so the seventeenth does not fit behind the indentation; accents stay with their
 * letters. */
Test(wrap, wide_and_combining)
{
    char text[200] = "", expected[300] = "";

    for (int i = 0; i < 25; i++)
        (void)strcat(text, "\xe4\xb8\xad");
    for (int i = 0; i < 25; i++) {
        if (i == 18)
            (void)strcat(expected, "\n    ");
        (void)strcat(expected, "\xe4\xb8\xad");
    }
    is_laid_out(text, 40, 4, 4, expected);
    text[0] = expected[0] = '\0';
    for (int i = 0; i < 41; i++)
        (void)strcat(text, "e\xcc\x81");
    (void)strncat(expected, text, (size_t)40 * 3);
    (void)strcat(expected, "\ne\xcc\x81");
    is_laid_out(text, 40, 0, 0, expected);
}

Test(wrap, nothing_that_a_terminal_obeys)
{
    is_laid_out("a\x1b[2Jb\v c\xff", 40, 2, 2, "a\\u{1b}[2Jb\n   c\\xff");
}

/* At any depth there is room for text. */
Test(wrap, hanging_is_held_back)
{
    char *out = laid_out("a b c d e f g h i j k l m n o p q r s t u v w x y z", 60, 58, 500);

    for (char *line = strtok(out, "\n"); line != NULL; line = strtok(NULL, "\n"))
        cr_assert_leq(columns_of(line), 60);
    free(out);
    is_laid_out("aaaa bbbb", 10, 0, 0, "aaaa bbbb"); /* 40 columns at least */
}

/* No text makes a line that is too wide. */
Test(wrap, any_text_fits)
{
    static const char *const pieces[] = {"a",
                                         "word",
                                         "\xe4\xb8\xad\xe6\x96\x87",
                                         "e\xcc\x81",
                                         " ",
                                         "  ",
                                         "\n",
                                         "0123456789012345678901234567890123456789",
                                         "\x1b",
                                         "\xff",
                                         "\xf0\x9f\x98\x80",
                                         "\v"};
    unsigned seed = 7;

    for (int round = 0; round < 2000; round++) {
        unsigned width = 40 + (unsigned)round % 60, hang = (unsigned)round % 50;
        char text[2000] = "", *out;

        for (int i = 0; i < 40; i++) {
            seed = seed * 1103515245U + 12345U;
            (void)strcat(text, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
        }
        out = laid_out(text, width, 0, hang);
        for (char *line = strtok(out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            size_t end = strlen(line);

            while (end > 0 && line[end - 1] == ' ')
                line[--end] = '\0'; /* blanks of its own at the end of a line */
            cr_assert_leq(columns_of(line), width, "%s", line);
        }
        free(out);
    }
}

/* Styles take no column, and are nothing where there are none. */
Test(wrap, styles)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    struct wrap wrap;

    wrap_begin(&wrap, stream, 40, 0, 0);
    wrap_style(&wrap, TERMINAL_BOLD);
    wrap.colours = true;
    wrap_puts(&wrap, "0123456789012345678901234567890123 ");
    wrap_style(&wrap, TERMINAL_GOOD);
    wrap_puts(&wrap, "456789");
    wrap_style(&wrap, TERMINAL_PLAIN);
    wrap_end(&wrap);
    (void)fclose(stream);
    cr_assert_str_eq(out, "0123456789012345678901234567890123\n\033[32m456789\033[0m");
    free(out);
}
