/*
 * exchange.c - one request of a chat and its reply: what served needs to compose the one and to
 * split the other.
 */
#include "io/chat/exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

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

/* What a reply that cannot be read says of its cost all the same. */
static void read_usage(struct served_reading *reading, const char *body, size_t length)
{
    struct json *json = NULL;
    const struct json *usage;

    if (json_parse(&json, body, length, NULL) != CRUX_OK)
        return;
    usage = json_get(json, "usage");
    reading->usage.prompt = (uint32_t)json_as_integer(json_get(usage, "prompt_tokens"));
    reading->usage.completion = (uint32_t)json_as_integer(json_get(usage, "completion_tokens"));
    reading->has_usage = reading->usage.prompt > 0;
    json_free(json);
}

static int split_reply(const struct served_question *question, const char *body, size_t length,
                       struct served_reading *reading, struct served_choice *choices,
                       struct crux_error *error)
{
    const struct chat_exchange *exchange = exchange_of(question);
    const struct chat_expected how = {.profile = exchange->manner->settings.profile,
                                      .count = reading->count,
                                      .stops = exchange->stops,
                                      .cap = exchange->cap};
    struct chat_split parts = {.count = 0};
    int status = chat_reply_split(&parts, &how, body, length, error);

    if (status == CRUX_OK && parts.empty && !exchange->silent &&
        !(parts.thoughts && exchange->hears))
        status = crux_fail(error, CRUX_FAILED, "the server's answer has no text");
    for (uint32_t i = 0; status == CRUX_OK && i < reading->count; i++) {
        choices[i].text = parts.samples[i];
        choices[i].length = strlen(parts.samples[i]);
        parts.samples[i] = NULL;
    }
    if (status == CRUX_OK) {
        share_usage(&parts, choices);
        reading->usage = (struct served_usage){parts.usage.prompt, parts.usage.cached,
                                               parts.usage.completion, parts.usage.reasoning};
        reading->has_usage = parts.usage.prompt > 0; /* no prompt is empty */
    }
    if (status != CRUX_OK)
        read_usage(reading, body, length);
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
    while (status == CRUX_OK && read < answer->count) {
        status = chat_reply_read(&samples[read], answer->samples[read].text,
                                 answer->samples[read].length, error);
        read += status == CRUX_OK;
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
        (struct served_form){exchange->manner->per_request, compose_request, split_reply};
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
