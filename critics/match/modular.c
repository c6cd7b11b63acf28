/*
 * modular.c - evaluates sums, products, quotients and whole powers modulo 2^61 - 1.
 */
#include "critics/match/modular.h"

#include <string.h>

#define PRIME ((1ull << 61) - 1)

struct modular {
    const struct match_form *form;
    const struct match_place *place;
    const char *variable; /* NULL, or the one whose value is given */
    uint64_t of_variable;
};

static bool modular_value(const struct modular *m, uint32_t at, uint64_t *value);

/* --- arithmetic --------------------------------------------------------------------- */

static uint64_t reduced(uint64_t a)
{
    a = (a & PRIME) + (a >> 61);
    return a >= PRIME ? a - PRIME : a;
}

uint64_t match_modular_times(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return reduced((uint64_t)(product & PRIME) + (uint64_t)(product >> 61));
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return reduced(a + b);
}

uint64_t match_modular_less(uint64_t a, uint64_t b)
{
    return reduced(a + PRIME - b);
}

static uint64_t modular_power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0)
            result = match_modular_times(result, base);
        base = match_modular_times(base, base);
    }
    return result;
}

uint64_t match_modular_inverse(uint64_t a)
{
    return modular_power(a, PRIME - 2);
}

static uint64_t from_signed(int64_t a)
{
    uint64_t size = reduced(a < 0 ? -(uint64_t)a : (uint64_t)a);

    return a < 0 ? match_modular_less(0, size) : size;
}

/* --- nodes ---------------------------------------------------------------------------- */

static bool modular_quotient(uint64_t over, uint64_t under, uint64_t *value)
{
    *value = match_modular_times(over, match_modular_inverse(under));
    return under != 0;
}

static uint64_t named(const struct modular *m, const char *name)
{
    name = match_place_name(m->place, name);
    if (m->variable != NULL && strcmp(name, m->variable) == 0)
        return m->of_variable;
    return reduced(match_expression_hash(name, 7000u + m->place->number));
}

static bool modular_symbol(const struct modular *m, uint32_t at, uint64_t *value)
{
    const struct match_node *node = &m->form->nodes[at];
    const char *word = m->form->words + node->word;
    bool constant = node->kind == MATCH_SYMBOL && node->value.worth == MATCH_INEXACT &&
                    cimag(node->value.z) == 0.0;
    char name[MATCH_NAME_ROOM];

    if (constant)
        *value = named(m, strcmp(word, "e") == 0 ? "constant e" : "constant pi");
    else if (match_expression_variable(m->form, at, name))
        *value = named(m, name);
    else
        return false;
    return true;
}

/* A whole number of any length. */
static bool modular_literal(const struct modular *m, const struct match_node *node, uint64_t *value)
{
    const char *digit = m->form->words + node->word;

    *value = 0;
    if (node->word == 0 || node->step > 0.0)
        return false;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        *value = plus(match_modular_times(*value, 10), (uint64_t)(*digit - '0'));
    return *digit == '\0';
}

static bool modular_raised(const struct modular *m, const struct match_node *node, uint64_t *value)
{
    const struct match_node *base = &m->form->nodes[node->first];
    int64_t exponent;

    if (!match_is_integer(&m->form->nodes[node->last].value, &exponent) ||
        base->kind == MATCH_APPLIED || !modular_value(m, node->first, value) ||
        (*value == 0 && exponent <= 0))
        return false;
    *value = modular_power(*value, exponent < 0 ? -(uint64_t)exponent : (uint64_t)exponent);
    if (exponent < 0)
        *value = match_modular_inverse(*value);
    return true;
}

/* f(x), of which nothing is known: a polynomial, that its letter gives. */
static uint64_t called(const struct modular *m, char letter, uint64_t argument)
{
    const char name[2] = {letter, '\0'};
    const char *meant = match_place_name(m->place, name);
    uint64_t value = 0;

    for (uint32_t i = 0; i < 4; i++)
        value = plus(match_modular_times(value, argument),
                     reduced(match_expression_hash(meant, 6000u + i)));
    return value;
}

static bool modular_product(const struct modular *m, const struct match_node *node, uint64_t *value)
{
    char letter = match_expression_called(m->form, node);
    const struct match_node *left = &m->form->nodes[node->first];
    uint64_t by;

    if (!modular_value(m, node->last, &by))
        return false;
    if (letter != '\0' && match_place_calls(m->place, letter)) {
        *value = 1;
        if (left->kind == MATCH_PRODUCT && !modular_value(m, left->first, value))
            return false;
        by = called(m, letter, by);
    } else if (!modular_value(m, node->first, value)) {
        return false;
    }
    if (node->doubtful && (m->place->reading & MATCH_DIVIDED) != 0)
        return modular_quotient(*value, by, value);
    *value = match_modular_times(*value, by);
    return true;
}

static bool modular_structure(const struct modular *m, uint32_t at, uint64_t *value)
{
    const struct match_node *node = &m->form->nodes[at];
    uint64_t a, b;

    switch ((enum match_kind)node->kind) {
    case MATCH_LITERAL:
        return modular_literal(m, node, value);
    case MATCH_SYMBOL:
    case MATCH_INDEXED:
        return modular_symbol(m, at, value);
    case MATCH_PRODUCT:
        return modular_product(m, node, value);
    case MATCH_POWER:
        return modular_raised(m, node, value);
    case MATCH_NEGATIVE:
        if (!modular_value(m, node->first, &a))
            return false;
        *value = match_modular_less(0, a);
        return true;
    case MATCH_SUM:
    case MATCH_DIFFERENCE:
    case MATCH_QUOTIENT:
        if (!modular_value(m, node->first, &a) || !modular_value(m, node->last, &b))
            return false;
        if (node->kind == MATCH_QUOTIENT)
            return modular_quotient(a, b, value);
        *value = node->kind == MATCH_SUM ? plus(a, b) : match_modular_less(a, b);
        return true;
    default:
        return false;
    }
}

static bool modular_value(const struct modular *m, uint32_t at, uint64_t *value)
{
    const struct match_number *number = &m->form->nodes[at].value;

    if (number->worth != MATCH_EXACT)
        return modular_structure(m, at, value);
    return modular_quotient(from_signed(number->ratio.over), reduced((uint64_t)number->ratio.under),
                            value);
}

/* --- sides ----------------------------------------------------------------------------- */

bool match_modular_with(const struct match_side *side, const struct match_place *place,
                        const char *variable, uint64_t of_variable, uint64_t *value)
{
    const struct modular m = {side->form, place, variable, of_variable};
    uint64_t less = 0;

    if (!modular_value(&m, side->node, value) ||
        (side->less != 0 && !modular_value(&m, side->less, &less)))
        return false;
    *value = side->label != NULL ? match_modular_less(named(&m, side->label), *value)
                                 : match_modular_less(*value, less);
    return true;
}

bool match_modular_value(const struct match_side *side, const struct match_place *place,
                         uint64_t *value)
{
    return match_modular_with(side, place, NULL, 0, value);
}
