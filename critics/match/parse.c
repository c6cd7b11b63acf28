/*
 * parse.c - parser of an answer from the outside in: a list of items, an item a relation
 * of sides, a side a union of quantities.
 *
 * What is not understood to its last token is not understood: then the answer is
 * OPAQUE, its tokens one after another, and only the same tokens are equal to it.
 */
#include "critics/match/parse.h"
#include "critics/match/spelling.h"
#include "critics/match/node.h"
#include "critics/match/print.h"
#include "critics/match/sum.h"

#include <stdio.h>

void match_parse_expect(struct match_parser *p, uint8_t sign)
{
    if (!match_parse_accept(p, sign))
        (void)match_node_fail(p);
}

/* --- unions, relations, lists -------------------------------------------------------------------
 */

static uint32_t parse_union(struct match_parser *p)
{
    uint32_t first = match_sum_quantity(p), node;

    if (p->failed || !match_parse_is(match_parse_peek(p), MATCH_UNION))
        return first;
    node = match_node_unary(p, MATCH_UNITED, first);
    while (!p->failed && match_parse_accept(p, MATCH_UNION))
        match_node_append(p, node, match_sum_quantity(p));
    return node;
}

static bool has_value(const struct match_node *node)
{
    return node->value.worth != MATCH_NOTHING;
}

/* Can it stand before `=` and say nothing but a name: x, x_1, f(x), f(5), AB, `the sum`? */
static bool is_label(struct match_parser *p, const struct match_node *node)
{
    const struct match_node *a = match_node_at(p, node->first), *b = match_node_at(p, node->last);
    char letter = p->form->words[a->word];

    if (node->kind == MATCH_SYMBOL || node->kind == MATCH_INDEXED || node->kind == MATCH_WORDS)
        return true;
    if (node->kind != MATCH_PRODUCT || a->kind != MATCH_SYMBOL)
        return false;
    if (b->wrapped)
        return b->kind == MATCH_SYMBOL || strchr("fghpFGHP", letter) != NULL;
    return b->kind == MATCH_SYMBOL && letter >= 'A' && letter <= 'Z';
}

static void set_label(struct match_parser *p, uint32_t node, uint32_t label)
{
    char name[64];

    if (p->failed || !is_label(p, match_node_at(p, label)))
        return;
    match_print_node(p->form, label, name, sizeof name);
    match_node_at(p, node)->label = match_node_keep(p, name);
}

/* 5 = x */
static bool turned_round(struct match_parser *p, const struct match_node *relation)
{
    const struct match_node *first = match_node_at(p, relation->first);
    const struct match_node *last = match_node_at(p, relation->last);

    return relation->count == 2 && last->sign == '=' && has_value(first) && !has_value(last) &&
           is_label(p, last);
}

/* `x = 5`, `3 + 4 = 7`, `x \in [0, 1)` say 5, 7, [0, 1); other relations stay what they are. */
static uint32_t reduce(struct match_parser *p, uint32_t relation)
{
    uint32_t first = match_node_at(p, relation)->first, last = match_node_at(p, relation)->last;

    if (turned_round(p, match_node_at(p, relation))) {
        set_label(p, first, last);
        match_node_at(p, first)->next = 0;
        return first;
    }
    for (uint32_t side = first; side != last; side = match_node_at(p, side)->next) {
        const struct match_node *node = match_node_at(p, side);
        uint8_t sign = match_node_at(p, node->next)->sign;

        if ((sign != '=' && sign != MATCH_IN) || !(has_value(node) || is_label(p, node)))
            return relation;
    }
    set_label(p, last, first);
    return last;
}

static bool is_relation(const struct match_token *token)
{
    return match_parse_is(token, '=') || match_parse_is(token, '<') || match_parse_is(token, '>') ||
           match_parse_is(token, MATCH_AT_MOST) || match_parse_is(token, MATCH_AT_LEAST) ||
           match_parse_is(token, MATCH_NOT_EQUAL) || match_parse_is(token, MATCH_IN);
}

uint32_t match_parse_relation(struct match_parser *p)
{
    uint32_t first = parse_union(p), node;

    if (p->failed || !is_relation(match_parse_peek(p)))
        return first;
    node = match_node_unary(p, MATCH_RELATION, first);
    while (!p->failed && is_relation(match_parse_peek(p))) {
        uint8_t sign = match_parse_peek(p)->sign;
        uint32_t side;

        match_parse_advance(p);
        side = parse_union(p);
        match_node_append(p, node, side);
        if (!p->failed)
            match_node_at(p, side)->sign = sign;
    }
    return p->failed ? 0 : reduce(p, node);
}

static bool accept_separator(struct match_parser *p)
{
    bool comma = match_parse_accept(p, ',') || match_parse_accept(p, ';');
    bool word = match_parse_word(p, match_parse_peek(p), "and") ||
                match_parse_word(p, match_parse_peek(p), "or");

    if (word)
        match_parse_advance(p);
    return comma || word;
}

bool match_parse_joins(const struct match_parser *p, const struct match_token *token)
{
    return match_parse_word(p, token, "and") || match_parse_word(p, token, "or");
}

/* both_ways: an item with \pm in it is two. */
void match_parse_items(struct match_parser *p, uint32_t list, bool both_ways)
{
    do {
        uint32_t start = p->at;

        if (both_ways)
            p->both = p->lower = false;
        match_node_append(p, list, match_parse_relation(p));
        if (both_ways && p->both && !p->failed) {
            p->at = start;
            p->eaten = 0;
            p->lower = true;
            match_node_append(p, list, match_parse_relation(p));
            p->lower = false;
        }
    } while (!p->failed && accept_separator(p));
}

/* --- the whole -----------------------------------------------------------------------------------
 */

static bool is_letter(const struct match_parser *p, const struct match_token *token, char least,
                      char most)
{
    const char *text = match_parse_text(p, token);

    return token->kind == MATCH_NAME && token->length == 1 && text[0] >= least && text[0] <= most;
}

/* A choice among several: (a), B, (C) with what stands there. */
static uint32_t parse_choice(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool bracketed = match_parse_is(token, '(');
    char letter[2] = "";
    uint32_t node;

    token += bracketed;
    if (!is_letter(p, token, 'A', 'J') && !(bracketed && is_letter(p, token, 'a', 'j')))
        return 0;
    if (bracketed ? !match_parse_is(token + 1, ')')
                  : token[1].kind != MATCH_END && !match_parse_is(token + 1, ')') &&
                        !match_parse_is(token + 1, ':'))
        return 0;
    letter[0] = (char)(match_parse_text(p, token)[0] & ~0x20);
    p->at += bracketed;
    match_parse_advance(p);
    if (match_parse_peek(p)->kind != MATCH_END)
        match_parse_advance(p);
    node = match_node_make(p, MATCH_CHOICE);
    match_node_at(p, node)->word = match_node_keep(p, letter);
    if (match_parse_peek(p)->kind != MATCH_END)
        match_node_append(p, node, match_parse_relation(p));
    return node;
}

/* Words that say nothing about what comes after them. */
static void skip_fillers(struct match_parser *p)
{
    static const char *const fillers[] = {"about",   "approximately", "roughly", "around",
                                          "exactly", "only",          "option",  "choice",
                                          "nearly",  "just",          "total",   "the"};
    bool found = true;

    while (found && p->row->tokens[p->at + 1].kind != MATCH_END &&
           !match_parse_is(match_parse_peek(p) + 1, '=')) {
        found = false;
        for (size_t i = 0; i < sizeof fillers / sizeof *fillers && !found; i++)
            found = match_parse_word(p, match_parse_peek(p), fillers[i]);
        p->at += found;
    }
}

static uint32_t parse_answer(struct match_parser *p)
{
    uint32_t node, only;

    skip_fillers(p);
    node = parse_choice(p);
    if (node != 0 || p->failed)
        return node;
    node = match_node_make(p, MATCH_LIST);
    match_parse_items(p, node, true);
    only = p->failed ? 0 : match_node_at(p, node)->first;
    return !p->failed && match_node_at(p, node)->count > 1 ? node : only;
}

/* Its tokens, one after another: what is written the same is the same. */
static uint32_t parse_opaque(struct match_parser *p)
{
    char text[MATCH_TEXT] = "";
    size_t length = 0;
    uint32_t node;

    p->failed = false;
    p->form->count = 1;
    p->form->used = 1;
    for (p->at = 0; match_parse_peek(p)->kind != MATCH_END; p->at++) {
        char ascii[2];
        const char *part = match_parse_peek(p)->kind == MATCH_SIGN
                               ? match_spelling_of_sign(match_parse_peek(p)->sign, ascii)
                               : match_parse_text(p, match_parse_peek(p));
        int put =
            snprintf(text + length, sizeof text - length, "%s%s", length > 0 ? " " : "", part);

        length += (size_t)put;
        if (length >= sizeof text)
            return 0;
    }
    node = match_node_make(p, MATCH_OPAQUE);
    match_node_at(p, node)->word = match_node_keep(p, text);
    return p->failed ? 0 : node;
}

bool match_parse(struct match_form *form, const struct match_row *row)
{
    struct match_parser p = {.form = form, .row = row};
    uint32_t root;

    form->count = 1;
    form->used = 1;
    if (row->count == 0)
        return false;
    root = parse_answer(&p);
    if (p.failed || match_parse_peek(&p)->kind != MATCH_END)
        root = parse_opaque(&p);
    form->root = root;
    return root != 0;
}
