/*
 * loglik.h - the log-probability of a step or an answer under one served model, as a port.
 *
 * It answers SCORE late, with the sum over a candidate's tokens in nats, at most 0; 1 where it has
 * no token. That is no score as a critic's is, so only critic `ratio` asks it.
 *
 * What is scored is the candidate behind problem and path, or, with `whole`, the path and the
 * candidate behind the problem. Between two steps stands an empty line. Where the backend's chat
 * template is known the problem is the user's turn in it; else it is plain text.
 *
 * Ownership. It stands on a backend that outlives it.
 * Threads.   Any.
 */
#ifndef CRITICS_RATIO_LOGLIK_H
#define CRITICS_RATIO_LOGLIK_H

#include "io/crux_io.h"

/* Asks the backend about a short text first, unless it replays: CRUX_INVALID where there is no such
 * backend or its server does not score prompts. */
int loglik_open(struct crux_port **out, struct crux_backends *backends, const char *backend,
                bool whole, struct crux_error *error);

#endif
