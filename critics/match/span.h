/*
 * span.h - pieces of a text in which an answer is looked for.
 *
 * Nothing is looked for further than an answer can be long, so that the time stays linear in the
 * text. Pure; any thread.
 */
#ifndef CRITICS_MATCH_SPAN_H
#define CRITICS_MATCH_SPAN_H

#include "critics/match/answer.h"
#include "critics/match/token.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* No answer is longer than this. */
#define MATCH_LONGEST ((ptrdiff_t)MATCH_TEXT * 2)

/* A piece of the text, and where the text ends. */
struct match_span {
    const char *at, *end;
};

/* The text from at on, as far as an answer can reach. */
static inline struct match_span match_span_reach(const char *at, const char *end)
{
    return (struct match_span){at, end - at > MATCH_LONGEST ? at + MATCH_LONGEST : end};
}

static inline struct crux_text match_span_none(void)
{
    return (struct crux_text){NULL, 0};
}

/* In any case of the letters. */
static inline bool match_span_begins(struct match_span text, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(text.end - text.at) >= length && strncasecmp(text.at, word, length) == 0;
}

/* Behind the first of the words with which it begins; NULL: with none. */
static inline const char *match_span_skip(struct match_span text, const char *const *words,
                                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (match_span_begins(text, words[i]))
            return text.at + strlen(words[i]);
    return NULL;
}

/* Does what stands between from and at end with word? */
static inline bool match_span_ends(const char *from, const char *at, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(at - from) >= length && memcmp(at - length, word, length) == 0;
}

static inline bool match_span_space(char c)
{
    return isspace((unsigned char)c) != 0;
}

static inline bool match_span_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

static inline bool match_span_alnum(char c)
{
    return isalnum((unsigned char)c) != 0;
}

static inline struct crux_text match_span_trimmed(const char *start, const char *end)
{
    while (start < end && match_span_space(*start))
        start++;
    while (start < end && match_span_space(end[-1]))
        end--;
    return start < end ? (struct crux_text){start, (size_t)(end - start)} : match_span_none();
}

static inline const char *match_span_end(struct crux_text text)
{
    return text.start + text.length;
}

#endif
