/*
 * pool.h - keeps solvers between two uses, with the states that they have decided.
 *
 * A solver's knowledge holds for every problem with the same target and rule, so
 * a critic that is asked thousands of times keeps a few of them. What is answered
 * does not depend on which one is taken.
 *
 * Ownership. A solver that was taken belongs to the taker until it is put back;
 *            put() takes NULL.
 * Threads.   take and put from any thread; they wait for each other for a moment.
 */
#ifndef CRITICS_NUMBERS_POOL_H
#define CRITICS_NUMBERS_POOL_H

#include "critics/numbers/solver.h"

#include <pthread.h>

#define NUMBERS_POOL_PLACES 8u

struct numbers_pool {
    pthread_mutex_t lock;
    struct numbers_solver *solvers[NUMBERS_POOL_PLACES]; /* the latest one last */
    uint32_t count;
};

void numbers_pool_open(struct numbers_pool *pool);
void numbers_pool_close(struct numbers_pool *pool);

/* One that fits, or a new one. NULL: no memory. */
struct numbers_solver *numbers_pool_take(struct numbers_pool *pool,
                                         const struct numbers_problem *problem);
void numbers_pool_put(struct numbers_pool *pool, struct numbers_solver *solver);

#endif
