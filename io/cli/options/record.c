/*
 * record.c - what is written of the options: a run's configuration, and --help.
 */
#include "io/cli/options/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/json.h"

static const void *value_of(const struct options *options, const struct options_row *row)
{
    return (const char *)options + row->offset;
}

static int by_name(const void *a, const void *b)
{
    const struct options_row *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

char *options_record(const struct options *options, enum options_class class)
{
    const struct options_row *sorted[OPTIONS_ROWS], *row;
    struct json *object = json_new_object();
    size_t count = 0, cursor = 0;
    char *text;

    while ((row = options_next(options->command, &cursor)) != NULL)
        if (row->class == class)
            sorted[count++] = row;
    qsort(sorted, count, sizeof sorted[0], by_name);
    for (size_t i = 0; i < count; i++)
        json_put(object, sorted[i]->name,
                 sorted[i]->type->write(sorted[i], value_of(options, sorted[i])));
    text = json_text(object, false);
    json_free(object);
    return text;
}

void options_expected(const struct options_row *row, char *out, size_t size)
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

void options_value(const struct options *options, const struct options_row *row, char *out,
                   size_t size)
{
    struct json *value = row->type->write(row, value_of(options, row));

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
