/*
 * hear.c - finds documents, or a vector, in a reply by their pointers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/pointer.h"
#include "policies/retrieve/found.h"
#include "policies/retrieve/service.h"

enum { HEARD_ID_MOST = 512 };

/* One document of a reply, and room for an id that is a number. */
struct heard {
    struct retrieved document;
    char number[24];
};

static const struct json *heard_at(const struct retriever *retriever, const struct json *from,
                                   enum retriever_text which)
{
    const char *pointer = retriever->pointers[which];

    return pointer != NULL ? pointer_find(from, pointer, 0) : NULL;
}

static int heard_refuse(const struct retriever *retriever, enum retriever_text which,
                        const char *expected, const struct json *found, struct crux_error *error)
{
    return crux_fail(error, CRUX_FAILED, "the reply at %.120s: expected %s, found %s",
                     retriever->pointers[which], expected, json_type_name(json_type_of(found)));
}

/* It is printed in one line, in brackets. */
static bool is_good_id(const char *id)
{
    size_t length = strlen(id);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)id[i] < ' ' || id[i] == 0x7f)
            return false;
    return length > 0 && length <= HEARD_ID_MOST;
}

static int hear_id(struct heard *out, const struct retriever *retriever, const struct json *result,
                   struct crux_error *error)
{
    const struct json *value = heard_at(retriever, result, RETRIEVER_ID);

    out->document.id = json_as_string(value);
    if (json_type_of(value) == JSON_IS_INTEGER) {
        (void)snprintf(out->number, sizeof out->number, "%lld", (long long)json_as_integer(value));
        out->document.id = out->number;
    }
    if (out->document.id == NULL)
        return heard_refuse(retriever, RETRIEVER_ID, "a text or a whole number", value, error);
    if (is_good_id(out->document.id))
        return CRUX_OK;
    return crux_fail(error, CRUX_FAILED,
                     "the reply at %.120s: expected an id of 1 to %d bytes without control "
                     "characters",
                     retriever->pointers[RETRIEVER_ID], HEARD_ID_MOST);
}

static int hear_texts(struct heard *out, const struct retriever *retriever,
                      const struct json *result, struct crux_error *error)
{
    const struct json *text = heard_at(retriever, result, RETRIEVER_TEXT);
    const struct json *title = heard_at(retriever, result, RETRIEVER_TITLE);
    const struct json *score = heard_at(retriever, result, RETRIEVER_SCORE);

    out->document.text = json_as_string(text);
    if (out->document.text == NULL)
        return heard_refuse(retriever, RETRIEVER_TEXT, "a text", text, error);
    out->document.title = json_as_string(title);
    if (title == NULL || json_type_of(title) == JSON_IS_NULL)
        out->document.title = "";
    if (out->document.title == NULL)
        return heard_refuse(retriever, RETRIEVER_TITLE, "a text or null", title, error);
    if (score != NULL && json_type_of(score) != JSON_IS_NULL &&
        json_type_of(score) != JSON_IS_INTEGER && json_type_of(score) != JSON_IS_REAL)
        return heard_refuse(retriever, RETRIEVER_SCORE, "a number or null", score, error);
    out->document.score = json_as_real(score);
    return CRUX_OK;
}

static int hear_result(struct heard *out, const struct retriever *retriever,
                       const struct json *result, struct crux_error *error)
{
    int status = hear_id(out, retriever, result, error);

    return status == CRUX_OK ? hear_texts(out, retriever, result, error) : status;
}

/* *out may be NULL only if it fails. */
static int hear_results(const struct json **out, const struct retriever *retriever,
                        const struct json *reply, struct crux_error *error)
{
    *out = heard_at(retriever, reply, RETRIEVER_RESULTS);
    return json_type_of(*out) == JSON_IS_ARRAY
               ? CRUX_OK
               : heard_refuse(retriever, RETRIEVER_RESULTS, "a list of documents", *out, error);
}

int retriever_check(const struct retriever *retriever, const struct json *reply,
                    struct crux_error *error)
{
    const struct json *results;
    int status = hear_results(&results, retriever, reply, error);

    for (size_t i = 0; status == CRUX_OK && i < json_count(results); i++) {
        struct heard heard;

        status = hear_result(&heard, retriever, json_at(results, i), error);
    }
    return status;
}

static int hear_allowed(struct found *found, const struct wanted *wanted,
                        const struct retrieved *document)
{
    bool allowed = false;
    int status = wanted_allows(&allowed, wanted, document);

    return status == CRUX_OK && allowed ? found_add(found, document) : status;
}

int retriever_hear(struct found *found, const struct retriever *retriever,
                   const struct wanted *wanted, const struct json *reply, struct crux_error *error)
{
    const struct json *results;
    int status = hear_results(&results, retriever, reply, error);

    for (size_t i = 0; status == CRUX_OK && i < json_count(results); i++) {
        struct heard heard;

        status = hear_result(&heard, retriever, json_at(results, i), error);
        if (status == CRUX_OK)
            status = hear_allowed(found, wanted, &heard.document);
    }
    if (status == CRUX_MEMORY)
        (void)crux_fail(error, status, "no memory for documents");
    return status == CRUX_END ? CRUX_OK : status;
}

int retriever_hear_vector(char **out, const struct retriever *retriever, const struct json *reply,
                          struct crux_error *error)
{
    const struct json *vector = heard_at(retriever, reply, RETRIEVER_VECTOR);
    size_t count = json_count(vector);

    if (json_type_of(vector) != JSON_IS_ARRAY || count == 0)
        return heard_refuse(retriever, RETRIEVER_VECTOR, "a list of numbers", vector, error);
    for (size_t i = 0; i < count; i++) {
        enum json_type type = json_type_of(json_at(vector, i));

        if (type != JSON_IS_INTEGER && type != JSON_IS_REAL)
            return heard_refuse(retriever, RETRIEVER_VECTOR, "a list of numbers",
                                json_at(vector, i), error);
    }
    *out = json_text(vector, false);
    return *out != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a vector");
}
