/*
 * exchange.c - one request of a chat and its reply: what served needs to compose the one and to
 * split the other.
 */
#include "io/chat/exchange.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/quote.h"

/* --- the way there --------------------------------------------------------------------- */

static const struct chat_exchange *exchange_of(const struct served_question *question)
{
    return (const struct chat_exchange *)(const void *)question;
}

static int compose_request(const struct served_question *question, uint32_t first, uint32_t count,
                           struct served_request *out, struct crux_error *error)
{
    const struct chat_exchange *exchange = exchange_of(question);
    const struct chat_settings *settings = &exchange->manner->settings;
    const struct chat_body *body = &exchange->body;
    char *tail = malloc(CHAT_TAIL);
    size_t length;

    if (tail == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    length = chat_request_tail(tail, settings, question->seed, first, count);
    *out = (struct served_request){.path = chat_route_path(settings->route), .memory = tail};
    memcpy(out->pieces, body->pieces, body->piece_count * sizeof *out->pieces);
    out->pieces[body->piece_count] = (struct http_piece){tail, length};
    out->piece_count = body->piece_count + 1;
    return CRUX_OK;
}

/* What decides the reply: route, words and parameters, and pictures by their hashes. */
static void name_same(struct chat_exchange *exchange)
{
    const char *route = chat_route_name(exchange->manner->settings.route);

    exchange->same[CHAT_SAME_ROUTE] = (struct http_piece){route, strlen(route)};
    exchange->same[CHAT_SAME_BODY] =
        (struct http_piece){exchange->body.text, strlen(exchange->body.text)};
    for (uint32_t i = 0; i < exchange->images.count; i++)
        exchange->same[CHAT_SAME_IMAGES + i] =
            (struct http_piece){exchange->images.taken[i]->sha256, HASH_HEX - 1};
}

/* --- the way back -------------------------------------------------------------------------- */

/* Each sample's tokens are its own; what the server counted beyond them is the first one's. */
static void share_usage(const struct chat_split *split, struct served_choice *choices)
{
    uint64_t shared = 0;

    for (uint32_t i = 0; i < split->count; i++) {
        choices[i].usage.completion = split->tokens[i];
        shared += split->tokens[i];
    }
    choices[0].usage.prompt = split->usage.prompt;
    choices[0].usage.cached = split->usage.cached;
    choices[0].usage.reasoning = split->usage.reasoning;
    if (split->usage.completion > shared)
        choices[0].usage.completion += split->usage.completion - (uint32_t)shared;
}

/* What was found out from this reply for the next ones, and is said at most once. */
static void note_oddities(const struct chat_manner *manner, const struct chat_split *parts)
{
    char model[80], word[2 * CHAT_WORD];

    if (parts->hit_seen)
        /* relaxed: a fact by itself. */
        atomic_store_explicit(&manner->seen->hit, true, memory_order_relaxed);
    if (!parts->odd_end ||
        atomic_exchange_explicit(&manner->seen->odd_end, true, memory_order_relaxed))
        return;
    quote_text(model, sizeof model, manner->model, strlen(manner->model));
    quote_text(word, sizeof word, parts->odd_word, strlen(parts->odd_word));
    if (*word == '\0')
        (void)fprintf(stderr, "crux: %s: a reply has no finish_reason; taken as stop\n", model);
    else
        (void)fprintf(stderr, "crux: %s: finish_reason `%s` is not known; taken as stop\n", model,
                      word);
}

/* A reply in which nothing is said is an answer to those only who take silence for one. */
static int refuse_silence(const struct chat_split *parts, struct crux_error *error)
{
    return crux_fail(error, CRUX_FAILED,
                     parts->thoughts ? "the server's answer has thoughts and no text"
                                     : "the server's answer has no text");
}

static int exchange_split(const struct served_question *question, const char *body, size_t length,
                          struct served_reading *reading, struct served_choice *choices,
                          struct crux_error *error)
{
    const struct chat_exchange *exchange = exchange_of(question);
    const struct chat_manner *manner = exchange->manner;
    const struct chat_expected how = {
        .profile = manner->settings.profile,
        .count = reading->count,
        .stops = exchange->stops,
        .cap = exchange->cap,
        .entropy = exchange->entropy,
        .top = exchange->top,
        .token_ids = exchange->token_ids,
        .most = exchange->body.max_tokens,
        .hit_seen = atomic_load_explicit(&manner->seen->hit, memory_order_relaxed)};
    struct chat_split parts = {.count = 0};
    int status = chat_reply_split(&parts, &how, body, length, error);

    reading->usage = (struct served_usage){parts.usage.prompt, parts.usage.cached,
                                           parts.usage.completion, parts.usage.reasoning};
    reading->has_usage = parts.has_usage;
    if (status == CRUX_OK && parts.empty && !exchange->silent &&
        !(parts.thoughts && exchange->hears))
        status = refuse_silence(&parts, error);
    for (uint32_t i = 0; status == CRUX_OK && i < parts.count; i++) {
        choices[i].text = parts.samples[i];
        choices[i].length = strlen(parts.samples[i]);
        parts.samples[i] = NULL;
    }
    if (status == CRUX_OK) {
        reading->count = parts.count;
        share_usage(&parts, choices);
        note_oddities(manner, &parts);
    }
    reading->same_again = status == CRUX_FAILED && parts.same_again;
    chat_split_free(&parts);
    return status;
}

int chat_exchange_read(struct chat_sample **out, const struct served_answer *answer,
                       struct crux_error *error)
{
    struct chat_sample *samples = calloc(answer->count, sizeof *samples);
    int status = CRUX_OK;
    uint32_t read = 0;

    assert(answer->status == CRUX_OK);
    if (samples == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an answer");
    while (read < answer->count) {
        status = chat_reply_read(&samples[read], answer->samples[read].text,
                                 answer->samples[read].length, error);
        if (status != CRUX_OK)
            break;
        samples[read].mark = answer->samples[read].mark;
        read++;
    }
    if (status == CRUX_OK)
        *out = samples;
    else
        chat_samples_free(samples, read);
    return status;
}

void chat_samples_free(struct chat_sample *samples, uint32_t count)
{
    while (count > 0)
        chat_sample_free(&samples[--count]);
    free(samples);
}

/* --- begin and end ---------------------------------------------------------------------------- */

void chat_exchange_begin(struct chat_exchange *exchange, uint64_t seed)
{
    struct served_question *question = &exchange->question;

    assert(exchange->manner != NULL && exchange->body.text != NULL);
    name_same(exchange);
    exchange->form =
        (struct served_form){exchange->manner->per_request, compose_request, exchange_split};
    question->form = &exchange->form;
    question->same = exchange->same;
    question->same_count = CHAT_SAME_IMAGES + exchange->images.count;
    question->seed = (uint64_t)chat_request_seed(seed);
    question->prompt_most = (uint32_t)strlen(exchange->body.text) + /* a token is at least a byte */
                            CHAT_IMAGE_TOKENS * exchange->images.count;
    question->completion_most = exchange->body.max_tokens;
}

void chat_exchange_end(struct chat_exchange *exchange)
{
    chat_images_give_back(&exchange->images);
    chat_body_free(&exchange->body);
}
