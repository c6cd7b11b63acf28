/*
 * parse.h - the parser of an answer, which ten files share, and what reads the whole.
 *
 *     parse     lists, relations, choices: the whole, from the outside
 *     label     a relation that only names a value, or works it out
 *     quantity  a sum with what stands behind it: a unit, percent, a half of the day
 *     sum       sums, products, powers
 *     applied   functions with their arguments
 *     measure   the unit behind a number
 *     numeral   numbers that are written out
 *     literal   numbers in digits
 *     atom      what stands for itself: numbers, names, words, brackets
 *     node      the nodes that are made on the way
 *
 * Recursive descent, from the first token to the last. Depth and nodes are bounded, and
 * once the reading has failed every function returns node 0 at once; node 0 may be
 * passed to any of them.
 */
#ifndef CRITICS_MATCH_PARSE_H
#define CRITICS_MATCH_PARSE_H

#include "critics/match/form.h"

#include <string.h>

#define MATCH_DEPTH 24u

struct match_parser {
    struct match_form *form;
    const struct match_row *row;
    uint32_t at;    /* the next token */
    uint32_t eaten; /* digits of it that are used up: \frac12 */
    uint32_t depth;
    bool failed;
    bool both, lower;  /* a \pm was seen; it now means minus */
    bool angles;       /* within sin, cos, ...: degrees are a factor */
    const char *money; /* a currency's sign was seen */
};

/* --- tokens ------------------------------------------------------------------------ */

static inline const struct match_token *match_parse_peek(const struct match_parser *p)
{
    return &p->row->tokens[p->at];
}

static inline const char *match_parse_text(const struct match_parser *p,
                                           const struct match_token *token)
{
    return p->row->text + token->text;
}

static inline void match_parse_advance(struct match_parser *p)
{
    p->at += match_parse_peek(p)->kind != MATCH_END;
    p->eaten = 0;
}

static inline bool match_parse_is(const struct match_token *token, uint8_t sign)
{
    return token->kind == MATCH_SIGN && token->sign == sign;
}

static inline bool match_parse_accept(struct match_parser *p, uint8_t sign)
{
    if (!match_parse_is(match_parse_peek(p), sign))
        return false;
    match_parse_advance(p);
    return true;
}

static inline bool match_parse_word(const struct match_parser *p, const struct match_token *token,
                                    const char *word)
{
    return token->kind == MATCH_WORD && strcmp(match_parse_text(p, token), word) == 0;
}

/* A name of one capital letter that may be a choice, in brackets a small one as well. */
bool match_parse_letter(const struct match_parser *p, const struct match_token *token, char least,
                        char most);

/* `and`, `or`: between two items. */
bool match_parse_joins(const struct match_parser *p, const struct match_token *token);

/* Step over this sign, or the reading has failed. */
void match_parse_expect(struct match_parser *p, uint8_t sign);

/* --- the whole ----------------------------------------------------------------------- */

/* Read a row into form->root. False: nothing is there. */
bool match_parse(struct match_form *form, const struct match_row *row);

uint32_t match_parse_relation(struct match_parser *p);

/* Items of a list; both_ways: one with \pm in it is two. */
void match_parse_items(struct match_parser *p, uint32_t list, bool both_ways);

/* The same up to a semicolon, which ends a row. */
void match_parse_row(struct match_parser *p, uint32_t list);

#endif
