/*
 * profile.c - the kinds of model server, one table per kind: names of fields, routes, limits.
 *
 * Where the facts come from: vllm-project/vllm (entrypoints/openai, protocol of chat and text
 * completions; seed + i for choice i: v1/engine/parallel_sampling.py), sgl-project/sglang
 * (srt/entrypoints/openai/protocol.py), ggml-org/llama.cpp (tools/server/README.md, and what a
 * server was seen to do), ollama/ollama (docs, openai compatibility), openai/openai-openapi.
 */
#include "io/chat/profile.h"

#include <stdio.h>
#include <string.h>

#define ROUTE(route) (1u << (route))
#define ALL_ROUTES   (ROUTE(CHAT_COMPLETIONS) | ROUTE(CHAT_PREFILL) | ROUTE(CHAT_NEXT))

const struct chat_profile chat_profiles[CHAT_KINDS] =
    {
        [CHAT_VLLM] =
            {
                .name = "vllm",
                .fields = {[CHAT_N] = "n",
                           [CHAT_SEED] = "seed",
                           [CHAT_TOP_K] = "top_k",
                           [CHAT_MIN_P] = "min_p",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_completion_tokens",
                           [CHAT_LOGPROBS_TEXT] = "logprobs",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs",
                           [CHAT_KEEP_STOP] = "include_stop_str_in_output",
                           [CHAT_CONTINUE] = "continue_final_message",
                           [CHAT_NEW_TURN] = "add_generation_prompt",
                           [CHAT_SPECIAL] = "add_special_tokens",
                           [CHAT_TOKEN_IDS] = "return_token_ids"},
                .stop_hit = "stop_reason",
                .null_is_end = true,
                .reasoning = {"reasoning", "reasoning_content"},
                .n_most = 128,
                .takes_schema = true,
                .stops_most = 16,
                .listed_most = 20,
                .routes = ALL_ROUTES,
                .images = true,
                .template = "/tokenize",
            },
        [CHAT_SGLANG] =
            {
                .name = "sglang",
                .fields = {[CHAT_N] = "n",
                           [CHAT_SEED] = "seed",
                           [CHAT_TOP_K] = "top_k",
                           [CHAT_MIN_P] = "min_p",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_completion_tokens",
                           [CHAT_LOGPROBS_TEXT] = "logprobs",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs",
                           [CHAT_TOP_LOGPROBS] = "top_logprobs",
                           [CHAT_KEEP_STOP] = "no_stop_trim",
                           [CHAT_CONTINUE] = "continue_final_message"},
                .stop_hit = "matched_stop",
                .null_is_end = true,
                .reasoning = {"reasoning_content", "reasoning"},
                .n_most = 128,
                .takes_schema = true,
                .stops_most = 16,
                .listed_most = 20,
                .routes = ALL_ROUTES,
                .adds_bos = true,
                .images = true,
                .template = "/tokenize",
            },
        [CHAT_LLAMACPP] =
            {
                .name = "llamacpp",
                .fields = {[CHAT_N] = "n",
                           [CHAT_SEED] = "seed",
                           [CHAT_TOP_K] = "top_k",
                           [CHAT_MIN_P] = "min_p",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_tokens",
                           [CHAT_LOGPROBS_TEXT] = "logprobs",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs",
                           [CHAT_TOP_LOGPROBS] = "top_logprobs",
                           [CHAT_CACHE] = "cache_prompt"},
                .reasoning = {"reasoning_content", "reasoning"},
                .n_most = 4, /* its slots, which the probe finds out; four is its default */
                .takes_schema = true,
                .stops_most = 16,
                .listed_most = 20,
                .routes = ALL_ROUTES,
                .adds_bos = true,
                .end_is_token = true,
                .counts_one = true,
                .images = true,
                .template = "/apply-template",
            },
        [CHAT_OLLAMA] =
            {
                .name = "ollama", /* its completions wrap the prompt in the model's template */
                .fields = {[CHAT_SEED] = "seed",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_tokens",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs"},
                .reasoning = {"reasoning", "reasoning_content"},
                .n_most = 1,
                .takes_schema = true,
                .stops_most = 16,
                .listed_most = 20,
                .routes = ROUTE(CHAT_PREFILL) | ROUTE(CHAT_NEXT),
                .adds_bos = true,
                .images = true,
            },
        [CHAT_OPENAI] =
            {
                .name = "openai", /* what it does not know is a 400 */
                .fields = {[CHAT_N] = "n",
                           [CHAT_SEED] = "seed",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_completion_tokens",
                           [CHAT_LOGPROBS_TEXT] = "logprobs",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs"},
                .reasoning = {"reasoning_content", "reasoning"},
                .n_most = 128,
                .takes_schema = true,
                .stops_most = 4,
                .listed_most = 20,
                .routes = ROUTE(CHAT_NEXT),
                .images = true,
            },
        [CHAT_GENERIC] =
            {
                .name = "generic", /* only what every one of them takes */
                .fields = {[CHAT_SEED] = "seed",
                           [CHAT_MAX_TEXT] = "max_tokens",
                           [CHAT_MAX_CHAT] = "max_tokens",
                           [CHAT_LOGPROBS_CHAT] = "logprobs",
                           [CHAT_TOP_CHAT] = "top_logprobs",
                           [CHAT_CONTINUE] = "continue_final_message",
                           [CHAT_NEW_TURN] = "add_generation_prompt"},
                .stop_hit = "stop_reason",
                .reasoning = {"reasoning_content", "reasoning"},
                .n_most = 1,
                .stops_most = 4,
                .listed_most = 5,
                .routes = ALL_ROUTES,
                .adds_bos = true,
                .images = true,
            },
};

const struct chat_profile *chat_profile_find(const char *name, struct crux_error *error)
{
    for (size_t i = 0; i < CHAT_KINDS; i++)
        if (strcmp(chat_profiles[i].name, name) == 0)
            return &chat_profiles[i];
    (void)crux_fail(error, CRUX_INVALID,
                    "there is no profile `%.60s`; there are: vllm, sglang, llamacpp, ollama, "
                    "openai, generic",
                    name);
    return NULL;
}

static const struct {
    const char *name, *path;
} routes[CHAT_ROUTES] = {
    [CHAT_COMPLETIONS] = {"completions", "completions"},
    [CHAT_PREFILL] = {"prefill", "chat/completions"},
    [CHAT_NEXT] = {"next", "chat/completions"},
};

const char *chat_route_name(enum chat_route route)
{
    return routes[route].name;
}

const char *chat_route_path(enum chat_route route)
{
    return routes[route].path;
}

int chat_route_find(enum chat_route *out, const char *name, struct crux_error *error)
{
    for (int i = 0; i < CHAT_ROUTES; i++)
        if (strcmp(routes[i].name, name) == 0) {
            *out = (enum chat_route)i;
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_INVALID,
                     "there is no route `%.60s`; there are: completions, prefill, next", name);
}

enum chat_route chat_profile_route(const struct chat_profile *profile, bool images)
{
    for (int i = images ? CHAT_PREFILL : CHAT_COMPLETIONS; i < CHAT_NEXT; i++)
        if (profile->routes & ROUTE(i))
            return (enum chat_route)i;
    return CHAT_NEXT;
}
