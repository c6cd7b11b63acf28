/*
 * shelf.c - a short list under a lock; the one that rested longest goes.
 *
 * The lock is held for a walk over eight pointers; searching is done by whoever
 * has taken a solver, with nobody else near it.
 */
#include "critics/numbers/shelf.h"

#include <string.h>

void numbers_shelf_open(struct numbers_shelf *shelf)
{
    memset(shelf, 0, sizeof *shelf);
    (void)pthread_mutex_init(&shelf->lock, NULL);
}

void numbers_shelf_close(struct numbers_shelf *shelf)
{
    while (shelf->count > 0)
        numbers_solver_close(shelf->solvers[--shelf->count]);
    (void)pthread_mutex_destroy(&shelf->lock);
}

static struct numbers_solver *remove_at(struct numbers_shelf *shelf, uint32_t at)
{
    struct numbers_solver *solver = shelf->solvers[at];

    shelf->count--;
    memmove(&shelf->solvers[at], &shelf->solvers[at + 1],
            (shelf->count - at) * sizeof shelf->solvers[0]);
    return solver;
}

struct numbers_solver *numbers_shelf_take(struct numbers_shelf *shelf,
                                          const struct numbers_problem *problem)
{
    struct numbers_solver *found = NULL;

    (void)pthread_mutex_lock(&shelf->lock);
    for (uint32_t i = shelf->count; i > 0 && found == NULL; i--)
        if (numbers_solver_fits(shelf->solvers[i - 1], problem))
            found = remove_at(shelf, i - 1);
    (void)pthread_mutex_unlock(&shelf->lock);
    return found != NULL ? found : numbers_solver_open(problem);
}

void numbers_shelf_put(struct numbers_shelf *shelf, struct numbers_solver *solver)
{
    struct numbers_solver *gone = NULL;

    if (solver == NULL)
        return;
    if (numbers_solver_full(solver)) {
        numbers_solver_close(solver);
        return;
    }
    (void)pthread_mutex_lock(&shelf->lock);
    if (shelf->count == NUMBERS_SHELF_PLACES)
        gone = remove_at(shelf, 0);
    shelf->solvers[shelf->count++] = solver;
    (void)pthread_mutex_unlock(&shelf->lock);
    numbers_solver_close(gone);
}
