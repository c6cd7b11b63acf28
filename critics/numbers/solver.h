/*
 * solver.h - can the target still be made? By exhaustive search, which remembers what it found.
 *
 * Ownership. A solver owns its memory of states; numbers_solver_close() takes NULL.
 * Threads.   One at a time.
 */
#ifndef CRITICS_NUMBERS_SOLVER_H
#define CRITICS_NUMBERS_SOLVER_H

#include "critics/numbers/rules.h"

struct numbers_solver;

/* For one problem's target and rule. NULL: no memory. */
struct numbers_solver *numbers_solver_open(const struct numbers_problem *problem);
void numbers_solver_close(struct numbers_solver *solver);

/* Does it answer for this problem too? Is its memory of states spent? */
bool numbers_solver_fits(const struct numbers_solver *solver,
                         const struct numbers_problem *problem);
bool numbers_solver_full(const struct numbers_solver *solver);

enum numbers_reach { NUMBERS_NO, NUMBERS_YES, NUMBERS_UNKNOWN };

/* Can the target be made from state? By exhaustive search. first (may be NULL) is
 * the first operation of the shortest way, then the first in order; untouched when
 * the state is complete already. UNKNOWN: an operation overflowed and no way was found. */
enum numbers_reach numbers_reach(struct numbers_solver *solver, const struct numbers_state *state,
                                 struct numbers_operation *first);

#endif
