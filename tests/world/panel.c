/*
 * panel.c - a critic that asks two others, and an annotator that answers from a thread of its own.
 */
#include "tests/world/panel.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* --- the panel -------------------------------------------------------------------- */

struct panel {
    struct crux_critic critic; /* first: a port is its panel */
    struct crux_port *members[2];
};

struct panel_question;

/* One asking of one member. */
struct panel_asking {
    struct crux_asking asking; /* first */
    struct panel_question *question;
    int status;
};

struct panel_question {
    struct crux_call *call; /* whose answer this is */
    uint64_t ticket;
    _Atomic uint32_t left; /* members that have not answered, and panel_ask() itself */
    struct panel_asking askings[2];
    double *scores; /* the reply's */
};

static int panel_judge(struct panel_question *question)
{
    struct crux_call *call = question->call;
    int status = CRUX_DONE;

    question->scores = calloc(call->count, sizeof *question->scores);
    for (int i = 0; i < 2; i++) {
        struct panel_asking *member = &question->askings[i];

        if (member->status != CRUX_DONE) {
            status = CRUX_FAILED;
            continue;
        }
        for (uint32_t j = 0; j < call->count; j++)
            question->scores[j] += member->asking.call.reply.scores[j] / 2.0;
        crux_release(&member->asking);
    }
    call->reply = (struct crux_reply){
        .count = call->count, .scores = question->scores, .owner = question->scores};
    if (status != CRUX_DONE) {
        free(question->scores);
        call->reply = (struct crux_reply){.sentence = "a member of the panel gave no answer"};
    }
    return status;
}

static bool panel_drop(struct panel_question *question)
{
    return atomic_fetch_sub(&question->left, 1) == 1;
}

static void panel_answered(struct crux_asking *asking, int status)
{
    struct panel_asking *member = (struct panel_asking *)(void *)asking;
    struct panel_question *question = member->question;

    member->status = status;
    if (!panel_drop(question))
        return;
    (void)crux_complete(question->call, question->ticket, panel_judge(question));
    free(question);
}

/* True: it was answered at once. Else panel_answered() owns the record. */
static bool panel_put(struct panel_question *question, struct crux_port *port, int i)
{
    struct panel_asking *member = &question->askings[i];
    const struct crux_call *call = question->call;
    int status;

    member->question = question;
    member->asking.call = *call;
    member->asking.call.ticket = 0;
    member->asking.answered = panel_answered;
    status = crux_ask(port, &member->asking);
    if (status == CRUX_PENDING)
        return false;
    member->status = status;
    return true;
}

static int panel_ask(struct crux_port *port, struct crux_call *call)
{
    struct panel *panel = (struct panel *)(void *)port;
    struct panel_question *question = calloc(1, sizeof *question);
    int status;

    assert(question != NULL);
    question->call = call;
    question->ticket = call->ticket;
    atomic_store(&question->left, 3);
    for (int i = 0; i < 2; i++)
        if (panel_put(question, panel->members[i], i))
            (void)panel_drop(question);
    if (!panel_drop(question))
        return CRUX_PENDING;
    status = panel_judge(question);
    free(question);
    return status;
}

static void panel_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void panel_close(struct crux_port *port)
{
    free(port);
}

struct crux_critic *panel_open(struct crux_port *one, struct crux_port *other)
{
    struct panel *panel = calloc(1, sizeof *panel);

    assert(panel != NULL);
    panel->critic = (struct crux_critic){
        .port = {.name = "panel", .ask = panel_ask, .release = panel_release, .close = panel_close},
        .verbs = 1u << CRUX_SCORE};
    panel->members[0] = one;
    panel->members[1] = other;
    return &panel->critic;
}

/* --- the scribe --------------------------------------------------------------------- */

struct scribe_question {
    struct scribe_question *next;
    struct crux_call *call;
    uint64_t ticket;
    int64_t due_ns;
};

struct scribe {
    struct crux_critic critic; /* first: a port is its scribe */
    struct crux_critic *inner;
    int64_t wait_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct scribe_question *first, **last; /* in the order of asking, which is that of due_ns */
    uint32_t out, most;
    bool closing;
};

static int64_t scribe_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int scribe_ask(struct crux_port *port, struct crux_call *call)
{
    struct scribe *scribe = (struct scribe *)(void *)port;
    struct scribe_question *question = calloc(1, sizeof *question);

    assert(question != NULL);
    *question = (struct scribe_question){
        .call = call, .ticket = call->ticket, .due_ns = scribe_now() + scribe->wait_ns};
    (void)pthread_mutex_lock(&scribe->lock);
    *scribe->last = question;
    scribe->last = &question->next;
    scribe->out++;
    if (scribe->out > scribe->most)
        scribe->most = scribe->out;
    (void)pthread_cond_signal(&scribe->changed);
    (void)pthread_mutex_unlock(&scribe->lock);
    return CRUX_PENDING;
}

static struct scribe_question *scribe_take(struct scribe *scribe)
{
    struct scribe_question *question;

    (void)pthread_mutex_lock(&scribe->lock);
    while (scribe->first == NULL && !scribe->closing)
        (void)pthread_cond_wait(&scribe->changed, &scribe->lock);
    question = scribe->first;
    if (question != NULL) {
        scribe->first = question->next;
        if (scribe->first == NULL)
            scribe->last = &scribe->first;
    }
    (void)pthread_mutex_unlock(&scribe->lock);
    return question;
}

static void scribe_wait_until(int64_t due_ns)
{
    int64_t left_ns = due_ns - scribe_now();
    struct timespec pause = {left_ns / 1000000000, left_ns % 1000000000};

    if (left_ns > 0)
        (void)nanosleep(&pause, NULL);
}

static void *scribe_write(void *context)
{
    struct scribe *scribe = context;
    struct scribe_question *question;

    while ((question = scribe_take(scribe)) != NULL) {
        struct crux_port *inner = &scribe->inner->port;
        int status;

        scribe_wait_until(question->due_ns);
        status = inner->ask(inner, question->call); /* which is instant */
        (void)pthread_mutex_lock(&scribe->lock);
        scribe->out--;
        (void)pthread_mutex_unlock(&scribe->lock);
        (void)crux_complete(question->call, question->ticket, status);
        free(question);
    }
    return NULL;
}

static void scribe_release(struct crux_port *port, struct crux_reply *reply)
{
    struct crux_port *inner = &((struct scribe *)(void *)port)->inner->port;

    if (inner->release != NULL)
        inner->release(inner, reply);
}

static void scribe_close(struct crux_port *port)
{
    struct scribe *scribe = (struct scribe *)(void *)port;

    (void)pthread_mutex_lock(&scribe->lock);
    scribe->closing = true;
    (void)pthread_cond_signal(&scribe->changed);
    (void)pthread_mutex_unlock(&scribe->lock);
    (void)pthread_join(scribe->thread, NULL);
    (void)pthread_cond_destroy(&scribe->changed);
    (void)pthread_mutex_destroy(&scribe->lock);
    free(scribe);
}

struct crux_critic *scribe_open(struct crux_critic *inner, int64_t wait_ns)
{
    struct scribe *scribe = calloc(1, sizeof *scribe);

    assert(scribe != NULL && inner->port.instant);
    scribe->critic = (struct crux_critic){.port = {.name = "scribe",
                                                   .ask = scribe_ask,
                                                   .release = scribe_release,
                                                   .close = scribe_close},
                                          .verbs = 1u << CRUX_ANNOTATE};
    scribe->inner = inner;
    scribe->wait_ns = wait_ns;
    scribe->last = &scribe->first;
    (void)pthread_mutex_init(&scribe->lock, NULL);
    (void)pthread_cond_init(&scribe->changed, NULL);
    (void)pthread_create(&scribe->thread, NULL, scribe_write, scribe);
    return &scribe->critic;
}

uint32_t scribe_most(const struct crux_critic *scribe)
{
    return ((const struct scribe *)(const void *)scribe)->most;
}
