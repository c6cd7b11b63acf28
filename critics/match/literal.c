/*
 * literal.c - reader of numbers in digits: decimals, mixed numbers, digits that repeat.
 */
#include "critics/match/literal.h"

#include "critics/match/node.h"
#include "critics/match/numeral.h"

#include <stdio.h>
#include <stdlib.h>

bool match_literal_is_integer(const char *text, size_t length)
{
    return strspn(text, "0123456789") >= length;
}

/* What one in the last place is worth, and how many digits there are. */
static void literal_measure(struct match_node *node, const char *text)
{
    const char *mark = strchr(text, 'e'), *point = strchr(text, '.');
    uint32_t digits = 0, places = 0;
    bool leading = true;

    if ((point == NULL && mark == NULL) || strchr(text, '(') != NULL)
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

/* 0.1(6): what stands before the bracket, and the digits that repeat without end. */
static struct match_number repeating(const char *text, const char *bracket)
{
    size_t length = strcspn(bracket + 1, ")");
    const char *point = strchr(text, '.');
    struct match_number ten = match_integer(10);
    struct match_number whole = match_decimal(text, (size_t)(bracket - text));
    struct match_number block = match_decimal(bracket + 1, length);
    struct match_number nines = match_compute(
        match_compute(ten, '^', match_integer((int64_t)length)), '-', match_integer(1));
    struct match_number shift = match_compute(ten, '^', match_integer(bracket - point - 1));
    struct match_number value =
        match_compute(whole, '+', match_compute(match_compute(block, '/', nines), '/', shift));

    return value.worth == MATCH_EXACT ? value : match_nothing();
}

static struct match_number literal_value(const char *text, size_t length)
{
    const char *bracket = memchr(text, '(', length);

    return bracket != NULL ? repeating(text, bracket) : match_decimal(text, length);
}

static uint32_t make_literal(struct match_parser *p, const char *text, size_t length)
{
    uint32_t node = match_node_make(p, MATCH_LITERAL);

    if (p->failed)
        return 0;
    match_node_at(p, node)->value = literal_value(text, length);
    match_node_at(p, node)->word = match_node_keep(p, text);
    literal_measure(match_node_at(p, node), text);
    return node;
}

/* 1 to 9 digits as a number; -1: it is none. */
static int64_t small_number(const struct match_parser *p, const struct match_token *token,
                            uint32_t from, uint32_t length)
{
    const char *text = match_parse_text(p, token) + from;
    int64_t number = 0;

    if (token->kind != MATCH_NUMBER || length > 9 || !match_literal_is_integer(text, length))
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

/* 0.1666 repeating: its last digits do. */
static void say_repeating(struct match_parser *p, uint32_t node, const char *text)
{
    char marked[64];
    size_t length = strlen(text), period = 1;

    if (!(match_parse_word(p, match_parse_peek(p), "repeating") ||
          match_parse_word(p, match_parse_peek(p), "recurring")))
        return;
    match_parse_advance(p);
    while (period * 2 < length &&
           memcmp(text + length - period, text + length - 2 * period, period) != 0)
        period++;
    if (strchr(text, '.') == NULL || length + 3 > sizeof marked) {
        (void)match_node_fail(p);
        return;
    }
    if (period * 2 >= length) /* 0.6 repeating */
        period = length - (size_t)(strchr(text, '.') - text) - 1;
    if (memchr(text + length - period, '.', period) != NULL || period > 9) {
        (void)match_node_fail(p);
        return;
    }
    (void)snprintf(marked, sizeof marked, "%.*s(%s)", (int)(length - period), text,
                   text + length - period);
    match_node_at(p, node)->value = literal_value(marked, strlen(marked));
    match_node_at(p, node)->step = 0.0;
    if (match_node_at(p, node)->value.worth == MATCH_NOTHING)
        (void)match_node_fail(p);
}

/* 3 quarters: another number. */
static void say_part(struct match_parser *p, uint32_t node)
{
    int64_t part = match_numeral_part(p, match_parse_peek(p));

    if (part == 0)
        return;
    match_parse_advance(p);
    match_node_at(p, node)->value =
        match_compute(match_node_at(p, node)->value, '/', match_integer(part));
}

uint32_t match_literal(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const char *text = match_parse_text(p, token) + p->eaten;
    size_t length = token->length - p->eaten;
    uint32_t node = make_literal(p, text, length);
    int64_t over, under;

    match_parse_advance(p);
    if (p->failed)
        return 0;
    if (match_literal_is_integer(text, length) &&
        (mixed(p, &over, &under) || match_numeral_and_part(p, &over, &under))) {
        struct match_number part = match_compute(match_integer(over), '/', match_integer(under));
        struct match_node *whole = match_node_at(p, node);

        whole->value = match_compute(whole->value, '+', part);
        if (whole->value.worth != MATCH_EXACT)
            return match_node_fail(p);
    } else if (match_literal_is_integer(text, length)) {
        say_part(p, node);
    } else {
        say_repeating(p, node, text);
    }
    return p->failed ? 0 : node;
}
