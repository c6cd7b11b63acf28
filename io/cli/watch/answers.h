/*
 * answers.h - what `crux watch` answers to a request, whatever carries it.
 *
 *     /TOKEN/                    the page
 *     /TOKEN/index.json          its index
 *     /TOKEN/problem.json?n=N    a problem
 *
 * Who may not ask gets a sentence and a status: 403 another user of the machine, 421 another host's
 * name, 405 what is neither GET nor HEAD, 413 a request with a body, 404 all that is not there, a
 * wrong token included. 503: the store cannot be read now, and why.
 *
 * Ownership. answers_close() takes a zeroed struct. An answer's body is the caller's to free.
 * Threads.   One at a time.
 */
#ifndef IO_CLI_WATCH_ANSWERS_H
#define IO_CLI_WATCH_ANSWERS_H

#include "io/cli/watch/guard.h"
#include "io/cli/watch/live.h"

struct answers {
    struct live *live; /* the caller's */
    uint16_t port;
    char token[GUARD_TOKEN + 1];
    char policy[400]; /* Content-Security-Policy of the page: its own program alone */
};

struct answers_asked {
    enum guard_peer peer;
    const char *method, *path; /* without its query */
    const char *host;          /* NULL: none was named */
    const char *number;        /* n of the query; NULL: none */
    bool has_body;
};

struct answer {
    unsigned status;
    const char *type, *allow; /* NULL: no such header */
    char *body;
    size_t length;
};

/* Port and live are the caller's; token and policy are made. */
int answers_open(struct answers *out, struct live *live, struct crux_error *error);

/* CRUX_MEMORY alone is an error: all else is an answer. */
int answers_make(const struct answers *answers, const struct answers_asked *asked,
                 struct answer *out, struct crux_error *error);

#endif
