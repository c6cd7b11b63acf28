/*
 * manner.h - how a server is spoken to for a whole run: names become what they name, once.
 *
 * Policies, judges and annotators each open one from the struct crux_chat of their backend and
 * add their own words (request.h). It holds no connection, so a request can be shown with
 * nothing but a manner. What the user did not say was found out before (crux_chat_fill()).
 *
 * Ownership. What was said is copied; settings point into it.
 * Threads.   It is never changed, but for what was seen: any thread.
 * Errors.    CRUX_INVALID: there is no such name, or the server cannot take it. CRUX_MEMORY.
 */
#ifndef IO_CHAT_MANNER_H
#define IO_CHAT_MANNER_H

#include "io/chat/request.h"
#include "io/crux_io.h"

/* What the servers' replies have shown so far; set by whichever thread reads one. */
struct chat_seen {
    _Atomic bool hit;     /* stop_hit named a stop string (profile.h) */
    _Atomic bool odd_end; /* a reason of an end that is not known, which was said */
};

struct chat_manner {
    struct chat_settings settings;
    uint32_t per_request; /* samples that may share a request */
    char *model;
    struct mustache *chat_template;
    struct json *patch;
    struct chat_seen *seen;
};

int chat_manner_open(struct chat_manner *out, const struct crux_chat *chat,
                     struct crux_error *error);
void chat_manner_close(struct chat_manner *manner); /* a zeroed one too */

#endif
