/*
 * files.c - what an option can take that may be given as often as a shell can: a list of files.
 */
#include "io/cli/options/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int files_read(const struct options_row *row, void *field, const char *text)
{
    struct options_files *files = field;
    char **items = realloc(files->items, (files->count + 1) * sizeof *items);

    (void)row;
    if (items != NULL)
        files->items = items;
    if (text[0] == '\0')
        return CRUX_INVALID;
    if (items == NULL || (items[files->count] = strdup(text)) == NULL)
        return CRUX_MEMORY;
    files->count++;
    return CRUX_OK;
}

static void files_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "%s, not empty", row->metavar);
}

static struct json *files_write(const struct options_row *row, const void *field)
{
    const struct options_files *files = field;
    struct json *array = json_new_array();

    (void)row;
    for (size_t i = 0; i < files->count; i++)
        json_add(array, json_of_string(files->items[i]));
    return array;
}

static void files_clear(void *field)
{
    struct options_files *files = field;

    for (size_t i = 0; i < files->count; i++)
        free(files->items[i]);
    free(files->items);
    *files = (struct options_files){.items = NULL};
}

const struct options_type values_files = {files_read,  files_expect, files_write,
                                          files_clear, true,         true};
