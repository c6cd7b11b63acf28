/*
 * backend.c - finds a backend of struct options by its name, or adds it.
 */
#include "io/cli/options/backend.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/secrecy.h"
#include "io/http/http.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"

enum { NAME_LONGEST = 32 };

/* What ledgers call the backend of the plain flags. */
static const char plain_name[] = "chat";

struct options_backend backend_default(void)
{
    const struct http_options http = http_options_default();

    return (struct options_backend){
        .temperature = 0.7,
        .top_p = 1.0,
        .max_tokens = 1024,
        .client = http.client,
    };
}

static size_t backend_index(const struct options *options, const char *name, size_t length)
{
    size_t index = 1;

    while (index < options->backend_count &&
           (strlen(options->backends[index].name) != length ||
            strncmp(options->backends[index].name, name, length) != 0))
        index++;
    return index;
}

static int check_backend_name(const char *name, size_t length, const char *where,
                              struct crux_error *error)
{
    char word[100];

    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 99 ? length : 99), name);
    if (length == 0 || length > NAME_LONGEST || strspn(name, NAME_LETTERS) < length)
        return crux_fail(error, CRUX_INVALID,
                         "%s: a backend's name has 1 to %d letters a to z, digits, '_' and '-', "
                         "not '%s'",
                         where, NAME_LONGEST, secrecy_shown(word));
    if (length == strlen(plain_name) && strncmp(name, plain_name, length) == 0)
        return crux_fail(error, CRUX_INVALID,
                         "%s: '%s' is the name of the backend that --endpoint, --model and the "
                         "like describe: choose another name",
                         where, plain_name);
    return CRUX_OK;
}

int backend_add(struct options *options, const char *name, size_t length, const char *where,
                size_t *index, struct crux_error *error)
{
    size_t found = backend_index(options, name, length);
    int status = check_backend_name(name, length, where, error);
    char *copy;

    assert(options->backend_count > 0);
    if (status != CRUX_OK)
        return status;
    if (found == OPTIONS_BACKENDS)
        return crux_fail(error, CRUX_INVALID, "%s: there are %d backends already, and no more fit",
                         where, OPTIONS_BACKENDS);
    if (found == options->backend_count) {
        copy = strndup(name, length);
        if (copy == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for the options");
        options->backends[found] = backend_default();
        options->backends[found].name = copy;
        options->backend_count++;
    }
    *index = found;
    return CRUX_OK;
}

const struct options_backend *options_backend(const struct options *options, const char *name)
{
    size_t index;

    if (name == NULL || name[0] == '\0')
        return &options->backends[0];
    index = backend_index(options, name, strlen(name));
    return index < options->backend_count ? &options->backends[index] : NULL;
}

bool options_backend_given(const struct options *options, const struct options_backend *backend,
                           const char *key)
{
    size_t index = (size_t)(backend - options->backends);
    struct options_place place;

    assert(index < options->backend_count);
    return table_find(options->table, key, strlen(key), index > 0, &place) &&
           options->origins[index * table_count(options->table) + place.number] != OPTIONS_DEFAULT;
}
