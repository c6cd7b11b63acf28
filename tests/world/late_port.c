/*
 * late_port.c - a port whose threads answer for another port, in an order of their own.
 *
 * Calls go into a bag; each thread draws one at random, asks the inner port and
 * completes. A thread waits for the bag to fill a little first, so that replies
 * really overtake each other; no clock is involved, so nothing depends on the
 * machine's speed.
 */
#include "tests/world/late_port.h"

#include "search/rng.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BAG      65536u
#define PATIENCE 50u /* rounds a thread waits for the bag to fill */

struct asked {
    struct crux_call *call;
    uint64_t ticket;
};

struct late_port {
    struct crux_policy policy; /* first: who needs a policy takes its port for one */
    struct crux_port *inner;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct asked bag[BAG];
    uint32_t count, threads;
    uint64_t draw;
    bool closing;
    _Atomic uint64_t refused;
    pthread_t thread[64];
};

static int ask(struct crux_port *port, struct crux_call *call)
{
    struct late_port *late = (struct late_port *)(void *)port;

    (void)pthread_mutex_lock(&late->lock);
    late->bag[late->count++] = (struct asked){call, call->ticket};
    (void)pthread_cond_signal(&late->more);
    (void)pthread_mutex_unlock(&late->lock);
    return CRUX_PENDING;
}

static bool draw(struct late_port *late, struct asked *out)
{
    bool drawn = false;

    (void)pthread_mutex_lock(&late->lock);
    while (late->count == 0 && !late->closing)
        (void)pthread_cond_wait(&late->more, &late->lock);
    if (late->count > 0) {
        uint32_t at = (uint32_t)((late->draw = rng_mix(late->draw + 1)) % late->count);

        *out = late->bag[at];
        late->bag[at] = late->bag[--late->count];
        drawn = true;
    }
    (void)pthread_mutex_unlock(&late->lock);
    return drawn;
}

static void *answer(void *context)
{
    struct late_port *late = context;
    struct asked asked;

    for (;;) {
        int status;

        for (uint32_t i = 0; i < PATIENCE; i++)
            (void)sched_yield();
        if (!draw(late, &asked))
            return NULL;
        status = late->inner->ask(late->inner, asked.call);
        /* A ticket from another asking must be turned away, before and after. */
        if (!crux_complete(asked.call, asked.ticket + 1000, CRUX_FAILED))
            atomic_fetch_add(&late->refused, 1);
        (void)crux_complete(asked.call, asked.ticket, status);
    }
}

static void release(struct crux_port *port, struct crux_reply *reply)
{
    struct late_port *late = (struct late_port *)(void *)port;

    late->inner->release(late->inner, reply);
}

struct late_port *late_port_open(struct crux_port *inner, uint32_t threads, uint64_t seed)
{
    struct late_port *late = calloc(1, sizeof *late);

    late->policy.tells_entropy = true; /* if the inner one does */
    late->policy.revises = true;
    late->policy.port = (struct crux_port){"late", false, ask, NULL, release, NULL};
    late->inner = inner;
    late->threads = threads;
    late->draw = seed;
    (void)pthread_mutex_init(&late->lock, NULL);
    (void)pthread_cond_init(&late->more, NULL);
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_create(&late->thread[i], NULL, answer, late);
    return late;
}

struct crux_port *late_port_of(struct late_port *late)
{
    return &late->policy.port;
}

uint64_t late_port_refused(const struct late_port *late)
{
    return atomic_load(&late->refused);
}

void late_port_close(struct late_port *late)
{
    (void)pthread_mutex_lock(&late->lock);
    late->closing = true;
    (void)pthread_cond_broadcast(&late->more);
    (void)pthread_mutex_unlock(&late->lock);
    for (uint32_t i = 0; i < late->threads; i++)
        (void)pthread_join(late->thread[i], NULL);
    (void)pthread_mutex_destroy(&late->lock);
    (void)pthread_cond_destroy(&late->more);
    free(late);
}
