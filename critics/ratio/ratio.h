/*
 * ratio.h - critic `ratio`: how much more a stronger model likes a step than a weaker one.
 *
 *     r = ln p(step | before) under STRONG - the same under WEAK       (CDR, arXiv 2411.02481)
 *     score = 1 / (1 + exp(-scale r))
 *
 * With scale 1 that is the probability that the stronger one has written it, had either been
 * equally likely to. Without a weight for its length, as in the paper: r grows with the text, and a
 * smaller scale takes that back. For roles outcome and value the whole answer, or path, is scored
 * behind the problem; else the step behind problem and path. The root's value is 0.5. The verdict
 * on an answer is unknown.
 *
 * Both servers must score prompts (critics/ratio/loglik.h); opening asks them. What they said apart
 * is kept as the opinion's sentence.
 *
 * Threads. Any. It stands on backends that outlive it.
 */
#ifndef CRITICS_RATIO_RATIO_H
#define CRITICS_RATIO_RATIO_H

#include "io/crux_io.h"

/* From STRONG,WEAK[,scale=X]: names of backends, where "" is the one without a name. */
int ratio_open(struct crux_critic **out, enum crux_role role, const char *argument,
               struct crux_backends *backends, struct crux_error *error);

int ratio_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
