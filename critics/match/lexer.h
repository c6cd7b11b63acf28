/*
 * lexer.h - what splits an answer into tokens, and its part for numbers.
 *
 *     token    letters, commands, signs; and the loop
 *     digits   numbers
 */
#ifndef CRITICS_MATCH_LEXER_H
#define CRITICS_MATCH_LEXER_H

#include "critics/match/token.h"

#include <string.h>

struct match_lexer {
    struct match_row *row;
    const char *begin, *at, *end;
    bool spaced, full;
    uint32_t brackets; /* open ones: between them a comma separates */
    uint32_t braces;   /* open; only the first 16 can be those of a \text */
    uint32_t prose;    /* bit i set: brace i is that of a \text */
    bool prose_next;   /* the next brace is */
    bool sentence;     /* plain prose: every run of letters is a word */
};

/* One more token, without text; the newest token's text grows, and is complete. */
struct match_token *match_lexer_add(struct match_lexer *lexer, enum match_token_kind kind);
void match_lexer_put(struct match_lexer *lexer, const char *text, size_t length);
void match_lexer_finish(struct match_lexer *lexer);

/* One more token, whole. */
void match_lexer_text(struct match_lexer *lexer, enum match_token_kind kind, const char *text,
                      size_t length);
void match_lexer_sign(struct match_lexer *lexer, uint8_t sign);

static inline bool match_lexer_digit(const struct match_lexer *lexer, const char *at)
{
    return at < lexer->end && *at >= '0' && *at <= '9';
}

static inline bool match_lexer_here(const struct match_lexer *lexer, const char *at,
                                    const char *text)
{
    size_t length = strlen(text);

    return (size_t)(lexer->end - at) >= length && memcmp(at, text, length) == 0;
}

/* Read the number that begins here, with a digit or a point. */
void match_digits(struct match_lexer *lexer);

/* Read the raised or lowered digits that begin here; false: there are none. */
bool match_digits_small(struct match_lexer *lexer);

#endif
