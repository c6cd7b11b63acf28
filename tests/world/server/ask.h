/*
 * ask.h - a request to the fake model, understood: what to continue, how often, how far.
 *
 * The kinds of server differ in what they take and refuse, as the real ones do:
 *
 *     vllm       n; seed + i for choice i; include_stop_str_in_output; a last assistant
 *                turn is continued with continue_final_message; completions with echo and logprobs
 *                score the prompt
 *     sglang     as vllm, but no_stop_trim and matched_stop
 *     llamacpp   n up to the slots, else 400; a last assistant turn is always continued,
 *                and repeated in the answer; usage counts one choice
 *     openai     unknown fields (top_k, min_p, ...) are 400; no turn is continued
 *     ollama     n is taken for 1
 *     generic    as vllm, without its extras
 *
 * The likeliest tokens are listed where they are asked for: in chats top_logprobs of them, on
 * completions as many as logprobs says, at most 20 (openai: 5 on completions), else 400.
 *
 * Ownership. An ask owns its prompt and the parsed body until ask_free().
 */
#ifndef TESTS_WORLD_SERVER_ASK_H
#define TESTS_WORLD_SERVER_ASK_H

#include "search/crux.h"
#include "tests/world/server/critique.h"
#include "tests/world/server/text.h"

enum model_kind {
    KIND_VLLM,
    KIND_SGLANG,
    KIND_LLAMACPP,
    KIND_OPENAI,
    KIND_OLLAMA,
    KIND_GENERIC,
    KIND_TEI, /* rewards alone: rewards.h */
    KINDS
};

/* What is served. */
struct model {
    enum model_kind kind;
    const char *name;
    uint32_t context; /* tokens of prompt and reply */
    uint32_t slots;
    double skill;
    uint64_t seed;
    bool result_first; /* as in brain.h */
    struct habits habits;
};

enum { ASK_STOPS = 8 };

struct ask {
    struct json *json;  /* the body; stops point into it */
    struct text prompt; /* ends in a NUL; what brain_think() continues */
    size_t prefill;     /* bytes at its end that are the last assistant turn */
    bool chat, stream, stream_usage, greedy, keep_stop, logprobs;
    bool token_ids;     /* each choice lists the numbers of its tokens */
    bool echo;          /* the prompt comes back, each of its tokens with its log-probability */
    uint32_t n, tokens; /* choices, and the most tokens of each */
    uint32_t listed;    /* of the likeliest tokens at each place */
    uint32_t prompt_tokens;
    uint64_t seed;
    const struct json *schema; /* in json; NULL: any text will do */
    const char *stops[ASK_STOPS];
    uint32_t stop_count;
};

/* Why a request is refused. */
struct refusal {
    int status;
    const char *type;
    uint32_t prompt_tokens; /* not 0: the context is too small */
    char sentence[160];
};

const char *model_kind_name(enum model_kind kind);

/* False: *why says why not, and *out holds nothing. */
bool ask_read(struct ask *out, const struct model *model, bool chat, const char *body,
              size_t length, struct refusal *why);
void ask_free(struct ask *ask);

/* ChatML of an array of messages; with generate, an open assistant turn at the end. */
void ask_render(struct text *out, const struct json *messages, bool generate);

#endif
