/*
 * asking.h - calls through a client, each with what became of it.
 *
 * A script of tests: open a client, ask so many things, wait, look at the calls. Every call
 * counts how often it ended, so that a test can see that it was once. Calls have the
 * numbers 0, 1, ... in the order of asking; their Idempotency-Key is "call-NUMBER".
 *
 * Threads. asking_call() from any thread, also from within done() of another call.
 */
#ifndef TESTS_WORLD_ASKING_H
#define TESTS_WORLD_ASKING_H

#include "io/http/http.h"

#include <pthread.h>

enum { ASKING_BODY = 400 };

struct asked {
    struct asking *asking;
    http_ticket ticket;
    int submitted; /* what http_submit() said */
    uint32_t ends; /* how often it ended */
    enum http_class class;
    bool overflow;
    int status;
    uint32_t endpoint, requests;
    int64_t total_ns;
    size_t length;
    char body[ASKING_BODY], sentence[600]; /* the body's beginning */
    char question[700], key[32];
};

struct asking {
    struct http_client *client;
    struct asked *calls;
    uint32_t room, count, ended;
    bool check; /* replies must be JSON with a choice whose text is not empty */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char odd[700];
};

/* A client of these servers; options->servers is set to them. */
void asking_open(struct asking *asking, struct http_options options, const char *const *urls,
                 uint32_t room);
void asking_open_servers(struct asking *asking, struct http_options options,
                         const struct http_server *servers, uint32_t count, uint32_t room);

/* Ask the model to continue a prompt; the template's other members are kept. */
struct asked *asking_call(struct asking *asking, struct http_request template, const char *prompt);

/* Until that many calls have ended; false: not within a minute. */
bool asking_wait(struct asking *asking, uint32_t count);

/* Closes the client; what still waited has ended then. */
void asking_close(struct asking *asking);
void asking_free(struct asking *asking);

/* How many calls ended like this. */
uint32_t asking_count(const struct asking *asking, enum http_class class);

/* NULL: every call has ended once, like this. Else one that has not, in words. */
const char *asking_odd(struct asking *asking, enum http_class class);

/* Options that make a test short: little patience, quick timeouts. */
struct http_options asking_options(void);

#endif
