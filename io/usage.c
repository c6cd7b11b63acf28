/*
 * usage.c - counts of tokens in a reply.
 */
#include "io/usage.h"

enum { USAGE_MOST = 1000000000 };

static uint32_t usage_count(const struct json *object, const char *member)
{
    int64_t tokens = json_as_integer(json_get(object, member));

    return tokens > 0 && tokens <= USAGE_MOST ? (uint32_t)tokens : 0;
}

uint32_t usage_tokens(const struct json *reply, const char *member)
{
    return usage_count(json_get(reply, "usage"), member);
}

uint32_t usage_cached(const struct json *reply)
{
    const struct json *usage = json_get(reply, "usage");
    const uint32_t told[] = {usage_count(json_get(usage, "prompt_tokens_details"), "cached_tokens"),
                             usage_count(usage, "cached_tokens"),
                             usage_count(usage, "prompt_cache_hit_tokens")};
    uint32_t prompt = usage_tokens(reply, "prompt_tokens"), cached = 0;

    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        cached = told[i] > cached ? told[i] : cached;
    return cached < prompt ? cached : prompt;
}
