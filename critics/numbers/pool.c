/*
 * pool.c - solvers between two uses: a short list under a lock. A full pool closes the one that
 * was not used for longest.
 *
 * The lock is held for a walk over eight pointers; a solver that
 * was taken belongs to its taker alone, who searches without the lock.
 */
#include "critics/numbers/pool.h"

#include <string.h>

void numbers_pool_open(struct numbers_pool *pool)
{
    memset(pool, 0, sizeof *pool);
    (void)pthread_mutex_init(&pool->lock, NULL);
}

void numbers_pool_close(struct numbers_pool *pool)
{
    while (pool->count > 0)
        numbers_solver_close(pool->solvers[--pool->count]);
    (void)pthread_mutex_destroy(&pool->lock);
}

static struct numbers_solver *remove_at(struct numbers_pool *pool, uint32_t at)
{
    struct numbers_solver *solver = pool->solvers[at];

    pool->count--;
    memmove(&pool->solvers[at], &pool->solvers[at + 1],
            (pool->count - at) * sizeof pool->solvers[0]);
    return solver;
}

struct numbers_solver *numbers_pool_take(struct numbers_pool *pool,
                                         const struct numbers_problem *problem)
{
    struct numbers_solver *found = NULL;

    (void)pthread_mutex_lock(&pool->lock);
    for (uint32_t i = pool->count; i > 0 && found == NULL; i--)
        if (numbers_solver_fits(pool->solvers[i - 1], problem))
            found = remove_at(pool, i - 1);
    (void)pthread_mutex_unlock(&pool->lock);
    return found != NULL ? found : numbers_solver_open(problem);
}

void numbers_pool_put(struct numbers_pool *pool, struct numbers_solver *solver)
{
    struct numbers_solver *gone = NULL;

    if (solver == NULL)
        return;
    if (numbers_solver_full(solver)) {
        numbers_solver_close(solver);
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    if (pool->count == NUMBERS_POOL_PLACES)
        gone = remove_at(pool, 0);
    pool->solvers[pool->count++] = solver;
    (void)pthread_mutex_unlock(&pool->lock);
    numbers_solver_close(gone);
}
