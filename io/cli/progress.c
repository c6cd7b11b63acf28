/*
 * progress.c - the progress line of a search, written about once per second by a thread of its
 * own.
 *
 * The thread sleeps on a condition with a deadline, so that closing never waits for
 * a second to end.
 */
#include "io/cli/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "io/cli/terminal.h"
#include "io/clock.h"

enum { PLAIN_EVERY = 5 }; /* beats between two plain lines */

struct progress {
    struct progress_setup setup;
    int64_t started_ns;
    bool terminal;
    unsigned beats;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool closing; /* under mutex */
};

int64_t progress_left_ns(int64_t elapsed_ns, uint64_t done, uint64_t problems)
{
    if (done == 0 || done >= problems || elapsed_ns <= 0)
        return 0;
    return (int64_t)((double)elapsed_ns / (double)done * (double)(problems - done));
}

void progress_line(char *out, size_t size, const struct crux_view *view, uint64_t problems,
                   int64_t elapsed_ns)
{
    uint64_t done = view->trees_done;
    int64_t left = progress_left_ns(elapsed_ns, done, problems);
    double seconds = (double)(elapsed_ns > 0 ? elapsed_ns : 1) / 1e9;
    char duration[32] = "?";

    if (left > 0 || done >= problems)
        terminal_duration(left, duration, sizeof duration);
    (void)snprintf(out, size,
                   "%llu/%llu problems  %.0f simulations/s  %llu calls in flight  %llu pairs  "
                   "%s left",
                   (unsigned long long)done, (unsigned long long)problems,
                   (double)view->simulations / seconds, (unsigned long long)view->in_flight,
                   (unsigned long long)view->pairs, duration);
}

/* --- the thread -------------------------------------------------------------------------- */

static void draw(struct progress *progress, const struct crux_view *view)
{
    char line[256];

    progress_line(line, sizeof line, view, progress->setup.problems,
                  clock_now_ns() - progress->started_ns);
    if (progress->terminal)
        (void)fprintf(stderr, "\r\033[K%s", line);
    else
        (void)fprintf(stderr, "crux: %s\n", line);
    (void)fflush(stderr);
}

static void beat(struct progress *progress, bool last)
{
    struct crux_view view;

    crux_look(progress->setup.search, &view);
    progress->beats++;
    if (progress->setup.shown && !last &&
        (progress->terminal || progress->beats % PLAIN_EVERY == 0))
        draw(progress, &view);
    if (progress->setup.beat != NULL)
        progress->setup.beat(progress->setup.context, &view, last);
}

/* False when it is time to close. */
static bool sleep_a_second(struct progress *progress)
{
    struct timespec until;
    bool closing;
    int waited = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    (void)pthread_mutex_lock(&progress->mutex);
    while (!progress->closing && waited == 0)
        waited = pthread_cond_timedwait(&progress->changed, &progress->mutex, &until);
    closing = progress->closing;
    (void)pthread_mutex_unlock(&progress->mutex);
    return !closing;
}

static void *live(void *argument)
{
    struct progress *progress = argument;

    do
        beat(progress, false);
    while (sleep_a_second(progress));
    return NULL;
}

int progress_open(struct progress **out, const struct progress_setup *setup,
                  struct crux_error *error)
{
    struct progress *progress = calloc(1, sizeof *progress);
    pthread_condattr_t attributes;

    if (progress == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the progress line");
    progress->setup = *setup;
    progress->terminal = isatty(STDERR_FILENO);
    progress->started_ns = clock_now_ns();
    (void)pthread_mutex_init(&progress->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&progress->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&progress->thread, NULL, live, progress) != 0) {
        (void)pthread_cond_destroy(&progress->changed);
        (void)pthread_mutex_destroy(&progress->mutex);
        free(progress);
        return crux_fail(error, CRUX_MEMORY, "no thread for the progress line");
    }
    *out = progress;
    return CRUX_OK;
}

void progress_close(struct progress *progress)
{
    if (progress == NULL)
        return;
    (void)pthread_mutex_lock(&progress->mutex);
    progress->closing = true;
    (void)pthread_cond_signal(&progress->changed);
    (void)pthread_mutex_unlock(&progress->mutex);
    (void)pthread_join(progress->thread, NULL);
    if (progress->setup.shown && progress->terminal)
        (void)fputs("\r\033[K", stderr);
    beat(progress, true);
    (void)pthread_cond_destroy(&progress->changed);
    (void)pthread_mutex_destroy(&progress->mutex);
    free(progress);
}
