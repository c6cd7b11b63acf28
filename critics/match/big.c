/*
 * big.c - long complex numbers: what GNU MPC and MPFR do, and no more than can be answered for.
 *
 * The only file but precise.c that calls these libraries. Arguments that would take for ever, such
 * as the sine of 10^1000, are refused before they are tried.
 */
#include "critics/match/big.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXTENT_MOST (1 << 20) /* of exponents of two */
#define TURNS_MOST  64        /* of exponents of two in the argument of a sine */
#define FACTOR_MOST 5000      /* of factorials */
#define GAMMA_BITS  1024
#define NEAR        MPC_RNDNN

/* --- sizes ------------------------------------------------------------------------- */

bool match_big_is_zero(mpc_srcptr a)
{
    return mpfr_zero_p(mpc_realref(a)) && mpfr_zero_p(mpc_imagref(a));
}

bool match_big_is_real(mpc_srcptr a)
{
    return mpfr_zero_p(mpc_imagref(a));
}

/* The exponent of two of the larger part; of 0 it is very small. */
long match_big_size(mpc_srcptr a)
{
    long real = mpfr_regular_p(mpc_realref(a)) ? mpfr_get_exp(mpc_realref(a)) : -2 * EXTENT_MOST;
    long imaginary =
        mpfr_regular_p(mpc_imagref(a)) ? mpfr_get_exp(mpc_imagref(a)) : -2 * EXTENT_MOST;

    return real > imaginary ? real : imaginary;
}

static void big_snap_part(struct match_big *big, mpfr_ptr part, long least)
{
    if (!mpfr_regular_p(part) || mpfr_get_exp(part) >= least)
        return;
    mpfr_set_zero(part, 1);
    big->snapped = true;
}

/* Rounding of numbers of this size is below it: what is not larger is 0. */
void match_big_snap(struct match_big *big, mpc_ptr a, long size)
{
    big_snap_part(big, mpc_realref(a), size - (long)big->bits + MATCH_BIG_SPARE);
    big_snap_part(big, mpc_imagref(a), size - (long)big->bits + MATCH_BIG_SPARE);
}

/* Is it a number, and not beyond all measure? What rounding left in one of its parts is 0. */
bool match_big_settle(struct match_big *big, mpc_ptr a)
{
    long size = match_big_size(a);

    if (!mpfr_number_p(mpc_realref(a)) || !mpfr_number_p(mpc_imagref(a)) || size > EXTENT_MOST)
        return false;
    if (match_big_is_zero(a))
        return true;
    if (size < -EXTENT_MOST)
        return false;
    match_big_snap(big, a, size);
    big->extent = labs(size) > big->extent ? labs(size) : big->extent;
    return true;
}

void match_big_subtract(struct match_big *big, mpc_ptr from, mpc_srcptr what)
{
    long size =
        match_big_size(from) > match_big_size(what) ? match_big_size(from) : match_big_size(what);

    (void)mpc_sub(from, from, what, NEAR);
    match_big_snap(big, from, size);
}

/* --- powers and roots --------------------------------------------------------------- */

bool match_big_raise_to_whole(mpc_ptr base, long exponent)
{
    if (match_big_is_zero(base))
        return exponent > 0;
    if (fabs((double)exponent) * fmax(fabs((double)match_big_size(base)), 1.0) > EXTENT_MOST)
        return false;
    (void)mpc_pow_si(base, base, exponent, NEAR);
    return true;
}

/* Roots as answers have them: real where they can be. */
bool match_big_root(mpc_ptr a, unsigned long degree, bool closed)
{
    bool negative = mpfr_sgn(mpc_realref(a)) < 0;

    if (degree < 2)
        return false;
    if (!match_big_is_real(a) || (negative && degree == 2)) {
        if (!closed || degree != 2)
            return false;
        (void)mpc_sqrt(a, a, NEAR);
        return true;
    }
    if (negative && degree % 2 == 0)
        return false;
    (void)mpfr_rootn_ui(mpc_realref(a), mpc_realref(a), degree, MPFR_RNDN);
    return true;
}

bool match_big_exponential(mpc_ptr out, mpc_srcptr a)
{
    if (match_big_size(a) > 20)
        return false;
    (void)mpc_exp(out, a, NEAR);
    return true;
}

bool match_big_divide(mpc_ptr out, mpc_srcptr over, mpc_srcptr under)
{
    if (match_big_is_zero(under))
        return false;
    (void)mpc_div(out, over, under, NEAR);
    return true;
}

/* A power whose exponent is no fraction: of what is above 0, or a whole number of times. */
bool match_big_raise(mpc_ptr base, mpc_srcptr exponent)
{
    bool whole = match_big_is_real(exponent) && mpfr_integer_p(mpc_realref(exponent));

    if (whole && mpfr_fits_slong_p(mpc_realref(exponent), MPFR_RNDN))
        return match_big_raise_to_whole(base, mpfr_get_si(mpc_realref(exponent), MPFR_RNDN));
    if (!match_big_is_real(base) || mpfr_sgn(mpc_realref(base)) <= 0)
        return false;
    if (match_big_size(exponent) > 20 || ldexp(fmax(fabs((double)match_big_size(base)), 1.0),
                                               (int)match_big_size(exponent)) > EXTENT_MOST)
        return false;
    (void)mpc_log(base, base, NEAR);
    (void)mpc_mul(base, base, exponent, NEAR);
    return match_big_exponential(base, base);
}

/* --- functions -------------------------------------------------------------------------- */

static bool big_sine(struct match_big *big, mpc_ptr out, mpc_srcptr a)
{
    long size = match_big_size(a);

    if (size > TURNS_MOST)
        return false;
    (void)mpc_sin(out, a, NEAR);
    match_big_snap(big, out, size);
    return true;
}

static bool big_cosine(struct match_big *big, mpc_ptr out, mpc_srcptr a)
{
    long size = match_big_size(a);

    if (size > TURNS_MOST)
        return false;
    (void)mpc_cos(out, a, NEAR);
    match_big_snap(big, out, size > 0 ? size : 0);
    return true;
}

static bool big_sine_over_cosine(struct match_big *big, mpc_ptr a, bool upside_down)
{
    mpc_t other;
    bool good;

    mpc_init2(other, big->bits);
    good = big_cosine(big, other, a) && big_sine(big, a, a) &&
           (upside_down ? match_big_divide(a, other, a) : match_big_divide(a, a, other));
    mpc_clear(other);
    return good;
}

/* What has a value for some real numbers only, in the others a complex one. */
static bool big_inner(struct match_big *big, mpc_ptr a, bool closed,
                      int (*apply)(mpc_ptr, mpc_srcptr, mpc_rnd_t), long size)
{
    bool real = match_big_is_real(a);

    (void)apply(a, a, NEAR);
    match_big_snap(big, a, size);
    return closed || !real || match_big_is_real(a);
}

bool match_big_logarithm(struct match_big *big, mpc_ptr a, bool closed)
{
    return !match_big_is_zero(a) && big_inner(big, a, closed, mpc_log, 0);
}

static bool big_hyperbolic(mpc_ptr a, int (*apply)(mpc_ptr, mpc_srcptr, mpc_rnd_t))
{
    if (match_big_size(a) > 20)
        return false;
    (void)apply(a, a, NEAR);
    return true;
}

/* Down or up to a whole number; what is one but for rounding is that one. */
static bool big_whole_part(struct match_big *big, mpc_ptr a, bool up)
{
    mpfr_t near;
    bool real = match_big_is_real(a);

    mpfr_init2(near, big->bits);
    (void)mpfr_rint_round(near, mpc_realref(a), MPFR_RNDN);
    (void)mpfr_sub(near, mpc_realref(a), near, MPFR_RNDN);
    big_snap_part(big, near, match_big_size(a) - (long)big->bits + MATCH_BIG_SPARE);
    if (mpfr_zero_p(near))
        (void)mpfr_rint_round(mpc_realref(a), mpc_realref(a), MPFR_RNDN);
    else if (up)
        (void)mpfr_ceil(mpc_realref(a), mpc_realref(a));
    else
        (void)mpfr_floor(mpc_realref(a), mpc_realref(a));
    mpfr_clear(near);
    return real;
}

bool match_big_function(struct match_big *big, const char *name, mpc_ptr a, bool closed)
{
    if (strcmp(name, "sin") == 0)
        return big_sine(big, a, a);
    if (strcmp(name, "cos") == 0)
        return big_cosine(big, a, a);
    if (strcmp(name, "tan") == 0 || strcmp(name, "cot") == 0)
        return big_sine_over_cosine(big, a, name[0] == 'c');
    if (strcmp(name, "csc") == 0)
        return big_sine(big, a, a) && match_big_raise_to_whole(a, -1);
    if (strcmp(name, "sec") == 0)
        return big_cosine(big, a, a) && match_big_raise_to_whole(a, -1);
    if (strcmp(name, "ln") == 0)
        return match_big_logarithm(big, a, closed);
    if (strcmp(name, "exp") == 0)
        return match_big_exponential(a, a);
    if (strcmp(name, "cis") == 0)
        return mpc_mul_i(a, a, 1, NEAR) == 0 && match_big_exponential(a, a);
    if (strcmp(name, "arcsin") == 0)
        return big_inner(big, a, closed, mpc_asin, match_big_size(a));
    if (strcmp(name, "arccos") == 0)
        return big_inner(big, a, closed, mpc_acos, 0);
    if (strcmp(name, "arctan") == 0)
        return big_inner(big, a, closed, mpc_atan, match_big_size(a));
    if (strcmp(name, "sinh") == 0)
        return big_hyperbolic(a, mpc_sinh);
    if (strcmp(name, "cosh") == 0)
        return big_hyperbolic(a, mpc_cosh);
    if (strcmp(name, "tanh") == 0)
        return big_hyperbolic(a, mpc_tanh);
    return (strcmp(name, "floor") == 0 || strcmp(name, "ceil") == 0) &&
           big_whole_part(big, a, name[0] == 'c');
}

/* x!, which between whole numbers is gamma of x + 1; at negative ones it is none. */
bool match_big_factorial(mpc_ptr a, bool closed)
{
    mpfr_ptr x = mpc_realref(a);

    bool whole = mpfr_integer_p(x) != 0, negative = mpfr_sgn(x) < 0;

    if (!match_big_is_real(a) || mpfr_cmp_si(x, FACTOR_MOST) > 0 || mpfr_cmp_si(x, -100) < 0 ||
        (negative && (whole || closed)) || (closed && !whole))
        return false;
    if (whole) {
        (void)mpfr_fac_ui(x, mpfr_get_ui(x, MPFR_RNDN), MPFR_RNDN);
        return true;
    }
    if (mpfr_get_prec(x) > GAMMA_BITS)
        return false; /* it would take a tenth of a second */
    (void)mpfr_add_ui(x, x, 1, MPFR_RNDN);
    (void)mpfr_gamma(x, x, MPFR_RNDN);
    return true;
}
