/*
 * number.c - numbers of an answer: exact fractions while 64 bits suffice, then doubles.
 *
 * rational_compute() says when 64 bits are not enough, and then the same operation is done in
 * doubles. Sums that cancel, and functions that have a zero, leave rounding errors where 0
 * should be; those are cut off at once, since what is left has no relative error that a comparison
 * could allow for.
 */
#include "critics/match/number.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE       1e-9  /* relative difference of equal inexact numbers */
#define CANCELLED   1e-13 /* what remains of a sum, relative to its parts */
#define POWER_MOST  4096  /* of exponents that are multiplied out */
#define FACTOR_MOST 1000  /* of factorials */

struct match_number match_nothing(void)
{
    return (struct match_number){.worth = MATCH_NOTHING};
}

static struct match_number from_ratio(struct rational ratio)
{
    return (struct match_number){
        .worth = MATCH_EXACT, .ratio = ratio, .z = (double)ratio.over / (double)ratio.under};
}

struct match_number match_integer(int64_t value)
{
    return from_ratio((struct rational){value, 1});
}

struct match_number match_real(double complex value)
{
    if (!isfinite(creal(value)) || !isfinite(cimag(value)))
        return match_nothing();
    return (struct match_number){.worth = MATCH_INEXACT, .z = value};
}

struct match_number match_infinity(void)
{
    return (struct match_number){.worth = MATCH_INFINITE, .z = 1.0};
}

static bool finite_number(const struct match_number *a)
{
    return a->worth == MATCH_EXACT || a->worth == MATCH_INEXACT;
}

bool match_is_integer(const struct match_number *a, int64_t *value)
{
    if (a->worth != MATCH_EXACT || a->ratio.under != 1)
        return false;
    *value = a->ratio.over;
    return true;
}

/* --- reading ---------------------------------------------------------------------- */

/* Digits without their point; false: more than 64 bits hold. */
static bool read_digits(const char *text, size_t length, int64_t *over, int *places)
{
    bool point = false;

    *over = 0;
    *places = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        if (__builtin_mul_overflow(*over, 10, over) ||
            __builtin_add_overflow(*over, text[i] - '0', over))
            return false;
        *places += point;
    }
    return true;
}

/* Of something that is not 0: what is too small for a double is not 0 either. */
static struct match_number not_zero(double complex value)
{
    return value == 0.0 ? match_nothing() : match_real(value);
}

struct match_number match_decimal(const char *text, size_t length)
{
    const char *mark = memchr(text, 'e', length);
    size_t digits = mark != NULL ? (size_t)(mark - text) : length;
    struct match_number scaled = match_nothing();
    int64_t over;
    int places;

    if (read_digits(text, digits, &over, &places)) {
        long exponent = mark != NULL ? strtol(mark + 1, NULL, 10) : 0;

        if (exponent > -POWER_MOST && exponent < POWER_MOST)
            scaled = match_compute(match_integer(10), '^', match_integer(exponent - places));
        scaled = match_compute(match_integer(over), '*', scaled);
    }
    return scaled.worth == MATCH_EXACT ? scaled : not_zero(strtod(text, NULL));
}

/* --- the four, and powers ------------------------------------------------------------- */

static struct match_number compute_inexact(double complex a, char sign, double complex b)
{
    double complex result = sign == '+' ? a + b : a - b;

    if (sign == '*')
        return match_real(a * b);
    if (sign == '/')
        return b == 0.0 ? match_nothing() : match_real(a / b);
    if (cabs(result) < CANCELLED * (cabs(a) + cabs(b)))
        result = 0.0;
    return match_real(result);
}

static struct match_number power_of_integer(struct match_number base, int64_t exponent)
{
    struct match_number result = match_integer(1);
    int64_t times = exponent < 0 ? -exponent : exponent;

    /* Beyond 64 bits it is a power of doubles; 0, 1 and -1 never get there. */
    for (int64_t i = 0; i < times && result.worth == MATCH_EXACT; i++)
        result = match_compute(result, '*', base);
    if (result.worth != MATCH_EXACT)
        return not_zero(cpow(base.z, (double)exponent));
    return exponent < 0 ? match_compute(match_integer(1), '/', result) : result;
}

static struct match_number power(struct match_number base, struct match_number exponent)
{
    int64_t whole;

    if (base.z == 0.0 && creal(exponent.z) <= 0.0)
        return match_nothing();
    if (match_is_integer(&exponent, &whole) && whole >= -POWER_MOST && whole <= POWER_MOST)
        return base.worth == MATCH_EXACT ? power_of_integer(base, whole)
                                         : not_zero(cpow(base.z, exponent.z));
    if (exponent.worth == MATCH_EXACT && exponent.ratio.under > 1 &&
        exponent.ratio.over >= -POWER_MOST && exponent.ratio.over <= POWER_MOST)
        return power(match_root(base, match_integer(exponent.ratio.under)),
                     match_integer(exponent.ratio.over));
    if (cimag(base.z) != 0.0 || creal(base.z) < 0.0)
        return match_nothing(); /* of many values */
    return not_zero(cpow(base.z, exponent.z));
}

struct match_number match_compute(struct match_number a, char sign, struct match_number b)
{
    struct rational exact;

    if (!finite_number(&a) || !finite_number(&b))
        return match_nothing();
    if (sign == '^')
        return power(a, b);
    if (a.worth == MATCH_EXACT && b.worth == MATCH_EXACT &&
        rational_compute(&exact, a.ratio, sign, b.ratio))
        return from_ratio(exact);
    return compute_inexact(a.z, sign, b.z);
}

struct match_number match_negate(struct match_number a)
{
    a.ratio.over = -a.ratio.over;
    a.z = -a.z;
    return a;
}

/* --- roots -------------------------------------------------------------------------- */

/* The integer whose power is value; false: there is none. */
static bool exact_root(int64_t value, int64_t degree, int64_t *root)
{
    struct match_number back;

    *root = llround(pow((double)value, 1.0 / (double)degree));
    back = match_compute(match_integer(*root), '^', match_integer(degree));
    return back.worth == MATCH_EXACT && back.ratio.over == value;
}

static struct match_number real_root(struct match_number a, int64_t degree)
{
    int64_t over, under;

    if (a.worth == MATCH_EXACT && exact_root(a.ratio.over, degree, &over) &&
        exact_root(a.ratio.under, degree, &under))
        return from_ratio((struct rational){over, under});
    return match_real(pow(creal(a.z), 1.0 / (double)degree));
}

struct match_number match_root(struct match_number a, struct match_number degree)
{
    int64_t whole;

    if (!finite_number(&a) || !match_is_integer(&degree, &whole) || whole < 2 || whole > 64)
        return match_nothing();
    if (cimag(a.z) != 0.0)
        return whole == 2 ? match_real(csqrt(a.z)) : match_nothing();
    if (creal(a.z) >= 0.0)
        return real_root(a, whole);
    if (whole % 2 == 1)
        return match_negate(real_root(match_negate(a), whole));
    if (whole > 2)
        return match_nothing();
    a = real_root(match_negate(a), 2);
    return match_real(a.z * I);
}

/* --- what else answers are made with ------------------------------------------------------ */

struct match_number match_absolute(struct match_number a)
{
    if (a.worth == MATCH_INEXACT)
        return match_real(cabs(a.z));
    return creal(a.z) < 0.0 ? match_negate(a) : a;
}

struct match_number match_common(const struct match_number *a, const struct match_number *b,
                                 bool multiple)
{
    int64_t one, two, rest, divisor;
    struct match_number product;

    if (!match_is_integer(a, &one) || !match_is_integer(b, &two) || one == 0 || two == 0)
        return match_nothing();
    divisor = one < 0 ? -one : one;
    for (rest = two < 0 ? -two : two; rest != 0;) {
        int64_t next = divisor % rest;

        divisor = rest;
        rest = next;
    }
    if (!multiple)
        return match_integer(divisor);
    product = match_compute(*a, '*', *b);
    return match_absolute(match_compute(product, '/', match_integer(divisor)));
}

struct match_number match_factorial(struct match_number a)
{
    struct match_number result = match_integer(1);
    int64_t whole;

    if (!match_is_integer(&a, &whole) || whole < 0 || whole > FACTOR_MOST)
        return match_nothing();
    for (int64_t i = 2; i <= whole; i++)
        result = match_compute(result, '*', match_integer(i));
    return result;
}

struct match_number match_choose(struct match_number n, struct match_number k)
{
    struct match_number result = match_integer(1);
    int64_t all, some;

    if (!match_is_integer(&n, &all) || !match_is_integer(&k, &some) || some < 0 || all < some ||
        all > FACTOR_MOST)
        return match_nothing();
    for (int64_t i = 1; i <= some; i++)
        result = match_compute(match_compute(result, '*', match_integer(all - some + i)), '/',
                               match_integer(i));
    return result;
}

static double complex log_of_ten(double complex a)
{
    return clog(a) / log(10.0);
}

/* Of what doubles cannot tell from a whole number it is not known. */
static double complex down(double complex a)
{
    double near = nearbyint(creal(a));

    if (cimag(a) != 0.0 || fabs(creal(a) - near) <= CLOSE * fmax(fabs(near), 1.0))
        return NAN;
    return floor(creal(a));
}

static double complex up(double complex a)
{
    return -down(-a);
}

/* log without a base is not computed: books differ on which base it has. */
static const struct function {
    const char *name;
    double complex (*apply)(double complex); /* NULL: a name and no more */
    bool crosses;                            /* has zeros and poles at irrational places */
    bool inverted;                           /* one over it */
} functions[] = {
    {"sin", csin, true, false},      {"cos", ccos, true, false},
    {"tan", ctan, true, false},      {"csc", csin, true, true},
    {"sec", ccos, true, true},       {"cot", ctan, true, true},
    {"arcsin", casin, false, false}, {"arccos", cacos, false, false},
    {"arctan", catan, false, false}, {"sinh", csinh, false, false},
    {"cosh", ccosh, false, false},   {"tanh", ctanh, false, false},
    {"ln", clog, false, false},      {"exp", cexp, false, false},
    {"log", NULL, false, false},     {"lg", log_of_ten, false, false},
    {"cis", NULL, false, false},     {"floor", down, false, false},
    {"ceil", up, false, false},      {"max", NULL, false, false},
    {"min", NULL, false, false},     {"gcd", NULL, false, false},
    {"lcm", NULL, false, false},     {"det", NULL, false, false},
};

static const struct function *find_function(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

bool match_is_function(const char *name)
{
    return find_function(name) != NULL;
}

bool match_is_computed(const char *name)
{
    const struct function *function = find_function(name);

    return function != NULL && function->apply != NULL;
}

static struct match_number whole_part(struct rational a, bool up_to)
{
    int64_t whole = a.over / a.under, rest = a.over % a.under;

    return match_integer(whole + (up_to ? rest > 0 : -(rest < 0)));
}

struct match_number match_function(const char *name, struct match_number a)
{
    const struct function *function = find_function(name);
    double complex value;

    assert(function != NULL);
    if (function->apply == NULL || !finite_number(&a))
        return match_nothing();
    if (a.worth == MATCH_EXACT && (function->apply == down || function->apply == up))
        return whole_part(a.ratio, function->apply == up);
    value = function->apply(a.z);
    if (function->crosses && cabs(value) < CANCELLED)
        value = 0.0;
    if (function->crosses && cabs(value) > 1.0 / CANCELLED)
        return match_nothing();
    return function->inverted ? compute_inexact(1.0, '/', value) : match_real(value);
}

/* --- comparing ---------------------------------------------------------------------------- */

bool match_agree(const struct match_number *a, const struct match_number *b)
{
    if (a->worth == MATCH_EXACT && b->worth == MATCH_EXACT)
        return rational_compare(a->ratio, b->ratio) == 0;
    return cabs(a->z - b->z) <= CLOSE * fmax(cabs(a->z), cabs(b->z));
}
