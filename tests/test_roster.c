/*
 * test_roster.c - the file of endpoints: what a line may be, and what a file may be that is none.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/backends/roster.h"
#include "tests/world/heap.h"
#include "tests/world/kernel.h"

KERNEL_CALL(int, fstat, (int file, struct stat *about), (file, about), -1)
KERNEL_CALL(ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size), -1)
KERNEL_CALL(char *, strdup, (const char *text), (text), NULL)
KERNEL_CALL(char *, strndup, (const char *text, size_t size), (text, size), NULL)

/* --- lines ------------------------------------------------------------------------------------ */

struct blames {
    char text[8000];
};

static void note_blame(void *context, const char *sentence)
{
    struct blames *blames = context;

    (void)strcat(blames->text, sentence);
    (void)strcat(blames->text, "\n");
}

static struct roster parsed(const char *text, size_t length, struct blames *blames)
{
    const struct http_server like = {.url = NULL};
    struct roster roster = {.items = NULL};
    struct crux_error error = {""};

    *blames = (struct blames){""};
    cr_assert_eq(roster_parse(&roster, "hosts", text, length, &like, note_blame, blames, &error),
                 CRUX_OK, "%s", error.text);
    return roster;
}

Test(roster, lines_that_are_taken)
{
    static const struct {
        const char *text;
        uint32_t count, slots; /* of the last one */
        const char *url;
    } rows[] = {
        {"", 0, 0, NULL},
        {"\n\n  \t\n# nothing\n   # but words\n", 0, 0, NULL},
        {"http://a:1", 1, 0, "http://a:1"},
        {"http://a:1\n", 1, 0, "http://a:1"},
        {"\xEF\xBB\xBFhttp://a:1\r\n", 1, 0, "http://a:1"},
        {"  http://a:1/v1\tslots=12  # twelve\n", 1, 12, "http://a:1/v1"},
        {"http://a:1 slots=1 slots=1000000\n", 1, 1000000, "http://a:1"},
        {"http://a:1?x=1\nhttps://b slots=3", 2, 3, "https://b"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct blames blames;
        struct roster roster = parsed(rows[i].text, strlen(rows[i].text), &blames);

        cr_expect_eq(roster.count, rows[i].count, "%s: %u", rows[i].text, roster.count);
        cr_expect_str_empty(blames.text, "%s", blames.text);
        if (roster.count > 0) {
            cr_expect_str_eq(roster.items[roster.count - 1].url, rows[i].url);
            cr_expect_eq(roster.items[roster.count - 1].slots, rows[i].slots);
        }
        roster_free(&roster);
    }
}

/* One line is wrong, the one behind it counts all the same. */
Test(roster, lines_that_are_left_out)
{
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"node7:8000", "begins with http:// or https://"},
        {"http://", "the host is missing"},
        {"http://me:secret@a", "no user and password"},
        {"http://a#b", "no #"},
        {"http://a:1 slots=0", "slots=N"},
        {"http://a:1 slots=1000001", "slots=N"},
        {"http://a:1 slots=99999999999999999999", "slots=N"},
        {"http://a:1 slots=-3", "slots=N"},
        {"http://a:1 slots=8x", "slots=N"},
        {"http://a:1 slots=", "slots=N"},
        {"http://a:1 8", "not `8`"},
        {"http://z:1", "line 1 has the same address"},
        {"http://z:1/v1/", "line 1 has the same address"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct blames blames;
        char text[200];
        struct roster roster;

        (void)snprintf(text, sizeof text, "http://z:1\n%s\nhttp://y:1\n", rows[i].line);
        roster = parsed(text, strlen(text), &blames);
        cr_expect_eq(roster.count, 2, "%s", rows[i].line);
        cr_expect_eq(roster.items[1].line, 3);
        cr_expect_eq(strncmp(blames.text, "hosts, line 2 is left out: ", 27), 0, "%s", blames.text);
        cr_expect_not_null(strstr(blames.text, rows[i].part), "%s", blames.text);
        cr_expect_null(strstr(blames.text, "secret"), "%s", blames.text);
        roster_free(&roster);
    }
}

Test(roster, a_nul_and_too_many)
{
    static char text[400 * 32];
    struct blames blames;
    struct roster roster = parsed("http://a\0b\nhttp://c\n", 20, &blames);
    size_t length = 0;

    cr_expect_eq(roster.count, 1);
    cr_expect_not_null(strstr(blames.text, "line 1 is left out: it has a NUL"), "%s", blames.text);
    roster_free(&roster);
    for (uint32_t i = 0; i < ROSTER_MOST + 2; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "http://a:%u\n", 1 + i);
    roster = parsed(text, length, &blames);
    cr_expect_eq(roster.count, ROSTER_MOST);
    cr_expect_not_null(strstr(blames.text, "line 201 is left out: there are 200"), "%s",
                       blames.text);
    cr_expect_not_null(roster_find(&roster, "http://a:200"));
    cr_expect_null(roster_find(&roster, "http://a:201"));
    roster_free(&roster);
}

/* Of a file that is no list the first lines say what it takes, and the rest is counted. */
Test(roster, no_list_at_all)
{
    static char text[1000];
    struct blames blames;
    struct roster roster;
    size_t lines = 0;

    for (size_t i = 0; i < 300; i++)
        (void)strcat(text, "x\n");
    (void)strcat(text, "http://a:1\n");
    roster = parsed(text, strlen(text), &blames);
    cr_expect_eq(roster.count, 1);
    for (const char *at = blames.text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    cr_expect_eq(lines, ROSTER_NAMED + 1, "%zu", lines);
    cr_expect_not_null(strstr(blames.text, "hosts: 290 more lines are left out"), "%s",
                       blames.text);
    roster_free(&roster);
}

/* --- files -------------------------------------------------------------------------------------
 */

static void expect_unread(const char *path, int status, const char *part)
{
    const struct http_server like = {.url = NULL};
    struct roster roster = {.count = 77};
    struct crux_error error = {""};
    struct blames blames = {""};

    cr_expect_eq(roster_read(&roster, path, &like, note_blame, &blames, &error), status, "%s",
                 path);
    cr_expect_not_null(strstr(error.text, part), "%s", error.text);
    cr_expect_eq(roster.count, 77);
}

Test(roster, files_that_are_none)
{
    char folder[] = "/tmp/crux-roster-XXXXXX", path[80];
    FILE *file;

    cr_assert_not_null(mkdtemp(folder));
    expect_unread(folder, CRUX_INVALID, "is a file");
    (void)snprintf(path, sizeof path, "%s/none", folder);
    expect_unread(path, CRUX_FAILED, "No such file");
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_unread(path, CRUX_INVALID, "is a file"); /* and waits for no writer */
    (void)unlink(path);
    cr_assert_not_null(file = fopen(path, "w"));
    for (int i = 0; i <= ROSTER_BYTES; i++)
        (void)fputc('#', file);
    (void)fclose(file);
    expect_unread(path, CRUX_INVALID, "at most 1 MiB");
    (void)unlink(path);
    (void)rmdir(folder);
    expect_unread("/dev/null/hosts", CRUX_INVALID, "Not a directory");
    expect_unread("/proc/self/mem", CRUX_INVALID, "Input/output error"); /* a file that is none */
}

/* A file of one endpoint, for a disk or a heap that fails. */
static const char *short_list(char folder[24])
{
    static char path[80];
    FILE *file;

    (void)strcpy(folder, "/tmp/crux-roster-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/hosts", folder);
    cr_assert_not_null(file = fopen(path, "w"));
    (void)fputs("http://a:1\nhttp://b:1\n", file);
    (void)fclose(file);
    return path;
}

static void remove_list(const char *folder, const char *path)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

Test(roster, a_disk_that_fails)
{
    static const struct {
        const char *call;
        unsigned skips;
    } rows[] = {{"fstat", 0}, {"read", 0}, {"read", 1}};
    const struct http_server like = {.url = NULL};
    struct roster roster = {.items = NULL};
    struct roster_look look, none = {.there = false};
    struct crux_error error = {""};
    struct blames blames = {""};
    char folder[24];
    const char *path = short_list(folder);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kernel_fail(rows[i].call, KERNEL_OURS, EIO, rows[i].skips, 1);
        expect_unread(path, CRUX_INVALID, "Input/output error");
        cr_expect(kernel_has_failed(), "%s", rows[i].call);
    }
    kernel_fail("fstat", KERNEL_OURS, ESTALE, 0, 1);
    roster_look_at(&look, path);
    cr_expect(kernel_has_failed() && roster_looks_alike(&look, &none));
    kernel_fail("read", KERNEL_OURS, EINTR, 0, 3);
    cr_expect_eq(roster_read(&roster, path, &like, note_blame, &blames, &error), CRUX_OK);
    cr_expect(kernel_has_failed());
    cr_expect_eq(roster.count, 2);
    cr_expect_str_empty(blames.text);
    roster_free(&roster);
    remove_list(folder, path);
}

/* Each of its calls for memory fails once; how many there are. */
static unsigned failures_of(const char *call, const char *path)
{
    const struct http_server like = {.url = NULL};
    bool heap = strcmp(call, "malloc") == 0, failed = true;
    unsigned failures = 0;

    while (failed) {
        struct roster roster = {.items = NULL};
        struct crux_error error = {""};
        struct blames blames = {""};
        int status;

        if (heap)
            heap_fail(failures + 1);
        else
            kernel_fail(call, KERNEL_OURS, ENOMEM, failures, 1);
        status = roster_read(&roster, path, &like, note_blame, &blames, &error);
        failed = heap ? heap_has_failed() : kernel_has_failed();
        heap_fail(0);
        cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_OK, "%s %u", call, failures);
        cr_assert_eq(roster.count, failed ? 0 : 2);
        cr_assert_eq(*error.text != '\0', failed);
        cr_assert_str_empty(blames.text, "%s", blames.text);
        roster_free(&roster);
        failures += failed;
    }
    return failures;
}

/* Nothing of the list is taken, and no line is blamed, wherever memory runs out. */
Test(roster, without_memory)
{
    char folder[24];
    const char *path = short_list(folder);

    if (heap_can_fail())
        cr_assert_geq(failures_of("malloc", path), 3);
    cr_assert_geq(failures_of("strdup", path), 2);
    cr_assert_eq(failures_of("strndup", path), 2);
    remove_list(folder, path);
}

/* Whatever of a file is another, it is another file. */
Test(roster, looks)
{
    const struct roster_look one = {1, 2, 3, {4, 5}, {6, 7}, true};
    const struct roster_look others[] = {
        {9, 2, 3, {4, 5}, {6, 7}, true}, {1, 9, 3, {4, 5}, {6, 7}, true},
        {1, 2, 9, {4, 5}, {6, 7}, true}, {1, 2, 3, {9, 5}, {6, 7}, true},
        {1, 2, 3, {4, 9}, {6, 7}, true}, {1, 2, 3, {4, 5}, {9, 7}, true},
        {1, 2, 3, {4, 5}, {6, 9}, true}, {1, 2, 3, {4, 5}, {6, 7}, false},
    };

    cr_expect(roster_looks_alike(&one, &one));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect(!roster_looks_alike(&one, &others[i]), "%zu", i);
}
