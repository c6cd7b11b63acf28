/*
 * words.c - joins the strings of a message, part by part.
 */
#include "io/chat/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/mend.h"
#include "io/utf8.h"

enum { DEEPEST_PART = 8, FIRST_TEXT = 256 };

/* The members of a part that may hold its text, the likeliest first. */
static const char *const text_members[] = {"text",    "thinking", "reasoning", "refusal",
                                           "content", "summary",  "value"};

enum { TEXT_MEMBERS = sizeof text_members / sizeof *text_members };

static bool append(struct chat_words_text *text, const char *bytes, size_t length)
{
    size_t room = text->room == 0 ? FIRST_TEXT : text->room;
    char *grown = text->bytes;

    while (room < text->length + length + 1)
        room *= 2;
    if (room != text->room)
        grown = realloc(text->bytes, room);
    if (grown == NULL)
        return false;
    memcpy(grown + text->length, bytes, length);
    grown[text->length + length] = '\0';
    *text = (struct chat_words_text){grown, text->length + length, room};
    return true;
}

static struct chat_words_text *text_of(struct chat_words *words, enum chat_words_sort sort)
{
    return sort == CHAT_WORDS_TEXT       ? &words->text
           : sort == CHAT_WORDS_THOUGHTS ? &words->thoughts
                                         : &words->refusal;
}

/* Does a string stand there as it is, without an escape or a trifle? Most do. */
static bool words_is_plain(struct skim piece)
{
    size_t length = (size_t)(piece.end - piece.at);

    for (const char *at = piece.at; at < piece.end; at++)
        if ((unsigned char)*at < 0x20 || *at == '\\')
            return false;
    return utf8_is_text(piece.at, length);
}

/* What a piece of a string says, whose quotes stand around it. False: no memory. */
static bool add_spelt(struct chat_words_text *out, struct skim piece)
{
    struct json *json = NULL;
    int status = mend_parse(&json, piece.at - 1, (size_t)(piece.end - piece.at) + 2, NULL);
    const char *text = json_as_string(json);
    bool good = status != CRUX_MEMORY && (text == NULL || append(out, text, strlen(text)));

    json_free(json);
    return good;
}

static void add_string(struct chat_words *words, struct skim value, enum chat_words_sort sort)
{
    struct chat_words_text *out = text_of(words, sort);
    struct skim piece = value;
    bool good;

    (void)skim_string(&value, &piece);
    words->spelt += (size_t)(piece.end - piece.at) + 2;
    if (words->most > 0 && words->spelt > words->most)
        return;
    if (words_is_plain(piece))
        good = append(out, piece.at, (size_t)(piece.end - piece.at));
    else
        good = add_spelt(out, piece);
    words->no_memory = words->no_memory || !good;
}

static bool mentions(struct skim text, const char *word)
{
    size_t length = strlen(word);

    for (; (size_t)(text.end - text.at) >= length; text.at++)
        if (strncasecmp(text.at, word, length) == 0)
            return true;
    return false;
}

static enum chat_words_sort sort_of(struct skim type, enum chat_words_sort otherwise)
{
    if (mentions(type, "think") || mentions(type, "reason"))
        return CHAT_WORDS_THOUGHTS;
    return mentions(type, "refusal") ? CHAT_WORDS_REFUSAL : otherwise;
}

static void add_value(struct chat_words *words, struct skim value, enum chat_words_sort sort,
                      int depth);

/* An object: its type says what it is, or the name of the member with its text. */
static void add_part(struct chat_words *words, struct skim part, enum chat_words_sort sort,
                     int depth)
{
    struct skim name, value, type = {NULL, NULL}, found[TEXT_MEMBERS] = {{NULL, NULL}};
    size_t first = 0;

    while (skim_member(&part, &name, &value)) {
        if (skim_is(name, "type"))
            type = value;
        for (size_t i = 0; i < TEXT_MEMBERS; i++)
            if (skim_is(name, text_members[i]) && !skim_is(value, "null"))
                found[i] = value;
    }
    while (first < TEXT_MEMBERS && found[first].at == NULL)
        first++;
    if (first == TEXT_MEMBERS)
        return;
    if (type.at == NULL)
        type = (struct skim){text_members[first], strchr(text_members[first], '\0')};
    add_value(words, found[first], sort_of(type, sort), depth + 1);
}

static void add_value(struct chat_words *words, struct skim value, enum chat_words_sort sort,
                      int depth)
{
    struct skim item;

    if (depth > DEEPEST_PART)
        return;
    if (*value.at == '"')
        add_string(words, value, sort);
    else if (skim_pass(&value, '{'))
        add_part(words, value, sort, depth);
    else if (skim_pass(&value, '['))
        while (skim_item(&value, &item))
            add_value(words, item, sort, depth + 1);
}

void chat_words_add(struct chat_words *words, struct skim value, enum chat_words_sort sort)
{
    add_value(words, value, sort, 0);
}

const char *chat_words_of(const struct chat_words_text *text)
{
    return text->bytes == NULL ? "" : text->bytes;
}

void chat_words_free(struct chat_words *words)
{
    free(words->text.bytes);
    free(words->thoughts.bytes);
    free(words->refusal.bytes);
    *words = (struct chat_words){.spelt = 0};
}
