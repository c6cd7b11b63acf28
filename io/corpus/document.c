/*
 * document.c - finds id, title and text in a line of JSON.
 */
#include "io/corpus/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DOCUMENT_NAMES = 3, DOCUMENT_ID_MOST = 512 };

enum document_field { DOCUMENT_ID, DOCUMENT_TEXT, DOCUMENT_TITLE };

static const char *const document_names[][DOCUMENT_NAMES] = {
    [DOCUMENT_ID] = {"id", "_id", "docid"},
    [DOCUMENT_TEXT] = {"contents", "content", "text"},
    [DOCUMENT_TITLE] = {"title"},
};

/* The member by the name that the user gave it, else by the first usual one that there is; *name:
 * as it is called. */
static const struct json *document_member(const struct json *object, enum document_field field,
                                          const char *own, const char **name)
{
    *name = own != NULL ? own : document_names[field][0];
    if (own != NULL)
        return json_get(object, own);
    for (size_t i = 0; i < DOCUMENT_NAMES && document_names[field][i] != NULL; i++) {
        const struct json *value = json_get(object, document_names[field][i]);

        if (value != NULL) {
            *name = document_names[field][i];
            return value;
        }
    }
    return NULL;
}

static int document_refuse(const char *name, const char *expected, const struct json *found,
                           struct crux_error *error)
{
    return crux_fail(error, CRUX_INPUT, "`%.60s`: expected %s, found %s", name, expected,
                     found == NULL ? "none" : json_type_name(json_type_of(found)));
}

/* It is printed in one line, in brackets. */
static int document_check_id(const char *id, const char *name, struct crux_error *error)
{
    size_t length = strlen(id);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)id[i] < ' ' || id[i] == 0x7f)
            return crux_fail(error, CRUX_INPUT,
                             "`%.60s`: expected a text without control characters", name);
    if (length > 0 && length <= DOCUMENT_ID_MOST)
        return CRUX_OK;
    return crux_fail(error, CRUX_INPUT, "`%.60s`: expected 1 to %d bytes, found %zu", name,
                     DOCUMENT_ID_MOST, length);
}

static int document_take_id(struct document *out, const char *own, struct crux_error *error)
{
    const char *name;
    const struct json *value = document_member(out->object, DOCUMENT_ID, own, &name);

    if (json_type_of(value) == JSON_IS_INTEGER) {
        (void)snprintf(out->number, sizeof out->number, "%" PRId64, json_as_integer(value));
        out->id = out->number;
        return CRUX_OK;
    }
    out->id = json_as_string(value);
    if (out->id == NULL)
        return document_refuse(name, "a text or a whole number", value, error);
    return document_check_id(out->id, name, error);
}

static int document_take_texts(struct document *out, const struct corpus_fields *fields,
                               struct crux_error *error)
{
    const char *name;
    const struct json *value = document_member(out->object, DOCUMENT_TEXT, fields->text, &name);

    out->text = json_as_string(value);
    if (out->text == NULL)
        return document_refuse(name, "a text", value, error);
    value = document_member(out->object, DOCUMENT_TITLE, fields->title, &name);
    out->title = json_as_string(value);
    if (value == NULL || json_type_of(value) == JSON_IS_NULL)
        out->title = "";
    return out->title != NULL ? CRUX_OK : document_refuse(name, "a text or null", value, error);
}

int document_read(struct document *out, const struct lines_line *line,
                  const struct corpus_fields *fields, struct crux_error *error)
{
    int status = json_parse(&out->object, line->text, line->length, error);

    if (status == CRUX_MEMORY)
        return status;
    if (status != CRUX_OK) {
        struct crux_error why = *error;

        return crux_fail(error, CRUX_INPUT, "expected a JSON object: %.300s", why.text);
    }
    if (json_type_of(out->object) != JSON_IS_OBJECT)
        status = crux_fail(error, CRUX_INPUT, "expected a JSON object, found %s",
                           json_type_name(json_type_of(out->object)));
    if (status == CRUX_OK)
        status = document_take_id(out, fields->id, error);
    if (status == CRUX_OK)
        status = document_take_texts(out, fields, error);
    if (status != CRUX_OK)
        document_free(out);
    return status;
}

void document_free(struct document *document)
{
    json_free(document->object);
    document->object = NULL;
}
