/*
 * test_problem_ends.c - files of problems that are longer than they were: they are known again by
 * their beginning.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/hash.h"
#include "tests/world/sample.h"

static struct crux_problems problems;
static struct crux_error why;

static void set_up(void)
{
    (void)sample_folder();
}

static void tear_down(void)
{
    crux_problems_free(&problems);
    sample_folder_remove();
}

TestSuite(longer, .init = set_up, .fini = tear_down);

static const char longer_begin[] = "{\"id\": \"a\", \"problem\": \"?\"}";

/* Is the text of that many lines the beginning of a file that is it and then this? */
static uint64_t lines_before(const char *begin, const char *then)
{
    const struct crux_reading how = {.ends = true};
    char whole[400], hex[HASH_HEX];
    uint64_t lines = 0;
    bool begins;

    (void)snprintf(whole, sizeof whole, "%s%s", begin, then);
    hash_hex(begin, strlen(begin), hex);
    cr_assert_eq(
        crux_problems_read_as(&problems, sample_file("in", whole, strlen(whole)), &how, &why),
        CRUX_OK, "%s", why.text);
    begins = crux_problems_begin_with(&problems, hex, &lines);
    cr_assert_eq(begins, lines > 0);
    hash_hex(whole, strlen(whole), hex);
    cr_assert_str_eq(problems.sha256, hex);
    crux_problems_free(&problems);
    return lines;
}

/* A file is known again by its beginning, whether that had ended with a line's break or without
 * one, and whatever breaks are. In mid-line nothing ends. */
Test(longer, begins_with)
{
    static const struct {
        const char *more, *then;
        uint64_t lines;
    } rows[] = {
        {"\n", "{\"id\": \"b\", \"problem\": \"?\"}", 1},
        {"", "\n{\"id\": \"b\", \"problem\": \"?\"}\n", 1},
        {"", "\r\n{\"id\": \"b\", \"problem\": \"?\"}\r\n", 1},
        {"\r\n", "{\"id\": \"b\", \"problem\": \"?\"}\r\n", 1},
        {"\n\nno line\n", "\n\n\n", 3},
        {"", "\n", 1},
        {"", " \n", 0},
        {"\n{\"id\": \"b\"", ", \"problem\": \"?\"}\n", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char begin[200];

        (void)snprintf(begin, sizeof begin, "%s%s", longer_begin, rows[i].more);
        cr_assert_eq(lines_before(begin, rows[i].then), rows[i].lines, "row %zu", i);
    }
}

/* Nor is an array the beginning of anything, nor is a file that was read without looking. */
Test(longer, begins_with_nothing)
{
    uint64_t lines = 7;

    cr_assert_eq(lines_before("[{\"id\": \"a\", \"problem\": \"?\"}]", "\n"), 0);
    cr_assert_eq(crux_problems_read(&problems,
                                    sample_file("in", longer_begin, sizeof longer_begin - 1), false,
                                    NULL, NULL, &why),
                 CRUX_OK, "%s", why.text);
    cr_assert_not(crux_problems_begin_with(&problems, problems.sha256, &lines));
    cr_assert_eq(lines, 7);
}

/* A break that two pieces of a long file share is one. */
Test(longer, breaks_between_pieces)
{
    static const size_t pieces[] = {65535, 65536, 65537};
    static char begin[70000];

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const struct crux_reading how = {.ends = true};
        char hex[HASH_HEX];
        uint64_t lines = 0;
        size_t size = pieces[i];

        (void)memset(begin, ' ', sizeof begin);
        (void)memcpy(begin, longer_begin, sizeof longer_begin - 1);
        hash_hex(begin, size, hex);
        (void)memcpy(begin + size, "\r\n\r\n", 4);
        cr_assert_eq(
            crux_problems_read_as(&problems, sample_file("in", begin, size + 4), &how, &why),
            CRUX_OK, "%s", why.text);
        cr_assert(crux_problems_begin_with(&problems, hex, &lines) && lines == 1, "%zu", size);
        crux_problems_free(&problems);
    }
}
