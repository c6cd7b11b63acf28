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

enum { SECOND = 1000000000 };

struct passes {
    struct passes_setup setup;
    struct passes_view view;
    atomic_bool stopped;
    int64_t began_ns, told_ns;
    bool late, ended; /* its time is over, what was in flight is called off; the work has no more
                         questions */
    bool waits;       /* it has none before an answer has come */
    struct passes_question *flying; /* in flight, in no order */
    pthread_mutex_t mutex;
    pthread_cond_t came;
    struct passes_question *first, *last; /* have come, in that order; under mutex */
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

/* All that has come; with wait, not before something has, or a second is over. */
static struct passes_question *passes_take(struct passes *passes, bool wait)
{
    struct passes_question *taken;
    struct timespec until;
    int waited = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    (void)pthread_mutex_lock(&passes->mutex);
    while (wait && passes->first == NULL && waited == 0)
        waited = pthread_cond_timedwait(&passes->came, &passes->mutex, &until);
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
    passes->view.in_flight++;
}

static void passes_land(struct passes *passes, struct passes_question *question)
{
    if (question->before != NULL)
        question->before->behind = question->behind;
    else
        passes->flying = question->behind;
    if (question->behind != NULL)
        question->behind->before = question->before;
    passes->view.in_flight--;
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

/* Its time is over. A question that is answered meanwhile is answered. */
static void passes_call_off(struct passes *passes)
{
    passes->late = true;
    for (struct passes_question *question = passes->flying; question != NULL;
         question = question->behind)
        crux_cancel(&question->asking);
}

static void passes_tell(struct passes *passes)
{
    int64_t now_ns = clock_now_ns();

    if (!passes->late && passes->setup.limit_ns > 0 &&
        now_ns - passes->began_ns >= passes->setup.limit_ns)
        passes_call_off(passes);
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
                     (double)passes->setup.limit_ns / 1e9);
}

int passes_run(struct passes *passes, struct passes_work *work, struct crux_error *error)
{
    int status = CRUX_OK;

    passes->began_ns = passes->told_ns = clock_now_ns();
    for (;;) {
        bool asks = status == CRUX_OK && !passes->ended && !passes->late && !passes_stopped(passes);

        if (!asks && passes->view.in_flight == 0)
            return passes_end(passes, status, error);
        asks = asks && !passes->waits && passes->view.in_flight < passes->setup.in_flight;
        if (asks)
            status = passes_ask(passes, work, error);
        status = passes_settle_all(passes, work, !asks, status, error);
        passes_tell(passes);
    }
}
