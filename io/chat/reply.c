/*
 * reply.c - splits a model server's reply into samples and writes each as the JSON text that the
 * ledger keeps.
 *
 * Servers are believed as far as they agree with themselves: positions that are not 0, 1, ...
 * give way to the order of the array, counts of tokens that cannot be to what was counted,
 * and a reason that is missing to the worst one.
 */
#include "io/chat/reply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/skim.h"

#define TOKENS_MOST     1000000000 /* a server's count above it is no count */
#define BYTES_PER_TOKEN 4          /* where nothing is counted */
#define LOGPROB_LEAST   (-1e4)     /* "impossible", as servers write it */

enum { CUTS_MOST = 4096 };

/* A choice, and what is known of it. */
struct choice {
    const struct json *json, *message; /* message: NULL on route completions */
    const char *text, *reasoning;
    enum chat_end end;
    const struct json *tokens; /* the log-probabilities, one of two shapes */
    bool chat_shape;
    uint32_t counted; /* of tokens; 0: they were not listed */
    double sum;
};

static int chat_reply_refuse(struct crux_error *error, const char *what)
{
    return crux_fail(error, CRUX_FAILED, "the server's answer %s", what);
}

static int chat_reply_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a server's answer");
}

/* --- log-probabilities ------------------------------------------------------------ */

/* {"content": [{token, logprob, ...}]} of chat, or {"tokens": [], "token_logprobs": []}. */
static void find_tokens(struct choice *choice)
{
    const struct json *logprobs = json_get(choice->json, "logprobs");
    const struct json *content = json_get(logprobs, "content");

    choice->chat_shape = json_type_of(content) == JSON_IS_ARRAY;
    choice->tokens = choice->chat_shape ? content : json_get(logprobs, "token_logprobs");
    if (json_type_of(choice->tokens) != JSON_IS_ARRAY)
        choice->tokens = NULL;
}

static bool chat_reply_is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_REAL || json_type_of(value) == JSON_IS_INTEGER;
}

/* The first token of a prompt has no probability: null, which counts as a token and as no
 * evidence. */
static void chat_reply_sum_up(struct choice *choice)
{
    size_t count = json_count(choice->tokens);

    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_at(choice->tokens, i);
        const struct json *number = choice->chat_shape ? json_get(item, "logprob") : item;

        if (chat_reply_is_number(number))
            choice->sum += fmin(0.0, fmax(json_as_real(number), LOGPROB_LEAST));
    }
    choice->counted = (uint32_t)count; /* a body is far from 4 GB */
}

/* The number of a token's bytes; false: it cannot be known. A token may be half a character: then
 * its text is not its bytes, but the server lists them. */
static bool token_length(const struct choice *choice, size_t index, size_t *out)
{
    const struct json *token = json_at(choice->tokens, index);
    const struct json *names = json_get(json_get(choice->json, "logprobs"), "tokens");
    const struct json *bytes = choice->chat_shape ? json_get(token, "bytes") : NULL;
    const char *text =
        json_as_string(choice->chat_shape ? json_get(token, "token") : json_at(names, index));

    if (json_type_of(bytes) == JSON_IS_ARRAY)
        *out = json_count(bytes);
    else if (text != NULL)
        *out = strlen(text);
    else
        return false;
    return true;
}

/* Where every further cap tokens begin, moved to the next whole character. NULL: the tokens
 * are not the text. */
static struct json *find_cuts(const struct choice *choice, uint32_t cap)
{
    size_t length = strlen(choice->text), at = 0, before = 0, count = json_count(choice->tokens);
    struct json *cuts = json_new_array();

    for (size_t i = 0; i < count && at < length; i++) {
        size_t bytes = 0;

        if (i > 0 && i % cap == 0) {
            size_t whole = at;

            while (whole < length && ((unsigned char)choice->text[whole] & 0xC0) == 0x80)
                whole++;
            if (whole > before && whole < length) {
                json_add(cuts, json_of_integer((int64_t)whole));
                before = whole;
            }
        }
        if (!token_length(choice, i, &bytes))
            break;
        at += bytes;
    }
    if (at >= length)
        return cuts;
    json_free(cuts);
    return NULL;
}

/* --- why it ended ----------------------------------------------------------------- */

/* llama.cpp lists the token that ends a text, and writes it as "". It also writes "" for the
 * first of several tokens that make a stop string; the real name of that token is in its own entry
 * among the likeliest. */
static enum chat_end end_by_tokens(const struct choice *choice)
{
    const struct json *last = json_at(choice->tokens, choice->counted - 1);
    const struct json *likeliest = json_get(last, "top_logprobs");
    const char *word = json_as_string(json_get(last, "token"));

    if (word == NULL || *word != '\0')
        return CHAT_END_STOP;
    for (size_t i = 0; i < json_count(likeliest); i++) {
        const struct json *other = json_at(likeliest, i);

        word = json_as_string(json_get(other, "token"));
        if (word != NULL &&
            json_as_integer(json_get(other, "id")) == json_as_integer(json_get(last, "id")))
            return *word == '\0' ? CHAT_END_TEXT : CHAT_END_STOP;
    }
    return CHAT_END_EITHER;
}

static enum chat_end end_of(const struct choice *choice, const struct chat_expected *expected)
{
    const char *word = json_as_string(json_get(choice->json, "finish_reason"));
    const char *member = expected->profile->stop_hit;
    const struct json *hit = member == NULL ? NULL : json_get(choice->json, member);

    if (word == NULL)
        return CHAT_END_BROKEN;
    if (strcmp(word, "length") == 0)
        return CHAT_END_LENGTH;
    if (strcmp(word, "eos_token") == 0)
        return CHAT_END_TEXT;
    if (strcmp(word, "stop_sequence") == 0)
        return CHAT_END_STOP;
    if (strcmp(word, "stop") != 0)
        return CHAT_END_BROKEN;
    if (!expected->stops)
        return CHAT_END_TEXT;
    if (hit != NULL) /* a string; a token's id or null is the end */
        return json_type_of(hit) == JSON_IS_STRING ? CHAT_END_STOP : CHAT_END_TEXT;
    if (expected->profile->end_is_token && choice->chat_shape && choice->counted > 0)
        return end_by_tokens(choice);
    return CHAT_END_EITHER;
}

/* --- choices ---------------------------------------------------------------------- */

static const char *reasoning_of(const struct json *message, const struct chat_profile *profile)
{
    for (size_t i = 0; i < 2; i++) {
        const char *text = json_as_string(json_get(message, profile->reasoning[i]));

        if (text != NULL && *text != '\0')
            return text;
    }
    return NULL;
}

/* A choice of either route: the text stands in the message or in the choice itself. A
 * reasoning model whose tokens ran out has reasoning and no text. */
static int read_choice(struct choice *choice, const struct chat_expected *expected,
                       const struct json *json, struct crux_error *error)
{
    const struct json *message = json_get(json, "message");
    const struct json *text = json_get(message != NULL ? message : json, //
                                       message != NULL ? "content" : "text");

    *choice = (struct choice){.json = json, .message = message};
    choice->reasoning = reasoning_of(message, expected->profile);
    choice->text = json_as_string(text);
    if (choice->text == NULL && choice->reasoning != NULL)
        choice->text = "";
    if (choice->text == NULL)
        return chat_reply_refuse(error, "has a choice without a text");
    find_tokens(choice);
    chat_reply_sum_up(choice);
    choice->end = end_of(choice, expected);
    return CRUX_OK;
}

/* The choice that says it is the index-th; by its place if they do not number themselves. */
static const struct json *choice_at(const struct json *choices, size_t index, bool numbered)
{
    size_t i = numbered ? 0 : index;

    while (numbered && json_as_integer(json_get(json_at(choices, i), "index")) != (int64_t)index)
        i++;
    return json_at(choices, i);
}

/* Are they numbered, each once, from 0? */
static bool are_numbered(const struct json *choices)
{
    size_t count = json_count(choices);

    for (size_t i = 0; i < count; i++) {
        size_t found = 0;

        for (size_t j = 0; j < count; j++) {
            const struct json *index = json_get(json_at(choices, j), "index");

            found += json_type_of(index) == JSON_IS_INTEGER && json_as_integer(index) == (int64_t)i;
        }
        if (found != 1)
            return false;
    }
    return true;
}

static int read_choices(struct choice *out, const struct chat_expected *expected,
                        const struct json *answer, struct crux_error *error)
{
    const struct json *choices = json_get(answer, "choices");
    bool numbered = are_numbered(choices);
    int status = CRUX_OK;

    if (json_type_of(choices) != JSON_IS_ARRAY)
        return chat_reply_refuse(error, "has no choices");
    if (json_count(choices) < expected->count)
        return crux_fail(error, CRUX_FAILED,
                         "the server's answer has %zu choices, of %u that were asked for",
                         json_count(choices), expected->count);
    for (uint32_t i = 0; i < expected->count && status == CRUX_OK; i++)
        status = read_choice(&out[i], expected, choice_at(choices, i, numbered), error);
    return status;
}

/* --- usage ------------------------------------------------------------------------ */

static uint32_t count_of(const struct json *object, const char *member)
{
    const struct json *value = json_get(object, member);
    int64_t count = json_as_integer(value);

    return count > 0 && count <= TOKENS_MOST ? (uint32_t)count : 0;
}

static uint32_t more_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* An estimate of the number of tokens, for a server that does not count. */
static uint32_t guess(const struct choice *choice)
{
    size_t bytes =
        strlen(choice->text) + (choice->reasoning == NULL ? 0 : strlen(choice->reasoning));

    return (uint32_t)(bytes / BYTES_PER_TOKEN) + 1;
}

static struct chat_usage usage_of(const struct json *answer, const struct chat_expected *expected,
                                  const struct choice *choices)
{
    const struct json *usage = json_get(answer, "usage");
    struct chat_usage out = {.prompt = count_of(usage, "prompt_tokens"),
                             .completion = count_of(usage, "completion_tokens")};
    bool covers_all =
        out.completion > 0 && (expected->count == 1 || !expected->profile->counts_one);
    uint32_t counted = 0;

    out.cached = count_of(json_get(usage, "prompt_tokens_details"), "cached_tokens");
    out.reasoning =
        more_of(count_of(usage, "reasoning_tokens"),
                count_of(json_get(usage, "completion_tokens_details"), "reasoning_tokens"));
    for (uint32_t i = 0; i < expected->count; i++) {
        bool listed = choices[i].counted > 0;

        if (listed || !covers_all)
            counted += listed ? choices[i].counted : guess(&choices[i]);
    }
    out.completion = more_of(out.completion, counted);
    return out;
}

/* What of the whole belongs to one choice: what was counted, else a share by length. */
static uint32_t chat_reply_share_of(const struct choice *choices, uint32_t index, uint32_t count,
                                    uint32_t completion)
{
    uint64_t all = 0;

    if (choices[index].counted > 0)
        return choices[index].counted;
    for (uint32_t i = 0; i < count; i++)
        all += guess(&choices[i]);
    return (uint32_t)((uint64_t)completion * guess(&choices[index]) / all);
}

/* --- samples ---------------------------------------------------------------------- */

static const char *const end_names[CHAT_ENDS] = {[CHAT_END_STOP] = "stop",
                                                 [CHAT_END_TEXT] = "text",
                                                 [CHAT_END_EITHER] = "either",
                                                 [CHAT_END_LENGTH] = "length",
                                                 [CHAT_END_BROKEN] = "broken"};

static char *write_sample(const struct choice *choice, uint32_t tokens, uint32_t cap)
{
    struct json *sample = json_new_object(), *cuts = NULL;
    char *text;

    json_put(sample, "text", json_of_string(choice->text));
    json_put(sample, "end", json_of_string(end_names[choice->end]));
    json_put(sample, "tokens", json_of_integer(tokens));
    if (choice->counted > 0)
        json_put(sample, "logprob", json_of_real(choice->sum / choice->counted));
    if (choice->reasoning != NULL)
        json_put(sample, "reasoning", json_of_string(choice->reasoning));
    if (cap > 0 && choice->counted > 0)
        cuts = find_cuts(choice, cap);
    if (cuts != NULL)
        json_put(sample, "cuts", cuts);
    text = json_text(sample, false);
    json_free(sample);
    return text;
}

static int write_samples(struct chat_split *out, const struct chat_expected *expected,
                         const struct choice *choices, struct crux_error *error)
{
    out->samples = calloc(expected->count, sizeof *out->samples);
    out->tokens = calloc(expected->count, sizeof *out->tokens);
    if (out->samples == NULL || out->tokens == NULL)
        return chat_reply_no_memory(error);
    out->count = expected->count;
    out->empty = true;
    for (uint32_t i = 0; i < expected->count; i++) {
        out->tokens[i] = chat_reply_share_of(choices, i, expected->count, out->usage.completion);
        out->samples[i] = write_sample(&choices[i], out->tokens[i], expected->cap);
        if (out->samples[i] == NULL)
            return chat_reply_no_memory(error);
        out->empty = out->empty && choices[i].text[0] == '\0';
        out->thoughts = out->thoughts || choices[i].reasoning != NULL;
    }
    return CRUX_OK;
}

/* The members around log-probabilities, which are most of a long reply. They are needed where
 * tokens are aligned with the text, or show how it ended; else they are not worth the parser's
 * time. */
static const char *const unread[] = {"token",        "tokens",      "bytes",
                                     "top_logprobs", "text_offset", NULL};

static int chat_reply_parse_answer(struct json **out, const struct chat_expected *expected,
                                   const char *body, size_t length, struct crux_error *why)
{
    char *needed;
    int status;

    if (expected->cap > 0 || expected->profile->end_is_token)
        return json_parse(out, body, length, why);
    needed = malloc(length + 1);
    if (needed == NULL)
        return CRUX_MEMORY;
    status = json_parse(out, needed, skim_without(needed, body, length, unread), why);
    free(needed);
    return status == CRUX_INPUT ? json_parse(out, body, length, why) : status; /* its own columns */
}

int chat_reply_split(struct chat_split *out, const struct chat_expected *expected, const char *body,
                     size_t length, struct crux_error *error)
{
    struct chat_split split = {.count = 0};
    struct json *answer = NULL;
    struct choice *choices = calloc(expected->count, sizeof *choices);
    struct crux_error why = {""};
    int status = chat_reply_parse_answer(&answer, expected, body, length, &why);

    if (status == CRUX_INPUT)
        status = crux_fail(error, CRUX_FAILED, "the server's answer is not JSON: %.300s", why.text);
    else if (status != CRUX_OK || choices == NULL)
        status = chat_reply_no_memory(error);
    if (status == CRUX_OK)
        status = read_choices(choices, expected, answer, error);
    if (status == CRUX_OK) {
        split.usage = usage_of(answer, expected, choices);
        status = write_samples(&split, expected, choices, error);
    }
    if (status == CRUX_OK)
        *out = split;
    else
        chat_split_free(&split);
    free(choices);
    json_free(answer);
    return status;
}

void chat_split_free(struct chat_split *split)
{
    for (uint32_t i = 0; i < split->count; i++)
        free(split->samples[i]);
    free(split->samples);
    free(split->tokens);
    *split = (struct chat_split){.samples = NULL};
}

/* --- reading a sample back -------------------------------------------------------- */

static int read_end(struct chat_sample *sample, struct crux_error *error)
{
    const char *name = json_as_string(json_get(sample->json, "end"));

    for (int end = 0; name != NULL && end < CHAT_ENDS; end++)
        if (strcmp(name, end_names[end]) == 0) {
            sample->end = (enum chat_end)end;
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_FAILED, "a kept sample does not say how it ended");
}

static int read_cuts(struct chat_sample *sample, struct crux_error *error)
{
    const struct json *cuts = json_get(sample->json, "cuts");
    size_t count = json_count(cuts), length = strlen(sample->text);
    uint32_t before = 0;

    if (count > CUTS_MOST)
        count = CUTS_MOST;
    sample->cuts = calloc(count + 1, sizeof *sample->cuts);
    if (sample->cuts == NULL)
        return chat_reply_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        int64_t at = json_as_integer(json_at(cuts, i));

        if (at <= before || at >= (int64_t)length)
            return crux_fail(error, CRUX_FAILED, "a kept sample is cut where it has no text");
        before = (uint32_t)at;
        sample->cuts[sample->cut_count++] = before;
    }
    return CRUX_OK;
}

static int read_members(struct chat_sample *sample, struct crux_error *error)
{
    const struct json *logprob = json_get(sample->json, "logprob");
    const char *reasoning = json_as_string(json_get(sample->json, "reasoning"));

    sample->text = json_as_string(json_get(sample->json, "text"));
    sample->reasoning = reasoning == NULL ? "" : reasoning;
    sample->tokens = count_of(sample->json, "tokens");
    sample->has_logprob = chat_reply_is_number(logprob) && json_as_real(logprob) <= 0.0;
    sample->logprob = sample->has_logprob ? json_as_real(logprob) : 0.0;
    if (sample->text == NULL)
        return crux_fail(error, CRUX_FAILED, "a kept sample has no text");
    return read_end(sample, error);
}

int chat_reply_read(struct chat_sample *out, const char *sample, size_t length,
                    struct crux_error *error)
{
    struct chat_sample read = {.json = NULL};
    struct crux_error why = {""};
    int status = json_parse(&read.json, sample, length, &why);

    if (status == CRUX_INPUT)
        status = crux_fail(error, CRUX_FAILED, "a kept sample is not JSON: %.300s", why.text);
    else if (status != CRUX_OK)
        status = chat_reply_no_memory(error);
    if (status == CRUX_OK)
        status = read_members(&read, error);
    if (status == CRUX_OK)
        status = read_cuts(&read, error);
    if (status == CRUX_OK)
        *out = read;
    else
        chat_sample_free(&read);
    return status;
}

void chat_sample_free(struct chat_sample *sample)
{
    free(sample->cuts);
    json_free(sample->json);
    *sample = (struct chat_sample){.json = NULL};
}
