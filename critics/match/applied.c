/*
 * applied.c - parser of functions with what they are applied to.
 *
 * Brackets hold an argument, and no more; without them it is the factors up to the next function
 * or sign. Degrees are a factor in it. What may be meant in two ways is not understood.
 */
#include "critics/match/applied.h"
#include "critics/match/atom.h"
#include "critics/match/node.h"
#include "critics/match/sum.h"

/* gcd(12, 18), max(3, 5): of exact integers. */
static struct match_number of_several(const struct match_parser *p, const char *name,
                                      const struct match_node *several)
{
    const struct match_form *form = p->form;
    struct match_number result = match_nothing();
    bool gcd = strcmp(name, "gcd") == 0, lcm = strcmp(name, "lcm") == 0;
    bool most = strcmp(name, "max") == 0;

    if ((several->kind != MATCH_TUPLE && several->kind != MATCH_SET) ||
        !(gcd || lcm || most || strcmp(name, "min") == 0))
        return result;
    for (uint32_t item = several->first; item != 0; item = form->nodes[item].next) {
        const struct match_number *value = &form->nodes[item].value;

        if (value->worth != MATCH_EXACT)
            return match_nothing();
        if (item != several->first && (gcd || lcm))
            result = match_common(&result, value, lcm);
        else if (item == several->first ||
                 (rational_compare(value->ratio, result.ratio) > 0) == most)
            result = *value;
    }
    return result;
}

/* Circular functions take angles, which may be in degrees. */
static bool takes_angle(const char *name)
{
    static const char *const circular[] = {"sin", "cos", "tan", "cot", "sec", "csc", "cis"};

    for (size_t i = 0; i < sizeof circular / sizeof *circular; i++)
        if (strcmp(circular[i], name) == 0)
            return true;
    return false;
}

/* sin^{-1} is arcsin; of other functions it is not said what it is. */
static const char *inverse(const struct match_parser *p, const char *name, uint32_t power)
{
    int64_t exponent;

    if (power == 0 || p->failed || !match_is_integer(&p->form->nodes[power].value, &exponent) ||
        exponent != -1)
        return NULL;
    return strcmp(name, "sin") == 0   ? "arcsin"
           : strcmp(name, "cos") == 0 ? "arccos"
           : strcmp(name, "tan") == 0 ? "arctan"
                                      : NULL;
}

static uint32_t parse_applied_to(struct match_parser *p, const char *name)
{
    const struct match_token *token = match_parse_peek(p);
    bool before = p->angles;
    uint32_t inner;

    p->angles = takes_angle(name);
    if (match_parse_is(token, '[')) /* which may mean the integer part */
        return match_node_fail(p);
    inner = match_parse_is(token, '(') || match_parse_is(token, '{')
                ? match_sum_angle(p, match_atom(p))
                : match_sum_argument(p);
    p->angles = before;
    return inner;
}

static uint32_t make_applied(struct match_parser *p, const char *name, uint32_t inner)
{
    uint32_t node = match_node_unary(p, MATCH_APPLIED, inner);

    if (p->failed)
        return 0;
    match_node_at(p, node)->word = match_node_keep(p, name);
    match_node_at(p, node)->value = match_function(name, match_node_at(p, inner)->value);
    return node;
}

/* cis x is cos x + i sin x. */
static uint32_t parse_cis(struct match_parser *p)
{
    uint32_t inner = parse_applied_to(p, "cis"), i = match_node_make(p, MATCH_SYMBOL), sine;

    if (p->failed)
        return 0;
    match_node_at(p, i)->word = match_node_keep(p, "i");
    match_node_at(p, i)->value = match_real(I);
    sine = make_applied(p, "sin", match_node_copy(p, inner));
    sine = p->failed ? 0 : match_node_binary(p, MATCH_PRODUCT, i, sine);
    inner = make_applied(p, "cos", inner);
    return p->failed ? 0 : match_node_binary(p, MATCH_SUM, inner, sine);
}

/* ln x, sin^2 x, log_2 8, sin(x). */
uint32_t match_applied(struct match_parser *p, const char *name)
{
    uint32_t power = 0, base = 0, inner, node;
    struct match_number value;

    if (strcmp(name, "cis") == 0)
        return parse_cis(p);

    if (match_parse_accept(p, '_'))
        base = match_atom(p);
    if (match_parse_accept(p, '^'))
        power = match_atom(p);
    if (inverse(p, name, power) != NULL) {
        name = inverse(p, name, power);
        power = 0;
    }
    inner = parse_applied_to(p, name);
    node = match_node_unary(p, MATCH_APPLIED, inner);
    if (p->failed)
        return 0;
    match_node_at(p, node)->word = match_node_keep(p, name);
    value = of_several(p, name, match_node_at(p, inner));
    if (value.worth == MATCH_NOTHING)
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
