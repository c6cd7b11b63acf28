/*
 * copied.c - copies the texts of a struct crux_chat or crux_endpoint, one by one.
 *
 * Whatever could not be copied is NULL, so that one that is not whole can be freed like any other.
 */
#include "io/backends/copied.h"

#include <stdlib.h>
#include <string.h>

/* *to: a copy of from, which may be NULL. */
static bool copy_setting(const char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

static bool copy_list(const char *const **to, const char *const *from, uint32_t count)
{
    char **texts = calloc(count + 1, sizeof *texts);
    bool copied = texts != NULL;

    *to = (const char *const *)texts;
    for (uint32_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = strdup(from[i]);
        copied &= texts[i] != NULL;
    }
    return copied;
}

static void copied_list_free(const char *const *texts, uint32_t count)
{
    for (uint32_t i = 0; texts != NULL && i < count; i++)
        free((void *)(uintptr_t)texts[i]);
    free((void *)(uintptr_t)texts);
}

int copied_chat(struct crux_chat *to, const struct crux_chat *from, struct crux_error *error)
{
    bool copied;

    *to = *from;
    copied = copy_setting(&to->profile, from->profile);
    copied &= copy_setting(&to->model, from->model);
    copied &= copy_setting(&to->route, from->route);
    copied &= copy_setting(&to->prompt, from->prompt);
    copied &= copy_setting(&to->chat_template, from->chat_template);
    copied &= copy_setting(&to->problems, from->problems);
    copied &= copy_setting(&to->body, from->body);
    copied &= copy_setting(&to->system, from->system);
    copied &= copy_setting(&to->thoughts, from->thoughts);
    copied &= copy_setting(&to->split, from->split);
    copied &= copy_list(&to->stops, from->stops, from->stop_count);
    return copied ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a backend");
}

void copied_chat_free(struct crux_chat *chat)
{
    const char *const texts[] = {chat->profile,       chat->model,    chat->route, chat->prompt,
                                 chat->chat_template, chat->problems, chat->body,  chat->system,
                                 chat->thoughts,      chat->split};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((void *)(uintptr_t)texts[i]);
    copied_list_free(chat->stops, chat->stop_count);
}

int copied_endpoint(struct crux_endpoint *to, const struct crux_endpoint *from,
                    struct crux_error *error)
{
    bool copied;

    *to = *from;
    copied = copy_setting(&to->url, from->url);
    copied &= copy_setting(&to->key_env, from->key_env);
    copied &= copy_setting(&to->key_file, from->key_file);
    copied &= copy_setting(&to->key_header, from->key_header);
    copied &= copy_setting(&to->cacert, from->cacert);
    copied &= copy_list(&to->headers, from->headers, from->header_count);
    return copied ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a backend");
}

void copied_endpoint_free(struct crux_endpoint *endpoint)
{
    const char *const texts[] = {endpoint->url, endpoint->key_env, endpoint->key_file,
                                 endpoint->key_header, endpoint->cacert};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((void *)(uintptr_t)texts[i]);
    copied_list_free(endpoint->headers, endpoint->header_count);
}
