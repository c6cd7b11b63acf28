/*
 * big.h - long complex numbers, each a value of GNU MPC, and the functions of answers on them.
 *
 * Numbers of one size are rounded alike; what cancels to nothing but rounding is taken for 0 at
 * once, or it would be divided by, or have a logarithm. A function says false where there is no
 * value, or none that could be computed in a short time.
 *
 * Values are the caller's, who clears them. Any thread, each with numbers of its own.
 */
#ifndef CRITICS_MATCH_BIG_H
#define CRITICS_MATCH_BIG_H

#include <mpc.h>
#include <stdbool.h>

#define MATCH_BIG_SPARE 64 /* bits that rounding may take */

struct match_big {
    mpfr_prec_t bits;
    long extent;  /* the largest exponent of two on the way, of either sign */
    bool snapped; /* something cancelled, and was taken for 0 */
};

bool match_big_is_zero(mpc_srcptr a);
bool match_big_is_real(mpc_srcptr a);
long match_big_size(mpc_srcptr a); /* an exponent of two; of 0 a very small one */

/* What came of numbers of this size is 0 unless it is larger than their rounding. */
void match_big_snap(struct match_big *big, mpc_ptr a, long size);

/* Is it a number, and not beyond all measure? Its size is counted. */
bool match_big_settle(struct match_big *big, mpc_ptr a);

void match_big_subtract(struct match_big *big, mpc_ptr from, mpc_srcptr what);
bool match_big_divide(mpc_ptr out, mpc_srcptr over, mpc_srcptr under);
bool match_big_raise_to_whole(mpc_ptr base, long exponent);
bool match_big_raise(mpc_ptr base, mpc_srcptr exponent);
bool match_big_exponential(mpc_ptr out, mpc_srcptr a);

/* closed: there is no variable in a, so a complex value may be meant. */
bool match_big_root(mpc_ptr a, unsigned long degree, bool closed);
bool match_big_logarithm(struct match_big *big, mpc_ptr a, bool closed);
bool match_big_factorial(mpc_ptr a, bool closed);
bool match_big_function(struct match_big *big, const char *name, mpc_ptr a, bool closed);

#endif
