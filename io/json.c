/*
 * json.c - JSON values, by jansson: no other file includes jansson's header.
 *
 * A struct json *is* a json_t: the type is only ever a pointer, so reading and
 * writing rows costs nothing over jansson itself. What jansson lacks is added
 * around it: a limit of depth, found by a walk over the brackets before anything
 * is built; and the memory of a failed put, for which a value has no room of its
 * own. Every value here has exactly one owner, so a reference too many on an
 * object or array can say that something is missing in it.
 */
#include "io/json.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

enum { DEEPEST = 64, REAL_DIGITS = 15 };

static json_t *inner(const struct json *value)
{
    return (json_t *)(uintptr_t)value;
}

static struct json *outer(json_t *value)
{
    return (struct json *)value;
}

/* --- reading -------------------------------------------------------------- */

/* The byte at which nesting gets too deep, or length. */
static size_t first_too_deep(const char *text, size_t length)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && (c == '[' || c == '{') && ++depth > DEEPEST)
            return i;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return length;
}

static int json_parse_with(struct json **out, const char *text, size_t length, size_t flags,
                           struct crux_error *error)
{
    const char *nul = memchr(text, '\0', length);
    size_t deep = first_too_deep(text, length);
    json_error_t why;
    json_t *value;

    if (nul != NULL)
        return crux_fail(error, CRUX_INPUT, "a NUL byte at column %zu", (size_t)(nul - text) + 1);
    if (deep < length)
        return crux_fail(error, CRUX_INPUT, "nested deeper than %d at column %zu", DEEPEST,
                         deep + 1);
    errno = 0; /* the parser itself seldom says that it lacked memory */
    value = json_loadb(text, length, JSON_DECODE_ANY | flags, &why);
    if (value == NULL && (errno == ENOMEM || json_error_code(&why) == json_error_out_of_memory))
        return crux_fail(error, CRUX_MEMORY, "no memory for a JSON text of %zu bytes", length);
    if (value == NULL && (json_error_code(&why) == json_error_null_character ||
                          json_error_code(&why) == json_error_null_byte_in_key))
        return crux_fail(error, CRUX_INPUT, "\\u0000, which no text may have, before column %d",
                         why.column);
    if (value == NULL)
        return crux_fail(error, CRUX_INPUT, "%s at column %d", why.text, why.column);
    *out = outer(value);
    return CRUX_OK;
}

int json_parse(struct json **out, const char *text, size_t length, struct crux_error *error)
{
    return json_parse_with(out, text, length, JSON_REJECT_DUPLICATES, error);
}

int json_parse_loose(struct json **out, const char *text, size_t length, struct crux_error *error)
{
    return json_parse_with(out, text, length, 0, error);
}

enum json_type json_type_of(const struct json *value)
{
    static const enum json_type types[] = {
        [JSON_OBJECT] = JSON_IS_OBJECT, [JSON_ARRAY] = JSON_IS_ARRAY,
        [JSON_STRING] = JSON_IS_STRING, [JSON_INTEGER] = JSON_IS_INTEGER,
        [JSON_REAL] = JSON_IS_REAL,     [JSON_TRUE] = JSON_IS_BOOL,
        [JSON_FALSE] = JSON_IS_BOOL,    [JSON_NULL] = JSON_IS_NULL,
    };

    return value == NULL ? JSON_NONE : types[json_typeof(inner(value))];
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_NONE] = "nothing",      [JSON_IS_NULL] = "null",
        [JSON_IS_BOOL] = "a boolean", [JSON_IS_INTEGER] = "an integer",
        [JSON_IS_REAL] = "a real",    [JSON_IS_STRING] = "a string",
        [JSON_IS_ARRAY] = "an array", [JSON_IS_OBJECT] = "an object",
    };

    return names[type];
}

struct json *json_get(const struct json *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

struct json *json_at(const struct json *array, size_t index)
{
    return outer(json_array_get(inner(array), index));
}

size_t json_count(const struct json *value)
{
    return json_is_object(inner(value)) ? json_object_size(inner(value))
                                        : json_array_size(inner(value));
}

const char *json_as_string(const struct json *value)
{
    return json_string_value(inner(value));
}

int64_t json_as_integer(const struct json *value)
{
    return json_integer_value(inner(value));
}

double json_as_real(const struct json *value)
{
    return json_number_value(inner(value));
}

bool json_as_bool(const struct json *value)
{
    return json_is_true(inner(value));
}

const char *json_next_key(const struct json *object, const char *key)
{
    void *at = key == NULL ? json_object_iter(inner(object))
                           : json_object_iter_next(inner(object), json_object_key_to_iter(key));

    return at == NULL ? NULL : json_object_iter_key(at);
}

/* --- writing -------------------------------------------------------------- */

struct json *json_new_object(void)
{
    return outer(json_object());
}

struct json *json_new_array(void)
{
    return outer(json_array());
}

struct json *json_of_string(const char *text)
{
    return outer(text == NULL ? json_null() : json_string(text));
}

struct json *json_of_text(const char *start, size_t length)
{
    return outer(json_stringn(start, length));
}

struct json *json_of_words(const char *text)
{
    size_t length = text != NULL ? strlen(text) : 0;
    struct json *value;
    char *words;

    if (text == NULL || utf8_is_text(text, length))
        return json_of_string(text);
    words = malloc(UTF8_ROOM(length));
    if (words == NULL)
        return NULL;
    value = json_of_text(words, utf8_mend(words, text, length));
    free(words);
    return value;
}

struct json *json_of_integer(int64_t value)
{
    return outer(json_integer(value));
}

struct json *json_of_real(double value)
{
    return outer(json_real(value));
}

struct json *json_of_bool(bool value)
{
    return outer(json_boolean(value));
}

struct json *json_of_null(void)
{
    return outer(json_null());
}

static bool holds_values(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* Something is missing in this object or array itself. */
static bool is_marked(const json_t *value)
{
    return holds_values(value) && value->refcount > 1;
}

static void mark(json_t *container)
{
    if (container != NULL && !is_marked(container))
        json_incref(container);
}

/* Does visit() say yes to value or to anything in it? */
static bool any(json_t *value, bool (*visit)(json_t *value))
{
    const char *key;
    json_t *item;
    size_t index;
    bool found = visit(value);

    if (json_is_object(value)) {
        json_object_foreach(value, key, item) found = any(item, visit) || found;
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, item) found = any(item, visit) || found;
    }
    return found;
}

static bool visit_marked(json_t *value)
{
    return is_marked(value);
}

static bool visit_unmark(json_t *value)
{
    if (is_marked(value))
        json_decref(value);
    return false;
}

bool json_is_whole(const struct json *value)
{
    return value != NULL && !any(inner(value), visit_marked);
}

struct json *json_clone(const struct json *value)
{
    return json_is_whole(value) ? outer(json_deep_copy(inner(value))) : NULL;
}

void json_put(struct json *object, const char *key, struct json *value)
{
    if (object == NULL)
        json_free(value);
    else if (json_object_set_new(inner(object), key, inner(value)) != 0)
        mark(inner(object));
}

void json_put_count(struct json *object, const char *key, uint64_t count)
{
    assert(count <= INT64_MAX);
    json_put(object, key, json_of_integer((int64_t)count));
}

void json_add(struct json *array, struct json *value)
{
    if (array == NULL)
        json_free(value);
    else if (json_array_append_new(inner(array), inner(value)) != 0)
        mark(inner(array));
}

static void merge_member(json_t *object, const char *key, json_t *value)
{
    json_t *there = json_object_get(object, key);

    if (json_is_null(value)) {
        (void)json_object_del(object, key);
    } else if (!json_is_object(value)) {
        json_put(outer(object), key, outer(json_deep_copy(value)));
    } else {
        if (!json_is_object(there))
            json_put(outer(object), key, json_new_object());
        json_merge(outer(json_object_get(object, key)), outer(value));
    }
}

void json_merge(struct json *object, const struct json *patch)
{
    const char *key;
    json_t *value;

    if (patch == NULL)
        return;
    json_object_foreach(inner(patch), key, value) merge_member(inner(object), key, value);
}

char *json_text(const struct json *value, bool indent)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS);
    char *text;

    if (!json_is_whole(value))
        return NULL;
    errno = 0;
    text = json_dumps(inner(value), indent ? flags | JSON_INDENT(2) : flags);
    if (errno != ENOMEM)
        return text;
    free(text); /* jansson leaves out keys that it has no memory for */
    return NULL;
}

void json_free(struct json *value)
{
    if (value != NULL)
        (void)any(inner(value), visit_unmark);
    json_decref(inner(value));
}
