/*
 * script.c - reads the script of faults: a rule is a row of fields, read by a loop over their
 * names.
 */
#include "tests/world/server/script.h"

#include "io/json.h"
#include "io/draw.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[SCRIPT_KINDS] = {
    [SCRIPT_REPLY] = "reply",   [SCRIPT_EDIT] = "edit",       [SCRIPT_SSE] = "sse",
    [SCRIPT_CUT] = "cut",       [SCRIPT_DRIP] = "drip",       [SCRIPT_LATE] = "late",
    [SCRIPT_LENGTH] = "length", [SCRIPT_CHUNKED] = "chunked", [SCRIPT_HUGE] = "huge",
    [SCRIPT_BOMB] = "bomb",     [SCRIPT_HEADERS] = "headers", [SCRIPT_TWICE] = "twice",
    [SCRIPT_CLOSE] = "close",   [SCRIPT_DOWN] = "down",
};

enum field_type { INTEGER, REAL, WORD };

static const struct {
    const char *name;
    enum field_type type;
    size_t offset;
} fields[] = {
    {"fault", WORD, offsetof(struct script_rule, name)},
    {"route", WORD, offsetof(struct script_rule, route)},
    {"text", WORD, offsetof(struct script_rule, text)},
    {"first", INTEGER, offsetof(struct script_rule, first)},
    {"last", INTEGER, offsetof(struct script_rule, last)},
    {"every", INTEGER, offsetof(struct script_rule, every)},
    {"times", INTEGER, offsetof(struct script_rule, times)},
    {"from_s", REAL, offsetof(struct script_rule, from_s)},
    {"to_s", REAL, offsetof(struct script_rule, to_s)},
    {"probability", REAL, offsetof(struct script_rule, probability)},
    {"status", INTEGER, offsetof(struct script_rule, status)},
    {"bytes", INTEGER, offsetof(struct script_rule, bytes)},
    {"ms", INTEGER, offsetof(struct script_rule, ms)},
    {"count", INTEGER, offsetof(struct script_rule, count)},
    {"body", WORD, offsetof(struct script_rule, body)},
    {"content_type", WORD, offsetof(struct script_rule, content_type)},
    {"retry_after", WORD, offsetof(struct script_rule, retry_after)},
    {"header", WORD, offsetof(struct script_rule, header)},
    {"edit", WORD, offsetof(struct script_rule, edit)},
    {"sse", WORD, offsetof(struct script_rule, sse)},
    {"at", WORD, offsetof(struct script_rule, at)},
    {"how", WORD, offsetof(struct script_rule, how)},
};

/* --- reading ------------------------------------------------------------------------ */

static bool read_value(struct script_rule *rule, size_t field, const struct json *value)
{
    char *place = (char *)rule + fields[field].offset;
    enum json_type type = json_type_of(value);

    switch (fields[field].type) {
    case INTEGER:
        *(int64_t *)(void *)place = json_as_integer(value);
        return type == JSON_IS_INTEGER;
    case REAL:
        *(double *)(void *)place = json_as_real(value);
        return type == JSON_IS_INTEGER || type == JSON_IS_REAL;
    default:
        *(const char **)(void *)place = json_as_string(value);
        return type == JSON_IS_STRING;
    }
}

static bool read_field(struct script_rule *rule, const char *key, const struct json *value)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(key, fields[i].name) == 0)
            return read_value(rule, i, value);
    return false;
}

static int read_rule(struct script_rule *rule, const struct json *json, size_t number,
                     struct crux_error *error)
{
    *rule = (struct script_rule){.last = INT64_MAX,
                                 .every = 1,
                                 .times = INT64_MAX,
                                 .to_s = 1e12,
                                 .probability = 1.0,
                                 .status = 200,
                                 .at = "head",
                                 .how = "close"};
    for (const char *key = json_next_key(json, NULL); key != NULL; key = json_next_key(json, key))
        if (!read_field(rule, key, json_get(json, key)))
            return crux_fail(error, CRUX_INVALID, "rule %zu of the faults: `%s` is not understood",
                             number, key);
    for (size_t i = 0; rule->name != NULL && i < SCRIPT_KINDS; i++) {
        rule->kind = (enum script_kind)i;
        if (strcmp(rule->name, kinds[i]) == 0 && rule->every > 0)
            return CRUX_OK;
    }
    return crux_fail(error, CRUX_INVALID,
                     "rule %zu of the faults: `fault` is not one of those in script.h", number);
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rbe");
    size_t room = (size_t)1 << 20, length;
    char *bytes = malloc(room + 1);

    if (file == NULL || bytes == NULL) {
        free(bytes);
        bytes = NULL;
    } else {
        length = fread(bytes, 1, room, file);
        bytes[length] = '\0';
    }
    if (file != NULL)
        (void)fclose(file);
    return bytes;
}

static int read_rules(struct script *script, const char *bytes, struct crux_error *error)
{
    const struct json *list;
    int status = json_parse(&script->json, bytes, strlen(bytes), error);

    if (status != CRUX_OK)
        return status;
    list = json_type_of(script->json) == JSON_IS_OBJECT ? json_get(script->json, "faults")
                                                        : script->json;
    if (json_type_of(list) != JSON_IS_ARRAY)
        return crux_fail(error, CRUX_INVALID, "the faults are an array of rules");
    script->rules = calloc(json_count(list) + 1, sizeof *script->rules);
    if (script->rules == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the faults");
    for (; status == CRUX_OK && script->count < json_count(list); script->count++)
        status = read_rule(&script->rules[script->count], json_at(list, script->count),
                           script->count + 1, error);
    return status;
}

int script_open(struct script *out, const char *source, uint64_t seed, struct crux_error *error)
{
    char *bytes = NULL;
    int status;

    *out = (struct script){.seed = seed};
    if (source == NULL)
        return CRUX_OK;
    bytes = *source == '[' || *source == '{' ? strdup(source) : read_whole(source);
    if (bytes == NULL)
        return crux_fail(error, CRUX_INPUT, "%s: cannot be read", source);
    status = read_rules(out, bytes, error);
    free(bytes);
    if (status != CRUX_OK)
        script_close(out);
    return status;
}

void script_close(struct script *script)
{
    free(script->rules);
    json_free(script->json);
    *script = (struct script){.json = NULL};
}

/* --- matching ------------------------------------------------------------------------ */

static bool in_window(const struct script *script, const struct script_rule *rule, int64_t now_ns)
{
    double seconds = (double)(now_ns - script->zero_ns) / 1e9;

    return script->zero_ns != 0 && seconds >= rule->from_s && seconds < rule->to_s;
}

static bool matches(const struct script *script, size_t number, const struct script_request *about)
{
    const struct script_rule *rule = &script->rules[number];
    int64_t ordinal = (int64_t)about->ordinal;

    return rule->kind != SCRIPT_DOWN && ordinal >= rule->first && ordinal <= rule->last &&
           ordinal % rule->every == 0 && rule->met < rule->times &&
           in_window(script, rule, about->now_ns) &&
           (rule->route == NULL || strncmp(about->route, rule->route, strlen(rule->route)) == 0) &&
           (rule->text == NULL || strstr(about->body, rule->text) != NULL) &&
           draw_uniform(draw(script->seed + number, about->ordinal)) < rule->probability;
}

const struct script_rule *script_match(struct script *script, const struct script_request *request)
{
    if (script->zero_ns == 0)
        script->zero_ns = request->now_ns;
    for (size_t i = 0; i < script->count; i++)
        if (matches(script, i, request)) {
            script->rules[i].met++;
            return &script->rules[i];
        }
    return NULL;
}

bool script_down(const struct script *script, int64_t now_ns)
{
    for (size_t i = 0; i < script->count; i++)
        if (script->rules[i].kind == SCRIPT_DOWN && in_window(script, &script->rules[i], now_ns))
            return true;
    return false;
}
