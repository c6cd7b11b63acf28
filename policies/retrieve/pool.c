/*
 * pool.c - a queue of calls and the threads that empty it.
 */
#include "policies/retrieve/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <utlist.h>

struct pool_job {
    struct pool_job *prev, *next;
    struct crux_call *call;
    uint64_t ticket;
};

struct pool_thread {
    struct pool *pool;
    void *worker;
    pthread_t thread;
};

struct pool {
    pool_work *work;
    pool_drop *drop;
    struct pool_job *jobs; /* the first is the oldest */
    bool closing;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t count;
    struct pool_thread threads[];
};

/* NULL: the pool closes. */
static struct pool_job *pool_next(struct pool *pool)
{
    struct pool_job *job;

    (void)pthread_mutex_lock(&pool->lock);
    while (pool->jobs == NULL && !pool->closing)
        (void)pthread_cond_wait(&pool->changed, &pool->lock);
    job = pool->jobs;
    if (job != NULL)
        DL_DELETE(pool->jobs, job);
    (void)pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *pool_run(void *context)
{
    struct pool_thread *thread = context;
    struct pool *pool = thread->pool;
    struct pool_job *job;

    while ((job = pool_next(pool)) != NULL) {
        int status = pool->work(thread->worker, job->call);
        struct crux_reply reply = job->call->reply;

        if (!crux_complete(job->call, job->ticket, status) && status == CRUX_DONE)
            pool->drop(&reply);
        free(job);
    }
    return NULL;
}

int pool_put(struct pool *pool, struct crux_call *call)
{
    struct pool_job *job = malloc(sizeof *job);

    if (job == NULL)
        return CRUX_MEMORY;
    *job = (struct pool_job){.call = call, .ticket = call->ticket};
    (void)pthread_mutex_lock(&pool->lock);
    DL_APPEND(pool->jobs, job);
    (void)pthread_cond_signal(&pool->changed);
    (void)pthread_mutex_unlock(&pool->lock);
    return CRUX_PENDING;
}

bool pool_take_back(struct pool *pool, const struct crux_call *call, uint64_t *ticket)
{
    struct pool_job *job;

    (void)pthread_mutex_lock(&pool->lock);
    DL_FOREACH (pool->jobs, job)
        if (job->call == call)
            break;
    if (job != NULL)
        DL_DELETE(pool->jobs, job);
    (void)pthread_mutex_unlock(&pool->lock);
    if (job == NULL)
        return false;
    *ticket = job->ticket;
    free(job);
    return true;
}

int pool_open(struct pool **out, uint32_t threads, void *const *workers, pool_work *work,
              pool_drop *drop, struct crux_error *error)
{
    struct pool *pool = calloc(1, sizeof *pool + threads * sizeof *pool->threads);

    if (pool == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for threads");
    pool->work = work;
    pool->drop = drop;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->changed, NULL);
    for (; pool->count < threads; pool->count++) {
        struct pool_thread *thread = &pool->threads[pool->count];

        *thread = (struct pool_thread){.pool = pool, .worker = workers[pool->count]};
        if (pthread_create(&thread->thread, NULL, pool_run, thread) != 0) {
            pool_close(pool);
            return crux_fail(error, CRUX_MEMORY, "cannot start a thread that answers calls");
        }
    }
    *out = pool;
    return CRUX_OK;
}

void pool_close(struct pool *pool)
{
    if (pool == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    assert(pool->jobs == NULL);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->changed);
    (void)pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->count; i++)
        (void)pthread_join(pool->threads[i].thread, NULL);
    (void)pthread_cond_destroy(&pool->changed);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}
