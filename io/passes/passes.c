/*
 * passes.c - one thread asks and takes answers; others put what has come on a list.
 */
#include "io/passes/passes.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "io/draw.h"

enum { SECOND = 1000000000, PLACES_MOST = 65536 };

struct passes {
    struct passes_setup setup;
    struct passes_view view;
    atomic_bool stopped;
    /* Steered by other threads, each a number of its own; who changes one wakes the pass. */
    atomic_bool paused, hurries;
    _Atomic uint32_t places, flying_now;
    _Atomic int64_t limit_ns;
    int64_t began_ns, told_ns;
    bool late, ended;               /* its time is over; the work has no more questions */
    bool hurried;                   /* what is in flight has been called off */
    bool waits;                     /* it has none before an answer has come */
    struct passes_question *flying; /* in flight, in no order */
    pthread_mutex_t mutex;
    pthread_cond_t came;
    bool woken;                           /* it was steered; under mutex, as are ... */
    struct passes_question *first, *last; /* ... those that have come, in that order */
};

uint64_t passes_seed(uint64_t seed, const char *id, uint64_t number)
{
    return draw(draw(seed, draw_text(id, strlen(id))), number);
}

int passes_open(struct passes **out, const struct passes_setup *setup, struct crux_error *error)
{
    struct passes *passes = calloc(1, sizeof *passes);
    pthread_condattr_t attributes;

    assert(setup->in_flight > 0);
    if (passes == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a pass");
    passes->setup = *setup;
    atomic_init(&passes->places, setup->in_flight);
    atomic_init(&passes->limit_ns, setup->limit_ns);
    (void)pthread_mutex_init(&passes->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&passes->came, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    *out = passes;
    return CRUX_OK;
}

void passes_close(struct passes *passes)
{
    if (passes == NULL)
        return;
    assert(passes->view.in_flight == 0);
    (void)pthread_cond_destroy(&passes->came);
    (void)pthread_mutex_destroy(&passes->mutex);
    free(passes);
}

/* relaxed: whoever reads it needs nothing else of who wrote it. */
void passes_stop(struct passes *passes)
{
    atomic_store_explicit(&passes->stopped, true, memory_order_relaxed);
}

static bool passes_stopped(const struct passes *passes)
{
    return atomic_load_explicit(&passes->stopped, memory_order_relaxed);
}

/* --- steering ---------------------------------------------------------------------------- */

/* With the lock, so that a pass that is about to wait has seen what was said, or is woken. */
static void passes_wake(struct passes *passes)
{
    (void)pthread_mutex_lock(&passes->mutex);
    passes->woken = true;
    (void)pthread_cond_signal(&passes->came);
    (void)pthread_mutex_unlock(&passes->mutex);
}

void passes_pause(struct passes *passes)
{
    atomic_store(&passes->paused, true);
}

void passes_resume(struct passes *passes)
{
    atomic_store(&passes->paused, false);
    passes_wake(passes);
}

int passes_set_in_flight(struct passes *passes, uint32_t in_flight, struct crux_error *error)
{
    if (in_flight == 0 || in_flight > PLACES_MOST)
        return crux_fail(error, CRUX_INVALID, "calls in flight are 1 .. %d, not %u", PLACES_MOST,
                         in_flight);
    atomic_store(&passes->places, in_flight);
    passes_wake(passes);
    return CRUX_OK;
}

int passes_set_limit_ns(struct passes *passes, int64_t limit_ns, struct crux_error *error)
{
    if (limit_ns < 0)
        return crux_fail(error, CRUX_INVALID, "a limit of time must not be negative");
    atomic_store(&passes->limit_ns, limit_ns);
    passes_wake(passes);
    return CRUX_OK;
}

void passes_call_off(struct passes *passes)
{
    atomic_store(&passes->hurries, true);
    passes_stop(passes);
    passes_wake(passes);
}

void passes_steered(struct passes *passes, struct crux_steering *out)
{
    *out = (struct crux_steering){.paused = atomic_load(&passes->paused),
                                  .stopped = passes_stopped(passes),
                                  .in_flight = atomic_load(&passes->places),
                                  .limit_ns = atomic_load(&passes->limit_ns)};
}

uint32_t passes_flying(struct passes *passes)
{
    return atomic_load(&passes->flying_now);
}

/* --- answers that come ------------------------------------------------------------------ */

static void passes_came(struct crux_asking *asking, int status)
{
    struct passes_question *question = (struct passes_question *)(void *)asking;
    struct passes *passes = question->passes;

    question->status = status;
    question->next = NULL;
    (void)pthread_mutex_lock(&passes->mutex);
    if (passes->first == NULL)
        passes->first = question;
    else
        passes->last->next = question;
    passes->last = question;
    (void)pthread_cond_signal(&passes->came);
    (void)pthread_mutex_unlock(&passes->mutex);
}

/* All that has come; with wait, not before something has, it was steered, or a second is over. */
static struct passes_question *passes_take(struct passes *passes, bool wait)
{
    struct passes_question *taken;
    struct timespec until;
    int waited = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    (void)pthread_mutex_lock(&passes->mutex);
    while (wait && passes->first == NULL && !passes->woken && waited == 0)
        waited = pthread_cond_timedwait(&passes->came, &passes->mutex, &until);
    passes->woken = false;
    taken = passes->first;
    passes->first = passes->last = NULL;
    (void)pthread_mutex_unlock(&passes->mutex);
    return taken;
}

/* --- the pass --------------------------------------------------------------------------- */

static void passes_take_off(struct passes *passes, struct passes_question *question)
{
    question->before = NULL;
    question->behind = passes->flying;
    if (passes->flying != NULL)
        passes->flying->before = question;
    passes->flying = question;
    atomic_store(&passes->flying_now, ++passes->view.in_flight);
}

static void passes_land(struct passes *passes, struct passes_question *question)
{
    if (question->before != NULL)
        question->before->behind = question->behind;
    else
        passes->flying = question->behind;
    if (question->behind != NULL)
        question->behind->before = question->before;
    atomic_store(&passes->flying_now, --passes->view.in_flight);
}

/* A question that was given up with the run was not answered: the next run asks it. */
static int passes_settle(struct passes *passes, struct passes_work *work,
                         struct passes_question *question, struct crux_error *error)
{
    int answer = question->status, status = CRUX_OK;

    passes_land(passes, question);
    passes->waits = false;
    if (answer == CRUX_CANCELLED) {
        passes_stop(passes);
        return CRUX_OK;
    }
    passes->view.answered++;
    passes->view.failed += answer < 0;
    if (answer == CRUX_MEMORY)
        return crux_fail(error, CRUX_MEMORY, "no memory for a question");
    status = work->answered(work, question, answer, error);
    if (answer == CRUX_DONE)
        crux_release(&question->asking);
    return status;
}

static int passes_ask(struct passes *passes, struct passes_work *work, struct crux_error *error)
{
    struct passes_question *question;
    int status = work->next(work, &question, error);

    if (status != CRUX_OK) {
        passes->ended = status == CRUX_END;
        passes->waits = status == CRUX_PENDING;
        assert(!passes->waits || passes->view.in_flight > 0);
        return passes->ended || passes->waits ? CRUX_OK : status;
    }
    question->passes = passes;
    question->asking.answered = passes_came;
    question->asking.call.deadline_ns =
        passes->setup.deadline_ns > 0 ? clock_now_ns() + passes->setup.deadline_ns : 0;
    passes->view.asked++;
    passes_take_off(passes, question);
    status = crux_ask(question->port, &question->asking);
    if (status == CRUX_PENDING)
        return CRUX_OK; /* it may have come already: hands off */
    question->status = status;
    return passes_settle(passes, work, question, error);
}

static int passes_settle_all(struct passes *passes, struct passes_work *work, bool wait, int status,
                             struct crux_error *error)
{
    struct passes_question *question = passes_take(passes, wait), *next;

    for (; question != NULL; question = next) {
        struct crux_error later;
        int settled;

        next = question->next; /* answered() may use it again */
        settled = passes_settle(passes, work, question, status == CRUX_OK ? error : &later);
        status = status == CRUX_OK ? settled : status;
    }
    return status;
}

/* A question that is answered meanwhile is answered. */
static void passes_hurry(struct passes *passes)
{
    passes->hurried = true;
    for (struct passes_question *question = passes->flying; question != NULL;
         question = question->behind)
        crux_cancel(&question->asking);
}

static void passes_tell(struct passes *passes)
{
    int64_t now_ns = clock_now_ns(), limit_ns = atomic_load(&passes->limit_ns);

    if (limit_ns > 0 && now_ns - passes->began_ns >= limit_ns)
        passes->late = true;
    if (!passes->hurried && (passes->late || atomic_load(&passes->hurries)))
        passes_hurry(passes);
    if (passes->setup.told == NULL || now_ns - passes->told_ns < SECOND)
        return;
    passes->told_ns = now_ns;
    passes->setup.told(passes->setup.context, &passes->view);
}

static int passes_end(const struct passes *passes, int status, struct crux_error *error)
{
    if (status != CRUX_OK || passes->ended)
        return status;
    if (!passes->late && passes_stopped(passes))
        return CRUX_STOPPED;
    return crux_fail(error, CRUX_LIMIT, "the limit of %.6g seconds is reached (--limit-seconds)",
                     (double)atomic_load(&passes->limit_ns) / 1e9);
}

/* Tells the work, too, when it is another number of places. */
static bool passes_has_place(struct passes *passes, struct passes_work *work)
{
    uint32_t places = atomic_load(&passes->places);

    if (places != passes->setup.in_flight && work->places != NULL)
        work->places(work, places);
    passes->setup.in_flight = places;
    return !passes->waits && passes->view.in_flight < places && !atomic_load(&passes->paused);
}

int passes_run(struct passes *passes, struct passes_work *work, struct crux_error *error)
{
    int status = CRUX_OK;

    passes->began_ns = passes->told_ns = clock_now_ns();
    for (;;) {
        bool asks = status == CRUX_OK && !passes->ended && !passes->late && !passes_stopped(passes);

        if (!asks && passes->view.in_flight == 0)
            return passes_end(passes, status, error);
        asks = asks && passes_has_place(passes, work);
        if (asks)
            status = passes_ask(passes, work, error);
        status = passes_settle_all(passes, work, !asks, status, error);
        passes_tell(passes);
    }
}
