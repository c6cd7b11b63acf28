/*
 * named.c - records options with the hashes of the files that they and the problems name.
 */
#include "io/cli/named.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "io/cli/options/record.h"
#include "io/hash_file.h"
#include "io/json.h"
#include "policies/crux_policies.h"

#define NAMED_KEY "sha256."

static int named_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to record the options");
}

/* --- what options name -------------------------------------------------------------- */

static int named_put_file(struct json *configuration, const char *key, const char *path,
                          struct crux_error *error)
{
    char hex[HASH_HEX];
    int why = hash_file(path, hex);

    if (why != 0)
        return crux_fail(error, CRUX_INVALID, "cannot read %.300s: %s", path, strerror(why));
    json_put(configuration, key, json_of_string(hex));
    return CRUX_OK;
}

static int named_put_templates(struct json *configuration, const struct options *options,
                               struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; i < options->backend_count && status == CRUX_OK; i++) {
        const struct options_backend *backend = &options->backends[i];
        const char *path = backend->chat_template;
        char key[160];

        if (path == NULL || !crux_chat_template_is_file(path))
            continue;
        (void)snprintf(key, sizeof key, NAMED_KEY "%s%s%schat-template",
                       backend->name != NULL ? "backend." : "",
                       backend->name != NULL ? backend->name : "",
                       backend->name != NULL ? "." : "");
        status = named_put_file(configuration, key, path, error);
    }
    return status;
}

/* Answers that are replayed, documents that are looked up, services. */
static int named_put_policies(struct json *configuration, const struct options *options,
                              struct crux_error *error)
{
    int status = CRUX_OK;

    for (int kind = 0; kind < CRUX_KINDS && status == CRUX_OK; kind++) {
        const char *policy = options->policy[kind];
        struct crux_text file;
        char key[64], *path;

        if (policy == NULL || !crux_policy_file(policy, &file))
            continue;
        path = strndup(file.start, file.length);
        (void)snprintf(key, sizeof key, NAMED_KEY "policy.%s",
                       crux_kind_name((enum crux_kind)kind));
        status =
            path != NULL ? named_put_file(configuration, key, path, error) : named_no_memory(error);
        free(path);
    }
    return status;
}

/* The first file of a critic has its name for a key; those of further members are counted. */
static int named_put_critic(struct json *configuration, const char *description, unsigned index,
                            struct crux_error *error)
{
    struct crux_text file;
    int status = CRUX_OK;

    for (size_t i = 0;
         status == CRUX_OK && crux_critic_file(options_critic_role(index), description, i, &file);
         i++) {
        char key[64], *path = strndup(file.start, file.length);
        int length = snprintf(key, sizeof key, NAMED_KEY "critic.%s", options_critic_name(index));

        if (i > 0)
            (void)snprintf(key + length, sizeof key - (size_t)length, ".%zu", i + 1);
        status =
            path != NULL ? named_put_file(configuration, key, path, error) : named_no_memory(error);
        free(path);
    }
    return status;
}

static int named_put_critics(struct json *configuration, const struct options *options,
                             struct crux_error *error)
{
    int status = CRUX_OK;

    for (unsigned i = 0; i < OPTIONS_CRITICS && status == CRUX_OK; i++)
        if (options->critic[i] != NULL)
            status = named_put_critic(configuration, options->critic[i], i, error);
    return status;
}

/* --- what problems name ----------------------------------------------------------------- */

/* A picture that lies within its line has been hashed with it. */
static void named_add_picture(struct hash *all, const char *folder, const char *source)
{
    char hex[HASH_HEX] = "missing";
    char *path;

    if (strncmp(source, "data:", 5) == 0)
        return;
    if (asprintf(&path, "%s%s", source[0] == '/' ? "" : folder, source) >= 0) {
        (void)hash_file(path, hex);
        free(path);
    }
    hash_add(all, hex, strlen(hex) + 1);
}

int named_pictures(char hex[HASH_HEX], const struct options *options,
                   const struct crux_problems *problems, struct named_lines lines,
                   struct crux_error *error)
{
    const char *file = options->operands[0], *slash = strrchr(file, '/');
    char *folder = strndup(file, slash == NULL ? 0 : (size_t)(slash - file) + 1);
    struct hash all;
    size_t pictures = 0;

    if (folder == NULL)
        return named_no_memory(error);
    hash_begin(&all);
    for (size_t i = 0; i < problems->count; i++) {
        const struct crux_problem *problem = &problems->items[i];

        if (problem->ordinal < lines.from || problem->ordinal >= lines.to)
            continue;
        for (uint32_t j = 0; j < problem->image_count; j++, pictures++)
            named_add_picture(&all, folder, problem->images[j]);
    }
    hash_end(&all, hex);
    free(folder);
    if (pictures == 0)
        hex[0] = '\0';
    return CRUX_OK;
}

static int named_put_pictures(struct json *configuration, const struct options *options,
                              const struct crux_problems *problems, struct named_lines lines,
                              struct crux_error *error)
{
    char hex[HASH_HEX];
    int status = named_pictures(hex, options, problems, lines, error);

    if (status == CRUX_OK && hex[0] != '\0')
        json_put(configuration, NAMED_KEY "images", json_of_string(hex));
    return status;
}

/* --- the whole --------------------------------------------------------------------------- */

/* A run of an earlier version goes on by what it knows of itself. */
static bool named_was_without(const char *before)
{
    return before != NULL && strstr(before, "\"" NAMED_KEY) == NULL;
}

static int named_put_all(struct json *configuration, const struct options *options,
                         const struct crux_problems *problems, struct named_lines lines,
                         struct crux_error *error)
{
    int status = named_put_templates(configuration, options, error);

    if (status == CRUX_OK)
        status = named_put_policies(configuration, options, error);
    if (status == CRUX_OK)
        status = named_put_critics(configuration, options, error);
    if (status == CRUX_OK)
        status = named_put_pictures(configuration, options, problems, lines, error);
    return status;
}

int named_configuration(char **out, const struct options *options,
                        const struct crux_problems *problems, struct named_lines lines,
                        const char *before, struct crux_error *error)
{
    char *text = record_options(options, OPTIONS_MEANING);
    struct json *configuration = NULL;
    int status = text == NULL ? record_refuse(options, OPTIONS_MEANING, error) : CRUX_OK;

    if (status == CRUX_OK && !named_was_without(before)) {
        status = json_parse(&configuration, text, strlen(text), error);
        if (status == CRUX_OK)
            status = named_put_all(configuration, options, problems, lines, error);
        free(text);
        text = status == CRUX_OK ? json_text(configuration, false) : NULL;
        if (status == CRUX_OK && text == NULL)
            status = named_no_memory(error);
        json_free(configuration);
    }
    if (status == CRUX_OK)
        *out = text;
    else
        free(text);
    return status;
}
