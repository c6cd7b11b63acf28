/*
 * entropy.h - how open a text was at its first token: the entropy of the tokens that the server
 * lists as likeliest there.
 *
 * In nats: 0 where one token is certain, ln k where k are equally likely. Servers list so many and
 * no more, so what is left of the probability counts as one token, and the entropy is at least as
 * large as told; it is exact where at most one is missing. It is that of the distribution that the
 * server reports: most report the model's own, before temperature and top_p.
 *
 * Two dialects. A chat has {"content": [{"top_logprobs": [{"logprob": -0.1}, ...]}, ...]}, and so
 * has llama.cpp on every route; completions have {"top_logprobs": [{"token": -0.1, ...}, ...]}.
 * Nothing of the other tokens is read.
 *
 * Pure; any thread.
 */
#ifndef IO_CHAT_ENTROPY_H
#define IO_CHAT_ENTROPY_H

#include "io/skim.h"

/* The likeliest that are asked for, and what a list of them may have in bytes. */
enum { CHAT_LIKELIEST = 20, CHAT_LIKELIEST_BYTES = 65536 };

/* Of the member `logprobs` of a choice. *out is below 0 where nothing is listed that can be read.
 * CRUX_OK or CRUX_MEMORY. */
int chat_entropy_read(double *out, struct skim logprobs);

#endif
