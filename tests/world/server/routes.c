/*
 * routes.c - the fake server's routes: a row for each, with the kinds of server that have it.
 */
#include "tests/world/server/routes.h"

#include "io/json.h"
#include "tests/world/server/answer.h"
#include "tests/world/server/brain.h"

#include <string.h>

#define VLLM     (1u << KIND_VLLM)
#define SGLANG   (1u << KIND_SGLANG)
#define LLAMACPP (1u << KIND_LLAMACPP)
#define OLLAMA   (1u << KIND_OLLAMA)
#define ALL      ((1u << KINDS) - 1)

bool routes_model(const struct wire_request *request, bool *chat)
{
    *chat = strcmp(request->path, "/v1/chat/completions") == 0;
    return strcmp(request->method, "POST") == 0 &&
           (*chat || strcmp(request->path, "/v1/completions") == 0);
}

static void models(struct text *body, const struct model *model, const struct json *asked)
{
    (void)asked;
    text_say(body, "{\"object\":\"list\",\"data\":[{\"id\":");
    text_quote(body, model->name, strlen(model->name));
    text_print(body, ",\"object\":\"model\",\"owned_by\":\"%s\"",
               model->kind == KIND_OLLAMA ? "library" : model_kind_name(model->kind));
    if (model->kind == KIND_VLLM || model->kind == KIND_SGLANG)
        text_print(body, ",\"max_model_len\":%u", model->context);
    if (model->kind == KIND_LLAMACPP)
        text_print(body, ",\"meta\":{\"n_ctx_train\":%u}", model->context);
    text_say(body, "}]}");
}

static void healthy(struct text *body, const struct model *model, const struct json *asked)
{
    (void)asked;
    if (model->kind == KIND_LLAMACPP)
        text_say(body, "{\"status\":\"ok\"}");
}

static void props(struct text *body, const struct model *model, const struct json *asked)
{
    (void)asked;
    text_print(body,
               "{\"default_generation_settings\":{\"n_ctx\":%u},\"total_slots\":%u,"
               "\"model_path\":\"/models/fake.gguf\",\"chat_template\":\"chatml\","
               "\"build_info\":\"b0-fake\"}",
               model->context, model->slots);
}

static void server_info(struct text *body, const struct model *model, const struct json *asked)
{
    (void)asked;
    text_print(body,
               "{\"model_path\":\"fake\",\"internal_states\":"
               "[{\"effective_max_running_requests_per_dp\":%u}]}",
               model->slots);
}

static void apply_template(struct text *body, const struct model *model, const struct json *asked)
{
    struct text prompt = {NULL, 0, 0};

    (void)model;
    ask_render(&prompt, json_get(asked, "messages"), true);
    text_say(body, "{\"prompt\":");
    text_quote(body, prompt.bytes, prompt.length);
    text_say(body, "}");
    text_free(&prompt);
}

static void tokenize(struct text *body, const struct model *model, const struct json *asked)
{
    const char *text =
        json_as_string(json_get(asked, model->kind == KIND_LLAMACPP ? "content" : "prompt"));
    struct text prompt = {NULL, 0, 0};
    uint32_t count;

    if (text != NULL)
        text_say(&prompt, text);
    else
        ask_render(&prompt, json_get(asked, "messages"), true);
    count = brain_count(prompt.length == 0 ? "" : prompt.bytes, prompt.length);
    text_say(body, "{");
    if (model->kind != KIND_LLAMACPP)
        text_print(body, "\"count\":%u,\"max_model_len\":%u,", count, model->context);
    text_say(body, "\"tokens\":[");
    for (uint32_t i = 0; i < count; i++)
        text_print(body, "%s%u", i == 0 ? "" : ",", i + 1);
    text_say(body, "]}");
    text_free(&prompt);
}

static void version(struct text *body, const struct model *model, const struct json *asked)
{
    (void)model;
    (void)asked;
    text_say(body, "{\"version\":\"0.11.0\"}");
}

static void model_info(struct text *body, const struct model *model, const struct json *asked)
{
    (void)asked;
    text_say(body, "{\"model_path\":");
    text_quote(body, model->name, strlen(model->name));
    text_say(body, ",\"is_generation\":true}");
}

static void running(struct text *body, const struct model *model, const struct json *asked)
{
    (void)model;
    (void)asked;
    text_say(body, "Ollama is running");
}

static const struct {
    const char *method, *path;
    unsigned kinds;
    void (*write)(struct text *body, const struct model *model, const struct json *asked);
} routes[] = {
    {"GET", "/v1/models", ALL, models},
    {"GET", "/health", VLLM | SGLANG | LLAMACPP, healthy},
    {"GET", "/version", VLLM, version},
    {"GET", "/get_model_info", SGLANG, model_info},
    {"GET", "/get_server_info", SGLANG, server_info},
    {"GET", "/api/version", OLLAMA, version},
    {"GET", "/", OLLAMA, running},
    {"GET", "/props", LLAMACPP, props},
    {"POST", "/apply-template", LLAMACPP, apply_template},
    {"POST", "/tokenize", VLLM | SGLANG | LLAMACPP, tokenize},
};

int routes_answer(struct text *body, const struct model *model, const struct wire_request *request)
{
    struct refusal why = {404, "not_found_error", 0, "Not Found"};
    struct json *asked = NULL;

    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(request->path, routes[i].path) != 0 ||
            strcmp(request->method, routes[i].method) != 0 ||
            (routes[i].kinds & 1u << model->kind) == 0)
            continue;
        (void)json_parse(&asked, request->body, request->length, NULL);
        routes[i].write(body, model, asked);
        json_free(asked);
        return 200;
    }
    answer_refusal(body, model, &why);
    return 404;
}
