/*
 * record.c - writes options as JSON: the recorded configuration of a run, and default values for
 * help.
 */
#include "io/cli/options/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/json.h"

/* Options that were called otherwise when the first stores were written: their old names
 * stay the keys of the configuration, so that an old run still compares equal. */
static const struct former {
    const char *name, *key;
} formers[] = {{"workers-per-tree", "lanes"}};

/* One member of the object. */
struct entry {
    char *key;
    const struct options_row *row;
    const void *field;
};

struct entries {
    struct entry *items;
    size_t count;
    bool whole; /* memory was enough */
};

static const char *recorded_key(const struct options_row *row)
{
    for (size_t i = 0; i < sizeof formers / sizeof formers[0]; i++)
        if (strcmp(formers[i].name, row->name) == 0)
            return formers[i].key;
    return row->name;
}

static void record_entry(struct entries *entries, const struct options *options,
                         const struct options_place *place, const struct options_backend *backend)
{
    struct entry *entry = &entries->items[entries->count];
    const char *key = recorded_key(place->row);

    if (backend->name == NULL)
        entry->key = strdup(key);
    else if (asprintf(&entry->key, "backend.%s.%s", backend->name, key) < 0)
        entry->key = NULL;
    entry->row = place->row;
    entry->field = options_field(options, place, (size_t)(backend - options->backends));
    entries->whole &= entry->key != NULL;
    entries->count++;
}

/* Is there anything but what the option has when nobody says anything: no text, no flag, no list?
 */
static bool says_something(const struct options_row *row, const void *field)
{
    struct json *value = row->type->write(row, field);
    enum json_type type = json_type_of(value);
    bool says = type != JSON_NONE && type != JSON_IS_NULL &&
                (type != JSON_IS_BOOL || json_as_bool(value)) &&
                (type != JSON_IS_ARRAY || json_count(value) > 0);

    json_free(value);
    return says;
}

/* A number and a word of several always say something: they count where somebody gave them. */
static bool is_said(const struct options *options, const struct options_place *place,
                    size_t backend)
{
    const struct options_type *type = place->row->type;
    bool always = type == &values_count || type == &values_whole || type == &values_real ||
                  type == &values_choice;

    if (always &&
        options->origins[backend * table_count(options->table) + place->number] == OPTIONS_DEFAULT)
        return false;
    return says_something(place->row, options_field(options, place, backend));
}

static bool is_recorded(const struct options *options, const struct options_place *place,
                        size_t backend, enum options_class class)
{
    if (class == OPTIONS_MEANING && place->row->class == OPTIONS_LATER)
        return is_said(options, place, backend);
    return place->row->class == class;
}

/* The rows of a class: once for the plain flags, and once for each named backend. */
static void gather_entries(struct entries *entries, const struct options *options,
                           enum options_class class)
{
    for (size_t i = 0; i < options->backend_count; i++) {
        struct options_place place = {.row = NULL};

        while (table_next(options->table, &place))
            if (is_recorded(options, &place, i, class) &&
                (i == 0 ? table_is_flag(place.group) : table_is_named(place.group)))
                record_entry(entries, options, &place, &options->backends[i]);
    }
}

static int by_recorded_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return strcmp(x->key, y->key);
}

static char *entries_text(const struct entries *entries)
{
    struct json *object = json_new_object();
    char *text;

    for (size_t i = 0; i < entries->count; i++)
        json_put(
            object, entries->items[i].key,
            entries->items[i].row->type->write(entries->items[i].row, entries->items[i].field));
    text = json_text(object, false);
    json_free(object);
    return text;
}

static struct entries entries_open(const struct options *options, enum options_class class)
{
    struct entries entries = {.whole = true};

    entries.items =
        calloc(options->backend_count * table_count(options->table) + 1, sizeof *entries.items);
    if (entries.items != NULL)
        gather_entries(&entries, options, class);
    else
        entries.whole = false;
    if (entries.whole)
        qsort(entries.items, entries.count, sizeof *entries.items, by_recorded_key);
    return entries;
}

static void entries_close(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free(entries->items[i].key);
    free(entries->items);
}

char *record_options(const struct options *options, enum options_class class)
{
    struct entries entries = entries_open(options, class);
    char *text = entries.whole ? entries_text(&entries) : NULL;

    entries_close(&entries);
    return text;
}

static bool entry_is_writable(const struct entry *entry)
{
    struct json *value = entry->row->type->write(entry->row, entry->field);
    struct json *array = json_new_array(); /* for a text is written within something alone */
    char *text;
    bool writable;

    json_add(array, value);
    text = json_text(array, false);
    writable = text != NULL;
    free(text);
    json_free(array);
    return writable;
}

/* What was typed is bytes. */
int record_refuse(const struct options *options, enum options_class class, struct crux_error *error)
{
    struct entries entries = entries_open(options, class);
    size_t i = 0;
    int status;

    while (entries.whole && i < entries.count && entry_is_writable(&entries.items[i]))
        i++;
    if (entries.whole && i < entries.count)
        status = crux_fail(
            error, CRUX_INVALID, "%s%s cannot be recorded: what it says is not UTF-8",
            strncmp(entries.items[i].key, "backend.", 8) == 0 ? "" : "--", entries.items[i].key);
    else
        status = crux_fail(error, CRUX_MEMORY, "no memory to record the options");
    entries_close(&entries);
    return status;
}

/* --- for help ---------------------------------------------------------------------------- */

void record_expected(const struct options_row *row, char *out, size_t size)
{
    row->type->expect(row, out, size);
}

static void join_items(const struct json *array, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < json_count(array) && used < size; i++) {
        int written = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "",
                               json_as_string(json_at(array, i)));

        used += written > 0 ? (size_t)written : 0;
    }
}

void record_value(const struct options *options, const struct options_place *place, char *out,
                  size_t size)
{
    const void *field = options_field(options, place, 0);
    struct json *value = place->row->type->write(place->row, field);

    out[0] = '\0';
    if (json_type_of(value) == JSON_IS_ARRAY)
        join_items(value, out, size);
    else if (json_type_of(value) == JSON_IS_STRING)
        (void)snprintf(out, size, "%s", json_as_string(value));
    else if (json_type_of(value) == JSON_IS_INTEGER)
        (void)snprintf(out, size, "%lld", (long long)json_as_integer(value));
    else if (json_type_of(value) == JSON_IS_REAL)
        (void)snprintf(out, size, "%g", json_as_real(value));
    json_free(value);
}
