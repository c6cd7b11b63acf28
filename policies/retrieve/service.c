/*
 * service.c - reads the file that describes a retriever, and tries its templates once.
 */
#include "policies/retrieve/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/pointer.h"
#include "io/service/filling.h"

/* --- settings ------------------------------------------------------------------------------- */

static const char *const retriever_keys[RETRIEVER_TEXTS] = {
    [RETRIEVER_RESULTS] = "results", [RETRIEVER_ID] = "id",       [RETRIEVER_TEXT] = "text",
    [RETRIEVER_TITLE] = "title",     [RETRIEVER_SCORE] = "score", [RETRIEVER_VECTOR] = "vector",
};

static int retriever_take_pointer(struct retriever *retriever, int which,
                                  const struct config_setting *setting, struct crux_error *error)
{
    if (setting->listed)
        return address_refuse(setting, "one value", error);
    if (!pointer_is(setting->value))
        return address_refuse(setting, "a JSON pointer, like /hits/hits", error);
    return address_take_text(&retriever->pointers[which], setting, error);
}

static int retriever_unknown(const struct config_setting *setting, bool embed,
                             struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID,
                     "%s: there is no `%.100s` in %s: there are " ADDRESS_KEYS ", request%s",
                     setting->place, setting->key, embed ? "embed" : "a retriever",
                     embed ? " and vector" : ", results, id, text, title, score and embed");
}

static int retriever_take_of_stage(struct retriever *retriever, bool embed,
                                   const struct config_setting *setting, struct crux_error *error)
{
    struct retriever_stage *stage = embed ? &retriever->embed : &retriever->search;
    bool taken = false;
    int status = address_take(&stage->address, setting, &taken, error);

    if (taken || status != CRUX_OK)
        return status;
    if (strcmp(setting->key, "request") == 0)
        return setting->listed ? address_refuse(setting, "one value", error)
                               : address_take_text(&stage->source, setting, error);
    for (int i = 0; i < RETRIEVER_TEXTS; i++)
        if (strcmp(setting->key, retriever_keys[i]) == 0 && embed == (i == RETRIEVER_VECTOR))
            return retriever_take_pointer(retriever, i, setting, error);
    return retriever_unknown(setting, embed, error);
}

static int retriever_take(void *context, const struct config_setting *setting,
                          struct crux_error *error)
{
    struct retriever *retriever = context;

    if (setting->depth == 0)
        return retriever_take_of_stage(retriever, false, setting, error);
    if (setting->depth > 1 || strcmp(setting->within[0], "embed") != 0)
        return address_refuse(setting, "no mapping around it but embed", error);
    retriever->embeds = true;
    return retriever_take_of_stage(retriever, true, setting, error);
}

/* --- templates ------------------------------------------------------------------------------ */

enum { RETRIEVER_NAMES = 5 };

static const char *const retriever_names[RETRIEVER_NAMES + 1] = {"query", "problem", "id",
                                                                 "count", "vector",  NULL};
static const char *const embed_names[RETRIEVER_NAMES] = {"query", "problem", "id", "count", NULL};

static struct mustache_value retriever_value(const char *name, const char *text)
{
    return (struct mustache_value){.name = name, .text = {text, strlen(text)}};
}

int retriever_compose(char **out, const struct retriever_stage *stage, const struct wanted *wanted,
                      const struct crux_problem *problem, const char *vector,
                      struct crux_error *error)
{
    struct mustache_value values[RETRIEVER_NAMES];
    const struct mustache_scope all = {values,
                                       vector != NULL ? RETRIEVER_NAMES : RETRIEVER_NAMES - 1};
    char count[16];
    size_t length;
    int status;

    (void)snprintf(count, sizeof count, "%u", wanted_most(wanted));
    values[0] = retriever_value("query", wanted->query);
    values[1] = retriever_value("problem", problem->prompt);
    values[2] = retriever_value("id", problem->id);
    values[3] = retriever_value("count", count);
    if (vector != NULL)
        values[4] = retriever_value("vector", vector);
    status = mustache_render(out, &length, stage->request, &all, error);
    return status == CRUX_INVALID ? CRUX_FAILED : status;
}

static int retriever_try(const struct retriever_stage *stage, const char *vector, const char *file,
                         struct crux_error *error)
{
    static char query[] = FILLING_WORDS;
    static const struct crux_problem problem = {.id = "\"id\"", .prompt = query};
    const struct wanted wanted = {.query = query, .count = 1};
    struct crux_error why = {""};
    char *body = NULL;
    int status = retriever_compose(&body, stage, &wanted, &problem, vector, &why);

    return filling_tried(body, status, &why, "{{query|json}}", file, error);
}

static int retriever_parse(struct retriever_stage *stage, const char *const *names,
                           const char *vector, const char *file, struct crux_error *error)
{
    int status = filling_parse(&stage->request, stage->source, names, file, error);

    return status == CRUX_OK ? retriever_try(stage, vector, file, error) : status;
}

/* --- the whole ------------------------------------------------------------------------------ */

static int retriever_is_whole(const struct retriever *retriever, const char *file,
                              struct crux_error *error)
{
    const struct retriever_stage *search = &retriever->search, *embed = &retriever->embed;

    if (search->address.url_count == 0 || search->source == NULL ||
        retriever->pointers[RETRIEVER_RESULTS] == NULL ||
        retriever->pointers[RETRIEVER_ID] == NULL || retriever->pointers[RETRIEVER_TEXT] == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "%.200s: a retriever has at least url, request, results, id and text",
                         file);
    if (retriever->embeds && (embed->address.url_count == 0 || embed->source == NULL ||
                              retriever->pointers[RETRIEVER_VECTOR] == NULL))
        return crux_fail(error, CRUX_INVALID, "%.200s: embed has at least url, request and vector",
                         file);
    return CRUX_OK;
}

static int retriever_complete(struct retriever *retriever, const char *file,
                              struct crux_error *error)
{
    int status = retriever_is_whole(retriever, file, error);

    if (status == CRUX_OK)
        status = address_complete(&retriever->search.address, file, "", error);
    if (status == CRUX_OK)
        status =
            retriever_parse(&retriever->search, retriever->embeds ? retriever_names : embed_names,
                            retriever->embeds ? "[0.5]" : NULL, file, error);
    if (status != CRUX_OK || !retriever->embeds)
        return status;
    status = address_complete(&retriever->embed.address, file, "-embed", error);
    return status == CRUX_OK ? retriever_parse(&retriever->embed, embed_names, NULL, file, error)
                             : status;
}

int retriever_read(struct retriever *out, const char *file, struct crux_error *error)
{
    struct retriever retriever = {.search.address = address_begin(),
                                  .embed.address = address_begin()};
    int status = config_read(file, retriever_take, &retriever, error);

    if (status == CRUX_OK)
        status = retriever_complete(&retriever, file, error);
    if (status == CRUX_OK)
        *out = retriever;
    else
        retriever_free(&retriever);
    return status;
}

static void retriever_free_stage(struct retriever_stage *stage)
{
    address_free(&stage->address);
    free(stage->source);
    mustache_free(stage->request);
}

void retriever_free(struct retriever *retriever)
{
    retriever_free_stage(&retriever->search);
    retriever_free_stage(&retriever->embed);
    for (int i = 0; i < RETRIEVER_TEXTS; i++)
        free(retriever->pointers[i]);
    *retriever = (struct retriever){.embeds = false};
}
