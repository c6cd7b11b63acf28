/*
 * amount.c - comparison of two numbers: exact, rounded, infinite, or of many digits.
 */
#include "critics/match/amount.h"

#include <math.h>

#define ROUNDED_LEAST 3u   /* digits from which a decimal number may be a rounding */
#define MACHINE_LEAST 10u  /* digits that nobody writes who was to round */
#define WHOLE_MOST    1e15 /* doubles beyond it do not tell integers apart */
#define SLACK         1.000001

static bool amount_is_real(const struct match_number *value)
{
    return cimag(value->z) == 0.0;
}

/* Equal, if doubles can tell. */
static enum match amount_agree(const struct match_node *a, const struct match_node *b)
{
    bool exact = a->value.worth == MATCH_EXACT && b->value.worth == MATCH_EXACT;
    bool stepped = a->step > 0.0 || b->step > 0.0;

    if (!match_agree(&a->value, &b->value))
        return MATCH_UNEQUAL;
    return exact || stepped || cabs(b->value.z) < WHOLE_MOST ? MATCH_EQUAL : MATCH_UNKNOWN;
}

static bool within(const struct match_node *a, const struct match_node *b, double distance)
{
    return amount_is_real(&a->value) && amount_is_real(&b->value) &&
           fabs(creal(a->value.z) - creal(b->value.z)) <= distance;
}

/* Is one of them the other, rounded? */
static enum match amount_rounded(const struct match_node *a, const struct match_node *b)
{
    if (b->step > 0.0 && a->step < b->step && within(a, b, b->step / 2.0 * SLACK))
        return b->digits >= ROUNDED_LEAST ? MATCH_EQUAL : MATCH_UNKNOWN;
    if (a->step > 0.0 && b->step == 0.0 && a->digits >= ROUNDED_LEAST &&
        within(a, b, a->step / 2.0 * SLACK))
        return a->digits >= MACHINE_LEAST ? MATCH_EQUAL : MATCH_UNKNOWN;
    return MATCH_UNEQUAL;
}

enum match match_amount_values(const struct match_node *a, const struct match_node *b,
                               double tolerance)
{
    bool infinite = b->value.worth == MATCH_INFINITE;
    enum match match;

    if (infinite || a->value.worth == MATCH_INFINITE)
        return a->value.worth == b->value.worth && creal(a->value.z) == creal(b->value.z)
                   ? MATCH_EQUAL
                   : MATCH_UNEQUAL;
    match = amount_agree(a, b);
    if (match == MATCH_UNEQUAL && tolerance > 0.0 &&
        cabs(a->value.z - b->value.z) <= tolerance * cabs(b->value.z))
        match = MATCH_EQUAL;
    return match == MATCH_UNEQUAL ? amount_rounded(a, b) : match;
}

struct match_node match_amount_times(const struct match_node *node, struct rational factor)
{
    struct match_node scaled = *node;
    struct match_number over = match_integer(factor.over), under = match_integer(factor.under);

    if (factor.over == factor.under)
        return scaled; /* infinity, too */
    scaled.value = match_compute(match_compute(node->value, '*', over), '/', under);
    scaled.step = node->step * (double)factor.over / (double)factor.under;
    return scaled;
}

/* Doubles do not tell 1 from 1 - e^-40: exact expressions are compared with more digits. */
enum match match_amount_scaled(const struct match_scaled *a, const struct match_scaled *b,
                               double tolerance)
{
    struct match_node one = match_amount_times(&a->form->nodes[a->node], a->by);
    struct match_node two = match_amount_times(&b->form->nodes[b->node], b->by);
    bool exact = one.value.worth == MATCH_EXACT && two.value.worth == MATCH_EXACT;
    bool infinite = one.value.worth == MATCH_INFINITE || two.value.worth == MATCH_INFINITE;
    enum match match = match_amount_values(&one, &two, tolerance), precise;

    if (one.step > 0.0 || two.step > 0.0 || exact || infinite ||
        (match == MATCH_EQUAL && !match_agree(&one.value, &two.value)))
        return match;
    precise = match_points_numbers(a, b);
    if (precise == MATCH_UNEQUAL && tolerance > 0.0)
        return match;
    return precise == MATCH_UNKNOWN && match == MATCH_UNEQUAL ? match : precise;
}

const struct match_node *match_amount_based(const struct match_form *form,
                                            const struct match_node *node)
{
    const struct match_node *inner =
        node->kind == MATCH_NEGATIVE ? &form->nodes[node->first] : node;

    return inner->kind == MATCH_BASED ? inner : NULL;
}
