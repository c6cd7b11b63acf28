/*
 * request.h - a request to a model server: settings and words in, the text of a body out.
 *
 *     settings   the same for a whole run: server, route, model, sampling
 *     request    what one question says: turns, images, where the reply ends
 *     body       the JSON text of it, in pieces, so that a picture's URL is written once
 *     tail       what follows the body: seeds and the number of samples
 *
 * All sampling parameters are always sent, by the names that the profile knows: servers' defaults
 * differ, and the same question must not be another one elsewhere. One is not: top_p 1, which is
 * no restriction, and which some refuse beside a temperature. It stays in the text of the body,
 * from which keys are made, since it has always been there; the pieces leave it out. What varies is
 * at the end of a prompt, so that a server finds the beginning in its cache.
 *
 * What the user adds or takes away is merged in last (RFC 7396). What crux itself counts on is
 * not his to change: turns, model, number of samples, most tokens.
 *
 * Seeds. Sample number i of a question has the seed chat_request_seed() + i, whether it shares a
 * request with others (vLLM counts up so by itself) or has its own. Images. As data: URLs, before
 * the text of the user's turn. A URL is written once and stands in many requests: it is a piece of
 * its own, borrowed from its maker.
 *
 * Ownership. A body owns its text; pieces point into it and into the images, which must live as
 *            long. The tail is the caller's.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_INVALID for what the server cannot take, CRUX_MEMORY.
 */
#ifndef IO_CHAT_REQUEST_H
#define IO_CHAT_REQUEST_H

#include "io/chat/profile.h"
#include "io/http/http.h"

/* An image and what is before it are a piece each; then the rest in two, and the tail. */
enum { CHAT_IMAGES = (HTTP_PIECES - 3) / 2, CHAT_TAIL = 160 };

struct json;
struct mustache;

struct chat_settings {
    const struct chat_profile *profile;
    enum chat_route route;
    const char *model;
    double temperature, top_p, min_p;
    uint32_t top_k;      /* 0: all */
    uint32_t max_tokens; /* of a reply */
    uint32_t context;    /* tokens of prompt and reply; 0: unknown */
    bool logprobs;
    bool entropy;   /* the first samples of a state tell the entropy of their first token */
    bool token_ids; /* samples tell the numbers of their tokens */
    bool
        system_in_user; /* the system's words stand in front of the user's: there is no such turn */
    const struct mustache *chat_template; /* route completions */
    const struct json *patch;             /* of the body; NULL: none */
};

/* Is this member the user's own affair, so that crux does not write it? */
bool chat_settings_patched(const struct chat_settings *settings, const char *member);
/* Has he taken it away? */
bool chat_settings_removed(const struct chat_settings *settings, const char *member);

struct chat_image {
    const char *url; /* data:...;base64,... */
    size_t length;
};

struct chat_request {
    const char *system; /* "": no such turn */
    const char *user;
    const char *given;               /* the assistant's turn, to be continued; "": none */
    const struct chat_image *images; /* not on route completions; images.h */
    uint32_t image_count;
    const char *const *stops; /* texts at which the reply ends */
    uint32_t stop_count;
    uint32_t max_tokens; /* of the reply, where the context has room for them */
    bool logprobs;
    bool listed;        /* with the likeliest tokens at each place */
    bool token_ids;     /* with the numbers of its tokens */
    const char *schema; /* of the JSON object that the reply is to be; NULL, or a profile that
                           cannot enforce one: words alone say so */
};

struct chat_body {
    char *text; /* without the images' URLs, and without a tail */
    struct http_piece pieces[HTTP_PIECES - 1];
    uint32_t piece_count;
    uint32_t image_count; /* every other piece, from the second on, is one of these */
    uint32_t max_tokens;  /* of a reply, as it says */
};

/* Does the server take these? CRUX_INVALID says what does not go together. */
int chat_settings_check(const struct chat_settings *settings, struct crux_error *error);

/* *out is set on success only. Texts of the request must be UTF-8. */
int chat_request_write(struct chat_body *out, const struct chat_settings *settings,
                       const struct chat_request *request, struct crux_error *error);
void chat_body_free(struct chat_body *body);

/* What follows the body: samples first .. first + count - 1 of the question with this seed. */
size_t chat_request_tail(char out[CHAT_TAIL], const struct chat_settings *settings, uint64_t seed,
                         uint32_t first, uint32_t count);

/* Of the first sample; small enough for every server's integers. */
int64_t chat_request_seed(uint64_t seed);

#endif
