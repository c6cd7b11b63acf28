/*
 * model.c - options in, options out: what was open is asked for once, before the first call.
 */
#include "io/cli/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/json.h"

struct crux_endpoint model_endpoint(const struct options *options, size_t index)
{
    const struct options_backend *chat = &options->backends[0];

    return (struct crux_endpoint){.url = chat->endpoints.items[index],
                                  .key_env = chat->key_env,
                                  .key_file = chat->key_file,
                                  .cacert = chat->cacert,
                                  .insecure = chat->insecure};
}

struct crux_chat model_chat(const struct options *options)
{
    const struct options_backend *chat = &options->backends[0];

    return (struct crux_chat){
        .profile = chat->profile,
        .model = chat->model,
        .route = chat->route,
        .prompt = chat->prompt,
        .frame = chat->chat_template,
        .stops = (const char *const *)chat->stops.items,
        .stop_count = (uint32_t)chat->stops.count,
        .step_tokens = chat->step_tokens,
        .temperature = chat->temperature,
        .top_p = chat->top_p,
        .min_p = chat->min_p,
        .top_k = chat->top_k,
        .max_tokens = chat->max_tokens,
        .logprobs = !chat->no_logprobs,
        .context = chat->context,
        .slots = chat->per_request,
        .problems = options->operand_count > 0 ? options->operands[0] : NULL,
    };
}

/* --- finding out --------------------------------------------------------------------------- */

/* Keep what was found where nothing was said. */
static bool fill(char **place, const char *found)
{
    if (*place == NULL && found != NULL)
        *place = strdup(found);
    return *place != NULL || found == NULL;
}

static int take_found(struct options_backend *chat, const struct crux_server *server,
                      struct crux_error *error)
{
    bool framed = strcmp(server->route, "completions") == 0;

    if (!fill(&chat->profile, server->profile) || !fill(&chat->model, server->model) ||
        !fill(&chat->route, server->route) ||
        !fill(&chat->chat_template, framed ? server->frame : NULL))
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    if (chat->context == 0)
        chat->context = server->context;
    if (chat->per_request == 0)
        chat->per_request = server->slots;
    return CRUX_OK;
}

/* The first endpoint that answers speaks for all; if none does, the first one's sentence. */
static int ask_endpoints(const struct options *options, struct crux_server *found,
                         struct crux_error *error)
{
    const struct crux_chat known = model_chat(options);
    int status = CRUX_INVALID;

    for (size_t i = 0; i < options->backends[0].endpoints.count; i++) {
        const struct crux_endpoint endpoint = model_endpoint(options, i);
        struct crux_error why = {""};

        if (crux_server_find(found, &endpoint, &known, false, &why) == CRUX_OK)
            return CRUX_OK;
        if (i == 0)
            status = crux_fail(error, CRUX_INVALID, "%s", why.text);
    }
    return status;
}

/* Is anything open that a server could tell? A run that is told all of it asks nothing. */
static bool is_open(const struct options_backend *chat)
{
    bool framed = chat->chat_template != NULL ||
                  (chat->route != NULL && strcmp(chat->route, "completions") != 0);

    return chat->profile == NULL || chat->model == NULL || chat->route == NULL || !framed;
}

/* --- what was found out before -----------------------------------------------------------------
 */

static int take_recorded(struct options_backend *chat, const struct json *recorded,
                         struct crux_error *error)
{
    const struct {
        char **place;
        const char *name;
    } texts[] = {{&chat->model, "model"},
                 {&chat->profile, "profile"},
                 {&chat->route, "route"},
                 {&chat->chat_template, "chat-template"}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!fill(texts[i].place, json_as_string(json_get(recorded, texts[i].name))))
            return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    if (chat->context == 0)
        chat->context = (uint32_t)json_as_integer(json_get(recorded, "context"));
    return CRUX_OK;
}

int model_recall(struct options *options, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    struct crux_summary summary = {.configuration = NULL};
    struct json *recorded = NULL;
    int status;

    if (access(path, F_OK) != 0)
        return CRUX_OK;
    status = crux_store_open(&store, path, false, error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &summary, error);
    if (status == CRUX_OK && summary.configuration != NULL)
        status = json_parse(&recorded, summary.configuration, strlen(summary.configuration), error);
    if (status == CRUX_OK && recorded != NULL)
        status = take_recorded(&options->backends[0], recorded, error);
    json_free(recorded);
    crux_store_close(store);
    return status;
}

/* --- finding out what is still open --------------------------------------------------------------
 */

/* A prompt by its text, so that what is recorded means the same when the file has changed. */
static int settle_prompt(struct options_backend *chat, struct crux_error *error)
{
    char *prompt = NULL;
    int status = CRUX_OK;

    if (chat->prompt != NULL)
        status = crux_prompt_inline(&prompt, chat->prompt, error);
    if (status == CRUX_OK && prompt != NULL) {
        free(chat->prompt);
        chat->prompt = prompt;
    }
    return status;
}

int model_find_out(struct options *options, char *said, size_t room, struct crux_error *error)
{
    struct options_backend *chat = &options->backends[0];
    struct crux_server found = {.frame = NULL};
    int status = settle_prompt(chat, error);

    said[0] = '\0';
    if (status != CRUX_OK || !is_open(chat))
        return status;
    if (chat->endpoints.count == 0)
        return crux_fail(error, CRUX_INVALID,
                         "policy chat needs --endpoint URL, like http://127.0.0.1:8000/v1");
    status = ask_endpoints(options, &found, error);
    if (status == CRUX_OK) {
        (void)snprintf(said, room, "%s", found.said);
        status = take_found(chat, &found, error);
    }
    crux_server_free(&found);
    return status;
}
