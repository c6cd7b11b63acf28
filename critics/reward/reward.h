/*
 * reward.h - critic `reward`: a served reward model says what a step or an answer is worth.
 *
 *     call --dialect.c--> a request for as many candidates as the server takes at a time
 *          <-- worth.c: scores <-- the ledger: a raw number, or some, for each candidate
 *
 * The ledger keeps what the model said, before it is transformed; so another transform or another
 * way to sum up steps asks for nothing new. A candidate whose number cannot be a reward (not in
 * 0 .. 1 behind the transform) is unknown, and the first time it is said why.
 *
 * It answers SCORE and JUDGE and does not see the reference answer.
 *
 * Threads. Any number of calls at once.
 */
#ifndef CRITICS_REWARD_REWARD_H
#define CRITICS_REWARD_REWARD_H

#include "io/crux_io.h"

/* On backends that outlive it; argument: [BACKEND],dialect=NAME[,KEY=VALUE]... */
int reward_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                       struct crux_backends *backends, struct crux_error *error);

/* Can it be opened, as far as is known without a backend? */
int reward_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
