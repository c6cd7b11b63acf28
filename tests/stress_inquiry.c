/*
 * stress_inquiry.c - a call that is answered by asking others ends exactly once, whoever answers
 * last and whatever is cancelled meanwhile.
 *
 * Runs under ThreadSanitizer. An adversary accuses by an ensemble of clerks and is ruled on by
 * another clerk, so calls have two rounds and an inquiry inside of an inquiry. Clerks answer from
 * threads of their own, some calls at once; a cancel answers a call on the canceller's thread, if
 * it still waits. Every reply must be given back, and every call of the askers' end once.
 *
 *     stress_inquiry [CALLS]
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/adversary.h"
#include "critics/ensemble.h"
#include "search/rng.h"
#include "tests/world/deep.h"

enum { CLERKS = 3, ASKERS = 4, BAG = 4096 };

struct clerk {
    struct crux_critic critic; /* first */
    pthread_mutex_t lock;
    struct crux_call *bag[BAG];
    uint32_t count;
    bool closing;
    pthread_t thread;
};

static struct clerk clerks[CLERKS];
static struct crux_critic *adversary;
static _Atomic uint64_t given, released, ended, cancelled;
static uint64_t calls = 2000;

static const struct crux_problem problem = {.id = "p", .prompt = "?", .line = "{}"};
static const struct crux_step step = {.text = "x", .length = 1, .depth = 1};

/* --- clerks ------------------------------------------------------------------------------- */

static int clerk_answer(struct crux_call *call)
{
    double *score = malloc(sizeof *score);

    *score = (double)(call->seed % 3) / 2.0;
    call->reply = (struct crux_reply){.count = 1, .scores = score, .owner = score};
    (void)atomic_fetch_add(&given, 1);
    return CRUX_DONE;
}

static int clerk_ask(struct crux_port *port, struct crux_call *call)
{
    struct clerk *clerk = (struct clerk *)(void *)port;

    if (call->seed % 5 == 0)
        return clerk_answer(call);
    (void)pthread_mutex_lock(&clerk->lock);
    clerk->bag[clerk->count++] = call;
    (void)pthread_mutex_unlock(&clerk->lock);
    return CRUX_PENDING;
}

/* The call, if it waits (NULL: any); it is no longer there. */
static struct crux_call *clerk_take(struct clerk *clerk, const struct crux_call *wanted)
{
    struct crux_call *taken = NULL;

    (void)pthread_mutex_lock(&clerk->lock);
    for (uint32_t i = 0; i < clerk->count && taken == NULL; i++)
        if (wanted == NULL || clerk->bag[i] == wanted) {
            taken = clerk->bag[i];
            clerk->bag[i] = clerk->bag[--clerk->count];
        }
    (void)pthread_mutex_unlock(&clerk->lock);
    return taken;
}

static void clerk_cancel(struct crux_port *port, struct crux_call *call)
{
    struct crux_call *taken = clerk_take((struct clerk *)(void *)port, call);

    if (taken != NULL)
        (void)crux_complete(taken, taken->ticket, CRUX_CANCELLED);
}

static void clerk_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
    (void)atomic_fetch_add(&released, 1);
}

static void *clerk_work(void *context)
{
    struct clerk *clerk = context;
    bool closing = false;

    while (!closing) {
        struct crux_call *call = clerk_take(clerk, NULL);

        if (call != NULL)
            (void)crux_complete(call, call->ticket, clerk_answer(call));
        else
            (void)sched_yield();
        (void)pthread_mutex_lock(&clerk->lock);
        closing = clerk->closing;
        (void)pthread_mutex_unlock(&clerk->lock);
    }
    return NULL;
}

/* --- askers ----------------------------------------------------------------------------------- */

struct asker {
    struct crux_asking asking; /* first */
    sem_t done;
    int status;
    uint64_t number;
    pthread_t thread;
};

static void asker_answered(struct crux_asking *asking, int status)
{
    struct asker *asker = (struct asker *)(void *)asking;

    asker->status = status;
    (void)sem_post(&asker->done);
}

static void asker_ask(struct asker *asker, uint64_t seed)
{
    uint64_t ticket = asker->asking.call.ticket;
    int status;

    asker->asking.call = (struct crux_call){.verb = CRUX_SCORE,
                                            .count = 1,
                                            .candidates = &step,
                                            .seed = seed,
                                            .ticket = ticket,
                                            .state = {.problem = &problem}};
    status = crux_ask(&adversary->port, &asker->asking);
    if (status == CRUX_PENDING) {
        if (seed % 4 == 0)
            crux_cancel(&asker->asking);
        while (sem_wait(&asker->done) != 0)
            continue;
        status = asker->status;
    }
    if (status == CRUX_DONE)
        crux_release(&asker->asking);
    (void)atomic_fetch_add(&ended, 1);
    (void)atomic_fetch_add(&cancelled, status == CRUX_CANCELLED);
}

static void *asker_work(void *context)
{
    struct asker *asker = context;

    for (uint64_t i = 0; i < calls; i++)
        asker_ask(asker, rng_mix(asker->number * calls + i));
    return NULL;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static void open_all(void)
{
    const struct ensemble_manner manner = {RULE_MEAN, 1};
    struct crux_critic *const two[] = {&clerks[0].critic, &clerks[1].critic};
    const struct adversary_validator ruler = {&clerks[2].critic, CRUX_SCORE};
    struct crux_critic *both = NULL;

    for (int i = 0; i < CLERKS; i++) {
        clerks[i].critic = (struct crux_critic){.port = {.name = "clerk",
                                                         .ask = clerk_ask,
                                                         .cancel = clerk_cancel,
                                                         .release = clerk_release},
                                                .verbs = 1U << CRUX_SCORE};
        (void)pthread_mutex_init(&clerks[i].lock, NULL);
        (void)pthread_create(&clerks[i].thread, NULL, clerk_work, &clerks[i]);
    }
    if (ensemble_new(&both, "ensemble", &manner, two, 2, CRUX_SCORE, NULL) != CRUX_OK ||
        adversary_new(&adversary, CRUX_ROLE_EXECUTION, both, &ruler, 1, NULL) != CRUX_OK)
        exit(1);
}

static void close_all(void)
{
    for (int i = 0; i < CLERKS; i++) {
        (void)pthread_mutex_lock(&clerks[i].lock);
        clerks[i].closing = true;
        (void)pthread_mutex_unlock(&clerks[i].lock);
        (void)pthread_join(clerks[i].thread, NULL);
    }
    adversary->port.close(&adversary->port);
}

int main(int argc, char **argv)
{
    static struct asker askers[ASKERS];

    calls = argc > 1 ? strtoull(argv[1], NULL, 10) : calls * (is_deep() ? 50 : 1);
    open_all();
    for (uint64_t i = 0; i < ASKERS; i++) {
        askers[i].number = i;
        askers[i].asking.answered = asker_answered;
        (void)sem_init(&askers[i].done, 0, 0);
        (void)pthread_create(&askers[i].thread, NULL, asker_work, &askers[i]);
    }
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_join(askers[i].thread, NULL);
    close_all();
    (void)printf(
        "stress_inquiry: %llu calls ended, %llu of them cancelled; %llu replies, %llu given "
        "back\n",
        (unsigned long long)ended, (unsigned long long)cancelled, (unsigned long long)given,
        (unsigned long long)released);
    return ended == ASKERS * calls && given == released && cancelled > 0 && cancelled < ended ? 0
                                                                                              : 1;
}
