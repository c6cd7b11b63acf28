/*
 * choice.c - skims a choice for its members, and reads those that matter.
 */
#include "io/chat/choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/ending.h"
#include "io/chat/entropy.h"
#include "io/mend.h"

#define LOGPROB_LEAST (-1e4)              /* "impossible", as servers write it */
#define TOKEN_SPELT   ((size_t)256)       /* bytes of a token in JSON, at most ... */
#define TOKEN_LISTED  ((size_t)8192)      /* ... and of its entry with the likeliest others */
#define SLACK         ((size_t)256 << 10) /* for what is no token */

/* --- log-probabilities ------------------------------------------------------------ */

/* The members around log-probabilities, which are most of a long reply. They are needed where
 * tokens are aligned with the text, or show how it ended; else they are not worth the parser's
 * time. */
static const char *const unread[] = {"token",        "tokens",      "bytes",
                                     "top_logprobs", "text_offset", NULL};

/* Log-probabilities that cannot be read, or are far more than were asked for, are none. */
static int parse_logprobs(struct chat_choice *choice, const struct chat_expected *expected)
{
    size_t length = (size_t)(choice->logprobs.end - choice->logprobs.at);
    bool whole = expected->cap > 0 || expected->top || expected->profile->end_is_token;
    char *needed;
    int status;

    if (length == 0 || (expected->most > 0 && length > expected->most * TOKEN_LISTED + SLACK))
        return CRUX_OK;
    needed = malloc(length + 1);
    if (needed == NULL)
        return CRUX_MEMORY;
    if (whole)
        memcpy(needed, choice->logprobs.at, length);
    else
        length = skim_without(needed, choice->logprobs.at, length, unread);
    status = mend_parse(&choice->listed, needed, length, NULL);
    free(needed);
    return status == CRUX_MEMORY ? status : CRUX_OK;
}

/* {"content": [{token, logprob, ...}]} of chat, or {"tokens": [], "token_logprobs": []}. */
static void find_tokens(struct chat_choice *choice)
{
    const struct json *content = json_get(choice->listed, "content");

    choice->chat_shape = json_type_of(content) == JSON_IS_ARRAY;
    choice->tokens = choice->chat_shape ? content : json_get(choice->listed, "token_logprobs");
    if (json_type_of(choice->tokens) != JSON_IS_ARRAY)
        choice->tokens = NULL;
}

bool chat_choice_is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_REAL || json_type_of(value) == JSON_IS_INTEGER;
}

/* The first token of a prompt has no probability: null, which counts as a token and as no
 * evidence. */
static void sum_up_tokens(struct chat_choice *choice)
{
    size_t count = json_count(choice->tokens);

    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_at(choice->tokens, i);
        const struct json *number = choice->chat_shape ? json_get(item, "logprob") : item;

        if (chat_choice_is_number(number))
            choice->sum += fmin(0.0, fmax(json_as_real(number), LOGPROB_LEAST));
    }
    choice->counted = (uint32_t)count; /* a body is far from 4 GB */
}

/* Numbers of tokens: a list of integers of 0 or more, else there are none. */
static int parse_token_ids(struct chat_choice *choice, const struct chat_expected *expected)
{
    size_t length = (size_t)(choice->token_ids.end - choice->token_ids.at);
    bool all;

    if (!expected->token_ids || length == 0 ||
        (expected->most > 0 && length > expected->most * TOKEN_SPELT + SLACK))
        return CRUX_OK;
    if (json_parse(&choice->ids, choice->token_ids.at, length, NULL) == CRUX_MEMORY)
        return CRUX_MEMORY;
    all = json_type_of(choice->ids) == JSON_IS_ARRAY;
    for (size_t i = 0; all && i < json_count(choice->ids); i++)
        all = json_type_of(json_at(choice->ids, i)) == JSON_IS_INTEGER &&
              json_as_integer(json_at(choice->ids, i)) >= 0;
    if (!all) {
        json_free(choice->ids);
        choice->ids = NULL;
    }
    return CRUX_OK;
}

/* --- why it ended ----------------------------------------------------------------- */

/* llama.cpp lists the token that ends a text, and writes it as "". It also writes "" for the
 * first of several tokens that make a stop string; the real name of that token is in its own entry
 * among the likeliest. */
static enum chat_end end_by_tokens(const struct chat_choice *choice)
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

/* The bytes of a JSON string as they stand, cut to fit; "": it is none. */
static void copy_word(char out[CHAT_WORD], struct skim value)
{
    struct skim piece = {value.at, value.at};
    size_t length;

    if (value.at != NULL)
        (void)skim_string(&value, &piece);
    length = (size_t)(piece.end - piece.at);
    length = length < CHAT_WORD ? length : CHAT_WORD - 1;
    if (length > 0)
        memcpy(out, piece.at, length);
    out[length] = '\0';
}

/* What the member that names the stop says: a stop string, or a token's id or null at the end of
 * the text. */
static enum chat_end end_by_hit(const struct chat_choice *choice,
                                const struct chat_expected *expected, bool *seen)
{
    bool trusted = expected->profile->null_is_end;
    char word[CHAT_WORD];

    if (choice->hit.at == NULL)
        return CHAT_END_EITHER;
    if (skim_is(choice->hit, "null"))
        return trusted || expected->hit_seen ? CHAT_END_TEXT : CHAT_END_EITHER;
    if (*choice->hit.at != '"')
        return trusted || expected->hit_seen ? CHAT_END_TEXT : CHAT_END_EITHER;
    copy_word(word, choice->hit);
    if (!trusted && chat_ending_is_reason(word))
        return CHAT_END_EITHER;
    *seen = true;
    return CHAT_END_STOP;
}

static enum chat_end end_of_stop(const struct chat_choice *choice,
                                 const struct chat_expected *expected, bool *seen)
{
    enum chat_end end;

    if (!expected->stops)
        return CHAT_END_TEXT;
    end = end_by_hit(choice, expected, seen);
    if (end == CHAT_END_EITHER && expected->profile->end_is_token && choice->chat_shape &&
        choice->counted > 0)
        end = end_by_tokens(choice);
    return end;
}

void chat_choice_find_end(struct chat_choice *choice, const struct chat_expected *expected,
                          struct chat_split *out)
{
    struct chat_ending ending = chat_ending_read(choice->word);

    choice->end = choice->filtered ? CHAT_END_BROKEN : ending.end;
    if (choice->end == CHAT_END_EITHER)
        choice->end = end_of_stop(choice, expected, &out->hit_seen);
    if (ending.known || !choice->spoken || out->odd_end)
        return;
    out->odd_end = true;
    memcpy(out->odd_word, choice->word, sizeof out->odd_word);
}

/* --- its members ------------------------------------------------------------------ */

static void read_message(struct chat_choice *choice, const struct chat_profile *profile,
                         struct skim message)
{
    struct skim name, value, thoughts[3] = {{NULL, NULL}};
    const char *const members[3] = {profile->reasoning[0], profile->reasoning[1],
                                    "reasoning_details"};

    if (!skim_pass(&message, '{'))
        return;
    while (skim_member(&message, &name, &value)) {
        if (skim_is(value, "null"))
            continue;
        if (skim_is(name, "content")) {
            chat_words_add(&choice->words, value, CHAT_WORDS_TEXT);
            choice->spoken = choice->spoken || *value.at == '"' || choice->words.text.length > 0;
        } else if (skim_is(name, "refusal")) {
            chat_words_add(&choice->words, value, CHAT_WORDS_REFUSAL);
        }
        for (size_t i = 0; i < 3; i++)
            if (skim_is(name, members[i]))
                thoughts[i] = value;
    }
    for (size_t i = 0; i < 3; i++)
        if (thoughts[i].at != NULL && choice->words.thoughts.length == 0)
            chat_words_add(&choice->words, thoughts[i], CHAT_WORDS_THOUGHTS);
}

/* A choice of either route: the text stands in the message or in the choice itself. */
static void find_choice(struct chat_choice *choice, const struct chat_profile *profile,
                        struct skim item)
{
    struct skim name, value, text = {NULL, NULL};

    if (!skim_pass(&item, '{'))
        return;
    while (skim_member(&item, &name, &value)) {
        if (skim_is(name, "message") || skim_is(name, "delta"))
            read_message(choice, profile, value);
        else if (skim_is(name, "text") && strchr("\"[{", *value.at) != NULL)
            text = value;
        else if (skim_is(name, "finish_reason"))
            choice->finish = value;
        else if (skim_is(name, "logprobs"))
            choice->logprobs = value;
        else if (skim_is(name, "token_ids"))
            choice->token_ids = value;
        else if (skim_is(name, "index"))
            choice->index = value;
        else if (profile->stop_hit != NULL && skim_is(name, profile->stop_hit))
            choice->hit = value;
    }
    if (text.at == NULL || choice->spoken)
        return;
    chat_words_add(&choice->words, text, CHAT_WORDS_TEXT);
    choice->spoken = *text.at == '"' || choice->words.text.length > 0;
}

int chat_choice_read(struct chat_choice *choice, const struct chat_expected *expected,
                     struct skim item, struct crux_error *error)
{
    size_t most = expected->most == 0 ? 0 : expected->most * TOKEN_SPELT + SLACK;

    choice->words.most = most;
    find_choice(choice, expected->profile, item);
    choice->entropy = -1.0;
    if (choice->words.no_memory || parse_logprobs(choice, expected) != CRUX_OK ||
        parse_token_ids(choice, expected) != CRUX_OK ||
        (expected->entropy && chat_entropy_read(&choice->entropy, choice->logprobs) != CRUX_OK))
        return crux_fail(error, CRUX_MEMORY, "no memory for a server's answer");
    if (most > 0 && choice->words.spelt > most)
        return crux_fail(error, CRUX_FAILED,
                         "the server's answer has a text of %zu bytes, and at most %u tokens were "
                         "asked for",
                         choice->words.spelt, expected->most);
    choice->text = chat_words_of(&choice->words.text);
    choice->reasoning = chat_words_of(&choice->words.thoughts);
    copy_word(choice->word, choice->finish);
    choice->filtered = *choice->text == '\0' && (chat_ending_read(choice->word).filtered ||
                                                 choice->words.refusal.length > 0);
    find_tokens(choice);
    sum_up_tokens(choice);
    return CRUX_OK;
}

bool chat_choice_is_one(const struct chat_choice *choice)
{
    return choice->spoken || choice->filtered || *choice->reasoning != '\0';
}

void chat_choice_free(struct chat_choice *choice)
{
    chat_words_free(&choice->words);
    json_free(choice->listed);
    json_free(choice->ids);
    *choice = (struct chat_choice){.counted = 0};
}
