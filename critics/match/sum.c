/*
 * sum.c - parser of operators, by precedence.
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

static uint32_t make_factorial(struct match_parser *p, uint32_t of)
{
    uint32_t node = match_node_unary(p, MATCH_FACTORIAL, of);

    if (!p->failed)
        match_node_at(p, node)->value = match_factorial(match_node_at(p, of)->value);
    return node;
}

/* 5 squared, 5 factorial, 10 choose 3. */
static uint32_t say_operation(struct match_parser *p, uint32_t node)
{
    const struct match_token *token = match_parse_peek(p);

    if (match_node_at(p, node)->kind != MATCH_LITERAL || token->kind != MATCH_WORD)
        return 0;
    if (match_parse_word(p, token, "squared") || match_parse_word(p, token, "cubed")) {
        bool square = match_parse_word(p, token, "squared");

        match_parse_advance(p);
        return match_node_binary(p, MATCH_POWER, node, match_node_integer(p, square ? 2 : 3));
    }
    if (match_parse_word(p, token, "factorial")) {
        match_parse_advance(p);
        return make_factorial(p, node);
    }
    return 0;
}

static uint32_t parse_postfix(struct match_parser *p)
{
    uint32_t node = match_atom(p), said;

    while (!p->failed) {
        if (match_parse_accept(p, '!')) {
            node = make_factorial(p, node);
        } else if ((said = say_operation(p, node)) != 0) {
            node = said;
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

/* Does the index of a letter stand behind its power here? */
static bool turned_index(struct match_parser *p, uint32_t base)
{
    const struct match_token *token = match_parse_peek(p);

    return match_node_at(p, base)->kind == MATCH_SYMBOL && token->kind == MATCH_NUMBER &&
           match_parse_is(token + 1, '_');
}

uint32_t match_sum_negative(struct match_parser *p)
{
    return negate(p, match_sum_power(p));
}

/* Degrees are a number within a function: pi by 180. */
uint32_t match_sum_angle(struct match_parser *p, uint32_t node)
{
    const struct match_token *token = match_parse_peek(p);
    uint32_t pi, factor;

    if (p->failed || !p->angles)
        return node;
    if (match_measure_degrees(token))
        p->at += match_parse_is(token + 1, '{') ? 4 : 2;
    else if (match_parse_is(token, MATCH_DEGREES) || match_parse_word(p, token, "degrees"))
        match_parse_advance(p);
    else
        return node;
    pi = match_node_make(p, MATCH_SYMBOL);
    match_node_at(p, pi)->word = match_node_keep(p, "pi");
    match_node_at(p, pi)->value = match_real(3.14159265358979323846);
    factor = match_node_binary(p, MATCH_QUOTIENT, pi, match_node_integer(p, 180));
    return p->failed ? 0 : match_node_binary(p, MATCH_PRODUCT, node, factor);
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
            if (turned_index(p, base)) { /* v^2_0 is v_0^2 */
                power = match_atom(p);
                match_parse_advance(p);
                base = parse_index(p, base);
            } else {
                power = match_sum_power(p);
            }
            base = p->failed ? 0 : match_node_binary(p, MATCH_POWER, base, power);
        }
        base = match_sum_angle(p, base);
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
    if (match_parse_is(token, '(') && token[1].kind == MATCH_WORD)
        return false; /* a remark */
    if (token->kind == MATCH_NUMBER)
        return p->eaten > 0 || !number;
    if (token->kind == MATCH_NAME)
        return !match_measure_here(p) || match_node_at(p, before)->value.worth == MATCH_NOTHING;
    return token->kind == MATCH_SIGN &&
           (token->sign == '(' || token->sign == '{' || token->sign == MATCH_FRACTION ||
            token->sign == MATCH_SQUARE_ROOT || token->sign == MATCH_PLAIN_ROOT ||
            token->sign == MATCH_BINOMIAL || token->sign == MATCH_FLOOR_OPEN ||
            token->sign == MATCH_CEILING_OPEN || token->sign == MATCH_MATRIX_OPEN);
}

uint32_t match_sum_multiply(struct match_parser *p, uint32_t a, uint32_t b, bool doubtful)
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

static bool begins_function(const struct match_parser *p, const struct match_token *token)
{
    return token->kind == MATCH_NAME && match_is_function(match_parse_text(p, token));
}

/* Of constants sin pi/6 means what is written below each other; of others nobody can say. */
static uint32_t divide_argument(struct match_parser *p, uint32_t node)
{
    if (match_node_at(p, node)->value.worth != MATCH_INEXACT ||
        match_parse_peek(p)[1].kind != MATCH_NUMBER)
        return match_node_fail(p);
    match_parse_advance(p);
    return match_node_binary(p, MATCH_QUOTIENT, node, match_sum_power(p));
}

/* Factors without a sign between, up to the next function. A bracket behind them may be part of
 * it or not. */
uint32_t match_sum_argument(struct match_parser *p)
{
    uint32_t node = match_sum_power(p);

    while (!p->failed) {
        const struct match_token *token = match_parse_peek(p);

        if (match_parse_is(token, '('))
            return match_node_fail(p);
        if (match_parse_is(token, '/'))
            return divide_argument(p, node);
        if (begins_function(p, token) || !begins_factor(p, node))
            break;
        node = match_sum_multiply(p, node, match_sum_power(p), false);
    }
    return p->failed ? 0 : node;
}

/* 10 choose 3, 5 times 3, as words between numbers. 0: nothing of that kind stands here. */
static uint32_t say_product(struct match_parser *p, uint32_t node)
{
    const struct match_token *token = match_parse_peek(p);
    bool choose = match_parse_word(p, token, "choose");
    uint32_t right;

    if (match_node_at(p, node)->kind != MATCH_LITERAL || token[1].kind != MATCH_NUMBER ||
        !(choose || match_parse_word(p, token, "times")))
        return 0;
    match_parse_advance(p);
    right = match_sum_power(p);
    if (!choose || p->failed)
        return match_sum_multiply(p, node, right, false);
    node = match_node_unary(p, MATCH_CHOOSE, node);
    match_node_append(p, node, right);
    if (!p->failed)
        match_node_at(p, node)->value = match_choose(
            match_node_at(p, match_node_at(p, node)->first)->value, match_node_at(p, right)->value);
    return node;
}

uint32_t match_sum_product(struct match_parser *p)
{
    uint32_t node = match_sum_power(p), said;
    bool slash = false; /* the last sign was one: 1/2x is doubtful */

    while (!p->failed) {
        const struct match_token *token = match_parse_peek(p);

        if ((said = say_product(p, node)) != 0) {
            node = said;
        } else if (match_parse_accept(p, '*')) {
            node = match_sum_multiply(p, node, match_sum_power(p), false);
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

            node = match_sum_multiply(p, node, match_sum_power(p), slash || index);
        } else {
            break;
        }
    }
    return node;
}

/* The sign to add with here; 0: none. \pm is plus the first time an item is read. */
static char additive(struct match_parser *p, bool first)
{
    const struct match_token *token = match_parse_peek(p);
    bool plus = match_parse_is(token, MATCH_PLUS_MINUS);

    if (first && match_parse_is(token, '+') && match_parse_is(token + 1, '-')) {
        plus = true; /* +- 3 */
        p->at++;
    } else if (match_parse_is(token, '+') || match_parse_is(token, '-'))
        return (char)token->sign;
    else if (!plus && !match_parse_is(token, MATCH_MINUS_PLUS))
        return 0;
    p->both = true;
    return plus != p->lower ? '+' : '-';
}

uint32_t match_sum(struct match_parser *p)
{
    char sign = additive(p, true);
    uint32_t node, more;

    if (sign != 0)
        match_parse_advance(p);
    node = match_sum_product(p);
    if (sign == '-')
        node = negate(p, node);
    while (!p->failed && (sign = additive(p, false)) != 0) {
        match_parse_advance(p);
        more = match_sum_product(p);
        node = p->failed
                   ? 0
                   : match_node_binary(p, sign == '+' ? MATCH_SUM : MATCH_DIFFERENCE, node, more);
    }
    return node;
}
