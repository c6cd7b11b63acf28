/*
 * profile.h - what each kind of model server takes and reports: one table per kind.
 *
 * Servers that call themselves compatible differ in the names of fields, in what they do with
 * names they do not know (ignore, warn, answer 400), and in what they say about why a text
 * ended. A profile is all of that as data. The code that writes a request (request.h) or reads
 * an answer (reply.h) looks at the profile and never asks which server it is.
 *
 * Routes, in order of preference:
 *     completions   /v1/completions with a prompt that is ours to the last byte
 *     prefill       /v1/chat/completions whose last turn, the assistant's, is to be continued
 *     next          /v1/chat/completions with the steps so far in the user's turn and a request
 *                   for the next one only: another policy, for servers that continue nothing
 *
 * Everything here is constant. Any thread.
 */
#ifndef IO_CHAT_PROFILE_H
#define IO_CHAT_PROFILE_H

#include "search/crux.h"

enum chat_route { CHAT_COMPLETIONS, CHAT_PREFILL, CHAT_NEXT, CHAT_ROUTES };

enum chat_kind {
    CHAT_VLLM,
    CHAT_SGLANG,
    CHAT_LLAMACPP,
    CHAT_OLLAMA,
    CHAT_OPENAI,
    CHAT_GENERIC,
    CHAT_KINDS
};

/* Fields that not every server takes, or not under one name. */
enum chat_field {
    CHAT_N,
    CHAT_SEED,
    CHAT_TOP_K,
    CHAT_MIN_P,
    CHAT_MAX_TEXT,      /* most tokens, on route completions ... */
    CHAT_MAX_CHAT,      /* ... and on the others */
    CHAT_LOGPROBS_TEXT, /* a number */
    CHAT_LOGPROBS_CHAT, /* true, and ... */
    CHAT_TOP_LOGPROBS,  /* ... a number, without which there are none */
    CHAT_TOP_CHAT,      /* a number: how many of the likeliest tokens are listed at each place */
    CHAT_KEEP_STOP,     /* true: the stop string stands at the text's end */
    CHAT_CONTINUE,      /* true: the last turn goes on ... */
    CHAT_NEW_TURN,      /* ... false: and no new one begins */
    CHAT_SPECIAL,       /* false: the prompt has its own beginning-of-text token */
    CHAT_CACHE,         /* true: what prompts have in common is computed once */
    CHAT_TOKEN_IDS,     /* true: each choice lists the numbers of its tokens, as `token_ids` */
    CHAT_FIELDS
};

struct chat_profile {
    const char *name;
    const char *fields[CHAT_FIELDS]; /* NULL: this server does not take it */
    const char *stop_hit;            /* member of a choice: the stop string or token that ended
                                        it; NULL: not reported */
    bool null_is_end;                /* stop_hit is null at the end of the text; else that says
                                        nothing unless a string was seen there once */
    const char *reasoning[2];        /* members of a message with the text of its reasoning */
    uint32_t n_most;                 /* choices in one request; 1: n is not sent */
    uint32_t stops_most;
    uint32_t listed_most; /* of the likeliest tokens at a place */
    bool takes_schema;    /* it makes a reply follow a JSON schema */
    unsigned routes;      /* bit r set: enum chat_route r works */
    bool adds_bos;        /* puts a beginning-of-text token before a prompt by itself */
    bool end_is_token;    /* log-probabilities list the token that ends the text, as "" */
    bool counts_one;      /* with n choices its usage counts one of them */
    bool images;          /* takes image parts in chat */
    const char *template; /* how it renders a chat: path of the route; NULL: it does not */
};

extern const struct chat_profile chat_profiles[CHAT_KINDS];

/* NULL: there is none of that name; then *error lists them. */
const struct chat_profile *chat_profile_find(const char *name, struct crux_error *error);

const char *chat_route_name(enum chat_route route);
int chat_route_find(enum chat_route *out, const char *name, struct crux_error *error);

/* The path of a route below an endpoint's base. */
const char *chat_route_path(enum chat_route route);

/* The best route that a profile has, for problems with images if need be. */
enum chat_route chat_profile_route(const struct chat_profile *profile, bool images);

#endif
