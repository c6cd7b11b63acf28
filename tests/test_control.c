/*
 * test_control.c - the socket of a run: what a run makes of its clients, of a kernel that refuses
 * or interrupts, and of a heap that is empty.
 *
 * What a client makes of a run is test_control_client.c; what requests do to a run, who may ask
 * and where sockets lie is tests/cli/test_ctl.py.
 */
#include <sys/resource.h>

#include "tests/world/control_suite.h"
#include "tests/world/json_heap.h"

/* --- what a run makes of clients ----------------------------------------------------------------
 */

TestSuite(control, .init = run_begin, .fini = run_end, .timeout = 240);

/* What a request ends with there it ends with here. */
Test(control, statuses_come_back)
{
    static const int statuses[] = {CRUX_INVALID, CRUX_INPUT,  CRUX_STORE,
                                   CRUX_MEMORY,  CRUX_FAILED, CRUX_CANCELLED};

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        run.status = statuses[i];
        assert_asked(statuses[i], "so it was told");
    }
    run.status = -99;
    assert_asked(CRUX_FAILED, "so it was told");
    run.status = CRUX_END; /* which is no failure */
    assert_asked(CRUX_OK, "");
}

/* An answer of any length goes in parts, and one that is too long for clients harms nobody. */
Test(control, answers_in_parts)
{
    struct json *answer = NULL;

    run.bytes = 700000;
    cr_assert_eq(ask_within(4, PATIENCE_NS, &answer), CRUX_OK, "%s", run.error.text);
    cr_expect_eq(strlen(json_as_string(json_get(answer, "text"))), run.bytes);
    json_free(answer);
    run.bytes = CONTROL_ANSWER;
    assert_asked(CRUX_STORE, "the answer of its run is too long");
    run.bytes = 0;
    assert_asked(CRUX_OK, "");
}

/* Before it is answered, with the answer unread, and with an answer that has gone in part. */
Test(control, clients_that_vanish)
{
    static const char line[] = "{\"do\": \"it\"}\n";

    for (int how = 0; how < 3; how++) {
        int file = connected();
        char byte;

        run.bytes = how == 2 ? 4000000 : 0;
        cr_assert_eq(write(file, line, strlen(line)), (ssize_t)strlen(line));
        if (how > 0)
            cr_assert_eq(recv(file, &byte, 1, MSG_PEEK), 1); /* it is there */
        (void)close(file);
        run.bytes = 0;
        assert_asked(CRUX_OK, "");
    }
}

/* One that says nothing, or does not take its answer, is hung up on in the end. */
Test(control, patience_with_clients_ends)
{
    static const char line[] = "{\"do\": \"it\"}\n";
    int silent = connected(), deaf = connected();
    char byte, bytes[4096];
    ssize_t count;

    run.bytes = 4000000;
    cr_assert_eq(write(deaf, line, strlen(line)), (ssize_t)strlen(line));
    cr_assert_eq(recv(deaf, &byte, 1, MSG_PEEK), 1);
    run.bytes = 0;
    assert_asked(CRUX_OK, ""); /* and both are known by now */
    atomic_store(&later_s, CONTROL_PATIENCE_NS / CLOCK_SECOND_NS + 1);
    assert_asked(CRUX_OK, "");
    cr_expect_eq(recv(silent, &byte, 1, 0), 0);
    while ((count = recv(deaf, bytes, sizeof bytes, 0)) > 0)
        cr_expect_null(memchr(bytes, '\n', (size_t)count), "it was not hung up on");
    (void)close(silent);
    (void)close(deaf);
}

/* More than there is room for wait until one of those that are heard is gone. */
Test(control, more_than_there_is_room_for)
{
    int files[CONTROL_CLIENTS];

    for (int i = 0; i < CONTROL_CLIENTS; i++)
        files[i] = connected();
    for (int i = 0; i < CONTROL_CLIENTS; i++) { /* each is heard */
        static const char line[] = "{\"do\": \"it\"}\n";
        char byte;

        cr_assert_eq(write(files[i], line, strlen(line)), (ssize_t)strlen(line));
        do
            cr_assert_eq(recv(files[i], &byte, 1, 0), 1);
        while (byte != '\n');
    }
    {
        struct json *answer = NULL;

        cr_expect_eq(ask_within(4, BRIEF_NS, &answer), CRUX_STORE);
        assert_contains(run.error.text, "its run does not answer");
    }
    (void)close(files[7]);
    assert_asked(CRUX_OK, "");
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (i != 7)
            (void)close(files[i]);
}

/* Who is neither its user nor root is told so; and a client does not speak to a run of another. */
Test(control, another_user)
{
    atomic_store(&stranger, 4321);
    if (geteuid() == 0) {
        assert_asked(CRUX_STORE, "this run is another user's: it obeys its own and root");
        cr_expect_eq(run.served, 0);
    }
    atomic_store(&self, 1234);
    assert_asked(CRUX_STORE, "another user's, who alone may steer it");
    cr_expect_eq(run.served, 0);
    atomic_store(&stranger, 1234);
    assert_asked(CRUX_OK, "");
    atomic_store(&stranger, 0);
    atomic_store(&self, 0);
}

/* --- a kernel that refuses or interrupts ---------------------------------------------------------
 */

/* After which a request is answered as ever, on either side. */
Test(control, interruptions_are_borne)
{
    static const struct {
        const char *call;
        enum kernel_whose whose;
        int error;
    } rows[] = {
        {"recv", KERNEL_OURS, EINTR},
        {"send", KERNEL_OURS, EINTR},
        {"send", KERNEL_OURS, EAGAIN},
        {"poll", KERNEL_THEIRS, EINTR},
        {"recv", KERNEL_THEIRS, EINTR},
        {"recv", KERNEL_THEIRS, EAGAIN},
        {"send", KERNEL_THEIRS, EINTR},
        {"send", KERNEL_THEIRS, EAGAIN},
        {"accept4", KERNEL_THEIRS, EINTR},
        {"accept4", KERNEL_THEIRS, EAGAIN},
        {"accept4", KERNEL_THEIRS, ECONNABORTED},
        {"accept4", KERNEL_THEIRS, EMFILE},
        {"accept4", KERNEL_THEIRS, ENFILE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kernel_fail(rows[i].call, rows[i].whose, rows[i].error, 0, 1);
        assert_asked(CRUX_OK, "");
        cr_expect(kernel_has_failed(), "%s was not called", rows[i].call);
    }
}

/* Who is refused is told, and the next one is answered. */
Test(control, refusals_are_told)
{
    static const struct {
        const char *call;
        enum kernel_whose whose;
        int error;
        const char *says;
    } rows[] = {
        {"recv", KERNEL_THEIRS, ECONNRESET, "its run ended before it answered"},
        {"send", KERNEL_THEIRS, EPIPE, "its run ended before it answered"},
        {"getsockopt", KERNEL_THEIRS, ENOMEM, "its run ended before it answered"},
        {"recv", KERNEL_OURS, ECONNRESET, "its run ended before it answered"},
        {"getsockopt", KERNEL_OURS, ENOMEM, "no run is at work on it"},
        {"connect", KERNEL_OURS, EACCES, "another user's, who alone may steer it"},
        {"connect", KERNEL_OURS, EPERM, "another user's, who alone may steer it"},
        {"connect", KERNEL_OURS, ENOMEM, "Cannot allocate memory"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kernel_fail(rows[i].call, rows[i].whose, rows[i].error, 0, 1);
        assert_asked(CRUX_STORE, rows[i].says);
        cr_expect(kernel_has_failed(), "%s was not called", rows[i].call);
        assert_asked(CRUX_OK, "");
    }
}

/* The lowest number that a file may have. */
static rlim_t next_file(void)
{
    int file = dup(STDIN_FILENO);

    cr_assert_geq(file, 0);
    (void)close(file);
    return (rlim_t)file;
}

static void limit_files(rlim_t files)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = files > 0 ? files : limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(control, a_client_without_files)
{
    static const char *const says[] = {"cannot be opened: Too many open files",
                                       "no socket can be made: Too many open files"};
    rlim_t next = next_file();

    for (rlim_t i = 0; i < 2; i++) {
        limit_files(next + i);
        assert_asked(CRUX_STORE, says[i]);
        limit_files(0);
    }
    assert_asked(CRUX_OK, "");
}

TestSuite(control_opening, .init = run_set_up, .fini = run_end, .timeout = 240);

/* Each says so and leaves nothing behind, and then it can be opened. */
Test(control_opening, what_is_refused)
{
    static const struct {
        const char *call;
        int error;
        unsigned skips;
        int status;
        const char *says;
    } rows[] = {
        {"fstatat", EIO, 0, CRUX_STORE, "run.db-ctl: Input/output error"},
        {"fchmod", EPERM, 0, CRUX_STORE, "no socket run.db-ctl can be made there: Operation not"},
        {"bind", EROFS, 0, CRUX_STORE, "no socket run.db-ctl can be made there: Read-only file"},
        {"fstatat", EIO, 1, CRUX_STORE, "run.db-ctl would be open to other users here"},
        {"listen", EADDRINUSE, 0, CRUX_STORE, "run.db-ctl: Address already in use"},
        {"pthread_create", EAGAIN, 0, CRUX_MEMORY, "no thread for a control"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kernel_fail(rows[i].call, KERNEL_OURS, rows[i].error, rows[i].skips, 1);
        cr_expect_eq(open_run(), rows[i].status, "%s", run.error.text);
        cr_expect(kernel_has_failed(), "%s was not called", rows[i].call);
        assert_contains(run.error.text, rows[i].says);
        cr_expect_neq(access(run.socket, F_OK), 0, "%s left a socket", rows[i].call);
    }
    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
    assert_asked(CRUX_OK, "");
}

Test(control_opening, no_files_are_left)
{
    static const char *const says[] = {"no file for a control", "cannot be opened: Too many open",
                                       "no socket can be made: Too many open files"};
    rlim_t next = next_file();

    for (rlim_t i = 0; i < 3; i++) {
        limit_files(next + i);
        cr_expect_neq(open_run(), CRUX_OK);
        limit_files(0);
        assert_contains(run.error.text, says[i]);
        cr_expect_eq(next_file(), next, "a file stays open");
    }
    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
}

/* Others could open it, or it is none: where a file system has modes and sockets of its own kind.
 */
Test(control_opening, a_socket_that_is_not_ours_alone)
{
    for (bound = BOUND_OPEN; bound <= BOUND_NONE; bound++) {
        cr_expect_eq(open_run(), CRUX_STORE);
        assert_contains(run.error.text, "run.db-ctl would be open to other users here");
        atomic_store(&self, 0);
        (void)rmdir(run.socket);
    }
    bound = BOUND_WELL;
}

/* A dead run's socket is replaced if it can be; one that somebody else removes is no matter. */
Test(control_opening, after_a_dead_run)
{
    (void)close(named_socket(SOCK_STREAM));
    kernel_fail("unlinkat", KERNEL_OURS, EBUSY, 0, 1);
    cr_expect_eq(open_run(), CRUX_STORE);
    assert_contains(run.error.text, "is there and cannot be replaced: Device or resource busy");
    kernel_fail("unlinkat", KERNEL_OURS, ENOENT, 0, 1);
    cr_expect_eq(open_run(), CRUX_STORE); /* it was not removed after all */
    assert_contains(run.error.text, "Address already in use");
    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
    assert_asked(CRUX_OK, "");
}

/* What took the name meanwhile is left alone. */
Test(control_opening, a_name_that_was_taken_away)
{
    struct stat about;

    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
    cr_assert_eq(unlink(run.socket), 0);
    cr_assert_eq(mkdir(run.socket, 0700), 0);
    control_close(run.control);
    run.control = NULL;
    cr_assert_eq(stat(run.socket, &about), 0);
    cr_assert_eq(rmdir(run.socket), 0);
    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
    cr_assert_eq(unlink(run.socket), 0);
}

/* A name of any length has room behind a long path, whatever number its folder gets. */
Test(control_opening, long_names_with_many_files_open)
{
    enum { MANY = 1100 };
    static int files[MANY];
    char folder[400], store[500], long_name[200];
    struct control *control = NULL;
    struct json *request = request_of(4), *answer = NULL;

    limit_files(0);
    memset(long_name, 'd', sizeof long_name - 1);
    (void)snprintf(folder, sizeof folder, "%s/%s", run.folder, long_name);
    cr_assert_eq(mkdir(folder, 0700), 0);
    for (int i = 0; i < MANY; i++)
        cr_assert_geq(files[i] = dup(STDIN_FILENO), 0);
    for (int length = 70; length < 100; length++) {
        FILE *file;

        (void)snprintf(store, sizeof store, "%s/%0*d", folder, length, 0);
        cr_assert_not_null(file = fopen(store, "w"));
        (void)fclose(file);
        cr_assert_eq(control_open(&control, store, serve, NULL, &run.error), CRUX_OK, "%d: %s",
                     length, run.error.text);
        cr_expect_eq(control_ask(&answer, store, request, PATIENCE_NS, &run.error), CRUX_OK, "%s",
                     run.error.text);
        json_free(answer);
        control_close(control);
        (void)unlink(store);
    }
    for (int i = 0; i < MANY; i++)
        (void)close(files[i]);
    json_free(request);
    cr_expect_eq(rmdir(folder), 0, "something is left there");
}

/* --- memory --------------------------------------------------------------------------------- */

static void memory_set_up(void)
{
    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
    json_heap_fails_too();
    run_begin();
}

TestSuite(control_memory, .init = memory_set_up, .fini = run_end, .timeout = 240);

enum { FAILURES_MOST = 500 };

/* Each allocation of a client fails once. */
Test(control_memory, of_a_client)
{
    uint32_t failures = 0;
    struct json *request = request_of(4), *answer = NULL;
    bool failed = true;

    while (failed) {
        int status;

        cr_assert_lt(failures, FAILURES_MOST);
        heap_fail(++failures);
        status = control_ask(&answer, run.store, request, PATIENCE_NS, &run.error);
        failed = heap_has_failed();
        heap_fail(0);
        if (status == CRUX_OK)
            json_free(answer);
        else
            cr_expect(failed && (status == CRUX_MEMORY || status == CRUX_STORE), "%s",
                      run.error.text);
    }
    cr_expect_gt(failures, 3);
    json_free(request);
}

/* Each allocation of a run fails once, of an answer and of reading the next request: whoever asked
 * is told so or hung up on, and then it is well again. */
Test(control_memory, of_a_run)
{
    uint32_t told = 0, hung_up = 0;

    for (run.failing = 1; run.failing < 60; run.failing++) {
        unsigned before = run.served;

        for (int i = 0; i < 2; i++) {
            int status = ask();

            hung_up += status == CRUX_STORE;
            told += status == CRUX_MEMORY;
            cr_expect(status == CRUX_OK || status == CRUX_STORE || status == CRUX_MEMORY, "%d: %s",
                      status, run.error.text);
        }
        cr_expect_geq(run.served, before + 1);
    }
    cr_expect_gt(told, 0);
    cr_expect_gt(hung_up, 0);
    run.failing = 1000;
    assert_asked(CRUX_OK, "");
}

/* Nor is one opened without memory. */
Test(control_memory, of_one_that_opens)
{
    uint32_t failures = 0;
    struct control *second = NULL;

    control_close(run.control);
    run.control = NULL;
    for (int status = CRUX_MEMORY; status != CRUX_OK; failures++) {
        heap_fail(failures + 1);
        status = control_open(&second, run.store, serve, NULL, &run.error);
        heap_fail(0);
        cr_assert(status == CRUX_OK || status == CRUX_MEMORY, "%s", run.error.text);
    }
    cr_expect_gt(failures, 1);
    control_close(second);
}
