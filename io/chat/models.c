/*
 * models.c - reads a server's list of models, and says what is wrong with it.
 */
#include "io/chat/models.h"

#include <stdio.h>
#include <string.h>

static const struct chat_profile *kind_by_owner(const char *owner)
{
    static const struct {
        const char *owner;
        enum chat_kind kind;
    } rows[] = {{"vllm", CHAT_VLLM},
                {"sglang", CHAT_SGLANG},
                {"llamacpp", CHAT_LLAMACPP},
                {"library", CHAT_OLLAMA},
                {"openai", CHAT_OPENAI},
                {"system", CHAT_OPENAI},
                {"openai-internal", CHAT_OPENAI}};

    for (size_t i = 0; owner != NULL && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(owner, rows[i].owner) == 0)
            return &chat_profiles[rows[i].kind];
    return NULL;
}

/* A list is `data`, or `models`, or all there is. */
const struct json *chat_models_in(const struct json *reply)
{
    const struct json *lists[] = {json_get(reply, "data"), json_get(reply, "models"), reply};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (json_type_of(lists[i]) == JSON_IS_ARRAY)
            return lists[i];
    return NULL;
}

static const char *model_name(const struct json *model)
{
    const char *const members[] = {"id", "name", "model"};
    const char *name = json_as_string(model);

    for (size_t i = 0; i < sizeof members / sizeof *members && name == NULL; i++)
        name = json_as_string(json_get(model, members[i]));
    return name;
}

void chat_models_list(const struct json *models, char *out, size_t room)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < json_count(models) && at < room; i++) {
        const char *name = model_name(json_at(models, i));

        at += (size_t)snprintf(out + at, room - at, "%s%.60s", i == 0 ? "" : ", ",
                               name == NULL ? "?" : name);
    }
}

const struct json *chat_models_entry(const struct json *models, const char *wanted)
{
    for (size_t i = 0; i < json_count(models); i++) {
        const char *name = model_name(json_at(models, i));

        if (name != NULL && (wanted == NULL ? json_count(models) == 1 : strcmp(name, wanted) == 0))
            return json_at(models, i);
    }
    return NULL;
}

/* The entry of the model that is wanted, or of the only one. NULL: there is none of the wanted. */
static int models_choose(const struct chat_probe *probe, const struct json *models,
                         const struct json **out)
{
    const char *wanted = probe->known->model;
    struct crux_server *server = probe->server;
    char names[240];

    *out = chat_models_entry(models, wanted);
    if (*out != NULL)
        return CRUX_OK;
    chat_models_list(models, names, sizeof names);
    if (wanted != NULL) {
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s lists no model `%.60s`, which is asked for all the same; it lists: "
                       "%.180s",
                       probe->url, wanted, json_count(models) > 0 ? names : "none");
        return CRUX_OK;
    }
    if (json_count(models) == 0)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.120s lists no model: say which with --model NAME", probe->url);
    return crux_fail(probe->error, CRUX_INVALID,
                     "%.120s serves several models: choose one with --model: %s", probe->url,
                     names);
}

static int no_answer(const struct chat_probe *probe, const struct chat_heard *heard)
{
    bool key = heard->status == 401 || heard->status == 403;

    if (heard->status == 404)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but has no /models: is its path right? It often ends in "
                         "/v1. Or say --model NAME",
                         probe->url);
    if (heard->status == 200)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but not like a model server: it has no list of models. "
                         "With --model NAME it is asked all the same",
                         probe->url);
    if (chat_heard_server(heard))
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.120s is there, but does not let you list its models: %.180s; say which "
                         "with --model NAME%s",
                         probe->url, heard->sentence,
                         key ? ", or where its key is with --api-key-env or --api-key-file" : "");
    return crux_fail(probe->error, CRUX_INVALID, "no model server answers: %.300s",
                     heard->sentence);
}

/* A list that cannot be read says nothing about a model that was named. That there is none is
 * common, and not worth a word. */
static void note_no_list(const struct chat_probe *probe, const struct chat_heard *heard)
{
    struct crux_server *server = probe->server;

    if (heard->status == 404)
        return;
    if (heard->status == 200)
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s has no list of models that could be read; `%.60s` is asked for all "
                       "the same",
                       probe->url, probe->known->model);
    else
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s does not let you list its models (%.180s); `%.60s` is asked for all "
                       "the same",
                       probe->url, heard->sentence, probe->known->model);
}

/* What a list says of a model; of one that is not in it, what it says of another, which the same
 * server serves. */
static int models_take(struct chat_probe *probe, const struct json *models,
                       const struct json *model)
{
    struct crux_server *server = probe->server;
    const char *name = model != NULL ? model_name(model) : probe->known->model;
    const struct json *any = model != NULL ? model : json_at(models, 0);

    if (strlen(name) >= sizeof server->model)
        return crux_fail(probe->error, CRUX_INVALID, "%.120s: the name of its model is too long",
                         probe->url);
    (void)strcpy(server->model, name);
    server->context = chat_heard_count(model, "max_model_len");
    if (server->context == 0)
        server->context = chat_heard_count(json_get(model, "meta"), "n_ctx");
    if (probe->profile == NULL)
        probe->profile = kind_by_owner(json_as_string(json_get(any, "owned_by")));
    return CRUX_OK;
}

int chat_models_find(struct chat_probe *probe)
{
    const struct json *models, *model = NULL;
    struct chat_heard heard;
    bool answered = chat_hear(probe, "models", NULL, &heard);
    int status = CRUX_OK;

    probe->server->round_trip_ns = heard.took_ns;
    models = answered ? chat_models_in(heard.json) : NULL;
    if (models != NULL)
        status = models_choose(probe, models, &model);
    else if (probe->known->model != NULL && chat_heard_server(&heard))
        note_no_list(probe, &heard);
    else
        status = no_answer(probe, &heard);
    if (status == CRUX_OK)
        status = models_take(probe, models, model);
    chat_heard_free(&heard);
    return status;
}
