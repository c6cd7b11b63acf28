/*
 * judge.h - critic `judge`: a served language model says how good a step or an answer is.
 *
 *     call --round.c--> questions, one a candidate or two a pair --> their backend
 *          <-- weigh.c: opinions <-- verdict.c: verdicts <-- samples, the votes
 *
 * What it can be told stands in plan.h and crux_critics.h, what it says in words.h. It answers
 * SCORE and JUDGE. What a candidate is worth is unknown where no vote can be used; a question that
 * its backend cannot get an answer to fails the call. It sees the reference answer only when its
 * template says it.
 *
 * Threads. Any number of calls at once.
 */
#ifndef CRITICS_JUDGE_JUDGE_H
#define CRITICS_JUDGE_JUDGE_H

#include "io/crux_io.h"

/* On backends that outlive it; argument: [BACKEND][,KEY=VALUE]..., or NULL. */
int judge_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error);

/* Can it be opened, as far as is known without a backend? */
int judge_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
