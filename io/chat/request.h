/*
 * request.h - what a request to a model server is made of.
 *
 *     settings   the same for a whole run: server, route, sampling, words
 *     boundary   where one step ends (policies/chat/steps.h)
 *     body       the text of a request, in pieces, so that a picture's URL is written once
 *
 * Ownership. A body owns its text; pieces point into it and into the images, which must live as
 *            long.
 */
#ifndef IO_CHAT_REQUEST_H
#define IO_CHAT_REQUEST_H

#include "io/chat/prompt.h"
#include "io/chat/reply.h"
#include "io/http/http.h"

/* An image and what is before it are a piece each; then the rest and the tail. */
enum { CHAT_IMAGES = (HTTP_PIECES - 2) / 2, CHAT_TAIL = 160 };

struct chat_boundary {
    const char *stops[CHAT_STOPS];
    uint32_t count;
    uint32_t cap; /* tokens; 0: none */
};

struct chat_settings {
    const struct chat_profile *profile;
    enum chat_route route;
    const char *model;
    double temperature, top_p, min_p;
    uint32_t top_k;      /* 0: all */
    uint32_t max_tokens; /* of a reply */
    uint32_t context;    /* tokens of prompt and reply; 0: unknown */
    bool logprobs;
    const struct chat_prompt *prompt;
    const struct template *frame; /* route completions */
    struct chat_boundary boundary;
};

struct chat_image {
    const char *url; /* data:...;base64,... */
    size_t length;
};

struct chat_body {
    char *text; /* without the images' URLs, and without a tail */
    struct http_piece pieces[HTTP_PIECES - 1];
    uint32_t piece_count;
    uint32_t max_tokens; /* of a reply, as it says */
};

#endif
