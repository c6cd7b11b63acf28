/*
 * manner.c - profile, route, chat template and sampling, looked up and checked together.
 */
#include "io/chat/manner.h"

#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"
#include "io/json.h"

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
    settings->route = chat_profile_route(settings->profile, chat->images);
    if (chat->route != NULL)
        status = chat_route_find(&settings->route, chat->route, error);
    if (status == CRUX_OK && settings->route == CHAT_COMPLETIONS && chat->chat_template != NULL)
        status = chat_template_open(&manner->chat_template, chat->chat_template, settings->profile,
                                    error);
    settings->chat_template = manner->chat_template;
    manner->per_request = settings->profile->n_most;
    if (settings->profile->fields[CHAT_N] != NULL && chat->slots > 0)
        manner->per_request = chat->slots;
    if (chat->temperature == 0.0) /* greedy choices are all the same, and vLLM refuses them */
        manner->per_request = 1;
    return status;
}

/* --- what the user adds to requests ------------------------------------------------------ */

/* A body is recorded with the run. name: of the member that the value is in, or in a list of. */
static int find_key_in(const char *name, const struct json *value, struct crux_error *error)
{
    enum json_type type = json_type_of(value);
    int status = CRUX_OK;

    if (type == JSON_IS_STRING && http_is_key_name(name, strlen(name)))
        return crux_fail(error, CRUX_INVALID,
                         "--body: %.60s would be written into the store: a key is given by "
                         "--api-key-env or --api-key-file",
                         name);
    for (size_t i = 0; type == JSON_IS_ARRAY && i < json_count(value) && status == CRUX_OK; i++)
        status = find_key_in(name, json_at(value, i), error);
    for (const char *key = type == JSON_IS_OBJECT ? json_next_key(value, NULL) : NULL;
         key != NULL && status == CRUX_OK; key = json_next_key(value, key))
        status = find_key_in(key, json_get(value, key), error);
    return status;
}

/* Members that crux counts on, and what to say in their place. */
static int check_patch(const struct chat_manner *manner, struct crux_error *error)
{
    const struct chat_profile *profile = manner->settings.profile;
    const struct {
        const char *member, *instead;
        bool removable;
    } own[] = {
        {"messages", "the words come from --prompt and the problem", false},
        {"prompt", "the words come from --prompt and the problem", false},
        {"model", "say --model", false},
        {"stream", "crux reads replies as a whole", true},
        {"n", "say --per-request", true},
        {profile->fields[CHAT_MAX_CHAT], "say --max-tokens", true},
        {profile->fields[CHAT_MAX_TEXT], "say --max-tokens", true},
    };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].member != NULL && json_get(manner->patch, own[i].member) != NULL &&
            !(own[i].removable &&
              json_type_of(json_get(manner->patch, own[i].member)) == JSON_IS_NULL))
            return crux_fail(error, CRUX_INVALID, "--body: %s is not to be changed there: %s",
                             own[i].member, own[i].instead);
    return find_key_in("", manner->patch, error);
}

static int take_patch(struct chat_manner *manner, const struct crux_chat *chat,
                      struct crux_error *error)
{
    struct crux_error why = {""};
    int status;

    if (chat->body == NULL)
        return CRUX_OK;
    status = json_parse(&manner->patch, chat->body, strlen(chat->body), &why);
    if (status != CRUX_OK)
        return crux_fail(error, CRUX_INVALID, "--body: %.300s", why.text);
    if (json_type_of(manner->patch) != JSON_IS_OBJECT)
        return crux_fail(error, CRUX_INVALID,
                         "--body: expected a JSON object, like {\"stop\": null}");
    manner->settings.patch = manner->patch;
    if (chat_settings_removed(&manner->settings, "n"))
        manner->per_request = 1;
    return check_patch(manner, error);
}

/* Where the system's words stand. */
static int take_system(struct chat_manner *manner, const struct crux_chat *chat,
                       struct crux_error *error)
{
    const char *place = chat->system != NULL ? chat->system : "turn";

    manner->settings.system_in_user = strcmp(place, "user") == 0;
    if (strcmp(place, "user") == 0 || strcmp(place, "turn") == 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "--system is turn or user, not `%.40s`", place);
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
                                              .logprobs = chat->logprobs,
                                              .entropy = chat->entropy,
                                              .token_ids = chat->token_ids}};
    int status = find_server(&manner, chat, error);

    if (status == CRUX_OK)
        status = take_patch(&manner, chat, error);
    if (status == CRUX_OK)
        status = take_system(&manner, chat, error);
    if (status == CRUX_OK) {
        manner.model = strdup(chat->model);
        manner.seen = calloc(1, sizeof *manner.seen);
        manner.settings.model = manner.model;
        status = manner.model == NULL || manner.seen == NULL
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
    json_free(manner->patch);
    free(manner->model);
    free(manner->seen);
    *manner = (struct chat_manner){.model = NULL};
}
