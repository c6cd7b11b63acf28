/*
 * numbers.h - the constructors behind the names of domain numbers; see the
 * catalogue in crux_critics.h for what each does.
 *
 * Nothing that they answer depends on an earlier call. All may be asked from every
 * worker at once.
 */
#ifndef CRITICS_NUMBERS_NUMBERS_H
#define CRITICS_NUMBERS_NUMBERS_H

#include "critics/crux_critics.h"

/* What a call fails with whose problem has no line. */
#define NUMBERS_NO_LINE                                                                            \
    "the problem came without its line, from which critic numbers reads `numbers`"

struct crux_critic *numbers_outcome_new(void);
struct crux_critic *numbers_reach_new(void); /* execution and value */

#endif
