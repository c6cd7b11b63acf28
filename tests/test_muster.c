/*
 * test_muster.c - endpoints from a file: what a line may be, and who joins, parts and is left out
 * as the file and the servers change.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/backends/muster.h"
#include "io/backends/roster.h"
#include "io/clock.h"
#include "tests/world/serving.h"

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
}

/* --- joining and parting ------------------------------------------------------------------------
 */

struct hall {
    char folder[40], file[80], other[80];
    struct served *served;
    struct muster *muster;
    pthread_mutex_t lock;
    char said[16000];
};

static const struct crux_chat spoken = {
    .profile = "vllm", .model = "fake", .route = "next", .max_tokens = 64};

static void hear(void *context, const char *sentence)
{
    struct hall *hall = context;

    (void)pthread_mutex_lock(&hall->lock);
    cr_assert_lt(strlen(hall->said) + strlen(sentence), sizeof hall->said - 2);
    (void)strcat(hall->said, sentence);
    (void)strcat(hall->said, "\n");
    (void)pthread_mutex_unlock(&hall->lock);
}

/* In place. */
static void write_hosts(struct hall *hall, const char *text)
{
    FILE *file = fopen(hall->file, "w");

    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void put_hosts(struct hall *hall, const char *text) /* by another file's name */
{
    FILE *file = fopen(hall->other, "w");

    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    cr_assert_eq(rename(hall->other, hall->file), 0);
}

static void open_hall(struct hall *hall, const struct crux_chat *chat, bool model_said,
                      const char *alias)
{
    struct served_options options = {
        .name = "chat", .model = chat->model, .http = http_options_default()};
    const struct crux_endpoint like = {.url = NULL};
    struct muster_options how = {.file = hall->file,
                                 .like = &like,
                                 .chat = chat,
                                 .name = "chat",
                                 .model_said = model_said,
                                 .aliases = &alias,
                                 .alias_count = alias != NULL,
                                 .say = hear,
                                 .say_context = hall,
                                 .every_ns = CLOCK_SECOND_NS / 50};
    struct crux_error error = {""};

    options.http.joins = true;
    cr_assert_eq(served_open(&hall->served, &options, &error), CRUX_OK, "%s", error.text);
    how.served = hall->served;
    cr_assert_eq(muster_open(&hall->muster, &how, &error), CRUX_OK, "%s", error.text);
}

static void make_hall(struct hall *hall)
{
    *hall = (struct hall){.folder = "/tmp/crux-muster-XXXXXX"};
    (void)pthread_mutex_init(&hall->lock, NULL);
    cr_assert_not_null(mkdtemp(hall->folder));
    (void)snprintf(hall->file, sizeof hall->file, "%s/hosts", hall->folder);
    (void)snprintf(hall->other, sizeof hall->other, "%s/next", hall->folder);
}

static void close_hall(struct hall *hall)
{
    muster_close(hall->muster);
    served_close(hall->served);
    (void)unlink(hall->file);
    (void)rmdir(hall->folder);
    (void)pthread_mutex_destroy(&hall->lock);
}

/* How often it was said so far. */
static uint32_t times_said(struct hall *hall, const char *part)
{
    uint32_t times = 0;

    (void)pthread_mutex_lock(&hall->lock);
    for (const char *at = hall->said; (at = strstr(at, part)) != NULL; at++)
        times++;
    (void)pthread_mutex_unlock(&hall->lock);
    return times;
}

static void await(struct hall *hall, const char *part, uint32_t times)
{
    const struct timespec pause = {0, 5000000};
    int64_t until_ns = clock_now_ns() + 60 * CLOCK_SECOND_NS;

    while (times_said(hall, part) < times && clock_now_ns() < until_ns)
        (void)nanosleep(&pause, NULL);
    cr_assert_eq(times_said(hall, part), times, "`%s` in:\n%s", part, hall->said);
}

/* Looks go on while nothing changes; nothing more is said. */
static void rest(void)
{
    const struct timespec pause = {0, 200000000};

    (void)nanosleep(&pause, NULL);
}

Test(muster, they_come_and_go)
{
    static const char *const plain[] = {NULL}, *const sglang[] = {"--kind", "sglang", "--slots",
                                                                  "9", NULL};
    struct crux_chat chat = spoken;
    struct serving one, two;
    struct hall hall;
    char text[300];

    serving_start(&one, sglang);
    serving_start(&two, plain);
    make_hall(&hall);
    chat.profile = "sglang";
    open_hall(&hall, &chat, false, NULL); /* there is no file yet */
    await(&hall, "No such file", 1);
    (void)snprintf(text, sizeof text, "# two\n%s\nnonsense\n", one.url);
    write_hosts(&hall, text);
    await(&hall, "joins", 1);
    await(&hall, "9 slots)", 1);
    await(&hall, "line 3 is left out", 1);
    (void)snprintf(text, sizeof text, "# two\n%s\nnonsense\n%s slots=5", one.url, two.url);
    put_hosts(&hall, text); /* no end of its last line */
    await(&hall, "joins", 2);
    await(&hall, "5 slots)", 1);
    put_hosts(&hall, two.url); /* one parts, and the other's slots are not said any more */
    await(&hall, "parts", 2);
    await(&hall, "joins", 3);
    write_hosts(&hall, "# none\n");
    await(&hall, "has no endpoint", 1);
    await(&hall, "parts", 3);
    put_hosts(&hall, one.url);
    await(&hall, "joins", 4);
    rest();
    cr_expect_eq(times_said(&hall, "line 3"), 1);
    cr_expect_eq(times_said(&hall, "joins"), 4);
    cr_expect_eq(times_said(&hall, "parts"), 3);
    (void)unlink(hall.file); /* a file that is gone says nothing */
    await(&hall, "endpoints stay as they are", 2);
    cr_expect_eq(times_said(&hall, "parts"), 3);
    close_hall(&hall);
    serving_stop(&one);
    serving_stop(&two);
}

/* Models by other names: by the list, by a reply where there is no list, by an alias. */
Test(muster, strangers)
{
    static const char *const other[] = {"--model", "elsewhere", NULL};
    struct serving stranger;
    struct hall hall;
    struct crux_chat chat = spoken;

    serving_start(&stranger, other);
    make_hall(&hall);
    write_hosts(&hall, stranger.url);
    open_hall(&hall, &chat, false, NULL);
    await(&hall, "it lists no model `fake`, but elsewhere", 1);
    rest();
    cr_expect_eq(times_said(&hall, "is left out"), 1);
    cr_expect_eq(times_said(&hall, "joins"), 0);
    write_hosts(&hall, "");
    await(&hall, "has no endpoint", 1);
    cr_expect_eq(times_said(&hall, "parts"), 0, "it never joined");
    close_hall(&hall);
    make_hall(&hall);
    write_hosts(&hall, stranger.url);
    open_hall(&hall, &chat, false, "fake=elsewhere");
    await(&hall, "joins", 1);
    close_hall(&hall);
    serving_stop(&stranger);
}

/* With a model that the user has named a list is advice, and replies tell; here there is none. */
Test(muster, strangers_without_a_reply)
{
    static const char *const other[] = {"--model", "elsewhere", NULL};
    struct serving stranger;
    struct hall hall;

    serving_start(&stranger, other);
    make_hall(&hall);
    write_hosts(&hall, stranger.url);
    open_hall(&hall, &spoken, true, NULL);
    await(&hall, "no reply of it has a name", 1);
    cr_expect_eq(times_said(&hall, "joins"), 0);
    close_hall(&hall);
    serving_stop(&stranger);
}

/* One that does not answer yet joins when it does; the same one in other words is left out. */
Test(muster, who_is_silent_and_who_is_there_twice)
{
    static const char *const plain[] = {NULL};
    struct serving one;
    char port[16], text[300];
    const char *const there[] = {"--port", port, NULL};
    struct hall hall;

    serving_start(&one, plain);
    (void)snprintf(port, sizeof port, "%s", strrchr(one.url, ':') + 1);
    port[strspn(port, "0123456789")] = '\0';
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%s/v1\nhttp://127.0.0.1:%s\n", port, port);
    serving_stop(&one);
    make_hall(&hall);
    write_hosts(&hall, text);
    open_hall(&hall, &spoken, false, NULL);
    await(&hall, "line 2 is left out: line 1 has the same address", 1);
    await(&hall, "does not answer yet", 1);
    serving_start(&one, there);
    await(&hall, "joins", 1);
    rest();
    cr_expect_eq(times_said(&hall, "does not answer yet"), 1);
    cr_expect_eq(times_said(&hall, "left out"), 1);
    close_hall(&hall);
    serving_stop(&one);
}
