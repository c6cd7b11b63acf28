/*
 * reply.c - splits a model server's reply into samples and writes each as the JSON text that the
 * ledger keeps.
 *
 * Servers are believed as far as they agree with themselves: positions that are not 0, 1, ...
 * give way to the order of the array, and counts of tokens that cannot be to what was counted.
 *
 * The body is skimmed, and only the values that are needed meet a parser, each by itself. So what
 * is odd elsewhere spoils nothing, and a large body costs little more than its bytes.
 */
#include "io/chat/reply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/choice.h"
#include "io/chat/stream.h"
#include "io/quote.h"
#include "io/skim.h"

#define TOKENS_MOST     1000000000 /* a server's count above it is no count */
#define BYTES_PER_TOKEN 4          /* where nothing is counted */

#define UNTOLD          UINT32_MAX

enum { CUTS_MOST = 4096 };

/* A reply as it is read. */
struct reading {
    const struct chat_expected *expected;
    struct skim choices, usage, timings; /* of the body; at NULL: there are none */
    bool cut;                            /* it ends too early */
    struct chat_choice *found;           /* room for as many as were asked for */
    uint32_t count;
};

static int chat_reply_refuse(struct crux_error *error, const char *what)
{
    return crux_fail(error, CRUX_FAILED, "the server's answer %s", what);
}

static int chat_reply_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a server's answer");
}

/* --- where tokens end ------------------------------------------------------------- */

/* The number of a token's bytes; false: it cannot be known. A token may be half a character: then
 * its text is not its bytes, but the server lists them. */
static bool token_length(const struct chat_choice *choice, size_t index, size_t *out)
{
    const struct json *token = json_at(choice->tokens, index);
    const struct json *names = json_get(choice->listed, "tokens");
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
static struct json *find_cuts(const struct chat_choice *choice, uint32_t cap)
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

/* --- choices ---------------------------------------------------------------------- */

/* Put them in the order of their numbers, if those are 0, 1, ... each once. */
static int put_in_order(struct reading *reading, struct crux_error *error)
{
    struct chat_choice *sorted = calloc(reading->expected->count, sizeof *sorted);
    int64_t index;

    if (sorted == NULL)
        return chat_reply_no_memory(error);
    for (uint32_t i = 0; i < reading->count; i++) {
        const struct chat_choice *choice = &reading->found[i];

        if (choice->index.at == NULL || !skim_integer(choice->index, &index) || index < 0 ||
            index >= reading->count || sorted[index].text != NULL) {
            free(sorted);
            return CRUX_OK;
        }
        sorted[index] = *choice;
    }
    memcpy(reading->found, sorted, reading->count * sizeof *sorted);
    free(sorted);
    return CRUX_OK;
}

/* None of the choices that came has a text or a thought. */
static int refuse_choices(const struct reading *reading, uint32_t seen, struct chat_split *out,
                          struct crux_error *error)
{
    const struct chat_choice *choice = &reading->found[0];
    char said[200];

    if (seen == 0 && reading->cut)
        return chat_reply_refuse(error, "ends too early");
    if (seen == 0)
        return crux_fail(error, CRUX_FAILED,
                         "the server's answer has 0 choices, of %u that were asked for",
                         reading->expected->count);
    if (reading->count == 0)
        return chat_reply_refuse(error, "has a choice without a text");
    out->same_again = true;
    if (choice->words.refusal.length > 0) {
        quote_text(said, sizeof said, chat_words_of(&choice->words.refusal),
                   choice->words.refusal.length);
        return crux_fail(error, CRUX_FAILED, "the model refused to answer: %s", said);
    }
    quote_text(said, sizeof said, choice->word, strlen(choice->word));
    return crux_fail(error, CRUX_FAILED,
                     "the server's filter withheld the answer (finish_reason `%s`)", said);
}

/* As many as were asked for; what is no choice is passed over. */
static int read_choices(struct reading *reading, struct chat_split *out, struct crux_error *error)
{
    const struct chat_expected *expected = reading->expected;
    struct skim item;
    uint32_t seen = 0;
    bool any = false;
    int status = CRUX_OK;

    if (reading->choices.at == NULL)
        return chat_reply_refuse(error, reading->cut ? "ends too early" : "has no choices");
    while (status == CRUX_OK && seen < expected->count && skim_item(&reading->choices, &item)) {
        struct chat_choice *choice = &reading->found[reading->count];

        seen++;
        status = chat_choice_read(choice, expected, item, error);
        out->same_again = status == CRUX_FAILED;
        if (status != CRUX_OK || !chat_choice_is_one(choice)) {
            chat_choice_free(choice);
            continue;
        }
        any = any || !choice->filtered;
        reading->count++;
    }
    if (status == CRUX_OK && !any)
        status = refuse_choices(reading, seen, out, error);
    if (status == CRUX_OK)
        status = put_in_order(reading, error);
    for (uint32_t i = 0; i < reading->count && status == CRUX_OK; i++)
        chat_choice_find_end(&reading->found[i], expected, out);
    return status;
}

/* --- usage ------------------------------------------------------------------------ */

static uint32_t more_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* A count that cannot be is none. */
static void read_count(uint32_t *out, struct skim value)
{
    int64_t number;

    if (skim_integer(value, &number) && number >= 0 && number <= TOKENS_MOST)
        *out = (uint32_t)number;
}

/* The one member of details that counts. */
static void read_detail(uint32_t *out, struct skim details, const char *member)
{
    struct skim name, value;

    if (!skim_pass(&details, '{'))
        return;
    while (skim_member(&details, &name, &value))
        if (skim_is(name, member))
            read_count(out, value);
}

/* Tokens of the prompt that the server had: as OpenAI has it, or in words of others (DeepSeek, and
 * those that say it without details). */
static void read_cached(uint32_t *out, struct skim name, struct skim value)
{
    if (skim_is(name, "prompt_tokens_details"))
        read_detail(out, value, "cached_tokens");
    else if (skim_is(name, "cached_tokens") || skim_is(name, "prompt_cache_hit_tokens"))
        read_count(out, value);
}

/* What the server says of the whole reply. */
static void read_usage(struct chat_usage *out, bool *told, struct skim usage)
{
    uint32_t prompt = UNTOLD, completion = UNTOLD, reasoning = 0;
    struct skim name, value;

    if (usage.at == NULL || !skim_pass(&usage, '{'))
        return;
    while (skim_member(&usage, &name, &value)) {
        if (skim_is(name, "prompt_tokens"))
            read_count(&prompt, value);
        else if (skim_is(name, "completion_tokens"))
            read_count(&completion, value);
        else if (skim_is(name, "reasoning_tokens"))
            read_count(&out->reasoning, value);
        else if (skim_is(name, "completion_tokens_details"))
            read_detail(&reasoning, value, "reasoning_tokens");
        else
            read_cached(&out->cached, name, value);
    }
    out->prompt = prompt == UNTOLD ? 0 : prompt;
    out->cached = out->cached < out->prompt ? out->cached : out->prompt;
    out->completion = completion == UNTOLD ? 0 : completion;
    out->reasoning = more_of(out->reasoning, reasoning);
    *told = out->prompt > 0 && completion != UNTOLD;
}

/* An estimate of the number of tokens, for a server that does not count. */
static uint32_t guess(const struct chat_choice *choice)
{
    return (uint32_t)((strlen(choice->text) + strlen(choice->reasoning)) / BYTES_PER_TOKEN) + 1;
}

/* The whole of what was written, by the server's count and by ours; ours alone is no evidence where
 * it is a guess. */
static void count_completion(struct chat_split *out, const struct reading *reading)
{
    const struct chat_expected *expected = reading->expected;
    bool covers_all =
        out->usage.completion > 0 && (expected->count == 1 || !expected->profile->counts_one);
    uint32_t counted = 0;

    for (uint32_t i = 0; i < reading->count; i++) {
        const struct chat_choice *choice = &reading->found[i];

        if (choice->counted > 0) {
            counted += choice->counted;
        } else if (!covers_all) {
            counted += guess(choice);
            out->has_usage = false;
        }
    }
    out->usage.completion = more_of(out->usage.completion, counted);
}

/* What of the whole belongs to one choice: what was counted, else a share by length. */
static uint32_t chat_reply_share_of(const struct chat_choice *choices, uint32_t index, uint64_t all,
                                    uint32_t completion)
{
    if (choices[index].counted > 0)
        return choices[index].counted;
    return (uint32_t)((uint64_t)completion * guess(&choices[index]) / all);
}

/* --- samples ---------------------------------------------------------------------- */

static const char *const end_names[CHAT_ENDS] = {[CHAT_END_STOP] = "stop",
                                                 [CHAT_END_TEXT] = "text",
                                                 [CHAT_END_EITHER] = "either",
                                                 [CHAT_END_LENGTH] = "length",
                                                 [CHAT_END_BROKEN] = "broken"};

/* The likeliest tokens where the text begins; NULL: they are not listed. */
static struct json *find_first(const struct chat_choice *choice)
{
    size_t count = choice->chat_shape ? json_count(choice->tokens) : 0;
    const struct json *others = NULL;
    struct json *first;

    for (size_t i = 0; i < count && others == NULL; i++) {
        const char *word = json_as_string(json_get(json_at(choice->tokens, i), "token"));

        if (word != NULL && word[strspn(word, " \t\r\n")] != '\0')
            others = json_get(json_at(choice->tokens, i), "top_logprobs");
    }
    if (json_type_of(others) != JSON_IS_ARRAY || json_count(others) == 0)
        return NULL;
    first = json_new_array();
    for (size_t i = 0; i < json_count(others); i++) {
        const struct json *one = json_at(others, i), *logprob = json_get(one, "logprob");
        const char *word = json_as_string(json_get(one, "token"));
        struct json *pair;

        if (word == NULL || !chat_choice_is_number(logprob))
            continue;
        pair = json_new_array();
        json_add(pair, json_of_string(word));
        json_add(pair, json_of_real(json_as_real(logprob)));
        json_add(first, pair);
    }
    return first;
}

/* The numbers of the tokens and the log-probability of each, where there is one for each. */
static void put_tokens(struct json *sample, const struct chat_choice *choice)
{
    struct json *ids = json_new_array(), *logprobs = json_new_array();
    size_t count = json_count(choice->ids);
    bool all = json_count(choice->tokens) == count;

    for (size_t i = 0; i < count; i++)
        json_add(ids, json_of_integer(json_as_integer(json_at(choice->ids, i))));
    for (size_t i = 0; all && i < count; i++) {
        const struct json *item = json_at(choice->tokens, i);
        const struct json *number = choice->chat_shape ? json_get(item, "logprob") : item;

        all = chat_choice_is_number(number);
        if (all)
            json_add(logprobs, json_of_real(json_as_real(number)));
    }
    json_put(sample, "ids", ids);
    if (all)
        json_put(sample, "logprobs", logprobs);
    else
        json_free(logprobs);
}

static char *write_sample(const struct chat_choice *choice, uint32_t tokens,
                          const struct chat_expected *expected)
{
    struct json *sample = json_new_object(), *first = expected->top ? find_first(choice) : NULL;
    struct json *cuts = NULL;
    char *text;

    json_put(sample, "text", json_of_string(choice->text));
    json_put(sample, "end", json_of_string(end_names[choice->end]));
    json_put(sample, "tokens", json_of_integer(tokens));
    if (choice->counted > 0)
        json_put(sample, "logprob", json_of_real(choice->sum / choice->counted));
    if (choice->entropy >= 0.0)
        json_put(sample, "entropy", json_of_real(choice->entropy));
    if (*choice->reasoning != '\0')
        json_put(sample, "reasoning", json_of_string(choice->reasoning));
    if (choice->ids != NULL)
        put_tokens(sample, choice);
    if (first != NULL)
        json_put(sample, "first", first);
    if (expected->cap > 0 && choice->counted > 0)
        cuts = find_cuts(choice, expected->cap);
    if (cuts != NULL)
        json_put(sample, "cuts", cuts);
    text = json_text(sample, false);
    json_free(sample);
    return text;
}

static int write_samples(struct chat_split *out, const struct reading *reading,
                         struct crux_error *error)
{
    const struct chat_choice *choices = reading->found;
    uint64_t all = 0;

    out->samples = calloc(reading->expected->count, sizeof *out->samples);
    out->tokens = calloc(reading->expected->count, sizeof *out->tokens);
    if (out->samples == NULL || out->tokens == NULL)
        return chat_reply_no_memory(error);
    out->count = reading->count;
    out->empty = true;
    for (uint32_t i = 0; i < out->count; i++)
        all += guess(&choices[i]);
    for (uint32_t i = 0; i < out->count; i++) {
        out->tokens[i] = chat_reply_share_of(choices, i, all, out->usage.completion);
        out->samples[i] = write_sample(&choices[i], out->tokens[i], reading->expected);
        if (out->samples[i] == NULL)
            return chat_reply_no_memory(error);
        out->empty = out->empty && *choices[i].text == '\0';
        out->thoughts = out->thoughts || *choices[i].reasoning != '\0';
    }
    out->same_again = out->empty && out->thoughts;
    return CRUX_OK;
}

/* --- the body --------------------------------------------------------------------- */

/* Choices that the body ends in. */
static void find_cut_choices(struct reading *out, struct skim body)
{
    struct skim name;

    skim_blanks(&body);
    if (skim_string(&body, &name) && skim_is(name, "choices") && skim_pass(&body, ':') &&
        skim_pass(&body, '['))
        out->choices = body;
}

/* The members of the answer that are read, of those with one name the last that is not null. False:
 * it is no object. */
static bool find_members(struct reading *out, struct skim body)
{
    struct skim name, value;

    if (skim_pass(&body, '[')) /* an answer in an array: some gateways' way */
        skim_blanks(&body);
    if (!skim_pass(&body, '{'))
        return false;
    while (skim_member(&body, &name, &value)) {
        if (skim_is(name, "choices") && skim_pass(&value, '['))
            out->choices = value;
        else if (skim_is(name, "usage"))
            out->usage = value;
        else if (skim_is(name, "timings"))
            out->timings = value;
    }
    out->cut = !skim_pass(&body, '}');
    if (out->cut && out->choices.at == NULL)
        find_cut_choices(out, body);
    return true;
}

static int read_body(struct chat_split *out, struct reading *reading, struct skim body,
                     struct crux_error *error)
{
    int status;

    if (!find_members(reading, body))
        return chat_reply_refuse(error, "is not JSON");
    if (reading->timings.at != NULL) /* llama.cpp; its usage tells it, too, if it is not old */
        read_detail(&out->usage.cached, reading->timings, "cache_n");
    read_usage(&out->usage, &out->has_usage, reading->usage);
    reading->found = calloc(reading->expected->count, sizeof *reading->found);
    if (reading->found == NULL)
        return chat_reply_no_memory(error);
    status = read_choices(reading, out, error);
    if (status == CRUX_OK)
        count_completion(out, reading);
    return status == CRUX_OK ? write_samples(out, reading, error) : status;
}

static void drop_samples(struct chat_split *split)
{
    for (uint32_t i = 0; i < split->count; i++)
        free(split->samples[i]);
    free(split->samples);
    free(split->tokens);
    split->samples = NULL;
    split->tokens = NULL;
    split->count = 0;
}

int chat_reply_split(struct chat_split *out, const struct chat_expected *expected, const char *body,
                     size_t length, struct crux_error *error)
{
    struct chat_split split = {.count = 0};
    struct reading reading = {.expected = expected};
    struct skim text = {body, body + length};
    char *joined = NULL;
    int status = CRUX_OK;

    skim_preamble(&text);
    if (skim_begins_stream(text)) {
        status = chat_stream_join(&joined, &length, text, expected->count,
                                  expected->profile->stop_hit, error);
        if (status == CRUX_OK)
            text = (struct skim){joined, joined + length};
    }
    if (status == CRUX_OK)
        status = read_body(&split, &reading, text, error);
    for (uint32_t i = 0; i < reading.count; i++)
        chat_choice_free(&reading.found[i]);
    free(reading.found);
    free(joined);
    if (status != CRUX_OK)
        drop_samples(&split);
    *out = split;
    return status;
}

void chat_split_free(struct chat_split *split)
{
    drop_samples(split);
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

/* Only what is as long as it must be. */
static void reply_read_tokens(struct chat_sample *sample)
{
    const struct json *ids = json_get(sample->json, "ids");
    const struct json *logprobs = json_get(sample->json, "logprobs");

    if (json_type_of(ids) != JSON_IS_ARRAY || json_type_of(logprobs) != JSON_IS_ARRAY ||
        json_count(ids) != json_count(logprobs) || json_count(ids) == 0)
        return;
    sample->ids = ids;
    sample->logprobs = logprobs;
}

static int read_members(struct chat_sample *sample, struct crux_error *error)
{
    int64_t tokens = json_as_integer(json_get(sample->json, "tokens"));
    const struct json *logprob = json_get(sample->json, "logprob");
    const struct json *entropy = json_get(sample->json, "entropy");
    const char *reasoning = json_as_string(json_get(sample->json, "reasoning"));

    sample->text = json_as_string(json_get(sample->json, "text"));
    sample->reasoning = reasoning == NULL ? "" : reasoning;
    sample->tokens = tokens > 0 && tokens <= TOKENS_MOST ? (uint32_t)tokens : 0;
    sample->has_logprob = chat_choice_is_number(logprob) && json_as_real(logprob) <= 0.0;
    sample->logprob = sample->has_logprob ? json_as_real(logprob) : 0.0;
    sample->entropy = chat_choice_is_number(entropy) ? fmax(json_as_real(entropy), -1.0) : -1.0;
    sample->first = json_get(sample->json, "first");
    reply_read_tokens(sample);
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
