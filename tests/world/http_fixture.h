/*
 * http_fixture.h - calls through a client, each with what became of it.
 *
 * A script of tests: open a client, ask some things, wait, look at the calls. Every call
 * counts how often it ended, so that a test can see that it was once. Calls have the
 * numbers 0, 1, ... in the order of asking; their Idempotency-Key is "call-NUMBER".
 *
 * Threads. http_fixture_ask() from any thread, also from within done() of another call.
 */
#ifndef TESTS_WORLD_HTTP_FIXTURE_H
#define TESTS_WORLD_HTTP_FIXTURE_H

#include "io/http/http.h"

#include <pthread.h>

enum { HTTP_FIXTURE_BODY = 400 };

struct http_fixture_call {
    struct http_fixture *fixture;
    http_ticket ticket;
    int submitted; /* what http_submit() said */
    uint32_t ends; /* how often it ended */
    enum http_class class;
    bool overflow;
    int status;
    uint32_t endpoint, requests;
    int64_t total_ns;
    size_t length;
    char body[HTTP_FIXTURE_BODY], sentence[600]; /* the body's beginning */
    char question[700], key[32];
};

struct http_fixture {
    struct http_client *client;
    struct http_fixture_call *calls;
    uint32_t room, count, ended;
    bool check; /* replies must be JSON with a choice whose text is not empty */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char odd[700];
};

/* A client of these servers; options->servers is set to them. */
void http_fixture_open(struct http_fixture *fixture, struct http_options options,
                       const char *const *urls, uint32_t room);
void http_fixture_open_servers(struct http_fixture *fixture, struct http_options options,
                               const struct http_server *servers, uint32_t count, uint32_t room);

/* Ask the model to continue a prompt; the template's other members are kept. */
struct http_fixture_call *http_fixture_ask(struct http_fixture *fixture,
                                           struct http_request template, const char *prompt);

/* Until that many calls have ended; false: not within a minute. */
bool http_fixture_wait(struct http_fixture *fixture, uint32_t count);

/* Closes the client; what still waited has ended then. */
void http_fixture_close(struct http_fixture *fixture);
void http_fixture_free(struct http_fixture *fixture);

/* How many calls ended like this. */
uint32_t http_fixture_count(const struct http_fixture *fixture, enum http_class class);

/* NULL: every call has ended once, like this. Else one that has not, in words. */
const char *http_fixture_odd(struct http_fixture *fixture, enum http_class class);

/* Options that make a test short: little patience, quick timeouts. */
struct http_options http_fixture_options(void);

#endif
