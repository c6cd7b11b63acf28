/*
 * sandbox.c - requests wait in a list; supervisors, a thread each, take them one by one.
 *
 *     QUEUED --a supervisor takes it--> its trial runs --> done()
 *        '-- cancelled, late or dropped: done()
 *
 * A request is in the list, or a supervisor's, or over: whoever takes it out, with the lock, is the
 * one who calls done().
 */
#include "io/sandbox/sandbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "io/clock.h"
#include "io/sandbox/filter.h"
#include "io/sandbox/probe.h"
#include "io/sandbox/trial.h"

enum { AT_ONCE_MOST = 64 };

struct sandbox_waiting {
    struct sandbox_waiting *prev, *next;
    uint64_t number;
    struct sandbox_request said; /* its line is what follows */
    char line[];
};

struct supervisor {
    struct sandbox *sandbox;
    pthread_t thread;
    bool started;
    uint64_t number; /* of the request that it has, with the lock; 0: none */
    struct trial_place place;
};

struct sandbox {
    struct sandbox_options options;
    unsigned char *filter;
    size_t filter_length;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t change;
    struct sandbox_waiting *queue;
    uint64_t number; /* of the last request */
    enum sandbox_going going;
    bool closing;
    uint32_t count;
    struct supervisor supervisors[AT_ONCE_MOST];
};

static const char cancelled[] = "the call was cancelled";

static void sandbox_lock(struct sandbox *sandbox)
{
    (void)pthread_mutex_lock(&sandbox->lock);
}

static void sandbox_unlock(struct sandbox *sandbox)
{
    (void)pthread_mutex_unlock(&sandbox->lock);
}

/* --- a supervisor's thread -------------------------------------------------------------------- */

static bool is_late(const struct sandbox_waiting *waiting)
{
    return waiting->said.deadline_ns > 0 && clock_now_ns() >= waiting->said.deadline_ns;
}

static void end_unbegun(struct sandbox_waiting *waiting, enum sandbox_end end)
{
    const struct sandbox_answer answer = {
        .end = end,
        .sentence = end == SANDBOX_LATE ? "its deadline came before a jail was free" : cancelled};

    waiting->said.done(waiting->said.context, &answer);
    free(waiting);
}

/* With the lock; NULL: the sandbox closes. */
static struct sandbox_waiting *take_waiting(struct supervisor *self)
{
    struct sandbox *sandbox = self->sandbox;
    struct sandbox_waiting *waiting;

    while (!sandbox->closing && (sandbox->queue == NULL || sandbox->going != SANDBOX_GOES))
        (void)pthread_cond_wait(&sandbox->change, &sandbox->lock);
    waiting = sandbox->closing ? NULL : sandbox->queue;
    if (waiting == NULL)
        return NULL;
    DL_DELETE(sandbox->queue, waiting);
    self->number = waiting->number;
    /* relaxed: with the lock, as is the other side. */
    atomic_store_explicit(&self->place.unwanted, false, memory_order_relaxed);
    return waiting;
}

/* Cancelling it comes too late from here on; what woke it for that is read. */
static void end_number(struct supervisor *self)
{
    uint64_t count;

    sandbox_lock(self->sandbox);
    self->number = 0;
    while (read(self->place.wake, &count, sizeof count) > 0) {
    }
    sandbox_unlock(self->sandbox);
}

static void try_waiting(struct supervisor *self, struct sandbox_waiting *waiting)
{
    struct sandbox_answer answer = {.end = SANDBOX_ANSWERED, .begun = true};
    int64_t start_ns = clock_now_ns();
    char *line;

    if (is_late(waiting)) {
        end_number(self);
        end_unbegun(waiting, SANDBOX_LATE);
        return;
    }
    line = trial_run(&self->place, waiting->said.line, waiting->said.length);
    end_number(self);
    answer.took_ns = clock_now_ns() - start_ns;
    if (line == NULL)
        answer.end = SANDBOX_CANCELLED;
    answer.line = line;
    answer.length = line != NULL ? strlen(line) : 0;
    answer.sentence = cancelled;
    waiting->said.done(waiting->said.context, &answer);
    free(line);
    free(waiting);
}

static void *supervise(void *context)
{
    struct supervisor *self = context;
    struct sandbox *sandbox = self->sandbox;
    struct sandbox_waiting *waiting;

    for (;;) {
        sandbox_lock(sandbox);
        waiting = take_waiting(self);
        sandbox_unlock(sandbox);
        if (waiting == NULL)
            break;
        try_waiting(self, waiting);
    }
    trial_close(&self->place);
    return NULL;
}

/* --- from outside ------------------------------------------------------------------------------
 */

static struct sandbox_waiting *make_waiting(const struct sandbox_request *said)
{
    struct sandbox_waiting *waiting = malloc(sizeof *waiting + said->length + 1);

    if (waiting == NULL)
        return NULL;
    waiting->said = *said;
    memcpy(waiting->line, said->line, said->length);
    waiting->line[said->length] = '\0';
    waiting->said.line = waiting->line;
    return waiting;
}

int sandbox_submit(struct sandbox *sandbox, const struct sandbox_request *said, uint64_t *number,
                   struct crux_error *error)
{
    struct sandbox_waiting *waiting = make_waiting(said);
    bool drops;

    if (waiting == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a jail");
    sandbox_lock(sandbox);
    drops = sandbox->going == SANDBOX_DROPS;
    if (!drops) {
        waiting->number = *number = ++sandbox->number;
        DL_APPEND(sandbox->queue, waiting);
        (void)pthread_cond_signal(&sandbox->change);
    }
    sandbox_unlock(sandbox);
    if (drops)
        free(waiting);
    return drops ? crux_fail(error, CRUX_CANCELLED, "%s", cancelled) : CRUX_OK;
}

/* With the lock: the trial of this number is to end. */
static void stop_trial(struct sandbox *sandbox, uint64_t number)
{
    for (uint32_t i = 0; i < sandbox->count; i++) {
        struct supervisor *self = &sandbox->supervisors[i];
        const uint64_t one = 1;

        if (self->number != number)
            continue;
        /* release: pairs with the acquire in trial_step(). */
        atomic_store_explicit(&self->place.unwanted, true, memory_order_release);
        (void)!write(self->place.wake, &one, sizeof one);
    }
}

void sandbox_cancel(struct sandbox *sandbox, uint64_t number)
{
    struct sandbox_waiting *waiting;

    sandbox_lock(sandbox);
    DL_FOREACH (sandbox->queue, waiting)
        if (waiting->number == number)
            break;
    if (waiting != NULL)
        DL_DELETE(sandbox->queue, waiting);
    else
        stop_trial(sandbox, number);
    sandbox_unlock(sandbox);
    if (waiting != NULL)
        end_unbegun(waiting, SANDBOX_CANCELLED);
}

void sandbox_hold(struct sandbox *sandbox, enum sandbox_going going)
{
    struct sandbox_waiting *dropped = NULL, *waiting, *after;

    sandbox_lock(sandbox);
    sandbox->going = going;
    if (going == SANDBOX_DROPS) {
        dropped = sandbox->queue;
        sandbox->queue = NULL;
    }
    (void)pthread_cond_broadcast(&sandbox->change);
    sandbox_unlock(sandbox);
    DL_FOREACH_SAFE (dropped, waiting, after)
        end_unbegun(waiting, SANDBOX_CANCELLED);
}

/* --- opening and closing -----------------------------------------------------------------------
 */

static struct jail_plan plan_of(const struct sandbox *sandbox, uint32_t slot)
{
    return (struct jail_plan){.level = sandbox->options.level,
                              .limits = &sandbox->options.limits,
                              .slot = slot,
                              .filter = sandbox->filter,
                              .filter_length = sandbox->filter_length};
}

/* A thread that no signal reaches: what a jail does not read any more is an error of write(). */
static int start_supervisor(struct sandbox *sandbox, uint32_t slot, struct crux_error *error)
{
    struct supervisor *self = &sandbox->supervisors[slot];
    sigset_t all, before;

    self->sandbox = sandbox;
    self->place.plan = plan_of(sandbox, slot);
    self->place.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sandbox->count++;
    if (self->place.wake < 0)
        return crux_fail(error, CRUX_MEMORY, "no file is left for a jail");
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    self->started = pthread_create(&self->thread, NULL, supervise, self) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return self->started ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no thread for a jail");
}

static uint32_t default_at_once(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > AT_ONCE_MOST ? AT_ONCE_MOST : (uint32_t)count;
}

int sandbox_probe(enum sandbox_level level, const struct sandbox_limits *limits,
                  struct crux_error *error)
{
    struct jail_plan plan = {.level = level, .limits = limits};
    unsigned char *filter = NULL;
    int status = filter_make(&filter, &plan.filter_length, error);

    plan.filter = filter;
    if (status == CRUX_OK)
        status = probe_jail(&plan, error);
    free(filter);
    return status;
}

int sandbox_open(struct sandbox **out, const struct sandbox_options *options,
                 struct crux_error *error)
{
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    uint32_t count = options->at_once > 0 ? options->at_once : default_at_once();
    int status;

    if (sandbox == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for jails");
    sandbox->options = *options;
    (void)pthread_mutex_init(&sandbox->lock, NULL);
    (void)pthread_cond_init(&sandbox->change, NULL);
    status = sandbox_probe(options->level, &options->limits, error);
    if (status == CRUX_OK)
        status = filter_make(&sandbox->filter, &sandbox->filter_length, error);
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = start_supervisor(sandbox, i, error);
    if (status == CRUX_OK)
        *out = sandbox;
    else
        sandbox_close(sandbox);
    return status;
}

void sandbox_close(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    sandbox_lock(sandbox);
    sandbox->closing = true;
    (void)pthread_cond_broadcast(&sandbox->change);
    sandbox_unlock(sandbox);
    for (uint32_t i = 0; i < sandbox->count; i++) {
        struct supervisor *self = &sandbox->supervisors[i];

        if (self->started)
            (void)pthread_join(self->thread, NULL);
        if (self->place.wake >= 0)
            (void)close(self->place.wake);
    }
    (void)pthread_cond_destroy(&sandbox->change);
    (void)pthread_mutex_destroy(&sandbox->lock);
    free(sandbox->filter);
    free(sandbox);
}
