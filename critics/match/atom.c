/*
 * atom.c - parser of what stands for itself in an answer: numbers, names, words, brackets.
 *
 * The kind of the next token decides what is read; nothing is read twice. Values that
 * have more than one meaning (log without a base, sin^{-1}) are nothing, so that only
 * the same writing is equal to them.
 */
#include "critics/match/atom.h"
#include "critics/match/node.h"
#include "critics/match/sum.h"

#include <stdio.h>
#include <stdlib.h>

/* --- numbers ------------------------------------------------------------------------- */

/* What one in the last place is worth, and how many digits there are. */
static void atom_measure(struct match_node *node, const char *text)
{
    const char *mark = strchr(text, 'e'), *point = strchr(text, '.');
    uint32_t digits = 0, places = 0;
    bool leading = true;

    if (point == NULL && mark == NULL)
        return;
    for (const char *at = text; at != mark && *at != '\0'; at++) {
        if (*at == '.')
            continue;
        leading &= *at == '0';
        digits += !leading;
        places += point != NULL && at > point;
    }
    node->digits = (uint8_t)(digits < 100 ? digits : 100);
    node->step = strtod("1", NULL);
    for (uint32_t i = 0; i < places; i++)
        node->step /= 10.0;
    if (mark != NULL) {
        char power[32];

        (void)snprintf(power, sizeof power, "1e%s", mark + 1);
        node->step *= strtod(power, NULL);
    }
}

static bool plain_integer(const char *text, size_t length)
{
    return strspn(text, "0123456789") >= length;
}

static uint32_t make_literal(struct match_parser *p, const char *text, size_t length)
{
    uint32_t node = match_node_make(p, MATCH_LITERAL);

    if (p->failed)
        return 0;
    match_node_at(p, node)->value = match_decimal(text, length);
    match_node_at(p, node)->word = match_node_keep(p, text);
    atom_measure(match_node_at(p, node), text);
    return node;
}

/* 1 to 9 digits as a number; -1: it is none. */
static int64_t small_number(const struct match_parser *p, const struct match_token *token,
                            uint32_t from, uint32_t length)
{
    const char *text = match_parse_text(p, token) + from;
    int64_t number = 0;

    if (token->kind != MATCH_NUMBER || length > 9 || !plain_integer(text, length))
        return -1;
    for (uint32_t i = 0; i < length; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

/* \frac{1}{2}, \frac12 or 1/2 behind an integer: its numbers, if that makes a mixed number. */
static bool mixed(struct match_parser *p, int64_t *over, int64_t *under)
{
    const struct match_token *token = match_parse_peek(p);
    bool fraction = match_parse_is(token, MATCH_FRACTION);
    uint32_t used = 3, length = token[1].length;

    if (fraction && match_parse_is(token + 1, '{') && match_parse_is(token + 3, '}') &&
        match_parse_is(token + 4, '{') && match_parse_is(token + 6, '}')) {
        *over = small_number(p, token + 2, 0, token[2].length);
        *under = small_number(p, token + 5, 0, token[5].length);
        used = 7;
    } else if (fraction && length == 2) {
        *over = small_number(p, token + 1, 0, 1);
        *under = small_number(p, token + 1, 1, 1);
        used = 2;
    } else if (fraction) {
        *over = small_number(p, token + 1, 0, length);
        *under = small_number(p, token + 2, 0, token[2].length);
    } else {
        bool slash = token->spaced && match_parse_is(token + 1, '/');

        *over = slash ? small_number(p, token, 0, token->length) : -1;
        *under = small_number(p, token + 2, 0, token[2].length);
    }
    if (*over < 0 || *over >= *under)
        return false;
    p->at += used;
    return true;
}

static uint32_t parse_number(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const char *text = match_parse_text(p, token) + p->eaten;
    size_t length = token->length - p->eaten;
    uint32_t node = make_literal(p, text, length);
    int64_t over, under;

    match_parse_advance(p);
    if (!p->failed && plain_integer(text, length) && mixed(p, &over, &under)) {
        struct match_number part = match_compute(match_integer(over), '/', match_integer(under));
        struct match_node *whole = match_node_at(p, node);

        whole->value = match_compute(whole->value, '+', part);
        if (whole->value.worth != MATCH_EXACT)
            return match_node_fail(p);
    }
    return node;
}

/* --- what stands for itself ------------------------------------------------------------ */

/* What \frac and its like take: a group, or one digit, or one token. */
static uint32_t parse_argument(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const char *text = match_parse_text(p, token) + p->eaten;

    if (token->kind == MATCH_NUMBER && plain_integer(text, token->length - p->eaten)) {
        uint32_t node = match_node_integer(p, *text - '0');

        if (++p->eaten == token->length)
            match_parse_advance(p);
        return node;
    }
    return match_atom(p);
}

static uint32_t parse_fraction(struct match_parser *p, enum match_kind kind)
{
    uint32_t over = parse_argument(p), under = parse_argument(p), node;

    if (p->failed)
        return 0;
    if (kind == MATCH_QUOTIENT)
        return match_node_binary(p, kind, over, under);
    node = match_node_unary(p, kind, over);
    match_node_append(p, node, under);
    if (!p->failed)
        match_node_at(p, node)->value =
            match_choose(match_node_at(p, over)->value, match_node_at(p, under)->value);
    return node;
}

static uint32_t parse_root(struct match_parser *p)
{
    uint32_t degree, inner, node;

    if (match_parse_accept(p, '[')) {
        degree = match_parse_relation(p);
        match_parse_expect(p, ']');
    } else {
        degree = match_node_integer(p, 2);
    }
    inner = parse_argument(p);
    node = match_node_unary(p, MATCH_ROOT, inner);
    match_node_append(p, node, degree);
    if (!p->failed)
        match_node_at(p, node)->value =
            match_root(match_node_at(p, inner)->value, match_node_at(p, degree)->value);
    return node;
}

/* ln x, sin^2 x, log_2 8, sin(x). */
static uint32_t parse_function(struct match_parser *p, const char *name)
{
    uint32_t power = 0, base = 0, inner, node;
    struct match_number value;

    if (match_parse_accept(p, '_'))
        base = match_atom(p);
    if (match_parse_accept(p, '^'))
        power = match_atom(p);
    inner = match_parse_is(match_parse_peek(p), '(') || match_parse_is(match_parse_peek(p), '{')
                ? match_atom(p)
                : match_sum_product(p);
    node = match_node_unary(p, MATCH_APPLIED, inner);
    if (p->failed)
        return 0;
    match_node_at(p, node)->word = match_node_keep(p, name);
    value = match_function(name, match_node_at(p, inner)->value);
    if (base != 0) {
        match_node_append(p, node, base);
        value = match_nothing();
        if (strcmp(name, "log") == 0)
            value = match_compute(match_function("ln", match_node_at(p, inner)->value), '/',
                                  match_function("ln", match_node_at(p, base)->value));
    }
    match_node_at(p, node)->value = value;
    if (power == 0)
        return node;
    node = match_node_binary(p, MATCH_POWER, node, power);
    if (creal(match_node_at(p, power)->value.z) < 0.0)
        match_node_at(p, node)->value = match_nothing(); /* sin^{-1} is an inverse to most */
    return node;
}

static uint32_t parse_name(struct match_parser *p)
{
    static const struct {
        const char *name;
        double real, imaginary;
    } constants[] = {
        {"pi", 3.14159265358979323846, 0.0}, {"e", 2.71828182845904523536, 0.0}, {"i", 0.0, 1.0}};
    const char *name = match_parse_text(p, match_parse_peek(p));
    uint32_t node;

    match_parse_advance(p);
    if (match_is_function(name))
        return parse_function(p, name);
    node = match_node_make(p, MATCH_SYMBOL);
    if (p->failed)
        return 0;
    match_node_at(p, node)->word = match_node_keep(p, name);
    if (strcmp(name, "infinity") == 0)
        match_node_at(p, node)->value = match_infinity();
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(constants[i].name, name) == 0)
            match_node_at(p, node)->value =
                match_real(constants[i].real + constants[i].imaginary * I);
    return node;
}

/* Words of prose, without articles, as one; a word for a number is the number. */
static uint32_t parse_words(struct match_parser *p)
{
    static const char *const numbers[] = {"zero", "one",    "two",   "three", "four",
                                          "five", "six",    "seven", "eight", "nine",
                                          "ten",  "eleven", "twelve"};
    char words[MATCH_TEXT] = "";
    size_t length = 0;
    uint32_t node;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (match_parse_word(p, match_parse_peek(p), numbers[i])) {
            match_parse_advance(p);
            return match_node_integer(p, (int64_t)i);
        }
    while (match_parse_peek(p)->kind == MATCH_WORD && !match_parse_joins(p, match_parse_peek(p))) {
        const char *word = match_parse_text(p, match_parse_peek(p));
        bool article = strcmp(word, "the") == 0 || strcmp(word, "an") == 0;

        word = strcmp(word, "true") == 0 ? "yes" : strcmp(word, "false") == 0 ? "no" : word;
        if (!article)
            length += (size_t)snprintf(words + length, sizeof words - length, "%s%s",
                                       length > 0 ? " " : "", word);
        match_parse_advance(p);
    }
    node = match_node_make(p, MATCH_WORDS);
    if (p->failed || length == 0)
        return match_node_fail(p);
    match_node_at(p, node)->word = match_node_keep(p, words);
    return node;
}

/* --- brackets --------------------------------------------------------------------------- */

static uint32_t parse_set(struct match_parser *p)
{
    bool both = p->both, lower = p->lower;
    uint32_t node = match_node_make(p, MATCH_SET);

    if (match_parse_accept(p, MATCH_SET_CLOSE))
        return node;
    match_parse_items(p, node, true);
    match_parse_expect(p, MATCH_SET_CLOSE);
    p->both = both;
    p->lower = lower;
    return node;
}

/* One item in parentheses is that item; several are a point, an interval, a list. */
static uint32_t parse_bracket(struct match_parser *p, char open)
{
    uint32_t node = match_node_make(p, MATCH_TUPLE), only;

    match_parse_items(p, node, false);
    if (p->failed ||
        !(match_parse_is(match_parse_peek(p), ')') || match_parse_is(match_parse_peek(p), ']')))
        return match_node_fail(p);
    match_node_at(p, node)->open = open;
    match_node_at(p, node)->close = (char)match_parse_peek(p)->sign;
    match_parse_advance(p);
    only = match_node_at(p, node)->first;
    if (match_node_at(p, node)->count > 1)
        return node;
    if ((match_node_at(p, node)->close == ')') != (open == '('))
        return match_node_fail(p);
    match_node_at(p, only)->wrapped = open == '(';
    return only;
}

/* {x}: braces that only group, or a set whose backslashes got lost. */
static uint32_t parse_group(struct match_parser *p)
{
    uint32_t node = match_node_make(p, MATCH_SET);

    if (match_parse_accept(p, '}'))
        return node;
    match_parse_items(p, node, false);
    match_parse_expect(p, '}');
    if (p->failed)
        return 0;
    return match_node_at(p, node)->count == 1 ? match_node_at(p, node)->first : node;
}

static uint32_t parse_matrix(struct match_parser *p)
{
    uint32_t node = match_node_make(p, MATCH_MATRIX), columns = 0, width = 1;

    while (!p->failed) {
        match_node_append(p, node, match_parse_relation(p));
        if (match_parse_accept(p, '&')) {
            width++;
            continue;
        }
        if (columns != 0 && width != columns)
            return match_node_fail(p);
        columns = width;
        width = 1;
        if (!match_parse_accept(p, MATCH_ROW) ||
            match_parse_is(match_parse_peek(p), MATCH_MATRIX_CLOSE))
            break;
    }
    match_parse_expect(p, MATCH_MATRIX_CLOSE);
    if (!p->failed)
        match_node_at(p, node)->digits = (uint8_t)columns;
    return node;
}

static uint32_t parse_absolute(struct match_parser *p)
{
    uint32_t inner = match_parse_relation(p), node = match_node_unary(p, MATCH_ABSOLUTE, inner);

    match_parse_expect(p, '|');
    if (!p->failed)
        match_node_at(p, node)->value = match_absolute(match_node_at(p, inner)->value);
    return node;
}

static uint32_t parse_sign(struct match_parser *p)
{
    uint8_t sign = match_parse_peek(p)->sign;

    match_parse_advance(p);
    switch (sign) {
    case '(':
    case '[':
        return parse_bracket(p, (char)sign);
    case '{':
        return parse_group(p);
    case '|':
        return parse_absolute(p);
    case MATCH_SET_OPEN:
        return parse_set(p);
    case MATCH_EMPTY_SET:
        return match_node_make(p, MATCH_SET);
    case MATCH_FRACTION:
        return parse_fraction(p, MATCH_QUOTIENT);
    case MATCH_BINOMIAL:
        return parse_fraction(p, MATCH_CHOOSE);
    case MATCH_SQUARE_ROOT:
        return parse_root(p);
    case MATCH_MATRIX_OPEN:
        return parse_matrix(p);
    default:
        return match_node_fail(p);
    }
}

uint32_t match_atom(struct match_parser *p)
{
    uint32_t node = 0;

    if (p->failed || p->depth == MATCH_DEPTH)
        return match_node_fail(p);
    p->depth++;
    switch ((enum match_token_kind)match_parse_peek(p)->kind) {
    case MATCH_NUMBER:
        node = parse_number(p);
        break;
    case MATCH_NAME:
        node = parse_name(p);
        break;
    case MATCH_WORD:
        node = parse_words(p);
        break;
    case MATCH_SIGN:
        node = parse_sign(p);
        break;
    case MATCH_MONEY:
        p->money = match_parse_text(p, match_parse_peek(p));
        match_parse_advance(p);
        node = match_sum_power(p);
        break;
    case MATCH_END:
    case MATCH_OTHER:
        node = match_node_fail(p);
        break;
    }
    p->depth--;
    return p->failed ? 0 : node;
}
