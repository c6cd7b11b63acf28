/*
 * fill.c - crux_chat_fill(): settings of a chat that the user left open, filled in from what the
 * first endpoint that answers reports.
 */
#include "io/crux_io.h"

#include <string.h>

enum { CANDIDATES_SHARE = 4 };

/* Is anything open that a server could report? If not, no server is asked. */
static bool leaves_open(const struct crux_chat *chat)
{
    bool has_template = chat->chat_template != NULL ||
                        (chat->route != NULL && strcmp(chat->route, "completions") != 0);

    return chat->profile == NULL || chat->model == NULL || chat->route == NULL || !has_template;
}

static void fill_chat(struct crux_chat *chat, const struct crux_server *server)
{
    if (chat->profile == NULL)
        chat->profile = server->profile;
    if (chat->model == NULL)
        chat->model = server->model;
    if (chat->route == NULL)
        chat->route = server->route;
    if (chat->chat_template == NULL && strcmp(server->route, "completions") == 0)
        chat->chat_template = server->chat_template;
    if (chat->system == NULL)
        chat->system = server->system;
    if (chat->context == 0)
        chat->context = server->context;
    if (chat->slots == 0)
        chat->slots = crux_candidates(server->slots);
}

uint32_t crux_candidates(uint32_t slots)
{
    return (slots + CANDIDATES_SHARE - 1) / CANDIDATES_SHARE;
}

int crux_chat_fill(struct crux_chat *chat, const struct crux_endpoint *endpoints,
                   uint32_t endpoint_count, struct crux_server *found, struct crux_error *error)
{
    int status = CRUX_INVALID;

    found->chat_template = NULL;
    found->said[0] = found->note[0] = '\0';
    found->spent = (struct crux_spent){.calls = 0};
    if (!leaves_open(chat))
        return CRUX_OK;
    if (endpoint_count == 0)
        return crux_fail(error, CRUX_INVALID,
                         "a served model needs an endpoint, like http://127.0.0.1:8000/v1");
    for (uint32_t i = 0; i < endpoint_count; i++) {
        struct crux_error why = {""};

        if (crux_server_find(found, &endpoints[i], chat, false, &why) == CRUX_OK) {
            fill_chat(chat, found);
            return CRUX_OK;
        }
        if (i == 0) /* if none answers, the first one's sentence */
            status = crux_fail(error, CRUX_INVALID, "%s", why.text);
    }
    return status;
}
