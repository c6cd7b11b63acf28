/*
 * reply.h - what a model server answered, taken apart into one sample each, in our words.
 *
 *     body --chat_reply_split()--> samples, JSON texts that the ledger keeps
 *     sample --chat_reply_read()--> struct chat_sample
 *
 * A sample looks the same whichever server it came from and however many samples shared its
 * request. So samples that were requested 8 at a time are found again one by one, and a run can be
 * repeated without knowing which server it used. Its members:
 *
 *     text       as the server gave it, with a stop string or a repeated beginning if it did
 *     end        see enum chat_end
 *     tokens     of this sample
 *     logprob    mean over its tokens, in nats; missing when it was not reported
 *     entropy    with entropy: of its first token, in nats (entropy.h); missing when not known
 *     reasoning  text that a reasoning model keeps apart; missing when there is none
 *     ids        with token_ids: the numbers of its tokens; missing when they were not listed ...
 *     logprobs   ... and the log-probability of each; missing where these are not as many
 *     first      with top: the likeliest first tokens, a list of [text, log-probability]; of the
 *                first token that is not blank; missing when they were not listed
 *     cuts       with cap: the offsets in text where each further cap tokens begin
 *
 * What is read. If there are choices with a text, that is the answer: typed parts are joined,
 * trifles in the JSON mended (io/mend.h), comments before it and anything behind it passed over, a
 * stream of events that is complete is put together. Fewer choices than asked for are kept, more
 * are passed over. A choice that a filter took or that is all thought is a sample, too, where
 * others have texts: it has none, and ended BROKEN or as it says.
 *
 * Reading costs in proportion to what was asked for: the rest is skimmed, and a text that is longer
 * than so many tokens can be is refused.
 *
 * Counting. Tokens are counted from the log-probabilities where there are some, for a server's own
 * count may cover one choice of n; else the server's count is shared out by length.
 *
 * Ownership. chat_split and chat_sample own their texts until freed.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_FAILED: the body is not what was promised, and the sentence says why;
 *            CRUX_MEMORY.
 */
#ifndef IO_CHAT_REPLY_H
#define IO_CHAT_REPLY_H

#include "io/chat/profile.h"

/* Why a text ended. */
enum chat_end {
    CHAT_END_STOP,   /* at a stop string */
    CHAT_END_TEXT,   /* the model had no more to say */
    CHAT_END_EITHER, /* one of these: the server does not say which */
    CHAT_END_LENGTH, /* at the most tokens it could have */
    CHAT_END_BROKEN, /* it was aborted or filtered */
    CHAT_ENDS
};

/* What was requested, as far as it decides how to read the reply. */
struct chat_expected {
    const struct chat_profile *profile;
    uint32_t count; /* samples */
    bool stops;     /* with stop strings */
    uint32_t cap;   /* report the ends of pieces of this many tokens; 0: do not */
    uint32_t most;  /* tokens that a text may have; 0: any number */
    bool entropy;   /* the likeliest tokens are listed */
    bool top;       /* keep the likeliest first tokens */
    bool token_ids; /* the numbers of tokens are listed: keep them */
    bool hit_seen;  /* this server has named a stop string in stop_hit before */
};

struct chat_usage {
    uint32_t prompt, cached, completion, reasoning; /* tokens; 0: unknown */
};

enum { CHAT_WORD = 48 };

struct chat_split {
    char **samples;
    uint32_t count;   /* that came, at most as many as were requested; 0 on failure */
    uint32_t *tokens; /* by sample */
    bool empty;       /* none of them has a text ... */
    bool thoughts;    /* ... but there are thoughts */
    struct chat_usage usage;
    bool has_usage;           /* the server told what the whole reply cost */
    bool same_again;          /* failed or empty, and asking again would give the same */
    bool hit_seen;            /* stop_hit names a stop string */
    bool odd_end;             /* the reason of an end is not known, and was taken for `stop` ... */
    char odd_word[CHAT_WORD]; /* ... this one; "": there was none */
};

/* On failure *out has no samples, and usage, has_usage and same_again as far as they are known. */
int chat_reply_split(struct chat_split *out, const struct chat_expected *expected, const char *body,
                     size_t length, struct crux_error *error);
void chat_split_free(struct chat_split *split);

struct chat_sample {
    const char *text, *reasoning; /* reasoning: "" without one */
    enum chat_end end;
    uint32_t tokens;
    bool has_logprob;
    double logprob;
    double entropy;                    /* below 0: unknown */
    const struct json *first;          /* NULL: not listed */
    const struct json *ids, *logprobs; /* of its tokens, as many; NULL: not listed */
    uint32_t *cuts;
    uint32_t cut_count;
    uint64_t mark;     /* of an answer's: as served.h gives it */
    bool made;         /* the text was put together of several: it repeats no turn */
    struct json *json; /* owns the texts */
};

int chat_reply_read(struct chat_sample *out, const char *sample, size_t length,
                    struct crux_error *error);
void chat_sample_free(struct chat_sample *sample);

#endif
