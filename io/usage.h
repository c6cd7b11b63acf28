/*
 * usage.h - what a JSON reply says of its tokens, where it is read as a whole (io/chat reads its
 * own replies by skimming).
 *
 * Pure; any thread.
 */
#ifndef IO_USAGE_H
#define IO_USAGE_H

#include "io/json.h"

#include <stdint.h>

/* A count in the reply's member `usage`; 0: it is not told, or cannot be. */
uint32_t usage_tokens(const struct json *reply, const char *member);

/* Tokens of the prompt that the server had in its cache: usage.prompt_tokens_details.cached_tokens,
 * usage.cached_tokens or usage.prompt_cache_hit_tokens, at most those of the prompt. */
uint32_t usage_cached(const struct json *reply);

#endif
