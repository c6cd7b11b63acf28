/*
 * model.c - the served models that options name: turns a backend's options into struct
 * crux_backend. What the user left open is asked of a server once, before the first call.
 */
#include "io/cli/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/cli/options/backend.h"
#include "io/crux_io.h"
#include "io/json.h"

/* A core dump would have the key in it. The limit of one byte is the one that also keeps the kernel
 * from piping a dump to a program (fs/coredump.c). */
static void model_dump_no_core(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur <= 1)
        return;
    limit.rlim_cur = 1;
    (void)setrlimit(RLIMIT_CORE, &limit);
}

struct crux_endpoint model_endpoint(const struct options_backend *backend, size_t index)
{
    if (backend->key_env != NULL || backend->key_file != NULL)
        model_dump_no_core();
    return (struct crux_endpoint){.url = backend->endpoints.items[index],
                                  .key_env = backend->key_env,
                                  .key_file = backend->key_file,
                                  .cacert = backend->cacert,
                                  .insecure = backend->insecure};
}

static uint32_t model_endpoints(struct crux_endpoint out[OPTIONS_LISTED],
                                const struct options_backend *backend)
{
    for (size_t i = 0; i < backend->endpoints.count; i++)
        out[i] = model_endpoint(backend, i);
    return (uint32_t)backend->endpoints.count;
}

struct crux_chat model_chat(const struct options *options, size_t which)
{
    const struct options_backend *backend = &options->backends[which];

    return (struct crux_chat){
        .profile = backend->profile,
        .model = backend->model,
        .route = backend->route,
        .prompt = backend->prompt,
        .chat_template = backend->chat_template,
        .stops = (const char *const *)backend->stops.items,
        .stop_count = (uint32_t)backend->stops.count,
        .step_tokens = backend->step_tokens,
        .thoughts = backend->thoughts,
        .temperature = backend->temperature,
        .top_p = backend->top_p,
        .min_p = backend->min_p,
        .top_k = backend->top_k,
        .max_tokens = backend->max_tokens,
        .logprobs = !backend->no_logprobs,
        .context = backend->context,
        .slots = backend->per_request,
        .problems = options->operand_count > 0 ? options->operands[0] : NULL,
    };
}

int model_add(struct crux_backends *backends, const struct options *options, size_t which,
              struct crux_error *error)
{
    const struct options_backend *from = &options->backends[which];
    struct crux_endpoint endpoints[OPTIONS_LISTED];
    struct crux_backend backend = crux_backend_default();

    backend.name = from->name;
    backend.endpoints = endpoints;
    backend.endpoint_count = model_endpoints(endpoints, from);
    backend.chat = model_chat(options, which);
    backend.price_prompt = from->price_prompt;
    backend.price_completion = from->price_completion;
    if (options_backend_given(options, from, "price-cached"))
        backend.price_cached = from->price_cached;
    backend.in_flight = from->in_flight;
    backend.retries = from->retries;
    backend.answer_ns = from->answer_ns;
    backend.retry_after_max_ns = from->retry_after_max_ns;
    return crux_backends_add(backends, &backend, error);
}

/* --- what was found out before ----------------------------------------------------------- */

/* Keep what was found where nothing was said. */
static bool fill_option(char **place, const char *found)
{
    if (*place == NULL && found != NULL)
        *place = strdup(found);
    return *place != NULL || found == NULL;
}

/* What the configuration says of a backend: named ones stand with their name before the key. */
static const struct json *recorded_of(const struct json *recorded,
                                      const struct options_backend *backend, const char *name)
{
    char key[128];

    if (backend->name == NULL)
        return json_get(recorded, name);
    (void)snprintf(key, sizeof key, "backend.%s.%s", backend->name, name);
    return json_get(recorded, key);
}

static int take_recorded(struct options_backend *backend, const struct json *recorded,
                         struct crux_error *error)
{
    const struct {
        char **place;
        const char *name;
    } texts[] = {{&backend->model, "model"},
                 {&backend->profile, "profile"},
                 {&backend->route, "route"},
                 {&backend->chat_template, "chat-template"}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!fill_option(texts[i].place,
                         json_as_string(recorded_of(recorded, backend, texts[i].name))))
            return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    if (backend->context == 0)
        backend->context = (uint32_t)json_as_integer(recorded_of(recorded, backend, "context"));
    return CRUX_OK;
}

int model_recall(struct options *options, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    struct crux_summary summary = {.configuration = NULL};
    struct json *recorded = NULL;
    bool begun = false;
    int status;

    if (access(path, F_OK) != 0)
        return CRUX_OK;
    status = crux_store_begun(path, &begun, error);
    if (status != CRUX_OK || !begun)
        return status;
    status = crux_store_open(&store, path, false, error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &summary, error);
    if (status == CRUX_OK && summary.configuration != NULL)
        status = json_parse(&recorded, summary.configuration, strlen(summary.configuration), error);
    for (size_t i = 0; i < options->backend_count && status == CRUX_OK && recorded != NULL; i++)
        status = take_recorded(&options->backends[i], recorded, error);
    json_free(recorded);
    crux_store_close(store);
    return status;
}

/* --- finding out what is still open ------------------------------------------------------ */

/* A prompt by its text, so that what is recorded means the same when the file has changed. */
static int inline_prompt(struct options_backend *backend, struct crux_error *error)
{
    char *prompt = NULL;
    int status = CRUX_OK;

    if (backend->prompt != NULL)
        status = crux_prompt_inline(&prompt, backend->prompt, error);
    if (status == CRUX_OK && prompt != NULL) {
        free(backend->prompt);
        backend->prompt = prompt;
    }
    return status;
}

static int keep_filled(struct options_backend *backend, const struct crux_chat *chat,
                       struct crux_error *error)
{
    if (!fill_option(&backend->profile, chat->profile) ||
        !fill_option(&backend->model, chat->model) || !fill_option(&backend->route, chat->route) ||
        !fill_option(&backend->chat_template, chat->chat_template))
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    backend->context = chat->context;
    backend->per_request = chat->slots;
    return CRUX_OK;
}

static int no_endpoint(const struct options_backend *backend, struct crux_error *error)
{
    if (backend->name == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "policy chat needs --endpoint URL, like http://127.0.0.1:8000/v1");
    return crux_fail(error, CRUX_INVALID,
                     "backend %s needs --backend %s.endpoint=URL, like http://127.0.0.1:8000/v1",
                     backend->name, backend->name);
}

int model_find_out(struct options *options, size_t which, char *said, size_t room,
                   struct crux_error *error)
{
    struct options_backend *backend = &options->backends[which];
    struct crux_server found = {.chat_template = NULL};
    struct crux_endpoint endpoints[OPTIONS_LISTED];
    uint32_t count = model_endpoints(endpoints, backend);
    struct crux_chat chat;
    int status = inline_prompt(backend, error);

    said[0] = '\0';
    if (status != CRUX_OK)
        return status;
    chat = model_chat(options, which);
    status = crux_chat_fill(&chat, endpoints, count, &found, error);
    if (status != CRUX_OK && count == 0)
        status = no_endpoint(backend, error);
    if (status == CRUX_OK) {
        (void)snprintf(said, room, "%s", found.said);
        status = keep_filled(backend, &chat, error);
    }
    crux_server_free(&found);
    return status;
}
