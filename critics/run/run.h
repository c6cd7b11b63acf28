/*
 * run.h - critic `run`: is a program right? Its tests are run, in a jail; is a step's arithmetic
 * right? It is recomputed.
 *
 * outcome. JUDGE, late. The program is the last block of code of the answer, or all of it if it has
 *          none. What it is tried on stands in the problem's line (question.h). The reward is the
 *          share of the tests that pass; with reward=all 1 if all do, else 0; with atleast=X 1 if
 *          that share is X or more, else 0. RIGHT if all pass, or with atleast=X as many; WRONG if
 *          not; UNKNOWN with reward 0 where there are no tests, or the jail could not tell. Its
 *          sentence says which test failed and how, and nothing of what was expected. It looks at
 *          hidden tests, and so at a reference.
 * execution, value.
 *          SCORE, at once. 1 if every equation between numbers that a step states holds, 0 if one
 *          does not, unknown if it states none (sums.h). It looks at no reference.
 *
 * Programs run on backend `run`: each verdict is a reply in the ledger, by program, tests, limits
 * and level, at no price.
 */
#ifndef CRITICS_RUN_RUN_H
#define CRITICS_RUN_RUN_H

#include "critics/crux_critics.h"

/* argument: KEY=VALUE with a comma between (settings.h), NULL without; none in role execution and
 * value. */
int run_new(struct crux_critic **out, enum crux_role role, const char *argument,
            struct crux_backends *backends, struct crux_error *error);

int run_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
