/*
 * parse.c - parser of an answer from the outside in: a list of items, an item a relation
 * of sides, a side a union of quantities.
 *
 * What is not understood to its last token is not understood: then the answer is
 * OPAQUE, its tokens one after another, and only the same tokens are equal to it.
 */
#include "critics/match/parse.h"
#include "critics/match/label.h"
#include "critics/match/node.h"
#include "critics/match/quantity.h"
#include "critics/match/spelling.h"

#include <stdio.h>

void match_parse_expect(struct match_parser *p, uint8_t sign)
{
    if (!match_parse_accept(p, sign))
        (void)match_node_fail(p);
}

/* --- unions, relations, lists -------------------------------------------------------- */

/* An interval from one node to another. */
static uint32_t open_interval(struct match_parser *p, uint32_t from, uint32_t to)
{
    uint32_t node = match_node_make(p, MATCH_TUPLE);

    match_node_append(p, node, match_node_copy(p, from));
    match_node_append(p, node, match_node_copy(p, to));
    match_node_at(p, node)->open = '(';
    match_node_at(p, node)->close = ')';
    return node;
}

/* All real numbers but these, which must ascend. */
static uint32_t parse_without(struct match_parser *p, uint32_t reals)
{
    uint32_t node = match_node_make(p, MATCH_UNITED), without, from, to;
    struct match_number last = match_negate(match_infinity());

    match_parse_advance(p);
    without = match_quantity(p);
    if (p->failed || match_node_at(p, reals)->kind != MATCH_TUPLE ||
        match_node_at(p, match_node_at(p, reals)->last)->value.worth != MATCH_INFINITE ||
        match_node_at(p, match_node_at(p, reals)->first)->value.worth != MATCH_INFINITE ||
        match_node_at(p, without)->kind != MATCH_SET)
        return match_node_fail(p);
    from = match_node_at(p, reals)->first;
    to = match_node_at(p, reals)->last;
    for (uint32_t i = match_node_at(p, without)->first, next; i != 0 && !p->failed; i = next) {
        const struct match_number *value = &match_node_at(p, i)->value;

        next = match_node_at(p, i)->next;
        if ((value->worth != MATCH_EXACT && value->worth != MATCH_INEXACT) ||
            (last.worth != MATCH_INFINITE && creal(last.z) >= creal(value->z)))
            return match_node_fail(p);
        last = *value;
        match_node_append(p, node, open_interval(p, from, i));
        from = i;
    }
    match_node_append(p, node, open_interval(p, from, to));
    return node;
}

static uint32_t parse_union(struct match_parser *p)
{
    uint32_t first = match_quantity(p), node;

    if (!p->failed && match_parse_is(match_parse_peek(p), MATCH_WITHOUT))
        return parse_without(p, first);
    if (p->failed || !match_parse_is(match_parse_peek(p), MATCH_UNION))
        return first;
    node = match_node_unary(p, MATCH_UNITED, first);
    while (!p->failed && match_parse_accept(p, MATCH_UNION))
        match_node_append(p, node, match_quantity(p));
    return node;
}

static bool is_relation(const struct match_token *token)
{
    return match_parse_is(token, '=') || match_parse_is(token, '<') || match_parse_is(token, '>') ||
           match_parse_is(token, MATCH_AT_MOST) || match_parse_is(token, MATCH_AT_LEAST) ||
           match_parse_is(token, MATCH_NOT_EQUAL) || match_parse_is(token, MATCH_IN) ||
           match_parse_is(token, MATCH_ABOUT);
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
    return p->failed ? 0 : match_label_reduce(p, node);
}

/* Between two items. either: it was `or`. rows: a semicolon ends a row and is none. */
static bool accept_separator(struct match_parser *p, bool *either, bool rows)
{
    bool comma = match_parse_accept(p, ',') || (!rows && match_parse_accept(p, ';'));
    bool and = match_parse_word(p, match_parse_peek(p), "and");

    *either = match_parse_word(p, match_parse_peek(p), "or");
    if (and || *either)
        match_parse_advance(p);
    return comma || and || *either;
}

bool match_parse_joins(const struct match_parser *p, const struct match_token *token)
{
    return match_parse_word(p, token, "and") || match_parse_word(p, token, "or");
}

/* 3/4 (or 0.75): the same as without brackets. False: no such remark stands here. */
static bool remark(struct match_parser *p, uint32_t list)
{
    if (!match_parse_is(match_parse_peek(p), '(') ||
        !match_parse_word(p, match_parse_peek(p) + 1, "or"))
        return false;
    p->at += 2;
    match_node_append(p, list, match_parse_relation(p));
    match_parse_expect(p, ')');
    return true;
}

static void parse_items(struct match_parser *p, uint32_t list, bool both_ways, bool rows)
{
    bool either = true, this = true;

    do {
        uint32_t start = p->at;

        either &= this;
        if (both_ways)
            p->both = p->lower = false;
        match_node_append(p, list, match_parse_relation(p));
        if (both_ways && p->both && !p->failed) {
            p->at = start;
            p->eaten = 0;
            p->lower = true;
            match_node_append(p, list, match_parse_relation(p));
            p->lower = false;
            either = false;
        }
    } while (!p->failed && (remark(p, list) || accept_separator(p, &this, rows)) &&
             match_parse_peek(p)->kind != MATCH_END);
    match_node_at(p, list)->either = either;
}

void match_parse_items(struct match_parser *p, uint32_t list, bool both_ways)
{
    parse_items(p, list, both_ways, false);
}

void match_parse_row(struct match_parser *p, uint32_t list)
{
    parse_items(p, list, false, true);
}

/* --- the whole ----------------------------------------------------------------------- */

bool match_parse_letter(const struct match_parser *p, const struct match_token *token, char least,
                        char most)
{
    const char *text = match_parse_text(p, token);

    return token->kind == MATCH_NAME && token->length == 1 && text[0] >= least && text[0] <= most;
}

/* What ends the letter of a choice that stands without brackets: A) A: A. A - with words. */
static bool ends_letter(const struct match_parser *p, const struct match_token *token)
{
    return token->kind == MATCH_END || match_parse_is(token, ')') || match_parse_is(token, ':') ||
           (token->kind == MATCH_OTHER && strcmp(match_parse_text(p, token), ".") == 0) ||
           (match_parse_is(token, '-') && token->spaced && token[1].kind == MATCH_WORD);
}

/* What stands at a choice: one thing, or several. What cannot be read says no more than the
 * letter. */
static void parse_content(struct match_parser *p, uint32_t choice)
{
    uint32_t list = match_node_make(p, MATCH_LIST);

    match_parse_items(p, list, true);
    if (!p->failed && match_parse_peek(p)->kind == MATCH_END)
        match_node_append(p, choice,
                          match_node_at(p, list)->count > 1 ? list : match_node_at(p, list)->first);
    p->failed = false;
    p->at = p->row->count;
    p->eaten = 0;
}

/* A choice among several: (a), B, (C) with what stands there. */
static uint32_t parse_choice(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool bracketed = match_parse_is(token, '(');
    char letter[2] = "";
    uint32_t node;

    token += bracketed;
    if (!match_parse_letter(p, token, 'A', 'J') &&
        !(bracketed && match_parse_letter(p, token, 'a', 'j')))
        return 0;
    if (bracketed ? !match_parse_is(token + 1, ')') : !ends_letter(p, token + 1))
        return 0;
    letter[0] = (char)(match_parse_text(p, token)[0] & ~0x20);
    p->at += bracketed;
    match_parse_advance(p);
    if (match_parse_peek(p)->kind != MATCH_END)
        match_parse_advance(p);
    node = match_node_make(p, MATCH_CHOICE);
    match_node_at(p, node)->word = match_node_keep(p, letter);
    if (match_parse_peek(p)->kind != MATCH_END && !p->failed)
        parse_content(p, node);
    return node;
}

/* (B), (D) and (E): several choices. 0: there is one, or none. */
static uint32_t parse_choices(struct match_parser *p)
{
    uint32_t start = p->at, list = match_node_make(p, MATCH_LIST);
    bool either = false, separated = true;

    while (separated && match_parse_is(match_parse_peek(p), '(') &&
           (match_parse_letter(p, match_parse_peek(p) + 1, 'A', 'J') ||
            match_parse_letter(p, match_parse_peek(p) + 1, 'a', 'j')) &&
           match_parse_is(match_parse_peek(p) + 2, ')')) {
        char letter[2] = {(char)(*match_parse_text(p, match_parse_peek(p) + 1) & ~0x20), '\0'};
        uint32_t node = match_node_make(p, MATCH_CHOICE);

        match_node_append(p, list, node);
        if (p->failed)
            return 0;
        match_node_at(p, node)->word = match_node_keep(p, letter);
        p->at += 3;
        separated = accept_separator(p, &either, false);
    }
    if (p->failed || (match_parse_peek(p)->kind == MATCH_END && match_node_at(p, list)->count > 1))
        return list;
    p->at = start;
    return 0;
}

/* (a), (b), ...: a part of the question. */
static bool parse_begins_part(const struct match_parser *p, const struct match_token *token,
                              char letter)
{
    return match_parse_is(token, '(') && match_parse_letter(p, token + 1, letter, letter) &&
           match_parse_is(token + 2, ')') && token[3].kind != MATCH_END &&
           !match_parse_is(token + 3, ',');
}

/* (a) 3, (b) 5: an answer to each part, which is its name. 0: there are no parts. */
static uint32_t parse_parts(struct match_parser *p)
{
    uint32_t list;
    bool either;
    char name[4] = "(a)", parts = 'a';

    if (!parse_begins_part(p, match_parse_peek(p), 'a'))
        return 0;
    for (uint32_t i = p->at; i < p->row->count; i++)
        parts = (char)(parts + parse_begins_part(p, &p->row->tokens[i], parts));
    if (parts < 'c')
        return 0;
    list = match_node_make(p, MATCH_LIST);
    do {
        uint32_t item;

        if (!parse_begins_part(p, match_parse_peek(p), name[1]))
            return match_node_fail(p);
        p->at += 3;
        item = match_parse_relation(p);
        match_node_append(p, list, item);
        if (!p->failed)
            match_node_at(p, item)->label = match_node_keep(p, name);
        name[1]++;
    } while (!p->failed && accept_separator(p, &either, false));
    return name[1] == parts ? list : match_node_fail(p);
}

/* Words that say nothing about what comes after them. */
static void skip_fillers(struct match_parser *p)
{
    static const char *const fillers[] = {"about", "approximately", "roughly", "around", "exactly",
                                          "only",  "option",        "choice",  "nearly", "just",
                                          "total", "the",           "both",    "approx", "either"};
    bool found = true;

    while (found && p->row->tokens[p->at + 1].kind != MATCH_END &&
           !match_parse_is(match_parse_peek(p) + 1, '=')) {
        found = match_parse_is(match_parse_peek(p), MATCH_ABOUT) ||
                ((match_parse_letter(p, match_parse_peek(p), 'a', 'a') ||
                  match_parse_letter(p, match_parse_peek(p), 'A', 'A')) &&
                 match_parse_peek(p)[1].kind == MATCH_WORD);
        for (size_t i = 0; i < sizeof fillers / sizeof *fillers && !found; i++)
            found = match_parse_word(p, match_parse_peek(p), fillers[i]);
        p->at += found;
    }
}

static bool is_verdict(const struct match_parser *p, const struct match_token *token)
{
    return match_parse_word(p, token, "yes") || match_parse_word(p, token, "no") ||
           match_parse_word(p, token, "true") || match_parse_word(p, token, "false");
}

/* `Yes, it is.` says yes; `yes, no` is a list. 0: nothing of that kind. */
static uint32_t parse_verdict(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool stop = token[1].kind == MATCH_OTHER && strcmp(match_parse_text(p, token + 1), ".") == 0;
    bool yes = match_parse_word(p, token, "yes") || match_parse_word(p, token, "true");
    uint32_t node;

    if (!is_verdict(p, token) || !(stop || match_parse_is(token + 1, ',')) ||
        is_verdict(p, token + 2) || is_verdict(p, token + 3))
        return 0;
    node = match_node_make(p, MATCH_WORDS);
    match_node_at(p, node)->word = match_node_keep(p, yes ? "yes" : "no");
    p->at = p->row->count;
    return node;
}

/* p = 5, q = 2; p = 7, q = 2: solutions one after another, a point each. */
static uint32_t group_solutions(struct match_parser *p, uint32_t list)
{
    struct match_form *form = p->form;
    uint32_t first = form->nodes[list].first, size = 1, at = 0, grouped, point = 0;

    for (uint32_t i = form->nodes[first].next;
         i != 0 &&
         strcmp(form->words + form->nodes[i].label, form->words + form->nodes[first].label) != 0;
         i = form->nodes[i].next)
        size++;
    if (size < 2 || size == form->nodes[list].count || form->nodes[list].count % size != 0)
        return list;
    for (uint32_t i = first, j = first; i != 0; i = form->nodes[i].next, at++) {
        j = at % size == 0 ? first : form->nodes[j].next;
        if (form->nodes[i].label == 0 ||
            strcmp(form->words + form->nodes[i].label, form->words + form->nodes[j].label) != 0)
            return list;
    }
    grouped = match_node_make(p, MATCH_LIST);
    at = 0;
    for (uint32_t i = first, next; i != 0 && !p->failed; i = next, at++) {
        next = form->nodes[i].next;
        form->nodes[i].next = 0;
        if (at % size == 0) {
            point = match_node_make(p, MATCH_TUPLE);
            match_node_at(p, point)->open = '(';
            match_node_at(p, point)->close = ')';
            match_node_append(p, grouped, point);
        }
        form->nodes[i].label = 0;
        match_node_append(p, point, i);
    }
    return grouped;
}

static uint32_t parse_answer(struct match_parser *p)
{
    uint32_t node = parse_verdict(p);

    if (node != 0 || p->failed)
        return node;
    skip_fillers(p);
    node = parse_choices(p);
    if (node == 0 && !p->failed)
        node = parse_parts(p);
    if (node == 0 && !p->failed)
        node = parse_choice(p);
    if (node != 0 || p->failed)
        return node;
    node = match_node_make(p, MATCH_LIST);
    match_parse_items(p, node, true);
    if (p->failed)
        return 0;
    return match_node_at(p, node)->count > 1 ? group_solutions(p, node)
                                             : match_node_at(p, node)->first;
}

static void begin_again(struct match_parser *p)
{
    const struct match_row *row = p->row;
    struct match_form *form = p->form;

    *p = (struct match_parser){.form = form, .row = row};
    form->count = 1;
    form->used = 1;
}

/* --- sentences ----------------------------------------------------------------------- */

static bool word_among(const struct match_parser *p, const struct match_token *token,
                       const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (match_parse_word(p, token, words[i]))
            return true;
    return false;
}

/* Words that turn a number in a sentence into another one, or into none. */
static bool turns(const struct match_parser *p, const struct match_token *token)
{
    static const char *const words[] = {
        "not",     "no",    "never",   "cannot",   "neither", "least",    "most",
        "between", "or",    "isn't",   "than",     "except",  "if",       "without",
        "unless",  "minus", "percent", "negative", "half",    "thousand", "million",
        "billion", "dozen", "hundred", "over",     "under",   "times"};

    if (match_parse_word(p, token, "than") && token[1].kind == MATCH_WORD)
        return false; /* than on Thursday */
    return word_among(p, token, words, sizeof words / sizeof *words);
}

/* Behind the last `is` of a sentence in words; 0: it is none, or says what is not. */
static uint32_t last_is(const struct match_parser *p, uint32_t *number)
{
    static const char *const verbs[] = {"is", "are", "was", "were", "equals"};
    uint32_t words = 0, numbers = 0, behind = 0;

    for (uint32_t i = 0; i < p->row->count; i++) {
        const struct match_token *token = &p->row->tokens[i];

        words += token->kind == MATCH_WORD || token->kind == MATCH_MONEY;
        if (token->kind == MATCH_NUMBER) {
            numbers++;
            *number = i - (i > 0 && token[-1].kind == MATCH_MONEY);
        }
        if (turns(p, token))
            return *number = 0;
        if (word_among(p, token, verbs, sizeof verbs / sizeof *verbs) || match_parse_is(token, '='))
            behind = i + 1;
    }
    if (numbers != 1)
        *number = 0;
    return words > 2 ? behind : (*number = 0);
}

/* `The rank of the matrix is 3`: what stands behind the last verb, or the only number. */
static uint32_t parse_sentence(struct match_parser *p)
{
    uint32_t number = 0, behind = last_is(p, &number), root = 0;

    begin_again(p);
    if (behind > 0) {
        p->at = behind;
        root = parse_answer(p);
        if (!p->failed && match_parse_peek(p)->kind == MATCH_END)
            return root;
    }
    if (number == 0)
        return 0;
    begin_again(p);
    p->at = number;
    root = match_quantity(p);
    return p->failed ? 0 : root;
}

/* Its tokens, one after another: what is written the same is the same. */
static uint32_t parse_opaque(struct match_parser *p)
{
    char text[MATCH_TEXT] = "";
    size_t length = 0;
    uint32_t node;

    begin_again(p);
    for (; match_parse_peek(p)->kind != MATCH_END; p->at++) {
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

    begin_again(&p);
    if (row->count == 0)
        return false;
    root = parse_answer(&p);
    if (p.failed || match_parse_peek(&p)->kind != MATCH_END) {
        root = parse_sentence(&p);
        form->vague = root != 0;
    }
    if (root == 0)
        root = parse_opaque(&p);
    form->root = root;
    return root != 0;
}
