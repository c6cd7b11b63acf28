/*
 * test_control_client.c - what a client makes of whatever has the name of a run's socket: answers
 * that are none or too long, runs that do nothing, nobody.
 */
#include <poll.h>
#include <sched.h>

#include "tests/world/control_suite.h"

/* What has the name of a run's socket. */
struct pretender {
    const char *answer;
    size_t bytes; /* of it */
    bool waits;   /* until a fault has come to pass */
    bool reads;   /* all of a request, before it answers */
    bool stays;   /* until the client goes */
    int file;
    pthread_t thread;
};

static void read_line(int file)
{
    char bytes[65536];
    ssize_t count;

    do
        count = read(file, bytes, sizeof bytes);
    while (count > 0 && bytes[count - 1] != '\n');
}

static void *pretend(void *context)
{
    const struct pretender *one = context;
    int file = accept(one->file, NULL, NULL);
    size_t sent = 0;

    cr_assert_geq(file, 0);
    while (one->waits && kernel_is_to_fail())
        (void)sched_yield();
    if (one->reads)
        read_line(file);
    while (sent < one->bytes) {
        ssize_t count = send(file, one->answer + sent, one->bytes - sent, MSG_NOSIGNAL);

        if (count < 0)
            break;
        sent += (size_t)count;
    }
    if (one->stays) {
        struct pollfd gone = {.fd = file};

        (void)poll(&gone, 1, -1);
    }
    (void)close(file);
    return NULL;
}

static void begin_to_pretend(struct pretender *one)
{
    one->file = named_socket(SOCK_STREAM);
    cr_assert_eq(listen(one->file, 4), 0);
    cr_assert_eq(pthread_create(&one->thread, NULL, pretend, one), 0);
}

static void end_to_pretend(struct pretender *one)
{
    (void)pthread_join(one->thread, NULL);
    (void)close(one->file);
    (void)unlink(run.socket);
}

TestSuite(control_client, .init = run_set_up, .fini = run_end, .timeout = 240);

Test(control_client, answers_that_are_none)
{
    static const struct {
        const char *answer;
        int status;
        const char *says;
    } rows[] = {
        {"", CRUX_STORE, "its run ended before it answered"},
        {"{\"ok\": true", CRUX_STORE, "its run ended before it answered"},
        {"\n", CRUX_STORE, "its run answers no JSON"},
        {"hello\n", CRUX_STORE, "its run answers no JSON"},
        {"[true]\n", CRUX_FAILED, "the run refuses it"},
        {"{\"ok\": 1}\n", CRUX_FAILED, "the run refuses it"},
        {"{\"ok\": false, \"error\": 7, \"status\": 7}\n", CRUX_FAILED, "the run refuses it"},
        {"{\"ok\": false, \"error\": \"not now\", \"status\": \"?\"}\n", CRUX_FAILED, "not now"},
        {"{\"ok\": false, \"error\": \"not now\", \"status\": \"input\"}\n", CRUX_INPUT, "not now"},
        {"{\"ok\": true}\nand more", CRUX_OK, ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pretender one = {
            .answer = rows[i].answer, .bytes = strlen(rows[i].answer), .reads = true};

        begin_to_pretend(&one);
        assert_asked(rows[i].status, rows[i].says);
        end_to_pretend(&one);
    }
}

/* Of any length up to the most, and no longer. */
Test(control_client, answers_of_any_length)
{
    char *answer = malloc(CONTROL_ANSWER);

    cr_assert_not_null(answer);
    memset(answer, ' ', CONTROL_ANSWER);
    memcpy(answer, "{\"ok\": true}", 12);
    for (int last = 0; last < 2; last++) {
        struct pretender one = {.answer = answer, .bytes = CONTROL_ANSWER, .reads = true};

        answer[CONTROL_ANSWER - 1] = last == 0 ? '\n' : ' ';
        begin_to_pretend(&one);
        assert_asked(last == 0 ? CRUX_OK : CRUX_STORE, "the answer of its run is too long");
        end_to_pretend(&one);
    }
    free(answer);
}

/* One that is not answered, or not even read, is told so when patience is at its end. */
Test(control_client, a_run_that_does_nothing)
{
    for (int reads = 0; reads < 2; reads++)
        for (int brief = 0; brief < 2; brief++) {
            struct pretender one = {.reads = reads != 0, .stays = true};
            struct json *answer = NULL;

            begin_to_pretend(&one);
            cr_expect_eq(ask_within(reads ? 4 : 1000000, brief * BRIEF_NS, &answer), CRUX_STORE);
            assert_contains(run.error.text, "its run does not answer");
            end_to_pretend(&one);
        }
}

/* A client that waits is interrupted, and waits on. */
Test(control_client, interrupted_while_it_waits)
{
    static const char answer[] = "{\"ok\": true}\n";
    struct pretender one = {
        .answer = answer, .bytes = strlen(answer), .waits = true, .reads = true};

    kernel_fail("poll", KERNEL_OURS, EINTR, 0, 1);
    begin_to_pretend(&one);
    assert_asked(CRUX_OK, "");
    cr_expect(kernel_has_failed());
    end_to_pretend(&one);
}

/* A long request goes in parts, while it is read; one that is hung up on may have been answered. */
Test(control_client, requests_that_are_long)
{
    static const char answer[] =
        "{\"ok\": false, \"error\": \"too long\", \"status\": \"invalid\"}\n";

    for (int reads = 0; reads < 2; reads++) {
        struct pretender one = {.answer = answer, .bytes = strlen(answer), .reads = reads != 0};
        struct json *said = NULL;
        int status;

        begin_to_pretend(&one);
        status = ask_within(1000000, PATIENCE_NS, &said);
        if (reads)
            cr_expect_eq(status, CRUX_INVALID, "%s", run.error.text);
        else /* by the order in which the kernel tells it */
            cr_expect(status == CRUX_INVALID || status == CRUX_STORE, "%s", run.error.text);
        end_to_pretend(&one);
    }
}

Test(control_client, nobody_to_speak_to)
{
    struct json *request = request_of(4), *answer = NULL;
    int file;

    assert_asked(CRUX_STORE, "no run is at work on it");
    file = named_socket(SOCK_STREAM); /* where nobody listens */
    assert_asked(CRUX_STORE, "no run is at work on it");
    (void)close(file);
    assert_asked(CRUX_STORE, "no run is at work on it");
    (void)unlink(run.socket);
    file = named_socket(SOCK_DGRAM);
    assert_asked(CRUX_STORE, "wrong type for socket");
    (void)close(file);
    (void)unlink(run.socket);
    cr_expect_eq(control_ask(&answer, "/", request, PATIENCE_NS, &run.error), CRUX_STORE);
    assert_contains(run.error.text, "no run is at work on it");
    cr_expect_eq(control_ask(&answer, "/no-such-folder/x", request, PATIENCE_NS, &run.error),
                 CRUX_STORE);
    assert_contains(run.error.text, "cannot be opened: No such file");
    json_free(request);
}

/* So many wait to be heard that there is no room for one more. */
Test(control_client, too_many_ask)
{
    int waiting[64], count = 0, file = named_socket(SOCK_STREAM);

    cr_assert_eq(listen(file, 0), 0);
    do {
        struct sockaddr_un name = {.sun_family = AF_UNIX};

        cr_assert_lt(count, 64);
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)strcpy(name.sun_path, run.socket);
        if (connect(waiting[count++], (const struct sockaddr *)&name, sizeof name) != 0)
            break;
    } while (true);
    cr_assert_eq(errno, EAGAIN);
    assert_asked(CRUX_STORE, "too many ask its run at a time; try again");
    while (count > 0)
        (void)close(waiting[--count]);
    (void)close(file);
    (void)unlink(run.socket);
}
