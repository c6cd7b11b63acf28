/*
 * estimate.c - ranges of units that are left, and of what they take.
 */
#include "io/cli/estimate.h"

#include <math.h>

#define ESTIMATE_SECONDS 2.0
#define ESTIMATE_UNITS   8.0

/* Of one problem, from those that are done; below 0: not known. */
static double estimate_deviation(const struct estimate_known *known)
{
    double count = (double)known->done, mean = known->done_spent / fmax(count, 1.0);

    if (known->done < 2)
        return -1.0;
    return sqrt(fmax(known->done_squares - count * mean * mean, 0.0) / (count - 1.0));
}

/* What those that are begun will have taken, at most. */
static double estimate_begun_most(const struct estimate_known *known)
{
    if (known->budget > 0.0)
        return known->budget * (double)known->begun;
    return known->spent / (double)known->done * (double)known->begun;
}

/* Units. False: too little is known. */
static bool estimate_units(struct estimate_range *out, const struct estimate_known *known)
{
    double seen = (double)(known->done + known->begun);
    double waiting = fmax((double)known->problems - seen, 0.0);
    double begun_spent = fmax(known->spent - known->done_spent, 0.0);
    double deviation = estimate_deviation(known), error, begun_most, most;

    if (seen < 1.0 || (known->budget <= 0.0 && known->done == 0))
        return false;
    begun_most = fmax(estimate_begun_most(known), begun_spent);
    most = known->budget > 0.0 ? known->budget * waiting + begun_most - begun_spent : INFINITY;
    error = 2.0 * fmax(deviation, 0.0) * sqrt(waiting + waiting * waiting / seen);
    out->low = fmax(waiting * known->spent / seen - error, 0.0);
    out->high =
        waiting * (known->done_spent + begun_most) / seen + error + begun_most - begun_spent;
    if (deviation < 0.0 && known->budget > 0.0)
        out->high = most;
    out->high = fmin(out->high, most);
    out->low = fmin(out->low, out->high);
    return isfinite(out->high);
}

static struct estimate_range estimate_times(const struct estimate_range *units, double each)
{
    return (struct estimate_range){units->low * each, units->high * each};
}

/* At the slower and at the faster of two paces. */
static void estimate_fill(struct estimate *out, const struct estimate_range *units,
                          const struct estimate_known *known)
{
    double whole = known->earned / known->seconds;
    double late = known->pace > 0.0 ? known->pace : whole;

    out->known = true;
    out->seconds.low = units->low / fmax(whole, late);
    out->seconds.high = units->high / fmin(whole, late);
    out->calls = estimate_times(units, known->calls / known->earned);
    out->tokens = estimate_times(units, known->tokens / known->earned);
    out->price = estimate_times(units, known->price / known->earned);
}

static bool estimate_knows_enough(const struct estimate_known *known)
{
    return known->seconds >= ESTIMATE_SECONDS && known->earned >= ESTIMATE_UNITS;
}

void estimate_left(struct estimate *out, const struct estimate_known *known)
{
    struct estimate_range units = {0.0, 0.0};

    *out = (struct estimate){.known = false};
    if (known->done >= known->problems)
        out->known = true;
    else if (estimate_knows_enough(known) && estimate_units(&units, known))
        estimate_fill(out, &units, known);
}

void estimate_items(struct estimate *out, const struct estimate_known *known)
{
    struct estimate_known each = *known;
    double left = (double)known->problems - (double)known->done;
    const struct estimate_range units = {left, left};

    each.earned = (double)known->done;
    *out = (struct estimate){.known = false};
    if (known->done >= known->problems)
        out->known = true;
    else if (known->done > 0 && known->seconds >= ESTIMATE_SECONDS)
        estimate_fill(out, &units, &each);
}
