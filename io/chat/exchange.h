/*
 * exchange.h - one question to a served model and what came back: a body is put to served, a
 * reply becomes samples.
 *
 *     chat_request_write() --> exchange->body        the words (request.h)
 *     chat_exchange_begin() -> exchange->question    the question, without its asker
 *     served_ask() ... answered()
 *     chat_exchange_read() --> samples               the words that came (reply.h)
 *     chat_exchange_end()
 *
 * Policies, judges and annotators put it first into a record of their own, so the question that
 * answered() gets is that record. What they fill in themselves is what served cannot know: count,
 * answered, problem, owner and ticket.
 *
 * Ownership. The record is its owner's, zeroed before; body and images are the exchange's until
 *            chat_exchange_end().
 * Threads.   As served.h says of a question: one at a time.
 * Errors.    As in crux.h.
 */
#ifndef IO_CHAT_EXCHANGE_H
#define IO_CHAT_EXCHANGE_H

#include "io/chat/images.h"
#include "io/chat/manner.h"
#include "io/chat/reply.h"
#include "io/served/served.h"

enum { CHAT_SAME_ROUTE, CHAT_SAME_BODY, CHAT_SAME_IMAGES };

struct chat_exchange {
    struct served_question question; /* first: a question is its exchange */
    const struct chat_manner *manner;
    struct chat_body body;
    struct chat_images images;
    bool stops;     /* the body has stop strings */
    uint32_t cap;   /* as in struct chat_expected */
    bool entropy;   /* likewise: the body asks for the likeliest tokens */
    bool top;       /* likewise */
    bool token_ids; /* likewise */
    bool silent;    /* a reply without a word is an answer, too */
    bool hears;     /* and so is one with thoughts alone */

    struct served_form form;
    struct http_piece same[CHAT_SAME_IMAGES + CHAT_IMAGES];
};

/* manner, body, images, stops, cap, entropy, top, token_ids, silent and hears are filled in; seed:
 * of the call. */
void chat_exchange_begin(struct chat_exchange *exchange, uint64_t seed);

/* The answer's samples in order, answer->count of them; freed with chat_samples_free(). */
int chat_exchange_read(struct chat_sample **out, const struct served_answer *answer,
                       struct crux_error *error);
void chat_samples_free(struct chat_sample *samples, uint32_t count);

/* Nothing is out any more. A zeroed one is fine. */
void chat_exchange_end(struct chat_exchange *exchange);

#endif
