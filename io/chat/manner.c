/*
 * manner.c - profile, route, chat template and sampling, looked up and checked together.
 */
#include "io/chat/manner.h"

#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"

struct crux_chat crux_chat_default(void)
{
    return (struct crux_chat){
        .temperature = 0.7, .top_p = 1.0, .max_tokens = 1024, .logprobs = true};
}

static int find_server(struct chat_manner *manner, const struct crux_chat *chat,
                       struct crux_error *error)
{
    struct chat_settings *settings = &manner->settings;
    int status = CRUX_OK;

    if (chat->profile == NULL || chat->model == NULL)
        return crux_fail(error, CRUX_INVALID, "a served model needs a profile and a model");
    settings->profile = chat_profile_find(chat->profile, error);
    if (settings->profile == NULL)
        return CRUX_INVALID;
    settings->route = chat_profile_route(settings->profile, false);
    if (chat->route != NULL)
        status = chat_route_find(&settings->route, chat->route, error);
    if (status == CRUX_OK && settings->route == CHAT_COMPLETIONS && chat->chat_template != NULL)
        status = chat_template_open(&manner->chat_template, chat->chat_template, settings->profile,
                                    error);
    settings->chat_template = manner->chat_template;
    manner->per_request = settings->profile->n_most;
    if (settings->profile->fields[CHAT_N] != NULL && chat->slots > 0)
        manner->per_request = chat->slots;
    return status;
}

int chat_manner_open(struct chat_manner *out, const struct crux_chat *chat,
                     struct crux_error *error)
{
    struct chat_manner manner = {.settings = {.temperature = chat->temperature,
                                              .top_p = chat->top_p,
                                              .min_p = chat->min_p,
                                              .top_k = chat->top_k,
                                              .max_tokens = chat->max_tokens,
                                              .context = chat->context,
                                              .logprobs = chat->logprobs}};
    int status = find_server(&manner, chat, error);

    if (status == CRUX_OK) {
        manner.model = strdup(chat->model);
        manner.settings.model = manner.model;
        status = manner.model == NULL
                     ? crux_fail(error, CRUX_MEMORY, "no memory for the name of a model")
                     : chat_settings_check(&manner.settings, error);
    }
    if (status == CRUX_OK)
        *out = manner;
    else
        chat_manner_close(&manner);
    return status;
}

void chat_manner_close(struct chat_manner *manner)
{
    mustache_free(manner->chat_template);
    free(manner->model);
    *manner = (struct chat_manner){.model = NULL};
}
