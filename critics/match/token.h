/*
 * token.h - the text of an answer as a row of tokens.
 *
 * People and models write one answer in LaTeX, in plain ASCII, with Unicode signs, or
 * in all three at once. Here they become one alphabet: numbers without separators,
 * names (a letter, a constant, a function), words of prose in lower case, and signs.
 * What changes nothing (spacing, \left, dollar signs around mathematics, bold type) is
 * gone; a command that is not known is kept as OTHER, so that nothing is overlooked.
 *
 * Ownership. A row is a value of a few kilobytes; its tokens point into it.
 * Limits.    At most MATCH_TOKENS tokens and MATCH_TEXT bytes; what is longer is no
 *            answer and is refused.
 */
#ifndef CRITICS_MATCH_TOKEN_H
#define CRITICS_MATCH_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_TOKENS 320u
#define MATCH_AHEAD  8u /* a reader may look so far past the end */
#define MATCH_TEXT   1024u

/* Signs that are one ASCII character are that character; the others: */
enum match_sign {
    MATCH_PLUS_MINUS = 128,
    MATCH_MINUS_PLUS,
    MATCH_FRACTION,
    MATCH_SQUARE_ROOT,
    MATCH_BINOMIAL,
    MATCH_DEGREES,
    MATCH_SET_OPEN, /* \{ */
    MATCH_SET_CLOSE,
    MATCH_UNION,
    MATCH_INTERSECTION,
    MATCH_AT_MOST,
    MATCH_AT_LEAST,
    MATCH_NOT_EQUAL,
    MATCH_IN,
    MATCH_EMPTY_SET,
    MATCH_MATRIX_OPEN,
    MATCH_MATRIX_CLOSE,
    MATCH_ROW,        /* \\ */
    MATCH_PLAIN_ROOT, /* the root of all digits that follow, not of one */
    MATCH_ABOUT,      /* is nearly */
    MATCH_OVER,       /* { over }, { choose } */
    MATCH_CHOOSES,
    MATCH_FLOOR_OPEN,
    MATCH_FLOOR_CLOSE,
    MATCH_CEILING_OPEN,
    MATCH_CEILING_CLOSE,
    MATCH_WITHOUT /* a set less another */
};

enum match_token_kind {
    MATCH_END,
    MATCH_NUMBER, /* digits, maybe with point and exponent; 0.1(6): those in brackets repeat */
    MATCH_NAME,   /* a variable, a constant, a function */
    MATCH_WORD,   /* of prose, in lower case */
    MATCH_SIGN,
    MATCH_MONEY, /* a currency's sign; text is its unit */
    MATCH_OTHER  /* not understood */
};

struct match_token {
    uint8_t kind;
    uint8_t sign;  /* MATCH_SIGN: an ASCII character or enum match_sign */
    bool spaced;   /* there was a space before it */
    bool prose;    /* it stood in \text{} or the like */
    uint16_t text; /* where in the row's text; ends in NUL */
    uint16_t length;
};

struct match_row {
    struct match_token tokens[MATCH_TOKENS + MATCH_AHEAD]; /* ENDs behind the last */
    uint32_t count;
    char text[MATCH_TEXT];
    uint32_t used;
};

/* False: it is too long. */
bool match_tokens(struct match_row *row, const char *text, size_t length);

#endif
