/*
 * test_muster.c - endpoints from a file: who joins, parts and is left out as the file and the
 * servers change. What a line may be is test_roster.c.
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
#include "io/clock.h"
#include "tests/world/heap.h"
#include "tests/world/kernel.h"
#include "tests/world/serving.h"

KERNEL_CALL(char *, strdup, (const char *text), (text), NULL)
KERNEL_CALL(char *, strndup, (const char *text, size_t size), (text, size), NULL)
KERNEL_CALL(int, pthread_create,
            (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *context),
            (thread, how, run, context), EAGAIN)

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

/* What is not there yet, or is wrong, is said once, as long as it is so. */
Test(muster, sentences_that_are_said_once)
{
    struct hall hall;

    make_hall(&hall);
    write_hosts(&hall, "# none\n");
    open_hall(&hall, &spoken, false, NULL);
    await(&hall, "has no endpoint", 1);
    put_hosts(&hall, "http://\n"); /* and that is none, either */
    await(&hall, "the host is missing", 1);
    (void)unlink(hall.file);
    await(&hall, "endpoints stay as they are", 1);
    cr_assert_eq(mkdir(hall.file, 0700), 0);
    rest();
    (void)rmdir(hall.file);
    put_hosts(&hall, "node1\nhttp://\n");
    await(&hall, "line 2 is left out", 1);
    cr_expect_eq(times_said(&hall, "endpoints stay as they are"), 1);
    cr_expect_eq(times_said(&hall, "has no endpoint"), 1);
    close_hall(&hall);
}

/* Some that never answered go, from between the others, from the end, and with the run. */
Test(muster, those_who_never_answered_go)
{
    static const char *const lists[] = {
        "http://127.0.0.1:1\nhttp://127.0.0.1:2\nhttp://127.0.0.1:3\nhttp://127.0.0.1:4\n",
        "http://127.0.0.1:1\nhttp://127.0.0.1:3\nhttp://127.0.0.1:4\nnode1\n",
        "http://127.0.0.1:1\nhttp://127.0.0.1:3\nnode1\nnode2\n"};
    struct hall hall;

    make_hall(&hall);
    write_hosts(&hall, lists[0]);
    open_hall(&hall, &spoken, false, NULL);
    await(&hall, "does not answer yet", 4);
    put_hosts(&hall, lists[1]);
    await(&hall, "line 4 is left out", 1);
    put_hosts(&hall, lists[2]);
    await(&hall, "line 3 is left out", 1);
    cr_expect_eq(times_said(&hall, "parts"), 0, "they never joined");
    close_hall(&hall);
}

/* --- memory -------------------------------------------------------------------------------------
 */

static struct muster_options plain_options(struct served *served)
{
    static const struct crux_endpoint like = {.url = "http://127.0.0.1:1"};
    static const char *const aliases[] = {"a=b", "c=d"};

    return (struct muster_options){.file = "/dev/null/hosts",
                                   .like = &like,
                                   .chat = &spoken,
                                   .name = "chat",
                                   .aliases = aliases,
                                   .alias_count = 2,
                                   .served = served};
}

/* One that has nobody to speak to says nothing, and closes. */
Test(muster, what_cannot_be_opened)
{
    const struct muster_options how = plain_options(NULL);
    struct muster *muster = NULL;
    struct crux_error error = {""};

    muster_close(NULL);
    kernel_fail("pthread_create", KERNEL_OURS, EAGAIN, 0, 1);
    cr_expect_eq(muster_open(&muster, &how, &error), CRUX_MEMORY);
    cr_expect_not_null(strstr(error.text, "cannot start the thread"), "%s", error.text);
    for (unsigned skips = 0; skips < 4; skips++) { /* the file, the name, the aliases */
        kernel_fail("strdup", KERNEL_OURS, ENOMEM, skips, 1);
        cr_expect_eq(muster_open(&muster, &how, &error), CRUX_MEMORY, "%u", skips);
        cr_expect(kernel_has_failed(), "%u", skips);
    }
    for (uint32_t number = 1; heap_can_fail() && number <= 2; number++) {
        heap_fail(number);
        cr_expect_eq(muster_open(&muster, &how, &error), CRUX_MEMORY, "%u", number);
        cr_expect(heap_has_failed(), "%u", number);
        heap_fail(0);
    }
    cr_expect_null(muster);
    cr_assert_eq(muster_open(&muster, &how, &error), CRUX_OK, "%s", error.text);
    muster_close(muster);
}

/* What could not be read at one look is read at a later one, though the file is the same. */
Test(muster, a_file_that_is_read_later)
{
    static const char *const plain[] = {NULL};
    struct serving one;
    struct hall hall;

    serving_start(&one, plain);
    make_hall(&hall);
    open_hall(&hall, &spoken, false, NULL);
    await(&hall, "No such file", 1);
    put_hosts(&hall, "# none\n");
    await(&hall, "has no endpoint", 1);
    kernel_fail("strndup", KERNEL_THEIRS, ENOMEM, 0, 1);
    put_hosts(&hall, one.url);
    await(&hall, "no memory for the endpoints; endpoints stay as they are", 1);
    cr_expect(kernel_has_failed());
    await(&hall, "joins", 1);
    close_hall(&hall);
    serving_stop(&one);
}
