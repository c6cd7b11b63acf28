/*
 * service.h - how a service that retrieves documents is asked: a YAML file says where it is, what
 * is sent, and where in the reply the documents stand.
 *
 *     url: http://127.0.0.1:9200        and the rest of io/service/address.h
 *     path: /theorems/_search
 *     request: |                        a template (io/mustache.h) of one JSON value
 *       {"size": {{count}}, "query": {"match": {"contents": "{{query|json}}"}}}
 *     results: /hits/hits               a JSON pointer (RFC 6901) to the list of documents
 *     id: /_id                          pointers within each of them; id is a text or a number
 *     text: /_source/contents
 *     title: /_source/title             may be left out, and so may ...
 *     score: /_score                    ... this one: then their order says how good they are
 *
 * An engine that takes vectors needs two requests, the first to a service that makes them. It has
 * an address and a key of its own, and its tokens are counted with the second one's:
 *
 *     embed:
 *       url: http://127.0.0.1:8080
 *       path: /v1/embeddings
 *       request: '{"input": "{{query|json}}", "model": "small"}'
 *       vector: /data/0/embedding       where in its reply the vector stands
 *     request: '{"query": {{vector}}, "limit": {{count}}, "with_payload": true}'
 *
 * In templates: query; problem and id, of the problem; count, how many documents are asked for,
 * which is more than are wanted where some must not come (wanted.h); and, but for the first
 * request, vector, the list of numbers as JSON.
 *
 * Ownership. A service owns its texts.
 * Threads.   It is never changed: any thread.
 * Errors.    CRUX_INVALID: the sentence begins with file, line and column where there are some.
 */
#ifndef POLICIES_RETRIEVE_SERVICE_H
#define POLICIES_RETRIEVE_SERVICE_H

#include "io/mustache.h"
#include "io/service/address.h"
#include "policies/retrieve/wanted.h"

struct json;
struct found;

/* Pointers. */
enum retriever_text {
    RETRIEVER_RESULTS,
    RETRIEVER_ID,
    RETRIEVER_TEXT,
    RETRIEVER_TITLE,
    RETRIEVER_SCORE,
    RETRIEVER_VECTOR, /* in the embedding service's reply */
    RETRIEVER_TEXTS
};

/* One of the two services. */
struct retriever_stage {
    struct address address;
    char *source; /* of the template, as it stands in the file */
    struct mustache *request;
};

struct retriever {
    struct retriever_stage search, embed;
    char *pointers[RETRIEVER_TEXTS]; /* NULL: not said */
    bool embeds;
};

int retriever_read(struct retriever *out, const char *file, struct crux_error *error);
void retriever_free(struct retriever *retriever); /* a zeroed one too */

/* The body of a request; vector: JSON, NULL in the first of two. The caller frees. */
int retriever_compose(char **out, const struct retriever_stage *stage, const struct wanted *wanted,
                      const struct crux_problem *problem, const char *vector,
                      struct crux_error *error);

/* Does the reply say all that it must of each document? CRUX_FAILED: it does not, and the sentence
 * names the pointer and what was expected. */
int retriever_check(const struct retriever *retriever, const struct json *reply,
                    struct crux_error *error);

/* The documents that may come, in their order, until there is no room. The reply was checked. */
int retriever_hear(struct found *found, const struct retriever *retriever,
                   const struct wanted *wanted, const struct json *reply, struct crux_error *error);

/* The vector in the reply of the embedding service, as JSON. The caller frees. */
int retriever_hear_vector(char **out, const struct retriever *retriever, const struct json *reply,
                          struct crux_error *error);

#endif
