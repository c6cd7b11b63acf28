/*
 * test_lines.c - bytes in pieces of any size come out as the same lines.
 */
#include "io/lines.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/sample.h"

/* What was handed on, joined: `number:text;`, and `!` for an overlong line. */
struct heard {
    char text[512];
    int answer;
};

static int hear(void *context, const struct lines_line *line, struct crux_error *error)
{
    struct heard *heard = context;
    size_t used = strlen(heard->text);

    (void)error;
    (void)snprintf(heard->text + used, sizeof heard->text - used, "%d:%.*s%s;", (int)line->number,
                   (int)line->length, line->text, line->overlong ? "!" : "");
    return heard->answer;
}

static struct lines lines_to(struct heard *heard, size_t most)
{
    *heard = (struct heard){.answer = CRUX_OK};
    return (struct lines){.most = most, .each = hear, .context = heard};
}

static const char all[] = "\xef\xbb\xbfone\r\ntwo\n\n12345678\n123456789\nlast";

/* However the bytes are cut, the lines are the same. */
Test(lines, pieces_do_not_matter)
{
    for (size_t size = 1; size <= sizeof all; size++) {
        struct heard heard;
        struct lines lines = lines_to(&heard, 8);

        for (size_t at = 0; at < sizeof all - 1; at += size) {
            size_t left = sizeof all - 1 - at;

            cr_assert_eq(lines_add(&lines, all + at, left < size ? left : size, NULL), CRUX_OK);
        }
        cr_assert_eq(lines_end(&lines, NULL), CRUX_OK);
        cr_assert_str_eq(heard.text, "1:one;2:two;3:;4:12345678;5:!;6:last;", "by %zu", size);
        lines_free(&lines);
    }
}

/* A line that is too long is reported at once, and once; its end is no line. */
Test(lines, a_line_too_long_is_told_at_once)
{
    struct heard heard;
    struct lines lines = lines_to(&heard, 4);

    for (int i = 0; i < 1000; i++)
        cr_assert_eq(lines_add(&lines, "xxx", 3, NULL), CRUX_OK);
    cr_assert_str_eq(heard.text, "1:!;");
    cr_assert_leq(lines.room, 4096, "nothing of it is kept");
    cr_assert_eq(lines_add(&lines, "x\nab\n", 5, NULL), CRUX_OK);
    cr_assert_str_eq(heard.text, "1:!;2:ab;");
    lines_free(&lines);
}

/* Whoever hears a line can end the reading. */
Test(lines, the_listener_ends_the_reading)
{
    struct heard heard;
    struct lines lines = lines_to(&heard, 8);

    heard.answer = CRUX_INPUT;
    cr_assert_eq(lines_add(&lines, "a\nb\n", 4, NULL), CRUX_INPUT);
    cr_assert_str_eq(heard.text, "1:a;");
    lines_free(&lines);
}

/* A file is read to its end, and one that is not there is named. */
Test(lines, files)
{
    struct heard heard;
    struct lines lines = lines_to(&heard, 8);
    struct crux_error error = {""};

    (void)sample_folder();
    cr_assert_eq(lines_read(&lines, sample_file("f", "a\nb", 3), &error), CRUX_OK);
    cr_assert_str_eq(heard.text, "1:a;2:b;");
    cr_assert_eq(lines_read(&lines, sample_path("none"), &error), CRUX_INPUT);
    cr_assert_not_null(strstr(error.text, "none: No such file"));
    cr_assert_eq(lines_read(&lines, "/", &error), CRUX_INPUT);
    cr_assert_not_null(strstr(error.text, "cannot read /"));
    lines_free(&lines);
    sample_folder_remove();
}
