/*
 * recall.c - gives options the values that a run has recorded.
 */
#include "io/cli/options/recall.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/backend.h"
#include "io/http/http.h"
#include "io/json.h"

struct recall {
    struct options *options;
    const char *from;
    char where[300]; /* of the key at hand: "the configuration in run.db: seed" */
};

/* `backend.NAME.KEY` is a setting of a backend. */
static void recall_split(const char *key, char *backend, size_t size, const char **name)
{
    static const char prefix[] = "backend.";
    const char *dot;

    backend[0] = '\0';
    *name = key;
    if (strncmp(key, prefix, sizeof prefix - 1) != 0)
        return;
    key += sizeof prefix - 1;
    dot = strchr(key, '.');
    if (dot == NULL)
        return;
    (void)snprintf(backend, size, "%.*s", (int)(dot - key), key);
    *name = dot + 1;
}

/* A value as one would type it; false: it says nothing. */
static bool recall_text(const struct json *value, char number[64], const char **out)
{
    switch (json_type_of(value)) {
    case JSON_IS_STRING:
        *out = json_as_string(value);
        return true;
    case JSON_IS_BOOL:
        *out = "true";
        return json_as_bool(value);
    case JSON_IS_INTEGER:
        (void)snprintf(number, 64, "%" PRId64, json_as_integer(value));
        *out = number;
        return true;
    case JSON_IS_REAL:
        (void)snprintf(number, 64, "%.15g", json_as_real(value));
        *out = number;
        return true;
    default:
        return false;
    }
}

static int recall_value(struct recall *recall, const char *backend, const char *name,
                        const struct json *value, struct crux_error *error)
{
    const char *text;
    char number[64];

    if (!recall_text(value, number, &text))
        return CRUX_OK;
    return options_fill(recall->options, backend, name, text, recall->where, error);
}

static bool recall_begins(const struct json *value, const char *which)
{
    const char *text = json_as_string(value);
    size_t length = strlen(which);

    return text != NULL && strncmp(text, which, length) == 0 && text[length] == '=';
}

/* Of critics a pass asks the one that says what is right. */
static bool recall_wants(const struct options *options, const char *name, const struct json *value)
{
    if (strcmp(name, "critic") == 0)
        return options->critic[CRUX_ROLE_OUTCOME] == NULL && recall_begins(value, "outcome");
    return true;
}

/* Limits were the search's: a pass has its own. */
static bool recall_is_given(const struct options *options, const char *backend, const char *name)
{
    const struct options_backend *known = options_backend(options, backend);

    if (strcmp(name, "critic") == 0)
        return false;
    if (strncmp(name, "limit-", 6) == 0 || strcmp(name, "deadline") == 0)
        return true;
    if (backend[0] == '\0')
        return options_given(options, name);
    return known != NULL && options_backend_given(options, known, name);
}

/* A server that was recorded twice, as earlier versions let it be, is given once now. */
static bool recall_has_before(const struct json *list, size_t at, const char *name)
{
    const char *text = json_as_string(json_at(list, at));

    if (strcmp(name, "endpoint") != 0 || text == NULL)
        return false;
    for (size_t i = 0; i < at; i++) {
        const char *before = json_as_string(json_at(list, i));

        if (before != NULL && http_same_address(before, text))
            return true;
    }
    return false;
}

static int recall_key(struct recall *recall, const char *key, const struct json *value,
                      struct crux_error *error)
{
    bool list = json_type_of(value) == JSON_IS_ARRAY;
    size_t count = list ? json_count(value) : 1;
    char backend[64];
    const char *name;
    int status = CRUX_OK;

    recall_split(key, backend, sizeof backend, &name);
    if (recall_is_given(recall->options, backend, name))
        return CRUX_OK;
    (void)snprintf(recall->where, sizeof recall->where, "the configuration in %.150s: %.100s",
                   recall->from, key);
    for (size_t i = 0; i < count && status == CRUX_OK; i++) {
        const struct json *item = list ? json_at(value, i) : value;

        if (recall_wants(recall->options, name, item) &&
            !(list && recall_has_before(value, i, name)))
            status = recall_value(recall, backend, name, item, error);
    }
    return status;
}

static int recall_object(struct recall *recall, const char *text, struct crux_error *error)
{
    struct json *object = NULL;
    struct crux_error inner;
    int status = json_parse(&object, text, strlen(text), &inner);

    if (status != CRUX_OK)
        return crux_fail(error, status == CRUX_MEMORY ? CRUX_MEMORY : CRUX_STORE,
                         "%.200s: what it records of its options is no JSON: %.200s", recall->from,
                         inner.text);
    if (json_type_of(object) != JSON_IS_OBJECT)
        status = crux_fail(error, CRUX_STORE, "%.200s: what it records of its options is no object",
                           recall->from);
    for (const char *key = json_next_key(object, NULL); key != NULL && status == CRUX_OK;
         key = json_next_key(object, key))
        status = recall_key(recall, key, json_get(object, key), error);
    json_free(object);
    return status;
}

int recall_options(struct options *options, const char *configuration, const char *settings,
                   const char *from, struct crux_error *error)
{
    struct recall recall = {.options = options, .from = from};
    int status = recall_object(&recall, configuration, error);

    return status == CRUX_OK ? recall_object(&recall, settings, error) : status;
}
