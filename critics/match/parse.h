/*
 * parse.h - the reading of an answer, in five files that share one parser.
 *
 *     match_parse     lists, relations, choices: the whole, from the outside
 *     match_sum       unions are made of quantities, quantities of sums, products, powers
 *     match_measure   the unit behind a number
 *     match_atom      what stands for itself: numbers, names, words, brackets
 *     match_node      the nodes that are made on the way
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

/* `and`, `or`: between two items. */
bool match_parse_joins(const struct match_parser *p, const struct match_token *token);

/* --- nodes --------------------------------------------------------------------------- */

uint32_t match_node_fail(struct match_parser *p);
uint32_t match_node_make(struct match_parser *p, enum match_kind kind);
uint32_t match_node_unary(struct match_parser *p, enum match_kind kind, uint32_t a);
uint32_t match_node_binary(struct match_parser *p, enum match_kind kind, uint32_t a, uint32_t b);
uint32_t match_node_integer(struct match_parser *p, int64_t value);
void match_node_append(struct match_parser *p, uint32_t parent, uint32_t child);

/* A text among the form's words; 0 and failed: there is no room. */
uint16_t match_node_keep(struct match_parser *p, const char *text);

static inline struct match_node *match_node_at(struct match_parser *p, uint32_t node)
{
    return &p->form->nodes[node];
}

static inline void match_parse_expect(struct match_parser *p, uint8_t sign)
{
    if (!match_parse_accept(p, sign))
        (void)match_node_fail(p);
}

/* --- the parts ----------------------------------------------------------------------- */

uint32_t match_atom(struct match_parser *p);
uint32_t match_sum_power(struct match_parser *p);
uint32_t match_sum_product(struct match_parser *p);
uint32_t match_sum_quantity(struct match_parser *p);
uint32_t match_parse_relation(struct match_parser *p);

/* Items of a list; both_ways: one with \pm in it is two. */
void match_parse_items(struct match_parser *p, uint32_t list, bool both_ways);

/* Read the unit that stands here, behind an amount of money or any number (NULL). False:
 * there is none, and nothing is read. */
bool match_measure_unit(struct match_parser *p, const char *money, char unit[MATCH_TEXT]);
bool match_measure_here(struct match_parser *p);

/* ^\circ is a unit, not a power. */
bool match_measure_degrees(const struct match_token *token);

#endif
