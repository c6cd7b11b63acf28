/*
 * copied.c - copies the texts of a struct crux_chat, one by one.
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

static bool copy_stops(struct crux_chat *to, const struct crux_chat *from)
{
    char **stops = calloc(from->stop_count + 1, sizeof *stops);
    bool copied = stops != NULL;

    to->stops = (const char *const *)stops;
    for (uint32_t i = 0; stops != NULL && i < from->stop_count; i++) {
        stops[i] = strdup(from->stops[i]);
        copied &= stops[i] != NULL;
    }
    return copied;
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
    copied &= copy_stops(to, from);
    return copied ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a backend");
}

void copied_chat_free(struct crux_chat *chat)
{
    const char *const texts[] = {chat->profile,       chat->model,    chat->route, chat->prompt,
                                 chat->chat_template, chat->problems, chat->body,  chat->system,
                                 chat->thoughts,      chat->split};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((void *)(uintptr_t)texts[i]);
    for (uint32_t i = 0; chat->stops != NULL && i < chat->stop_count; i++)
        free((void *)(uintptr_t)chat->stops[i]);
    free((void *)(uintptr_t)chat->stops);
}
