/*
 * precise.c - values of expressions in numbers of GNU MPC, which are complex and as long as
 * one likes.
 *
 * What a sum or a function leaves when all digits cancel is rounding, and is taken for 0 at once;
 * so there must be more digits than the numbers on the way are apart, which `extent` tells.
 */
#include "critics/match/precise.h"

#include "critics/match/big.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#define NEAR MPC_RNDNN

static const mpfr_prec_t precise_levels[] = {256, 1024, 8192};

struct precise {
    const struct match_form *form;
    const struct match_place *place;
    struct match_big big;
};

static bool precise_value(struct precise *p, uint32_t at, mpc_ptr out);

/* --- numbers and variables ---------------------------------------------------------------- */

static void set_ratio(mpc_ptr out, struct rational ratio)
{
    (void)mpc_set_si(out, (long)ratio.over, NEAR);
    (void)mpc_div_ui(out, out, (unsigned long)ratio.under, NEAR);
}

/* From 0 to 1, neither of them. */
static double hash_fraction(uint64_t hash)
{
    return ((double)(hash >> 11) + 0.5) * 0x1p-53;
}

double match_precise_variable(const char *name, uint32_t place)
{
    static const double ends[][2] = {{0.05, 0.95}, {1.0, 3.0}, {3.0, 20.0}, {20.0, 200.0}};
    uint64_t hash = match_expression_hash(name, place);
    double part = hash_fraction(match_expression_hash(name, place + 1000u));

    if (place < MATCH_WHOLE) {
        const double *end = ends[place < MATCH_FAR ? hash % 3 : 3];

        return end[0] + part * (end[1] - end[0]);
    }
    if (place < MATCH_SIGNED)
        return floor(2.0 + part * 28.0);
    if (place < MATCH_WIDE)
        return 16.0 * part - 8.0;
    return (hash % 2 == 0 ? 1.0 : -1.0) * exp2(floor(part * 24.0) - 4.0) *
           (1.0 + hash_fraction(hash));
}

static void set_variable(struct precise *p, const char *name, mpc_ptr out)
{
    (void)mpc_set_d(out, match_precise_variable(match_place_name(p->place, name), p->place->number),
                    NEAR);
}

static bool precise_variable(struct precise *p, uint32_t node, mpc_ptr out)
{
    char name[MATCH_NAME_ROOM];

    if (!match_expression_variable(p->form, node, name))
        return false;
    set_variable(p, name, out);
    return true;
}

static bool precise_symbol(struct precise *p, uint32_t node, mpc_ptr out)
{
    const char *name = p->form->words + p->form->nodes[node].word;

    if (p->form->nodes[node].value.worth == MATCH_NOTHING)
        return precise_variable(p, node, out);
    (void)mpc_set_ui(out, 1, NEAR);
    if (strcmp(name, "pi") == 0)
        (void)mpfr_const_pi(mpc_realref(out), MPFR_RNDN);
    else if (strcmp(name, "e") == 0)
        (void)mpc_exp(out, out, NEAR);
    else if (strcmp(name, "i") == 0)
        (void)mpc_set_ui_ui(out, 0, 1, NEAR);
    else
        return false;
    return true;
}

static bool precise_literal(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    const char *text = p->form->words + node->word;

    (void)mpc_set_ui(out, 0, NEAR);
    return node->word != 0 && mpfr_set_str(mpc_realref(out), text, 10, MPFR_RNDN) == 0;
}

/* --- powers, roots, functions -------------------------------------------------------------------
 */

/* Does this node stand for one number, whatever the variables are? */
static bool is_closed(const struct match_node *node)
{
    return node->value.worth != MATCH_NOTHING;
}

static bool is_e(const struct match_form *form, const struct match_node *node)
{
    return node->kind == MATCH_SYMBOL && node->value.worth == MATCH_INEXACT &&
           strcmp(form->words + node->word, "e") == 0;
}

static bool precise_power(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    const struct match_node *base = &p->form->nodes[node->first];
    const struct match_node *exponent = &p->form->nodes[node->last];
    bool fraction_above = exponent->value.worth == MATCH_EXACT && exponent->value.ratio.under > 1 &&
                          exponent->value.ratio.under <= 1000;
    bool inverse = base->kind == MATCH_APPLIED && !base->wrapped && is_closed(exponent) &&
                   creal(exponent->value.z) < 0.0;
    mpc_t by;
    bool good;

    if (inverse || !precise_value(p, node->first, out))
        return false;
    if (fraction_above)
        return match_big_root(out, (unsigned long)exponent->value.ratio.under, is_closed(base)) &&
               match_big_raise_to_whole(out, (long)exponent->value.ratio.over);
    mpc_init2(by, p->big.bits);
    good = precise_value(p, node->last, by) &&
           (is_e(p->form, base) ? match_big_exponential(out, by) : match_big_raise(out, by));
    mpc_clear(by);
    return good;
}

static bool precise_root(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    int64_t degree;

    return match_is_integer(&p->form->nodes[node->last].value, &degree) && degree > 1 &&
           degree <= 1000 && precise_value(p, node->first, out) &&
           match_big_root(out, (unsigned long)degree, is_closed(&p->form->nodes[node->first]));
}

static bool over_log_of(struct precise *p, mpc_ptr a, mpc_ptr base)
{
    return match_big_logarithm(&p->big, base, false) && match_big_divide(a, a, base);
}

/* log is divided by that of its base; lg and a bare one by that of ten. */
static bool precise_log(struct precise *p, const struct match_node *node, mpc_ptr out, bool ten)
{
    bool based = node->last != node->first, good;
    mpc_t base;

    if (!match_big_logarithm(&p->big, out, is_closed(&p->form->nodes[node->first])))
        return false;
    if (!based && !ten && (p->place->reading & MATCH_COMMON_LOG) == 0)
        return true;
    mpc_init2(base, p->big.bits);
    (void)mpc_set_ui(base, 10, NEAR);
    good = (!based || precise_value(p, node->last, base)) && over_log_of(p, out, base);
    mpc_clear(base);
    return good;
}

static bool precise_applied(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    const char *name = p->form->words + node->word;

    if (!precise_value(p, node->first, out))
        return false;
    if (strcmp(name, "log") == 0 || strcmp(name, "lg") == 0)
        return precise_log(p, node, out, name[1] == 'g');
    return node->first == node->last &&
           match_big_function(&p->big, name, out, is_closed(&p->form->nodes[node->first]));
}

/* --- factorials ------------------------------------------------------------------------------- */

/* n over k, where n is a whole number or no k is negative. */
static bool precise_choose(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    mpc_t some, rest;
    bool good;

    mpc_init2(some, p->big.bits);
    mpc_init2(rest, p->big.bits);
    good = precise_value(p, node->first, out) && precise_value(p, node->last, some);
    if (good) {
        (void)mpc_sub(rest, out, some, NEAR);
        good = match_big_factorial(out, false) && match_big_factorial(some, false) &&
               match_big_factorial(rest, false) && match_big_divide(out, out, some) &&
               match_big_divide(out, out, rest);
    }
    mpc_clear(rest);
    mpc_clear(some);
    return good;
}

/* --- operations ----------------------------------------------------------------------------------
 */

/* f(x), of which nothing is known: some polynomial, that its letter gives. */
static bool precise_call(struct precise *p, char letter, mpc_srcptr argument, mpc_ptr out)
{
    const char name[2] = {letter, '\0'};
    const char *meant = match_place_name(p->place, name);

    (void)mpc_set_ui(out, 0, NEAR);
    for (uint32_t i = 0; i < 4; i++) {
        mpc_t part;

        mpc_init2(part, p->big.bits);
        (void)mpc_set_d(part, 0.5 + hash_fraction(match_expression_hash(meant, 5000u + i)), NEAR);
        (void)mpc_mul(out, out, argument, NEAR);
        (void)mpc_add(out, out, part, NEAR);
        mpc_clear(part);
    }
    return true;
}

static bool multiply_call(struct precise *p, const struct match_node *node, mpc_ptr out, mpc_ptr by)
{
    const struct match_node *left = &p->form->nodes[node->first];
    mpc_t called;
    bool good;

    mpc_init2(called, p->big.bits);
    (void)mpc_set_ui(out, 1, NEAR);
    good = (left->kind != MATCH_PRODUCT || precise_value(p, left->first, out)) &&
           precise_call(p, match_expression_called(p->form, node), by, called);
    (void)mpc_mul(out, out, called, NEAR);
    mpc_clear(called);
    return good;
}

static bool combine(struct precise *p, const struct match_node *node, mpc_ptr out, mpc_ptr by)
{
    long size = match_big_size(out) > match_big_size(by) ? match_big_size(out) : match_big_size(by);

    switch ((enum match_kind)node->kind) {
    case MATCH_SUM:
        (void)mpc_add(out, out, by, NEAR);
        match_big_snap(&p->big, out, size);
        return true;
    case MATCH_DIFFERENCE:
        match_big_subtract(&p->big, out, by);
        return true;
    case MATCH_PRODUCT:
        if (node->doubtful && (p->place->reading & MATCH_DIVIDED) != 0)
            return match_big_divide(out, out, by);
        (void)mpc_mul(out, out, by, NEAR);
        return true;
    default:
        return match_big_divide(out, out, by);
    }
}

static bool precise_operation(struct precise *p, const struct match_node *node, mpc_ptr out)
{
    char letter = match_expression_called(p->form, node);
    mpc_t by;
    bool good;

    mpc_init2(by, p->big.bits);
    good = precise_value(p, node->last, by);
    if (good && letter != '\0' && match_place_calls(p->place, letter))
        good = multiply_call(p, node, out, by);
    else
        good = good && precise_value(p, node->first, out) && combine(p, node, out, by);
    mpc_clear(by);
    return good;
}

static bool precise_scale(struct precise *p, struct rational by, mpc_ptr out)
{
    if (by.under != 0 && by.over != by.under) {
        (void)mpc_mul_si(out, out, (long)by.over, NEAR);
        (void)mpc_div_ui(out, out, (unsigned long)by.under, NEAR);
    }
    return match_big_settle(&p->big, out);
}

static bool precise_structure(struct precise *p, uint32_t at, mpc_ptr out)
{
    const struct match_node *node = &p->form->nodes[at];

    switch ((enum match_kind)node->kind) {
    case MATCH_LITERAL:
        return precise_literal(p, node, out);
    case MATCH_SYMBOL:
        return precise_symbol(p, at, out);
    case MATCH_INDEXED:
        return precise_variable(p, at, out);
    case MATCH_SUM:
    case MATCH_DIFFERENCE:
    case MATCH_PRODUCT:
    case MATCH_QUOTIENT:
        return precise_operation(p, node, out);
    case MATCH_POWER:
        return precise_power(p, node, out);
    case MATCH_NEGATIVE:
        return precise_value(p, node->first, out) && mpc_neg(out, out, NEAR) == 0;
    case MATCH_ROOT:
        return precise_root(p, node, out);
    case MATCH_PERCENT:
        return precise_value(p, node->first, out) &&
               precise_scale(p, (struct rational){1, 100}, out);
    case MATCH_APPLIED:
        return precise_applied(p, node, out);
    case MATCH_FACTORIAL:
        return precise_value(p, node->first, out) &&
               match_big_factorial(out, is_closed(&p->form->nodes[node->first]));
    case MATCH_ABSOLUTE:
        if (!precise_value(p, node->first, out))
            return false;
        (void)mpc_abs(mpc_realref(out), out, MPFR_RNDN);
        mpfr_set_zero(mpc_imagref(out), 1);
        return true;
    case MATCH_CHOOSE:
        return precise_choose(p, node, out);
    default:
        return false;
    }
}

static bool precise_value(struct precise *p, uint32_t at, mpc_ptr out)
{
    const struct match_node *node = &p->form->nodes[at];

    if (node->value.worth == MATCH_EXACT)
        set_ratio(out, node->value.ratio);
    else if (!precise_structure(p, at, out))
        return false;
    return match_big_settle(&p->big, out);
}

/* --- sides
 * ------------------------------------------------------------------------------------------ */

static bool precise_side(struct precise *p, const struct match_side *side,
                         const struct match_place *place, mpc_ptr out)
{
    mpc_t less;
    bool good;

    p->form = side->form;
    p->place = place;
    if (side->less == 0 && side->label == NULL)
        return precise_value(p, side->node, out) && precise_scale(p, side->by, out);
    mpc_init2(less, p->big.bits);
    if (side->label != NULL) {
        set_variable(p, side->label, out);
        good = precise_value(p, side->node, less);
    } else {
        good = precise_value(p, side->node, out) && precise_value(p, side->less, less);
    }
    if (good)
        match_big_subtract(&p->big, out, less);
    mpc_clear(less);
    return good && match_big_settle(&p->big, out);
}

/* Two numbers at one level of precision; UNKNOWN: a higher one is needed. a is used up. */
static enum match decide(struct precise *p, mpc_ptr a, mpc_srcptr b)
{
    long size = match_big_size(a) > match_big_size(b) ? match_big_size(a) : match_big_size(b);
    bool enough = 3 * p->big.extent + MATCH_BIG_SPARE < (long)p->big.bits;

    if (match_big_is_zero(a) && match_big_is_zero(b))
        return enough ? MATCH_EQUAL : MATCH_UNKNOWN;
    (void)mpc_sub(a, a, b, NEAR);
    if (match_big_size(a) > size - (long)p->big.bits / 4)
        return enough || !p->big.snapped ? MATCH_UNEQUAL : MATCH_UNKNOWN;
    return enough && match_big_size(a) < size - (long)p->big.bits + MATCH_BIG_SPARE ? MATCH_EQUAL
                                                                                    : MATCH_UNKNOWN;
}

/* What is asked: are two sides equal, or what is made of four: of the first and the third, and of
 * the second and the fourth? */
enum precise_asked { ARE_EQUAL, ARE_PROPORTIONAL, GROW_ALIKE };

struct precise_question {
    enum precise_asked asked;
    const struct match_side *sides[4];
    const struct match_place *places[4];
    uint32_t count;
    bool positive;  /* out, of a proportion: the first two sides have one sign */
    bool undefined; /* out: one of them has no value */
};

static enum match ask_values(struct precise *p, struct precise_question *question, mpc_t *values)
{
    for (uint32_t i = 0; i < question->count; i++)
        if (!precise_side(p, question->sides[i], question->places[i], values[i]) ||
            (question->asked == ARE_PROPORTIONAL &&
             (match_big_is_zero(values[i]) || !match_big_is_real(values[i])))) {
            question->undefined = true;
            return MATCH_UNKNOWN;
        }
    if (question->asked == ARE_PROPORTIONAL) {
        question->positive = mpfr_sgn(mpc_realref(values[0])) == mpfr_sgn(mpc_realref(values[1]));
        (void)mpc_mul(values[0], values[0], values[3], NEAR);
        (void)mpc_mul(values[1], values[1], values[2], NEAR);
    } else if (question->asked == GROW_ALIKE) {
        match_big_subtract(&p->big, values[2], values[0]);
        match_big_subtract(&p->big, values[3], values[1]);
        return decide(p, values[2], values[3]);
    }
    return decide(p, values[0], values[1]);
}

static enum match ask_at(struct precise_question *question, mpfr_prec_t bits)
{
    struct precise p = {.big = {.bits = bits}};
    enum match match;
    mpc_t values[4];

    for (uint32_t i = 0; i < question->count; i++)
        mpc_init2(values[i], bits);
    match = ask_values(&p, question, values);
    for (uint32_t i = 0; i < question->count; i++)
        mpc_clear(values[i]);
    return match;
}

static enum match precise_ask(struct precise_question *question)
{
    const size_t levels = sizeof precise_levels / sizeof *precise_levels;
    enum match match = MATCH_UNKNOWN;

    for (size_t i = 0; i < levels && match == MATCH_UNKNOWN && !question->undefined; i++)
        match = ask_at(question, precise_levels[i]);
    return match;
}

enum match match_precise_compare(const struct match_side *a, const struct match_place *at_a,
                                 const struct match_side *b, const struct match_place *at_b)
{
    struct precise_question question = {.sides = {a, b}, .places = {at_a, at_b}, .count = 2};

    return precise_ask(&question);
}

enum match match_precise_proportion(const struct match_side *a, const struct match_place at_a[2],
                                    const struct match_side *b, const struct match_place at_b[2],
                                    bool *positive)
{
    struct precise_question question = {.asked = ARE_PROPORTIONAL,
                                        .sides = {a, b, a, b},
                                        .places = {&at_a[0], &at_b[0], &at_a[1], &at_b[1]},
                                        .count = 4};
    enum match match = precise_ask(&question);

    *positive = question.positive;
    return match;
}

enum match match_precise_growth(const struct match_side *a, const struct match_place at_a[2],
                                const struct match_side *b, const struct match_place at_b[2])
{
    struct precise_question question = {.asked = GROW_ALIKE,
                                        .sides = {a, b, a, b},
                                        .places = {&at_a[0], &at_b[0], &at_a[1], &at_b[1]},
                                        .count = 4};

    return precise_ask(&question);
}

bool match_precise_real(const struct match_side *side, const struct match_place *at, double *value)
{
    struct precise p = {.big = {.bits = precise_levels[0]}};
    bool good;
    mpc_t out;

    mpc_init2(out, p.big.bits);
    good = precise_side(&p, side, at, out) && match_big_is_real(out);
    *value = mpfr_get_d(mpc_realref(out), MPFR_RNDN);
    mpc_clear(out);
    return good;
}

double match_precise_apart(const struct match_side *a, const struct match_place *at_a,
                           const struct match_side *b, const struct match_place *at_b)
{
    struct precise p = {.big = {.bits = precise_levels[0]}};
    double apart = -1.0, size;
    mpc_t one, two;

    mpc_init2(one, p.big.bits);
    mpc_init2(two, p.big.bits);
    if (precise_side(&p, a, at_a, one) && precise_side(&p, b, at_b, two)) {
        long scale =
            match_big_size(one) > match_big_size(two) ? match_big_size(one) : match_big_size(two);

        (void)mpc_mul_2si(one, one, -scale, NEAR);
        (void)mpc_mul_2si(two, two, -scale, NEAR);
        size = fmax(cabs(mpc_get_dc(one, NEAR)), cabs(mpc_get_dc(two, NEAR)));
        (void)mpc_sub(one, one, two, NEAR);
        apart = size > 0.0 ? cabs(mpc_get_dc(one, NEAR)) / size : 0.0;
    }
    mpc_clear(one);
    mpc_clear(two);
    return apart;
}

void match_precise_end(void)
{
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);
}
