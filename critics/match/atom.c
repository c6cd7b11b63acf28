/*
 * atom.c - parser of what stands for itself in an answer: numbers, names, words, brackets.
 *
 * The kind of the next token decides what is read; nothing is read twice. Values that
 * have more than one meaning (log without a base, sin^{-1}) are nothing, so that only
 * the same writing is equal to them.
 */
#include "critics/match/atom.h"
#include "critics/match/applied.h"
#include "critics/match/literal.h"
#include "critics/match/node.h"
#include "critics/match/numeral.h"
#include "critics/match/sum.h"
#include "critics/match/unit.h"
#include "critics/match/words.h"

#include <stdio.h>

/* --- what stands for itself ------------------------------------------------------------ */

/* What \frac and its like take: a group, or one digit, or one token. */
static uint32_t parse_argument(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const char *text = match_parse_text(p, token) + p->eaten;

    if (token->kind == MATCH_NUMBER && match_literal_is_integer(text, token->length - p->eaten)) {
        uint32_t node = match_node_integer(p, *text - '0');

        if (++p->eaten == token->length)
            match_parse_advance(p);
        return node;
    }
    return match_atom(p);
}

static uint32_t make_choose(struct match_parser *p, uint32_t over, uint32_t under)
{
    uint32_t node = match_node_unary(p, MATCH_CHOOSE, over);

    match_node_append(p, node, under);
    if (!p->failed)
        match_node_at(p, node)->value =
            match_choose(match_node_at(p, over)->value, match_node_at(p, under)->value);
    return node;
}

static uint32_t parse_fraction(struct match_parser *p, enum match_kind kind)
{
    uint32_t over = parse_argument(p), under = parse_argument(p);

    if (p->failed)
        return 0;
    return kind == MATCH_QUOTIENT ? match_node_binary(p, kind, over, under)
                                  : make_choose(p, over, under);
}

/* \sqrt12, \sqrt 12 are slips: TeX takes one digit, and their writer meant two. */
static bool is_slip(const struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);

    return token->kind == MATCH_NUMBER && token->length - p->eaten > 1;
}

/* plain: a sign or a word, of which all digits that follow are the root. */
static uint32_t parse_root(struct match_parser *p, bool plain)
{
    const struct match_token *token;
    uint32_t degree, inner, node;

    if (match_parse_accept(p, '[')) {
        degree = match_parse_relation(p);
        match_parse_expect(p, ']');
    } else {
        degree = match_node_integer(p, 2);
    }
    token = match_parse_peek(p);
    if (!plain && is_slip(p))
        return match_node_fail(p);
    if (plain && token->kind == MATCH_NAME && token[1].kind == MATCH_NUMBER && !token[1].spaced)
        return match_node_fail(p); /* x2 may be anything */
    inner = plain ? match_atom(p) : parse_argument(p);
    node = match_node_unary(p, MATCH_ROOT, inner);
    match_node_append(p, node, degree);
    if (!p->failed)
        match_node_at(p, node)->value =
            match_root(match_node_at(p, inner)->value, match_node_at(p, degree)->value);
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
        return match_applied(p, name);
    if (strcmp(name, "reals") == 0)
        return match_node_reals(p);
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

/* five (5): the same number again. */
static bool said_again(struct match_parser *p, const struct match_number *value)
{
    const struct match_token *token = match_parse_peek(p);
    struct match_number again;

    if (!match_parse_is(token, '(') || token[1].kind != MATCH_NUMBER ||
        !match_parse_is(token + 2, ')'))
        return false;
    again = match_decimal(match_parse_text(p, token + 1), token[1].length);
    return match_agree(value, &again);
}

/* `negative`, `minus` before a number. */
static bool skip_negative(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);

    if (!(match_parse_word(p, token, "negative") || match_parse_word(p, token, "minus")) ||
        (token[1].kind != MATCH_NUMBER && token[1].kind != MATCH_WORD &&
         !match_parse_is(token + 1, MATCH_FRACTION)))
        return false;
    match_parse_advance(p);
    return true;
}

/* A number that is written out; 0: none stands here. */
static uint32_t parse_numeral(struct match_parser *p)
{
    struct match_number value;
    uint32_t start = p->at, node;
    bool negative = skip_negative(p);
    int64_t over, under;

    if (!match_numeral(p, &value)) {
        if (negative && match_parse_peek(p)->kind != MATCH_WORD)
            return match_sum_negative(p);
        p->at = start;
        return 0;
    }
    if (said_again(p, &value))
        p->at += 3;
    if (value.worth == MATCH_EXACT && value.ratio.under == 1 &&
        match_numeral_and_part(p, &over, &under))
        value = match_compute(value, '+',
                              match_compute(match_integer(over), '/', match_integer(under)));
    node = match_node_make(p, MATCH_LITERAL);
    match_node_at(p, node)->value = negative ? match_negate(value) : value;
    return node;
}

/* January 5, plan B: the number, or the letter, is part of what is said. */
static size_t read_number_behind(struct match_parser *p, char words[MATCH_TEXT], size_t length)
{
    const struct match_token *token = match_parse_peek(p);
    bool letter = match_parse_letter(p, token, 'A', 'Z');

    if (length == 0 || length + token->length + 2 > MATCH_TEXT || token[1].kind != MATCH_END ||
        !(letter || (token->kind == MATCH_NUMBER &&
                     match_literal_is_integer(match_parse_text(p, token), token->length))))
        return length;
    match_parse_advance(p);
    return length +
           (size_t)snprintf(words + length, MATCH_TEXT - length, " %s", match_parse_text(p, token));
}

/* Words of prose, without articles, as one; a word for a number is the number. */
static uint32_t parse_words(struct match_parser *p)
{
    char words[MATCH_TEXT] = "";
    size_t length = 0;
    uint32_t node = parse_numeral(p);

    if (node != 0 || p->failed)
        return node;
    while (match_parse_peek(p)->kind == MATCH_WORD && !match_parse_joins(p, match_parse_peek(p))) {
        const char *word = match_parse_text(p, match_parse_peek(p));
        bool article = strcmp(word, "the") == 0 || strcmp(word, "an") == 0;

        word = strcmp(word, "true") == 0 ? "yes" : strcmp(word, "false") == 0 ? "no" : word;
        if (!article)
            length += (size_t)snprintf(words + length, sizeof words - length, "%s%s",
                                       length > 0 ? " " : "", word);
        match_parse_advance(p);
    }
    if (match_words_all(words))
        return match_node_reals(p);
    length = read_number_behind(p, words, length);
    node = match_node_make(p, MATCH_WORDS);
    if (p->failed || length == 0)
        return match_node_fail(p);
    match_node_at(p, node)->word = match_node_keep(p, words);
    return node;
}

/* --- brackets --------------------------------------------------------------------------- */

static uint32_t parse_set(struct match_parser *p)
{
    bool both = p->both, lower = p->lower, such_that;
    uint32_t node = match_node_make(p, MATCH_SET);

    if (match_parse_accept(p, MATCH_SET_CLOSE))
        return node;
    match_parse_items(p, node, true);
    /* x | x > 3 is what stands behind the bar. */
    such_that = !p->failed && match_node_at(p, node)->count == 1 &&
                match_node_at(p, match_node_at(p, node)->first)->kind == MATCH_SYMBOL &&
                match_parse_accept(p, '|');
    if (such_that)
        node = match_parse_relation(p);
    match_parse_expect(p, MATCH_SET_CLOSE);
    p->both = both;
    p->lower = lower;
    if (such_that && !p->failed && match_node_at(p, node)->kind != MATCH_RELATION)
        return match_node_fail(p);
    return node;
}

/* [1, 2; 3, 4] is a matrix: rows end at a semicolon. */
static uint32_t parse_rows(struct match_parser *p, uint32_t node)
{
    uint32_t columns = match_node_at(p, node)->count;

    while (!p->failed && match_parse_accept(p, ';')) {
        uint32_t before = match_node_at(p, node)->count;

        match_parse_row(p, node);
        if (match_node_at(p, node)->count - before != columns)
            return match_node_fail(p);
    }
    if (p->failed || !match_parse_accept(p, ']'))
        return match_node_fail(p);
    match_node_at(p, node)->kind = MATCH_MATRIX;
    match_node_at(p, node)->digits = (uint8_t)columns;
    return node;
}

/* What a bracket ends with: ] and [ may be turned round, as in ]0, 1[. 0: nothing that it can. */
static char closing(const struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);

    if (match_parse_is(token, ')') || match_parse_is(token, ']'))
        return (char)token->sign;
    return match_parse_is(token, '[') ? ')' : '\0';
}

/* One item in parentheses is that item; several are a point, an interval, a list. */
static uint32_t parse_bracket(struct match_parser *p, char open)
{
    uint32_t node = match_node_make(p, MATCH_TUPLE), only;
    char close;

    if (open == '[') {
        match_parse_row(p, node);
        if (!p->failed && match_node_at(p, node)->count > 1 &&
            match_parse_is(match_parse_peek(p), ';'))
            return parse_rows(p, node);
        if (!p->failed && match_parse_accept(p, ';'))
            match_parse_items(p, node, false);
    } else {
        match_parse_items(p, node, false);
    }
    close = p->failed ? '\0' : closing(p);
    if (close == '\0')
        return match_node_fail(p);
    match_node_at(p, node)->open = open == ']' ? '(' : open;
    match_node_at(p, node)->close = close;
    match_parse_advance(p);
    only = match_node_at(p, node)->first;
    if (match_node_at(p, node)->count > 1)
        return node;
    if ((close == ')') != (open == '('))
        return match_node_fail(p);
    match_node_at(p, only)->wrapped = open == '(';
    return only;
}

/* The second half of {a \over b} and {n \choose k}. */
static uint32_t parse_infix(struct match_parser *p, uint32_t over)
{
    bool choose = match_parse_is(match_parse_peek(p), MATCH_CHOOSES);
    uint32_t under, node;

    match_parse_advance(p);
    under = match_parse_relation(p);
    match_parse_expect(p, '}');
    if (p->failed)
        return 0;
    match_node_at(p, over)->next = 0;
    node = choose ? make_choose(p, over, under) : match_node_binary(p, MATCH_QUOTIENT, over, under);
    return node;
}

/* {x}: braces that only group, or a set whose backslashes got lost. */
static uint32_t parse_group(struct match_parser *p)
{
    uint32_t node = match_node_make(p, MATCH_SET);

    if (match_parse_accept(p, '}'))
        return node;
    match_parse_items(p, node, false);
    if (!p->failed && match_node_at(p, node)->count == 1 &&
        (match_parse_is(match_parse_peek(p), MATCH_OVER) ||
         match_parse_is(match_parse_peek(p), MATCH_CHOOSES)))
        return parse_infix(p, match_node_at(p, node)->first);
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

/* \lfloor x \rfloor */
static uint32_t parse_whole(struct match_parser *p, const char *function, uint8_t close)
{
    uint32_t inner = match_parse_relation(p);
    uint32_t node = match_node_unary(p, MATCH_APPLIED, inner);

    match_parse_expect(p, close);
    if (p->failed)
        return 0;
    match_node_at(p, node)->word = match_node_keep(p, function);
    match_node_at(p, node)->value = match_function(function, match_node_at(p, inner)->value);
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
    case ']':
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
    case MATCH_PLAIN_ROOT:
        return parse_root(p, sign == MATCH_PLAIN_ROOT);
    case MATCH_FLOOR_OPEN:
        return parse_whole(p, "floor", MATCH_FLOOR_CLOSE);
    case MATCH_CEILING_OPEN:
        return parse_whole(p, "ceil", MATCH_CEILING_CLOSE);
    case MATCH_MATRIX_OPEN:
        return parse_matrix(p);
    default:
        return match_node_fail(p);
    }
}

/* USD 5: the currency's unit; NULL: the word is none, or no number follows. */
static const char *money_word(const struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const struct match_unit *unit = match_unit_find(match_parse_text(p, token));

    if (token[1].kind != MATCH_NUMBER || unit == NULL)
        return NULL;
    return strcmp(unit->dimension, "dollars") == 0 || strcmp(unit->dimension, "euros") == 0 ||
                   strcmp(unit->dimension, "rupees") == 0 || strcmp(unit->dimension, "yen") == 0
               ? unit->name
               : NULL;
}

/* An amount of money; $1.2k, $5M. */
static uint32_t parse_money(struct match_parser *p, const char *currency)
{
    const struct match_token *token;
    uint32_t node;
    int64_t times = 0;

    p->money = currency;
    match_parse_advance(p);
    node = match_sum_power(p);
    token = match_parse_peek(p);
    if (p->failed || token->kind != MATCH_NAME || token->spaced)
        return node;
    if (strcmp(match_parse_text(p, token), "k") == 0 ||
        strcmp(match_parse_text(p, token), "K") == 0)
        times = 1000;
    else if (strcmp(match_parse_text(p, token), "M") == 0)
        times = 1000000;
    if (times == 0)
        return node;
    match_parse_advance(p);
    return match_sum_multiply(p, node, match_node_integer(p, times), false);
}

uint32_t match_atom(struct match_parser *p)
{
    uint32_t node = 0;

    if (p->failed || p->depth == MATCH_DEPTH)
        return match_node_fail(p);
    p->depth++;
    switch ((enum match_token_kind)match_parse_peek(p)->kind) {
    case MATCH_NUMBER:
        node = match_literal(p);
        break;
    case MATCH_NAME:
        node = parse_name(p);
        break;
    case MATCH_WORD:
        node = money_word(p) != NULL ? parse_money(p, money_word(p)) : parse_words(p);
        break;
    case MATCH_SIGN:
        node = parse_sign(p);
        break;
    case MATCH_MONEY:
        node = parse_money(p, match_parse_text(p, match_parse_peek(p)));
        break;
    case MATCH_END:
    case MATCH_OTHER:
        node = match_node_fail(p);
        break;
    }
    p->depth--;
    return p->failed ? 0 : node;
}
