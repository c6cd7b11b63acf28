/*
 * delay.c - policy that answers late what another one answers: a thread and a heap of calls by due
 * time.
 *
 * The timer thread asks the inner policy when a call is due, so the answer comes
 * from another thread and in another order, exactly as from a served model, and
 * the inner policy needs to know nothing of it.
 */
#include "policies/crux_policies.h"

#include "io/clock.h"
#include "io/draw.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGMA        0.6 /* of the log of a delay */
#define MEAN_MOST_MS 3600000.0

struct due {
    int64_t due_ns;
    struct crux_call *call;
    uint64_t ticket;
};

struct delay {
    struct crux_policy policy;
    struct crux_policy *inner;
    double mean_ns;
    bool constant;
    bool closing;
    struct due *heap; /* the first is due first */
    size_t count, room;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t timer;
};

/* --- how late -------------------------------------------------------------------- */

/* Of mean mean_ns: a normal draw (Box and Muller 1958) in the exponent. */
static int64_t delay_of(const struct delay *delay, const struct crux_call *call)
{
    uint64_t word = draw(~call->seed, call->sample);
    double normal =
        sqrt(-2.0 * log(draw_uniform(word))) * cos(2.0 * M_PI * draw_uniform(draw_mix(word)));

    if (delay->constant)
        return (int64_t)delay->mean_ns;
    return (int64_t)(delay->mean_ns * exp(SIGMA * normal - SIGMA * SIGMA / 2.0));
}

/* --- the heap ----------------------------------------------------------------------- */

static void delay_swap(struct due *a, struct due *b)
{
    struct due c = *a;

    *a = *b;
    *b = c;
}

static void rise(struct delay *delay, size_t at)
{
    while (at > 0 && delay->heap[at].due_ns < delay->heap[(at - 1) / 2].due_ns) {
        delay_swap(&delay->heap[at], &delay->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sink(struct delay *delay, size_t at)
{
    for (;;) {
        size_t first = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < delay->count; child++)
            if (delay->heap[child].due_ns < delay->heap[first].due_ns)
                first = child;
        if (first == at)
            return;
        delay_swap(&delay->heap[at], &delay->heap[first]);
        at = first;
    }
}

static bool delay_put(struct delay *delay, struct due due)
{
    if (delay->count == delay->room) {
        size_t room = delay->room == 0 ? 64 : 2 * delay->room;
        struct due *heap = realloc(delay->heap, room * sizeof *heap);

        if (heap == NULL)
            return false;
        delay->heap = heap;
        delay->room = room;
    }
    delay->heap[delay->count] = due;
    rise(delay, delay->count++);
    return true;
}

static struct due delay_take_at(struct delay *delay, size_t at)
{
    struct due taken = delay->heap[at];

    delay->heap[at] = delay->heap[--delay->count];
    if (at < delay->count) {
        rise(delay, at);
        sink(delay, at);
    }
    return taken;
}

/* --- the timer ---------------------------------------------------------------------------- */

static void wait_until(struct delay *delay, int64_t due_ns)
{
    struct timespec until = {due_ns / CLOCK_SECOND_NS, due_ns % CLOCK_SECOND_NS};

    (void)pthread_cond_timedwait(&delay->changed, &delay->lock, &until);
}

/* The next call when it is due; false: closing. */
static bool next_due(struct delay *delay, struct due *out)
{
    bool found = false;

    (void)pthread_mutex_lock(&delay->lock);
    while (!found && !delay->closing) {
        if (delay->count == 0) {
            (void)pthread_cond_wait(&delay->changed, &delay->lock);
        } else if (delay->heap[0].due_ns <= clock_now_ns()) {
            *out = delay_take_at(delay, 0);
            found = true;
        } else {
            wait_until(delay, delay->heap[0].due_ns);
        }
    }
    (void)pthread_mutex_unlock(&delay->lock);
    return found;
}

static void *run_timer(void *context)
{
    struct delay *delay = context;
    struct crux_port *inner = &delay->inner->port;
    struct due due;

    while (next_due(delay, &due)) {
        int status = inner->ask(inner, due.call);

        if (status != CRUX_PENDING) /* else inner completes it by itself */
            (void)crux_complete(due.call, due.ticket, status);
    }
    return NULL;
}

/* --- the port -------------------------------------------------------------------------------- */

static int delay_ask(struct crux_port *port, struct crux_call *call)
{
    struct delay *delay = (struct delay *)(void *)port;
    struct due due = {clock_now_ns() + delay_of(delay, call), call, call->ticket};
    bool stored;

    (void)pthread_mutex_lock(&delay->lock);
    stored = delay_put(delay, due);
    if (stored && delay->heap[0].call == call)
        (void)pthread_cond_signal(&delay->changed);
    (void)pthread_mutex_unlock(&delay->lock);
    if (stored)
        return CRUX_PENDING;
    call->reply.sentence = "no memory to delay a call";
    return CRUX_MEMORY;
}

/* A call that waits for its time is taken out. False: it no longer waits. */
static bool delay_give_up(struct delay *delay, const struct crux_call *call, struct due *out)
{
    bool found = false;

    (void)pthread_mutex_lock(&delay->lock);
    for (size_t i = 0; i < delay->count && !found; i++) {
        found = delay->heap[i].call == call;
        if (found)
            *out = delay_take_at(delay, i);
    }
    (void)pthread_mutex_unlock(&delay->lock);
    return found;
}

/* As with a slow server: a call that is given up before its reply is there ends without it. */
static void cancel(struct crux_port *port, struct crux_call *call)
{
    struct delay *delay = (struct delay *)(void *)port;
    struct crux_port *inner = &delay->inner->port;
    struct due due;

    if (delay_give_up(delay, call, &due)) {
        call->reply.sentence = "the call was cancelled";
        (void)crux_complete(call, due.ticket, CRUX_CANCELLED);
    } else if (inner->cancel != NULL) {
        inner->cancel(inner, call);
    }
}

static void delay_release(struct crux_port *port, struct crux_reply *reply)
{
    struct crux_port *inner = &((struct delay *)(void *)port)->inner->port;

    if (inner->release != NULL)
        inner->release(inner, reply);
}

static void close_delay(struct crux_port *port)
{
    struct delay *delay = (struct delay *)(void *)port;

    (void)pthread_mutex_lock(&delay->lock);
    assert(delay->count == 0);
    delay->closing = true;
    (void)pthread_cond_signal(&delay->changed);
    (void)pthread_mutex_unlock(&delay->lock);
    (void)pthread_join(delay->timer, NULL);
    (void)pthread_cond_destroy(&delay->changed);
    (void)pthread_mutex_destroy(&delay->lock);
    free(delay->heap);
    free(delay);
}

static int delay_parse(struct delay *delay, const char *description, struct crux_error *error)
{
    static const char *const names[] = {"lognormal:", "constant:"};
    double mean_ms = -1.0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        char *end = NULL;

        if (strncmp(description, names[i], length) != 0)
            continue;
        delay->constant = i == 1;
        mean_ms = strtod(description + length, &end);
        if (end == description + length || *end != '\0')
            mean_ms = -1.0;
    }
    delay->mean_ns = mean_ms * 1e6;
    if (mean_ms >= 0.0 && mean_ms <= MEAN_MOST_MS)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "a delay is lognormal:MEAN_MS or constant:MS, 0 .. %.0f ms, not `%s`",
                     MEAN_MOST_MS, description);
}

static bool delay_start(struct delay *delay)
{
    pthread_condattr_t monotonic;
    int cause;

    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&delay->lock, NULL);
    (void)pthread_cond_init(&delay->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    cause = pthread_create(&delay->timer, NULL, run_timer, delay);
    return cause == 0;
}

int crux_delay_open(struct crux_policy **out, struct crux_policy *inner, const char *description,
                    struct crux_error *error)
{
    struct delay *delay = calloc(1, sizeof *delay);
    int status;

    if (delay == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a delay");
    status = delay_parse(delay, description, error);
    delay->inner = inner;
    delay->policy.tells_entropy = inner->tells_entropy;
    delay->policy.revises = inner->revises;
    delay->policy.port = (struct crux_port){.name = inner->port.name,
                                            .ask = delay_ask,
                                            .cancel = cancel,
                                            .release = delay_release,
                                            .close = close_delay};
    if (status == CRUX_OK && !delay_start(delay))
        status = crux_fail(error, CRUX_MEMORY, "cannot start the thread that delays calls");
    if (status != CRUX_OK) {
        free(delay);
        return status;
    }
    *out = &delay->policy;
    return CRUX_OK;
}
