/*
 * quantity.c - parser of a sum and what stands behind it: units, percent, ratios and times.
 */
#include "critics/match/quantity.h"
#include "critics/match/measure.h"
#include "critics/match/node.h"
#include "critics/match/numeral.h"
#include "critics/match/sum.h"
#include "critics/match/unit.h"

#include <stdio.h>

/* --- times and ratios ---------------------------------------------------------------- */

static bool is_half_of_day(const struct match_parser *p, const struct match_token *token)
{
    return match_parse_word(p, token, "am") || match_parse_word(p, token, "pm");
}

static void read_half_of_day(struct match_parser *p, uint32_t time)
{
    if (p->failed || !is_half_of_day(p, match_parse_peek(p)))
        return;
    match_node_at(p, time)->word = match_node_keep(p, match_parse_text(p, match_parse_peek(p)));
    match_parse_advance(p);
}

/* 3:30 pm */
static uint32_t parse_ratio(struct match_parser *p, uint32_t first)
{
    uint32_t node = match_node_unary(p, MATCH_RATIO, first);

    while (!p->failed && match_parse_accept(p, ':'))
        match_node_append(p, node, match_sum_product(p));
    read_half_of_day(p, node);
    return node;
}

/* 7 am, 5 o'clock: minutes are not said. */
static uint32_t parse_hour(struct match_parser *p, uint32_t hour)
{
    uint32_t node = match_node_unary(p, MATCH_RATIO, hour), minutes;

    if (match_parse_word(p, match_parse_peek(p), "o'clock"))
        match_parse_advance(p);
    minutes = match_node_integer(p, 0);
    match_node_at(p, minutes)->word = match_node_keep(p, "00");
    match_node_append(p, node, minutes);
    read_half_of_day(p, node);
    return node;
}

/* noon, midnight; 0: neither. */
static uint32_t parse_named_hour(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool noon = match_parse_word(p, token, "noon");
    uint32_t node;

    if ((!noon && !match_parse_word(p, token, "midnight")) || token[1].kind != MATCH_END)
        return 0;
    node = parse_hour(p, match_node_integer(p, 12));
    match_parse_advance(p);
    match_node_at(p, node)->word = match_node_keep(p, noon ? "pm" : "am");
    return node;
}

/* --- percent and scales ---------------------------------------------------------------- */

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

static bool accept_percent(struct match_parser *p)
{
    static const char *const words[] = {"percent", "pct", "percentage"};
    bool found = match_parse_accept(p, '%');

    for (size_t i = 0; i < sizeof words / sizeof *words && !found; i++) {
        found = match_parse_word(p, match_parse_peek(p), words[i]);
        p->at += found;
    }
    if (found && (match_parse_word(p, match_parse_peek(p), "points") ||
                  match_parse_word(p, match_parse_peek(p), "point")))
        match_parse_advance(p);
    return found;
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
        node = match_sum_multiply(p, node, match_node_integer(p, scales[i].times), false);
    }
    return node;
}

/* 5 (five), 5 (approximately): what stands in brackets says nothing new. */
static void skip_remark(struct match_parser *p, uint32_t node)
{
    static const char *const fillers[] = {"approximately", "approx", "about", "exactly", "exact"};
    const struct match_token *token = match_parse_peek(p);
    struct match_number again;
    uint32_t start = p->at;

    if (p->failed || !match_parse_is(token, '(') || token[1].kind != MATCH_WORD)
        return;
    match_parse_advance(p);
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        if (match_parse_word(p, token + 1, fillers[i]) && match_parse_is(token + 2, ')')) {
            p->at += 2;
            return;
        }
    if (!match_numeral(p, &again) || !match_agree(&again, &match_node_at(p, node)->value) ||
        !match_parse_accept(p, ')'))
        p->at = start;
}

/* --- units ------------------------------------------------------------------------------ */

/* 1 hour 30 minutes: as one amount of the smallest unit. The first number and unit are read. */
static uint32_t parse_mixed(struct match_parser *p, uint32_t inner, char unit[MATCH_TEXT])
{
    const struct match_unit *larger = match_unit_find(unit), *smaller;
    struct match_number sum = match_node_at(p, inner)->value;
    uint32_t node;

    do {
        struct match_number part;

        if (match_parse_word(p, match_parse_peek(p), "and"))
            match_parse_advance(p);
        if (larger == NULL || match_parse_peek(p)->kind != MATCH_NUMBER)
            return match_node_fail(p);
        inner = match_sum_power(p);
        if (p->failed || !match_measure_term(p, unit))
            return match_node_fail(p);
        smaller = match_unit_find(unit);
        if (smaller == NULL || strcmp(smaller->dimension, larger->dimension) != 0 ||
            rational_compare(smaller->worth, larger->worth) >= 0)
            return match_node_fail(p);
        part = match_compute(match_integer(larger->worth.over), '/',
                             match_integer(larger->worth.under));
        part = match_compute(part, '*', match_integer(smaller->worth.under));
        part = match_compute(part, '/', match_integer(smaller->worth.over));
        sum = match_compute(match_compute(sum, '*', part), '+', match_node_at(p, inner)->value);
        larger = smaller;
    } while (!match_measure_ends(p));
    if (strcmp(larger->dimension, "dollars") == 0) { /* 3 dollars and 25 cents are $3.25 */
        sum = match_compute(sum, '/', match_integer(100));
        (void)snprintf(unit, MATCH_TEXT, "dollar");
    }
    if (sum.worth != MATCH_EXACT)
        return match_node_fail(p);
    inner = match_node_make(p, MATCH_LITERAL);
    match_node_at(p, inner)->value = sum;
    node = match_node_unary(p, MATCH_QUANTITY, inner);
    match_node_at(p, node)->word = match_node_keep(p, unit);
    return node;
}

/* Does a second amount follow, of a smaller unit? Nothing is read. */
static bool mixed_here(struct match_parser *p, const char *money, char unit[MATCH_TEXT])
{
    const struct match_token *token;
    uint32_t start = p->at;
    bool here = money == NULL && match_measure_term(p, unit);

    token = match_parse_peek(p);
    token += match_parse_word(p, token, "and");
    if (!here || token->kind != MATCH_NUMBER || token[1].kind == MATCH_SIGN ||
        match_unit_find(unit) == NULL) {
        p->at = start;
        return false;
    }
    return true;
}

uint32_t match_quantity(struct match_parser *p)
{
    const char *money;
    char unit[MATCH_TEXT];
    uint32_t inner = parse_named_hour(p), node, start;

    if (inner != 0)
        return inner;
    p->money = NULL;
    inner = scale(p, match_sum(p));
    skip_remark(p, inner);
    money = p->money;
    p->money = NULL;
    if (p->failed)
        return 0;
    if (match_parse_is(match_parse_peek(p), ':'))
        return parse_ratio(p, inner);
    if (is_half_of_day(p, match_parse_peek(p)) ||
        match_parse_word(p, match_parse_peek(p), "o'clock"))
        return parse_hour(p, inner);
    if (accept_percent(p))
        return make_percent(p, inner);
    start = p->at;
    if (mixed_here(p, money, unit)) {
        node = parse_mixed(p, inner, unit);
        if (!p->failed)
            return node;
        p->failed = false; /* then it is a list of two */
        p->at = start;
    }
    if (!match_measure_unit(p, money, unit))
        return inner;
    node = match_node_unary(p, MATCH_QUANTITY, inner);
    if (!p->failed)
        match_node_at(p, node)->word = match_node_keep(p, unit);
    return node;
}
