/*
 * run.c - the names of a run (its hashes), and how two configurations differ.
 */
#include "io/store/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hash.h"
#include "io/json.h"

/* Two lists of what differs, as far as there is room in a sentence. */
struct difference {
    char was[200], is[200];
};

static void append_difference(char *list, size_t size, const char *item)
{
    size_t used = strlen(list);
    int whole = snprintf(list + used, size - used, "%s%s", used == 0 ? "" : ", ", item);

    if (whole >= 0 && (size_t)whole >= size - used)
        memcpy(list + size - 4, "...", 4);
}

static void append_setting(char *list, size_t size, const char *key, const struct json *value)
{
    char item[160];
    char *text = json_text(value, false);
    const char *plain = json_as_string(value);

    if (value == NULL)
        (void)snprintf(item, sizeof item, "no %s", key);
    else
        (void)snprintf(item, sizeof item, "%s=%s", key,
                       plain != NULL  ? plain
                       : text != NULL ? text
                                      : "?");
    append_difference(list, size, item);
    free(text);
}

static bool same_setting(const struct json *a, const struct json *b)
{
    char *x = json_text(a, false), *y = json_text(b, false);
    bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* What was there and is no more, or is otherwise; then what is new. */
static void compare_members(struct difference *out, const struct json *was, const struct json *is)
{
    const char *key;

    for (key = json_next_key(was, NULL); key != NULL; key = json_next_key(was, key))
        if (!same_setting(json_get(was, key), json_get(is, key))) {
            append_setting(out->was, sizeof out->was, key, json_get(was, key));
            append_setting(out->is, sizeof out->is, key, json_get(is, key));
        }
    for (key = json_next_key(is, NULL); key != NULL; key = json_next_key(is, key))
        if (json_get(was, key) == NULL) {
            append_setting(out->was, sizeof out->was, key, NULL);
            append_setting(out->is, sizeof out->is, key, json_get(is, key));
        }
}

static void compare_configurations(struct difference *out, const char *was, const char *is)
{
    struct json *a = NULL, *b = NULL;

    if (json_parse(&a, was, strlen(was), NULL) == CRUX_OK &&
        json_parse(&b, is, strlen(is), NULL) == CRUX_OK) {
        compare_members(out, a, b);
    } else {
        append_difference(out->was, sizeof out->was, "a configuration that cannot be read");
        append_difference(out->is, sizeof out->is, "another one");
    }
    json_free(a);
    json_free(b);
}

static void append_input(char *list, size_t size, const char *name, const char *sha256)
{
    char item[120];

    (void)snprintf(item, sizeof item, "input %.80s (sha256 %.12s)", name, sha256);
    append_difference(list, size, item);
}

int store_compare_runs(const struct crux_store *store, const struct store_run *was,
                       const struct crux_run *is, struct crux_error *error)
{
    struct difference difference = {"", ""};

    if (strcmp(was->configuration, is->configuration) != 0)
        compare_configurations(&difference, was->configuration, is->configuration);
    if (strcmp(was->input_sha256, is->input_sha256) != 0) {
        append_input(difference.was, sizeof difference.was, was->input_name, was->input_sha256);
        append_input(difference.is, sizeof difference.is, is->input_name, is->input_sha256);
    }
    if (difference.was[0] == '\0')
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "%s was begun with %s; this run has %s", store->path,
                     difference.was, difference.is);
}

/* The first time that the input grew says what it was. */
static void store_look_at_begin(struct store_names *out, const char *settings,
                                const char *input_sha256)
{
    struct json *object = NULL;
    const struct json *first;
    const char *before;

    (void)json_parse(&object, settings, strlen(settings), NULL);
    first = json_at(json_get(object, CRUX_INPUT_EXTENSIONS), 0);
    before = json_as_string(json_get(first, "before"));
    (void)snprintf(out->begun_sha256, sizeof out->begun_sha256, "%s",
                   before != NULL ? before : input_sha256);
    out->begun_lines = before != NULL ? (uint64_t)json_as_integer(json_get(first, "lines")) : 0;
    json_free(object);
}

void store_name_run(struct store_names *out, const char *configuration, const char *settings,
                    const char *input_sha256)
{
    struct hash hash;
    char hex[HASH_HEX];

    store_look_at_begin(out, settings, input_sha256);
    hash_hex(configuration, strlen(configuration), out->config_hash);
    hash_begin(&hash);
    hash_add(&hash, configuration, strlen(configuration));
    hash_add(&hash, "\n", 1);
    hash_add(&hash, out->begun_sha256, strlen(out->begun_sha256));
    hash_end(&hash, hex);
    memcpy(out->run_id, hex, 16);
    out->run_id[16] = '\0';
}

int store_check_lines(const struct crux_problems *problems, struct crux_error *error)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].line == NULL)
            return crux_fail(error, CRUX_INVALID,
                             "problem `%s` came without its line: a store keeps problems by them",
                             problems->items[i].id);
    return CRUX_OK;
}

void store_free_run(struct store_run *run)
{
    free(run->configuration);
    free(run->settings);
    free(run->input_sha256);
    free(run->input_name);
    *run = (struct store_run){.configuration = NULL};
}
