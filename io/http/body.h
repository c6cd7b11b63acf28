/*
 * body.h - what kind of thing a reply's body is, without understanding it.
 *
 * A 200 is not yet an answer: it may hold an error, a stream of events whose last one is
 * an error, a page of HTML from a proxy, or half an answer. This is found out in one pass
 * over the bytes and without memory, so the I/O thread can do it for every reply. That the
 * rest is what its reader wants, the reader checks.
 *
 * Pure; any thread. Bodies end in a NUL that their length does not count.
 */
#ifndef IO_HTTP_BODY_H
#define IO_HTTP_BODY_H

#include "search/crux.h"

enum http_body_kind {
    HTTP_BODY_JSON,   /* an object or array without an error */
    HTTP_BODY_ERROR,  /* an object with a member "error", not null or false, or "object": "error" */
    HTTP_BODY_STREAM, /* server-sent events, sound or not */
    HTTP_BODY_CUT,    /* JSON whose end is missing, or has something after it */
    HTTP_BODY_OTHER,
    HTTP_BODY_EMPTY,
    HTTP_BODIES
};

struct http_body {
    enum http_body_kind kind;
    const char *message; /* of an error: a piece of the body, as it stands in its JSON */
    size_t message_length;
};

void http_body_read(struct http_body *out, const char *body, size_t length);

#endif
