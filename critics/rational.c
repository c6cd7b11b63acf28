/*
 * rational.c - exact fractions: computed in 128 bits, reduced, and refused if 64 do not hold
 * them.
 */
#include "critics/rational.h"

#include <assert.h>
#include <string.h>

static int64_t rational_gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static bool rational_fits(__int128 over, __int128 under)
{
    const __int128 most = INT64_MAX;

    return over <= most && over >= -most && under <= most;
}

/* Reduce in twice the bits, which is slow and seldom needed. */
static void reduce_wide(__int128 *over, __int128 *under)
{
    __int128 a = *over, b = *under;

    while (b != 0) {
        __int128 rest = a % b;

        a = b;
        b = rest;
    }
    if (a < 0)
        a = -a;
    *over /= a;
    *under /= a;
}

/* over / under reduced; false: it does not fit. under is not 0. */
static bool rational_reduce(struct rational *out, __int128 over, __int128 under)
{
    int64_t divisor;

    if (under < 0) {
        over = -over;
        under = -under;
    }
    if (!rational_fits(over, under))
        reduce_wide(&over, &under);
    if (!rational_fits(over, under))
        return false;
    divisor = under == 1 ? 1 : rational_gcd((int64_t)over, (int64_t)under);
    *out = (struct rational){(int64_t)over / divisor, (int64_t)under / divisor};
    return true;
}

int rational_compare(struct rational a, struct rational b)
{
    __int128 left = (__int128)a.over * b.under, right = (__int128)b.over * a.under;

    return (left > right) - (left < right);
}

bool rational_compute(struct rational *out, struct rational a, char sign, struct rational b)
{
    __int128 left = (__int128)a.over * b.under, right = (__int128)b.over * a.under;
    __int128 under = (__int128)a.under * b.under;

    assert(sign != '\0' && strchr("+-*/", sign) != NULL);
    switch (sign) {
    case '+':
        return rational_reduce(out, left + right, under);
    case '-':
        return rational_reduce(out, left - right, under);
    case '*':
        return rational_reduce(out, (__int128)a.over * b.over, under);
    default:
        return right != 0 && rational_reduce(out, left, right);
    }
}
