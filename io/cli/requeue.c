/*
 * requeue.c - a queue of problems that are to be handed out again.
 */
#include "io/cli/requeue.h"

#include <pthread.h>
#include <stdlib.h>

struct requeue {
    pthread_mutex_t queue_lock; /* of the items */
    pthread_mutex_t keep_lock; /* held while a failed tree is kept, and while they are looked for */
    struct crux_store *store;
    const struct crux_problems *problems;
    bool (*wanted)(void *context, const struct crux_problem *problem);
    void *context;
    size_t *items; /* positions among the problems; first .. count - 1 wait */
    size_t first, count, room;
};

int requeue_open(struct requeue **out, struct crux_store *store,
                 const struct crux_problems *problems,
                 bool (*wanted)(void *context, const struct crux_problem *problem), void *context,
                 struct crux_error *error)
{
    struct requeue *requeue = calloc(1, sizeof *requeue);

    if (requeue == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for problems that are searched again");
    (void)pthread_mutex_init(&requeue->queue_lock, NULL);
    (void)pthread_mutex_init(&requeue->keep_lock, NULL);
    requeue->store = store;
    requeue->problems = problems;
    requeue->wanted = wanted;
    requeue->context = context;
    *out = requeue;
    return CRUX_OK;
}

void requeue_close(struct requeue *requeue)
{
    if (requeue == NULL)
        return;
    (void)pthread_mutex_destroy(&requeue->keep_lock);
    (void)pthread_mutex_destroy(&requeue->queue_lock);
    free(requeue->items);
    free(requeue);
}

void requeue_hold(struct requeue *requeue)
{
    if (requeue != NULL)
        (void)pthread_mutex_lock(&requeue->keep_lock);
}

void requeue_let_go(struct requeue *requeue)
{
    if (requeue != NULL)
        (void)pthread_mutex_unlock(&requeue->keep_lock);
}

static bool requeue_add(struct requeue *requeue, size_t position)
{
    if (requeue->count == requeue->room) {
        size_t room = requeue->room == 0 ? 64 : 2 * requeue->room;
        size_t *items = realloc(requeue->items, room * sizeof *items);

        if (items == NULL)
            return false;
        requeue->items = items;
        requeue->room = room;
    }
    requeue->items[requeue->count++] = position;
    return true;
}

/* Add those that have failed. */
static int requeue_find(struct requeue *requeue, struct crux_error *error)
{
    for (size_t i = 0; i < requeue->problems->count; i++) {
        const struct crux_problem *problem = &requeue->problems->items[i];

        if (crux_store_state(requeue->store, problem->ordinal) == CRUX_BROKEN &&
            requeue->wanted(requeue->context, problem) && !requeue_add(requeue, i))
            return crux_fail(error, CRUX_MEMORY, "no memory for problems that are searched again");
    }
    return CRUX_OK;
}

/* With both locks: they wait in the store before one of them is handed out. */
static int requeue_reopen(struct requeue *requeue, uint64_t *count, struct crux_error *error)
{
    size_t before = requeue->count;
    int status = requeue_find(requeue, error);

    if (status == CRUX_OK && requeue->count > before)
        status = crux_store_reopen_broken(requeue->store, error);
    if (status != CRUX_OK)
        requeue->count = before;
    else
        *count = requeue->count - before;
    return status;
}

int requeue_failed(struct requeue *requeue, uint64_t *count, struct crux_error *error)
{
    int status;

    /* It may be waiting for a full disk for long. */
    if (pthread_mutex_trylock(&requeue->keep_lock) != 0)
        return crux_fail(error, CRUX_STORE,
                         "the store is just keeping a problem that has failed: say it again");
    (void)pthread_mutex_lock(&requeue->queue_lock);
    status = requeue_reopen(requeue, count, error);
    (void)pthread_mutex_unlock(&requeue->queue_lock);
    (void)pthread_mutex_unlock(&requeue->keep_lock);
    return status;
}

const struct crux_problem *requeue_next(struct requeue *requeue)
{
    const struct crux_problem *problem = NULL;

    if (requeue == NULL)
        return NULL;
    (void)pthread_mutex_lock(&requeue->queue_lock);
    if (requeue->first < requeue->count)
        problem = &requeue->problems->items[requeue->items[requeue->first++]];
    (void)pthread_mutex_unlock(&requeue->queue_lock);
    return problem;
}
