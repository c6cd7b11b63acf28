/*
 * body.h - what kind of thing a reply's body is, without understanding it.
 *
 * A 200 is not yet an answer: it may hold an error, a stream of events one of which is
 * an error, a page of HTML from a proxy, or half an answer. This is found out in one pass
 * over the bytes and without memory, so the I/O thread can do it for every reply. That the
 * rest is what its reader wants, the reader checks.
 *
 * Errors. A member "error" that says something: a text, or an object with a message or a code. An
 *         empty one, null, false or 0 says nothing, whatever servers meant by it. Beside choices
 *         it is an error as well, since then they end in mid-sentence; and so is the error of a
 *         choice that is the only one.
 *
 * Codes.  A server that cannot choose the status (it has sent 200 already, or sits behind a
 *         gateway that has) names it in the error: as a number, 429 or "429", or in a word,
 *         "rate_limit_exceeded", which stands as code, type or status, or as the error itself.
 *
 * Pure; any thread. Bodies end in a NUL that their length does not count.
 */
#ifndef IO_HTTP_BODY_H
#define IO_HTTP_BODY_H

#include "search/crux.h"

enum http_body_kind {
    HTTP_BODY_JSON,   /* an object or array without an error */
    HTTP_BODY_ERROR,  /* an error that says something, or "object": "error" */
    HTTP_BODY_STREAM, /* server-sent events, sound or not */
    HTTP_BODY_CUT,    /* JSON whose end is missing */
    HTTP_BODY_OTHER,
    HTTP_BODY_EMPTY,
    HTTP_BODIES
};

struct http_body {
    enum http_body_kind kind;
    const char *message; /* of an error: a piece of the body, as it stands in its JSON */
    size_t message_length;
    int code; /* the status that an error names, 400 .. 599; 0: none */
};

void http_body_read(struct http_body *out, const char *body, size_t length);

#endif
