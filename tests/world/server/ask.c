/*
 * ask.c - reads a request to the fake model. Fields are refused where the real servers refuse them.
 */
#include "tests/world/server/ask.h"

#include "io/json.h"
#include "tests/world/server/brain.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[KINDS] = {
    [KIND_VLLM] = "vllm",     [KIND_SGLANG] = "sglang", [KIND_LLAMACPP] = "llamacpp",
    [KIND_OPENAI] = "openai", [KIND_OLLAMA] = "ollama", [KIND_GENERIC] = "generic",
    [KIND_TEI] = "tei"};

const char *model_kind_name(enum model_kind kind)
{
    return kind_names[kind];
}

static bool refuse(struct refusal *why, int status, const char *type, const char *sentence)
{
    *why = (struct refusal){.status = status, .type = type};
    (void)snprintf(why->sentence, sizeof why->sentence, "%s", sentence);
    return false;
}

/* --- messages ------------------------------------------------------------------------ */

/* A text, or an array of parts of which the texts count. */
static void add_content(struct text *out, const struct json *content)
{
    if (json_type_of(content) == JSON_IS_STRING)
        text_say(out, json_as_string(content));
    if (json_type_of(content) != JSON_IS_ARRAY)
        return;
    for (size_t i = 0; i < json_count(content); i++) {
        const char *part = json_as_string(json_get(json_at(content, i), "text"));

        text_say(out, part == NULL ? "<image>" : part);
    }
}

void ask_render(struct text *out, const struct json *messages, bool generate)
{
    for (size_t i = 0; i < json_count(messages); i++) {
        const char *role = json_as_string(json_get(json_at(messages, i), "role"));

        text_print(out, "<|im_start|>%s\n", role == NULL ? "user" : role);
        add_content(out, json_get(json_at(messages, i), "content"));
        text_say(out, "<|im_end|>\n");
    }
    if (generate)
        text_say(out, "<|im_start|>assistant\n");
}

/* Does this server go on with a last turn of the assistant? */
static bool continues(const struct model *model, const struct json *body)
{
    if (model->kind == KIND_LLAMACPP)
        return true;
    return (model->kind == KIND_VLLM || model->kind == KIND_SGLANG ||
            model->kind == KIND_GENERIC) &&
           json_as_bool(json_get(body, "continue_final_message"));
}

static bool read_messages(struct ask *ask, const struct model *model, struct refusal *why)
{
    const struct json *messages = json_get(ask->json, "messages"), *last;
    const char *role;

    if (json_type_of(messages) != JSON_IS_ARRAY || json_count(messages) == 0)
        return refuse(why, 400, "invalid_request_error", "'messages' is required");
    last = json_at(messages, json_count(messages) - 1);
    role = json_as_string(json_get(last, "role"));
    if (role == NULL || strcmp(role, "assistant") != 0 || !continues(model, ask->json)) {
        ask_render(&ask->prompt, messages, true);
        return true;
    }
    for (size_t i = 0; i + 1 < json_count(messages); i++) {
        const struct json *message = json_at(messages, i);

        role = json_as_string(json_get(message, "role"));
        text_print(&ask->prompt, "<|im_start|>%s\n", role == NULL ? "user" : role);
        add_content(&ask->prompt, json_get(message, "content"));
        text_say(&ask->prompt, "<|im_end|>\n");
    }
    text_say(&ask->prompt, "<|im_start|>assistant\n");
    ask->prefill = ask->prompt.length;
    add_content(&ask->prompt, json_get(last, "content"));
    ask->prefill = ask->prompt.length - ask->prefill;
    return true;
}

static bool read_prompt(struct ask *ask, struct refusal *why)
{
    const char *prompt = json_as_string(json_get(ask->json, "prompt"));

    if (prompt == NULL)
        return refuse(why, 400, "invalid_request_error", "'prompt' must be a string");
    text_say(&ask->prompt, prompt);
    return true;
}

/* --- the rest ---------------------------------------------------------------------------- */

static uint32_t number_or(const struct json *body, const char *key, uint32_t otherwise)
{
    const struct json *value = json_get(body, key);
    int64_t number = json_as_integer(value);

    if (json_type_of(value) != JSON_IS_INTEGER)
        return otherwise;
    return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static void read_stops(struct ask *ask)
{
    const struct json *stop = json_get(ask->json, "stop");

    if (json_type_of(stop) == JSON_IS_STRING)
        ask->stops[ask->stop_count++] = json_as_string(stop);
    for (size_t i = 0; json_type_of(stop) == JSON_IS_ARRAY && i < json_count(stop); i++)
        if (ask->stop_count < ASK_STOPS && json_as_string(json_at(stop, i)) != NULL)
            ask->stops[ask->stop_count++] = json_as_string(json_at(stop, i));
}

static bool wants_logprobs(const struct json *body)
{
    const struct json *value = json_get(body, "logprobs");

    return json_as_bool(value) || json_type_of(value) == JSON_IS_INTEGER;
}

static void read_sampling(struct ask *ask, const struct model *model)
{
    const struct json *body = ask->json, *seed = json_get(body, "seed");
    const struct json *heat = json_get(body, "temperature");

    ask->n = model->kind == KIND_OLLAMA ? 1 : number_or(body, "n", 1);
    ask->tokens = number_or(body, "max_completion_tokens",
                            number_or(body, "max_tokens", ask->chat ? 1024 : 16));
    ask->seed =
        json_type_of(seed) == JSON_IS_INTEGER ? (uint64_t)json_as_integer(seed) : model->seed;
    ask->greedy = json_type_of(heat) != JSON_NONE && json_as_real(heat) <= 0.0;
    ask->stream = json_as_bool(json_get(body, "stream"));
    ask->stream_usage = json_as_bool(json_get(json_get(body, "stream_options"), "include_usage"));
    ask->keep_stop =
        (model->kind == KIND_VLLM && json_as_bool(json_get(body, "include_stop_str_in_output"))) ||
        (model->kind == KIND_SGLANG && json_as_bool(json_get(body, "no_stop_trim")));
    ask->logprobs = wants_logprobs(body);
    ask->listed = number_or(body, ask->chat ? "top_logprobs" : "logprobs", 0);
    ask->echo = model->kind == KIND_VLLM && !ask->chat && json_as_bool(json_get(body, "echo"));
    ask->token_ids = model->kind == KIND_VLLM && json_as_bool(json_get(body, "return_token_ids"));
    ask->schema = json_get(json_get(json_get(body, "response_format"), "json_schema"), "schema");
    read_stops(ask);
}

/* What OpenAI takes; the rest is a 400. */
static bool known_to_openai(const char *key)
{
    static const char *const keys[] = {"model",
                                       "messages",
                                       "prompt",
                                       "n",
                                       "seed",
                                       "stop",
                                       "max_tokens",
                                       "logprobs",
                                       "max_completion_tokens",
                                       "temperature",
                                       "top_p",
                                       "top_logprobs",
                                       "stream",
                                       "stream_options",
                                       "presence_penalty",
                                       "user",
                                       "response_format",
                                       "frequency_penalty",
                                       "echo",
                                       "prompt_cache_key",
                                       "service_tier",
                                       "logit_bias",
                                       "store",
                                       "reasoning_effort"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static bool check_fields(const struct ask *ask, const struct model *model, struct refusal *why)
{
    const struct json *body = ask->json;
    const char *name = json_as_string(json_get(body, "model"));

    if (name != NULL && strcmp(name, model->name) != 0 && model->kind != KIND_LLAMACPP) {
        (void)refuse(why, 404, "NotFoundError", "");
        (void)snprintf(why->sentence, sizeof why->sentence, "The model `%.64s` does not exist.",
                       name);
        return false;
    }
    for (const char *key = json_next_key(body, NULL); model->kind == KIND_OPENAI && key != NULL;
         key = json_next_key(body, key))
        if (!known_to_openai(key)) {
            (void)refuse(why, 400, "invalid_request_error", "");
            (void)snprintf(why->sentence, sizeof why->sentence,
                           "Unrecognized request argument supplied: %.64s", key);
            return false;
        }
    return true;
}

static bool check_sizes(struct ask *ask, const struct model *model, struct refusal *why)
{
    if (model->kind == KIND_LLAMACPP && ask->n > model->slots) {
        (void)refuse(why, 400, "invalid_request_error", "");
        (void)snprintf(why->sentence, sizeof why->sentence,
                       "Field 'n': Value must be between 1 <= value <= %u", model->slots);
        return false;
    }
    if (ask->listed > (model->kind == KIND_OPENAI && !ask->chat ? 5u : 20u))
        return refuse(why, 400, "invalid_request_error", "so many logprobs are not available");
    if (ask->n == 0 || ask->n > 128)
        return refuse(why, 400, "invalid_request_error", "'n' must be between 1 and 128");
    ask->prompt_tokens = brain_count(ask->prompt.bytes, ask->prompt.length);
    if (ask->prompt_tokens < model->context)
        return true;
    (void)refuse(why, 400, "exceed_context_size_error", "");
    why->prompt_tokens = ask->prompt_tokens;
    (void)snprintf(why->sentence, sizeof why->sentence,
                   "This model's maximum context length is %u tokens. However, your request has "
                   "%u input tokens.",
                   model->context, ask->prompt_tokens);
    return false;
}

bool ask_read(struct ask *out, const struct model *model, bool chat, const char *body,
              size_t length, struct refusal *why)
{
    struct crux_error error = {""};

    *out = (struct ask){.chat = chat};
    text_say(&out->prompt, "");
    if (json_parse(&out->json, body, length, &error) != CRUX_OK ||
        json_type_of(out->json) != JSON_IS_OBJECT) {
        (void)refuse(why, 400, "invalid_request_error", error.text);
    } else if (check_fields(out, model, why) &&
               (chat ? read_messages(out, model, why) : read_prompt(out, why))) {
        read_sampling(out, model);
        if (check_sizes(out, model, why))
            return true;
    }
    ask_free(out);
    return false;
}

void ask_free(struct ask *ask)
{
    text_free(&ask->prompt);
    json_free(ask->json);
    *ask = (struct ask){.json = NULL};
}
