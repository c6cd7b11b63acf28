/*
 * bodies.h - a port's call as one question to a backend: a body of JSON for each sample, and a
 * request for each body.
 *
 * A critic, or a policy, writes as many bodies as it needs, one for each candidate or one for all.
 * They decide what is answered, so they are what the keys are made of, with the path and, where a
 * body depends on it, the seed.
 *
 *     bodies_new() --> texts[] written by the port --> bodies_ask() ... check() ... read()
 *
 * check()  Does a reply say what it must? It puts into *kept what the ledger keeps of it, from
 *          malloc(); NULL: all of it, as it came. On the thread of the connections.
 * read()   What was kept of all samples, in order, becomes call->reply: a status of the call, with
 *          a sentence in *error if it fails.
 *
 * Tokens are what the replies' member `usage` says, where there is one.
 *
 * Ownership. Bodies own their texts, and are freed when their call has completed, or failed at
 * once. Threads.   As served.h says.
 */
#ifndef IO_SERVICE_BODIES_H
#define IO_SERVICE_BODIES_H

#include "io/sentences.h"
#include "io/served/served.h"

struct bodies;
struct json;

/* What was paid before for the same call, in a question of its own. */
struct bodies_paid {
    uint32_t prompt_tokens, completion_tokens;
    int64_t price;
};

struct bodies_manner {
    int (*check)(const struct bodies *bodies, const struct json *reply, char **kept,
                 struct crux_error *error);
    int (*read)(const struct bodies *bodies, struct json *const *replies, struct crux_reply *out,
                struct crux_error *error);
    void (*drop)(struct crux_reply *reply); /* frees what read() made; NULL: free(reply->owner) */
};

struct bodies {
    struct served_question question; /* first */
    const struct bodies_manner *manner;
    void *port; /* whose call it is */
    struct crux_call *call;
    struct sentences *sentences;
    const char *path;
    struct bodies_paid before;
    char **texts; /* question.count of them, written by the port */
    int *at_once; /* bodies_ask()'s, only while it waits */
    struct http_piece same[];
};

/* For count samples; the rest of the question may be changed. NULL: no memory. */
struct bodies *bodies_new(struct crux_call *call, uint32_t count);

/* manner, port, sentences, path and texts are set. The status of the port's ask(). */
int bodies_ask(struct served *served, struct bodies *bodies);

/* The same for one that could not be written: its status, with the sentence in its reply. */
int bodies_fail(struct bodies *bodies, int status, const struct crux_error *error);

#endif
