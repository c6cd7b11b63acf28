/*
 * progress.c - the progress line of a search, written about once per second by a thread of its
 * own.
 *
 * The thread sleeps on a condition with a deadline, so that closing never waits for
 * a second to end.
 */
#include "io/cli/progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "io/cli/tell.h"

struct progress {
    struct progress_setup setup;
    bool by_calls; /* units are policy calls, else simulations */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool closing; /* this and all below under mutex */
    struct tell tell;
    uint64_t done;
    double done_spent, done_squares; /* units */
};

int64_t progress_left_ns(int64_t elapsed_ns, uint64_t done, uint64_t problems)
{
    if (done == 0 || done >= problems || elapsed_ns <= 0)
        return 0;
    return (int64_t)((double)elapsed_ns / (double)done * (double)(problems - done));
}

void progress_finished(struct progress *progress, const struct crux_tree *tree)
{
    double units;

    if (progress == NULL || tree->reason == CRUX_REASON_STOPPED)
        return;
    units = (double)(progress->by_calls ? tree->calls : tree->simulations);
    (void)pthread_mutex_lock(&progress->mutex);
    progress->done++;
    progress->done_spent += units;
    progress->done_squares += units * units;
    (void)pthread_mutex_unlock(&progress->mutex);
}

/* --- with the mutex ---------------------------------------------------------------------- */

/* Policy calls that were answered. */
static uint64_t progress_answered(const struct crux_view *view)
{
    return view->calls > view->in_flight ? view->calls - view->in_flight : 0;
}

/* Those that were paid for, if any: a reply of the ledger comes at once, and says nothing of how
 * long others take. */
static double progress_earned(const struct live *live, uint64_t answered, double units)
{
    double paid = (double)live->calls;

    return paid > 0.0 && paid < (double)answered ? units * paid / (double)answered : units;
}

static void progress_estimate(const struct progress *progress, struct live *live,
                              const struct crux_view *view, double units, double earned,
                              double pace)
{
    const struct crux_setup *setup = progress->setup.setup;
    const struct estimate_known known = {
        .problems = live->problems,
        .done = progress->done,
        .begun = view->trees_open,
        .budget = progress->by_calls ? setup->calls : setup->simulations,
        .spent = units,
        .earned = earned,
        .done_spent = progress->done_spent,
        .done_squares = progress->done_squares,
        .seconds = live->seconds,
        .pace = pace,
        .calls = (double)live->calls,
        .tokens = (double)live->tokens,
        .price = (double)live->price,
    };

    estimate_left(&live->left, &known);
}

/* Where nothing is paid for the search itself counts. */
static void progress_look(struct progress *progress, struct live *live,
                          const struct crux_view *view)
{
    uint64_t answered = progress_answered(view);
    double units = (double)(progress->by_calls ? answered : view->simulations), earned, pace;

    *live = (struct live){
        .done = view->trees_done,
        .problems = progress->setup.problems,
        .simulations = view->simulations,
        .calls = answered,
        .in_flight = view->in_flight,
        .failed = view->trees_failed,
        .pairs = view->pairs,
        .tokens = view->prompt_tokens + view->completion_tokens,
    };
    tell_ask_backends(&progress->tell, live);
    earned = progress->setup.backends != NULL ? progress_earned(live, answered, units) : units;
    pace = tell_note(&progress->tell, live, earned);
    progress_estimate(progress, live, view, units, earned, pace);
}

/* --- the thread -------------------------------------------------------------------------- */

static void beat(struct progress *progress, bool last)
{
    struct crux_view view;
    struct live live;

    crux_look(progress->setup.search, &view);
    (void)pthread_mutex_lock(&progress->mutex);
    progress_look(progress, &live, &view);
    if (!last)
        tell_beat(&progress->tell, &live);
    (void)pthread_mutex_unlock(&progress->mutex);
    if (progress->setup.beat != NULL)
        progress->setup.beat(progress->setup.context, &view, &live, last);
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

static void *progress_live(void *argument)
{
    struct progress *progress = argument;

    do
        beat(progress, false);
    while (sleep_a_second(progress));
    return NULL;
}

/* --- opening and closing ----------------------------------------------------------------- */

int progress_open(struct progress **out, const struct progress_setup *setup,
                  struct crux_error *error)
{
    struct progress *progress = calloc(1, sizeof *progress);
    pthread_condattr_t attributes;

    if (progress == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the progress line");
    progress->setup = *setup;
    progress->by_calls = setup->setup->calls > 0;
    tell_begin(&progress->tell, setup->shown, setup->backends);
    (void)pthread_mutex_init(&progress->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&progress->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&progress->thread, NULL, progress_live, progress) != 0) {
        (void)pthread_cond_destroy(&progress->changed);
        (void)pthread_mutex_destroy(&progress->mutex);
        free(progress);
        return crux_fail(error, CRUX_MEMORY, "no thread for the progress line");
    }
    *out = progress;
    return CRUX_OK;
}

void progress_hide(struct progress *progress)
{
    if (progress == NULL)
        return;
    (void)pthread_mutex_lock(&progress->mutex);
    tell_clear(&progress->tell);
}

void progress_show(struct progress *progress)
{
    if (progress != NULL)
        (void)pthread_mutex_unlock(&progress->mutex);
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
    tell_clear(&progress->tell);
    beat(progress, true);
    (void)pthread_cond_destroy(&progress->changed);
    (void)pthread_mutex_destroy(&progress->mutex);
    free(progress);
}
