/*
 * hear.h - single questions to a server that is being found out about, each with its answer.
 *
 * A question is one request that is not repeated; only while a server says that it is still loading
 * its model is it asked again. A wrong address is then known at once.
 *
 *     open ( hear ... heard_free )* close
 *
 * What has been found out so far stands in struct chat_probe: probe.c fills it in, and models.c for
 * what lists of models say.
 *
 * Ownership. A probe borrows its endpoint's url, known, server and error. An answer is the
 * caller's, to be freed whether it was good or not. Threads.   One at a time; hearing waits for the
 * answer. Errors.    Opening says in probe->error what is wrong. Hearing has none: what came
 * instead of an answer stands in it.
 */
#ifndef IO_CHAT_HEAR_H
#define IO_CHAT_HEAR_H

#include "io/chat/profile.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/served/served.h"

#include <semaphore.h>

struct chat_probe {
    struct http_client *client;
    const char *url;
    const struct crux_chat *known;
    bool thorough;
    int64_t
        patient_until_ns; /* how long to wait for a model that is loading; thorough: not at all */
    int64_t wait_ns;      /* for each answer, and to connect; 0: as long as a first chat may take */
    const struct chat_profile *profile; /* NULL: not found out yet */
    struct json *patch;                 /* that the user merges into requests; NULL: none */
    bool takes_system;                  /* a turn of the system's was rendered ... */
    bool tried_chat;                    /* ... or a chat put, with one or without */
    struct crux_spent *spent;           /* what may be billed is added up here; NULL: nowhere */
    struct crux_server *server;
    struct crux_error *error;
};

struct chat_heard {
    sem_t ended;
    enum http_class class;
    int status;
    bool unknown; /* it was sent, and nothing tells what became of it */
    char *body;
    size_t length;
    int64_t took_ns;
    struct json *json; /* of the body; NULL: it is none */
    char sentence[320];
};

/* The client for the endpoint, and what known says of profile and body. close() also after a
 * failure. */
int chat_hear_open(struct chat_probe *probe, const struct crux_endpoint *endpoint);
void chat_hear_close(struct chat_probe *probe);

/* body NULL: a GET. True: it was answered with a 200. */
bool chat_hear(const struct chat_probe *probe, const char *path, const char *body,
               struct chat_heard *out);

enum { CHAT_HEAR_TOKENS = 8 }; /* of a reply, at most */

/* The same with a JSON body, which is the probe's from now on. */
bool chat_hear_json(const struct chat_probe *probe, const char *path, struct json *body,
                    struct chat_heard *out);

void chat_heard_free(struct chat_heard *heard);

/* Is there a server that could answer other requests? What stands between (407, 502, 504) is none.
 */
bool chat_heard_server(const struct chat_heard *heard);

/* Samples that a server whose profile is known works on at a time; 0: it does not tell. */
uint32_t chat_slots(const struct chat_probe *probe);

/* A count that an answer names; 0: it names none. */
uint32_t chat_heard_count(const struct json *object, const char *member);

#endif
