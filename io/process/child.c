/*
 * child.c - keeps a child program running and moves lines to and from it, with one thread and
 * poll().
 *
 * The end of a child is seen from its process, not from its pipes, which others may have
 * inherited. So the order at an end is: kill the group while the dead child still holds
 * its number, read what it has left in the pipes, reap it, report its end.
 */
#include "io/process/child.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/process/spawn.h"
#include "io/quote.h"

enum { PIECE = 64 << 10, PIECES_LEFT = 4096, ASIDE_MOST = 4096, SHELL_CANNOT = 126 };

#define FIRST_REST  (CLOCK_SECOND_NS / 10)
#define GRACE       CLOCK_SECOND_NS
#define LOOK_AGAIN  (CLOCK_SECOND_NS / 20) /* where the kernel has no way to report an end */
#define REST_FACTOR 4

enum stream { STREAM_OUT, STREAM_ERROR, STREAMS };

struct child {
    struct child_setup setup;
    char *command;
    pthread_t thread;
    int wake;
    atomic_bool closing;

    struct child_process process; /* pid 0: none runs */
    const char *line;             /* being written; NULL: none */
    size_t length, written;
    struct lines lines[STREAMS];
    int64_t parted_ns; /* it has closed a stream: then it is to be gone; 0: it has not */
    int64_t start_ns;  /* when to start it again */
    uint32_t restarts; /* left */
    bool gone;
    char fault[256];      /* why it was killed; "": it was not */
    char last_words[160]; /* of its standard error */
    char piece[PIECE];
};

/* --- what it says ----------------------------------------------------------------------- */

static int child_hear(void *context, const struct lines_line *line, struct crux_error *error)
{
    struct child *child = context;

    (void)error;
    child->setup.heard(child->setup.context, child, line);
    return CRUX_OK;
}

static int child_hear_aside(void *context, const struct lines_line *line, struct crux_error *error)
{
    struct child *child = context;

    (void)error;
    if (!lines_is_blank(line) && !line->overlong)
        quote_text(child->last_words, sizeof child->last_words, line->text, line->length);
    child->setup.aside(child->setup.context, line);
    return CRUX_OK;
}

/* Read once. False: nothing is there, now or for ever; then the stream is closed. */
static bool child_read_stream(struct child *child, enum stream stream)
{
    int *file = &child->process.streams[stream == STREAM_OUT ? CHILD_OUT : CHILD_ERROR];
    ssize_t got = *file < 0 ? 0 : read(*file, child->piece, sizeof child->piece);

    if (got > 0) {
        /* Without memory for a line it is lost; the request that waits for it has a time limit. */
        if (lines_add(&child->lines[stream], child->piece, (size_t)got, NULL) != CRUX_OK)
            lines_free(&child->lines[stream]);
        return true;
    }
    if (*file >= 0 && (got == 0 || (errno != EAGAIN && errno != EINTR))) {
        (void)close(*file);
        *file = -1;
    }
    return false;
}

/* --- what is said to it -------------------------------------------------------------------- */

static bool has_line(struct child *child)
{
    if (child->line == NULL) {
        child->line = child->setup.next(child->setup.context, &child->length);
        child->written = 0;
    }
    return child->line != NULL;
}

/* It may be about to end by itself. */
static void child_part(struct child *child)
{
    if (child->parted_ns == 0)
        child->parted_ns = clock_now_ns() + GRACE;
}

static void write_lines(struct child *child)
{
    int *file = &child->process.streams[CHILD_IN];

    while (*file >= 0 && has_line(child)) {
        ssize_t put = write(*file, child->line + child->written, child->length - child->written);

        if (put < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (put < 0) {
            (void)close(*file);
            *file = -1;
            child_part(child);
            return;
        }
        child->written += (size_t)put;
        if (child->written == child->length)
            child->line = NULL;
    }
}

/* --- its end ------------------------------------------------------------------------- */

static void explain_status(char *out, size_t room, int status)
{
    if (WIFSIGNALED(status))
        (void)snprintf(out, room, "was killed by signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    else
        (void)snprintf(out, room, "ended with status %d%s", WEXITSTATUS(status),
                       WEXITSTATUS(status) == SHELL_CANNOT       ? ", it cannot be run"
                       : WEXITSTATUS(status) == SHELL_CANNOT + 1 ? ", there is no such command"
                                                                 : "");
}

static bool cannot_run(int status)
{
    return WIFEXITED(status) &&
           (WEXITSTATUS(status) == SHELL_CANNOT || WEXITSTATUS(status) == SHELL_CANNOT + 1);
}

/* Report the end, and start the child again after a rest, unless it has ended too often. */
static void count_end(struct child *child, const char *why, bool permanently)
{
    uint32_t before = child->setup.restarts - child->restarts;
    int64_t rest = FIRST_REST;

    child->gone = permanently || child->restarts == 0;
    while (before-- > 0 && rest < 64 * CLOCK_SECOND_NS)
        rest *= REST_FACTOR;
    child->start_ns = clock_now_ns() + rest;
    child->restarts -= child->restarts > 0;
    child->line = NULL;
    child->setup.ended(child->setup.context, why, child->gone);
}

static void read_the_rest(struct child *child)
{
    for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++) {
        for (int i = 0; i < PIECES_LEFT && child_read_stream(child, stream); i++) {
        }
        (void)lines_end(&child->lines[stream], NULL);
        lines_free(&child->lines[stream]);
    }
}

static void bury(struct child *child)
{
    char why[480], words[200] = "";
    int status;

    child_process_kill(&child->process);
    read_the_rest(child);
    status = child_process_reap(&child->process);
    explain_status(why, sizeof why, status);
    if (child->fault[0] != '\0')
        (void)snprintf(why, sizeof why, "was killed: %s", child->fault);
    if (child->last_words[0] != '\0')
        (void)snprintf(words, sizeof words, "; it last wrote: %s", child->last_words);
    (void)strncat(why, words, sizeof why - strlen(why) - 1);
    child->parted_ns = 0;
    child->fault[0] = child->last_words[0] = '\0';
    count_end(child, why, cannot_run(status));
}

/* --- one round ----------------------------------------------------------------------- */

static void child_start(struct child *child)
{
    struct crux_error why;

    for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
        child->lines[stream].number = 0;
    if (child_process_start(&child->process, child->command, &why) != CRUX_OK)
        count_end(child, why.text, false);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The time of the next thing to do that no descriptor announces. */
static int64_t next_look(struct child *child, int64_t now)
{
    int64_t at = child->setup.look(child->setup.context, child, now);

    if (child->process.pid == 0)
        return child->gone ? at : sooner(at, child->start_ns);
    if (child->parted_ns > 0)
        at = sooner(at, child->parted_ns);
    return child->process.handle < 0 ? sooner(at, now + LOOK_AGAIN) : at;
}

static void wait_for_events(struct child *child, int64_t until)
{
    struct child_process *process = &child->process;
    struct pollfd files[] = {
        {.fd = child->wake, .events = POLLIN},
        {.fd = process->handle, .events = POLLIN},
        {.fd = process->streams[CHILD_OUT], .events = POLLIN},
        {.fd = process->streams[CHILD_ERROR], .events = POLLIN},
        {.fd = child->line != NULL ? process->streams[CHILD_IN] : -1, .events = POLLOUT},
    };
    int64_t wait = until == INT64_MAX ? -1 : until - clock_now_ns();
    struct timespec time = {wait / CLOCK_SECOND_NS, wait % CLOCK_SECOND_NS};
    eventfd_t wakes;

    if (until != INT64_MAX && wait < 0)
        time = (struct timespec){0, 0};
    if (ppoll(files, sizeof files / sizeof *files, until == INT64_MAX ? NULL : &time, NULL) > 0 &&
        files[0].revents != 0)
        (void)eventfd_read(child->wake, &wakes);
}

static void child_serve(struct child *child)
{
    struct child_process *process = &child->process;
    bool heard = child_read_stream(child, STREAM_OUT);

    (void)child_read_stream(child, STREAM_ERROR);
    write_lines(child);
    if (process->streams[CHILD_OUT] < 0)
        child_part(child);
    if (child->parted_ns > 0 && clock_now_ns() >= child->parted_ns)
        child_fail(child, process->streams[CHILD_OUT] < 0 ? "it has closed its standard output"
                                                          : "it has closed its standard input");
    if (!heard && child_process_ended(process)) /* when all is heard */
        bury(child);
}

/* Its input ends; it may finish what it does. */
static void say_goodbye(struct child *child)
{
    int64_t until = clock_now_ns() + GRACE;
    int *in = &child->process.streams[CHILD_IN];

    if (*in >= 0)
        (void)close(*in);
    *in = -1;
    child->line = NULL;
    while (!child_process_ended(&child->process) && clock_now_ns() < until) {
        wait_for_events(child, sooner(until, clock_now_ns() + LOOK_AGAIN));
        (void)child_read_stream(child, STREAM_OUT);
        (void)child_read_stream(child, STREAM_ERROR);
    }
    child_process_kill(&child->process);
    read_the_rest(child);
    (void)child_process_reap(&child->process);
}

static void *child_run(void *context)
{
    struct child *child = context;

    /* acquire: pairs with the release in child_close(). */
    while (!atomic_load_explicit(&child->closing, memory_order_acquire)) {
        if (child->process.pid == 0 && !child->gone && clock_now_ns() >= child->start_ns)
            child_start(child);
        if (child->process.pid != 0)
            child_serve(child);
        wait_for_events(child, next_look(child, clock_now_ns()));
    }
    if (child->process.pid != 0)
        say_goodbye(child);
    return NULL;
}

/* --- open and close ------------------------------------------------------------------ */

void child_wake(struct child *child)
{
    (void)eventfd_write(child->wake, 1); /* can only fail when it is awake anyway */
}

void child_well(struct child *child)
{
    child->restarts = child->setup.restarts;
}

void child_fail(struct child *child, const char *why)
{
    if (child->process.pid == 0 || child->fault[0] != '\0')
        return;
    (void)snprintf(child->fault, sizeof child->fault, "%s", why);
    child_process_kill(&child->process);
}

/* All signals are for the threads of our host. */
static int start_thread(struct child *child)
{
    sigset_t all, before;
    int cause;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    cause = pthread_create(&child->thread, NULL, child_run, child);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return cause;
}

static void free_child(struct child *child)
{
    if (child == NULL)
        return;
    if (child->wake >= 0)
        (void)close(child->wake);
    for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
        lines_free(&child->lines[stream]);
    free(child->command);
    free(child);
}

int child_open(struct child **out, const struct child_setup *setup, struct crux_error *error)
{
    struct child *child = calloc(1, sizeof *child);

    if (child == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a program");
    child->setup = *setup;
    child->restarts = setup->restarts;
    child->command = strdup(setup->command);
    child->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    child->process = CHILD_NO_PROCESS;
    child->lines[STREAM_OUT] =
        (struct lines){.most = setup->line_most, .each = child_hear, .context = child};
    child->lines[STREAM_ERROR] =
        (struct lines){.most = ASIDE_MOST, .each = child_hear_aside, .context = child};
    if (child->command == NULL || child->wake < 0 || start_thread(child) != 0) {
        free_child(child);
        return crux_fail(error, CRUX_MEMORY, "no memory or no threads left for a program");
    }
    *out = child;
    return CRUX_OK;
}

void child_close(struct child *child)
{
    if (child == NULL)
        return;
    /* release: pairs with the acquire in child_run(). */
    atomic_store_explicit(&child->closing, true, memory_order_release);
    child_wake(child);
    (void)pthread_join(child->thread, NULL);
    free_child(child);
}
