/*
 * sum.c - parser of operators, by precedence, and of the unit or percent sign behind a sum.
 *
 * One function per level, each calling the next. A factor may follow another without a
 * sign between; where that comes after a slash (1/2x) it has two meanings, and the
 * product no value.
 */
#include "critics/match/sum.h"
#include "critics/match/atom.h"
#include "critics/match/measure.h"
#include "critics/match/node.h"

/* --- operators --------------------------------------------------------------------------- */

/* 52_8: the value of digits in a base; nothing if it has no such digits. */
static struct match_number in_base(const char *digits, const struct match_number *base)
{
    struct match_number value = match_integer(0);
    int64_t radix;

    if (!match_is_integer(base, &radix) || radix < 2 || radix > 10)
        return match_nothing();
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits >= '0' + radix)
            return match_nothing();
        value = match_compute(match_compute(value, '*', *base), '+', match_integer(*digits - '0'));
    }
    return value;
}

static uint32_t parse_index(struct match_parser *p, uint32_t of)
{
    bool digits = match_node_at(p, of)->kind == MATCH_LITERAL;
    uint32_t index = match_atom(p);
    uint32_t node = match_node_unary(p, digits ? MATCH_BASED : MATCH_INDEXED, of);

    match_node_append(p, node, index);
    if (p->failed)
        return 0;
    if (digits)
        match_node_at(p, node)->value =
            in_base(p->form->words + match_node_at(p, of)->word, &match_node_at(p, index)->value);
    return node;
}

static uint32_t parse_postfix(struct match_parser *p)
{
    uint32_t node = match_atom(p);

    while (!p->failed) {
        if (match_parse_accept(p, '!')) {
            struct match_number value = match_factorial(match_node_at(p, node)->value);

            node = match_node_unary(p, MATCH_FACTORIAL, node);
            if (!p->failed)
                match_node_at(p, node)->value = value;
        } else if (match_parse_accept(p, '_')) {
            node = parse_index(p, node);
        } else {
            break;
        }
    }
    return node;
}

static uint32_t negate(struct match_parser *p, uint32_t inner)
{
    uint32_t node = match_node_unary(p, MATCH_NEGATIVE, inner);

    if (p->failed)
        return 0;
    match_node_at(p, node)->value = match_negate(match_node_at(p, inner)->value);
    match_node_at(p, node)->step = match_node_at(p, inner)->step;
    match_node_at(p, node)->digits = match_node_at(p, inner)->digits;
    return node;
}

/* A sign before, and powers, which go from right to left. */
uint32_t match_sum_power(struct match_parser *p)
{
    uint32_t base, power;

    if (p->failed || p->depth == MATCH_DEPTH)
        return match_node_fail(p);
    p->depth++;
    if (match_parse_accept(p, '-')) {
        base = negate(p, match_sum_power(p));
    } else if (match_parse_accept(p, '+')) {
        base = match_sum_power(p);
    } else {
        base = parse_postfix(p);
        if (!p->failed && match_parse_is(match_parse_peek(p), '^') &&
            !match_measure_degrees(match_parse_peek(p))) {
            match_parse_advance(p);
            power = match_sum_power(p);
            base = p->failed ? 0 : match_node_binary(p, MATCH_POWER, base, power);
        }
    }
    p->depth--;
    return base;
}

/* 6.02 x 10^23 is as precise as 6.02. */
static void pass_step(struct match_parser *p, uint32_t product, uint32_t a, uint32_t b)
{
    const struct match_node *power = match_node_at(p, b);
    int64_t ten = 0;

    if (power->kind != MATCH_POWER ||
        !match_is_integer(&match_node_at(p, power->first)->value, &ten) || ten != 10)
        return;
    match_node_at(p, product)->step = match_node_at(p, a)->step * cabs(power->value.z);
    match_node_at(p, product)->digits = match_node_at(p, a)->digits;
}

/* Can a factor begin here, without a sign of multiplication? */
static bool begins_factor(struct match_parser *p, uint32_t before)
{
    const struct match_token *token = match_parse_peek(p);
    bool number = match_node_at(p, before)->kind == MATCH_LITERAL;

    if (match_node_at(p, before)->kind == MATCH_WORDS)
        return false;
    if (token->kind == MATCH_NUMBER)
        return p->eaten > 0 || !number;
    if (token->kind == MATCH_NAME)
        return !match_measure_here(p) || match_node_at(p, before)->value.worth == MATCH_NOTHING;
    return token->kind == MATCH_SIGN &&
           (token->sign == '(' || token->sign == '{' || token->sign == MATCH_FRACTION ||
            token->sign == MATCH_SQUARE_ROOT || token->sign == MATCH_BINOMIAL);
}

static uint32_t multiply(struct match_parser *p, uint32_t a, uint32_t b, bool doubtful)
{
    uint32_t node = p->failed ? 0 : match_node_binary(p, MATCH_PRODUCT, a, b);

    if (p->failed)
        return 0;
    pass_step(p, node, a, b);
    match_node_at(p, node)->doubtful = doubtful;
    if (doubtful)
        match_node_at(p, node)->value = match_nothing();
    return node;
}

uint32_t match_sum_product(struct match_parser *p)
{
    uint32_t node = match_sum_power(p);
    bool slash = false; /* the last sign was one: 1/2x is doubtful */

    while (!p->failed) {
        const struct match_token *token = match_parse_peek(p);

        if (match_parse_accept(p, '*')) {
            node = multiply(p, node, match_sum_power(p), false);
            slash = false;
        } else if (match_parse_is(token, '/') && token[1].kind != MATCH_WORD) {
            uint32_t under;

            match_parse_advance(p);
            under = match_sum_power(p);
            node = p->failed ? 0 : match_node_binary(p, MATCH_QUOTIENT, node, under);
            slash = true;
        } else if (begins_factor(p, node)) {
            /* x2 may be anything. */
            bool index = token->kind == MATCH_NUMBER && p->eaten == 0 &&
                         match_node_at(p, node)->kind == MATCH_SYMBOL &&
                         match_node_at(p, node)->value.worth == MATCH_NOTHING;

            node = multiply(p, node, match_sum_power(p), slash || index);
        } else {
            break;
        }
    }
    return node;
}

/* The sign to add with here; 0: none. \pm is plus the first time an item is read. */
static char additive(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool plus = match_parse_is(token, MATCH_PLUS_MINUS);

    if (match_parse_is(token, '+') || match_parse_is(token, '-'))
        return (char)token->sign;
    if (!plus && !match_parse_is(token, MATCH_MINUS_PLUS))
        return 0;
    p->both = true;
    return plus != p->lower ? '+' : '-';
}

static uint32_t parse_sum(struct match_parser *p)
{
    char sign = additive(p);
    uint32_t node, more;

    if (sign != 0)
        match_parse_advance(p);
    node = match_sum_product(p);
    if (sign == '-')
        node = negate(p, node);
    while (!p->failed && (sign = additive(p)) != 0) {
        match_parse_advance(p);
        more = match_sum_product(p);
        node = p->failed
                   ? 0
                   : match_node_binary(p, sign == '+' ? MATCH_SUM : MATCH_DIFFERENCE, node, more);
    }
    return node;
}

/* --- with a unit --------------------------------------------------------------------------- */

/* 3:30 pm */
static uint32_t parse_ratio(struct match_parser *p, uint32_t first)
{
    uint32_t node = match_node_unary(p, MATCH_RATIO, first);

    while (!p->failed && match_parse_accept(p, ':'))
        match_node_append(p, node, match_sum_power(p));
    if (!p->failed && (match_parse_word(p, match_parse_peek(p), "am") ||
                       match_parse_word(p, match_parse_peek(p), "pm"))) {
        match_node_at(p, node)->word = match_node_keep(p, match_parse_text(p, match_parse_peek(p)));
        match_parse_advance(p);
    }
    return node;
}

static uint32_t make_percent(struct match_parser *p, uint32_t inner)
{
    uint32_t node = match_node_unary(p, MATCH_PERCENT, inner);
    const struct match_node *number = match_node_at(p, inner);

    if (p->failed)
        return 0;
    match_node_at(p, node)->value = match_compute(number->value, '/', match_integer(100));
    match_node_at(p, node)->step = number->step / 100.0;
    match_node_at(p, node)->digits = number->digits;
    return node;
}

/* Behind a number: 3 dozen, 2 hundred thousand. */
static uint32_t scale(struct match_parser *p, uint32_t node)
{
    static const struct {
        const char *word;
        int64_t times;
    } scales[] = {{"dozen", 12},
                  {"dozens", 12},
                  {"hundred", 100},
                  {"thousand", 1000},
                  {"million", 1000000},
                  {"billion", 1000000000},
                  {"trillion", 1000000000000}};

    for (size_t i = 0; i < sizeof scales / sizeof *scales && !p->failed; i++) {
        if (!match_parse_word(p, match_parse_peek(p), scales[i].word))
            continue;
        match_parse_advance(p);
        node = multiply(p, node, match_node_integer(p, scales[i].times), false);
    }
    return node;
}

uint32_t match_sum_quantity(struct match_parser *p)
{
    const char *money;
    char unit[MATCH_TEXT];
    uint32_t inner, node;

    p->money = NULL;
    inner = scale(p, parse_sum(p));
    money = p->money;
    p->money = NULL;
    if (p->failed)
        return 0;
    if (match_parse_is(match_parse_peek(p), ':'))
        return parse_ratio(p, inner);
    if (match_parse_accept(p, '%') || match_parse_word(p, match_parse_peek(p), "percent")) {
        p->at += match_parse_word(p, match_parse_peek(p), "percent");
        return make_percent(p, inner);
    }
    if (!match_measure_unit(p, money, unit))
        return inner;
    node = match_node_unary(p, MATCH_QUANTITY, inner);
    if (!p->failed)
        match_node_at(p, node)->word = match_node_keep(p, unit);
    return node;
}
