/*
 * rule.c - the arithmetic of several judges.
 */
#include "critics/rule.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *rule_name(enum rule rule)
{
    static const char *const names[RULES] = {
        [RULE_MEAN] = "mean",     [RULE_MIN] = "min",           [RULE_PRODUCT] = "product",
        [RULE_MEDIAN] = "median", [RULE_MAJORITY] = "majority", [RULE_WEIGHTED] = "weighted",
        [RULE_AGREE] = "agree",
    };

    return names[rule];
}

static bool is_good(double score)
{
    return score >= 0.5;
}

/* Those that are known, to the front. */
static uint32_t rule_known(double known[RULE_SCORES], const double *scores, uint32_t count)
{
    uint32_t found = 0;

    assert(count > 0 && count <= RULE_SCORES);
    for (uint32_t i = 0; i < count; i++)
        if (scores[i] >= 0.0)
            known[found++] = scores[i];
    return found;
}

static double rule_mean(const double *known, uint32_t count)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < count; i++)
        sum += known[i];
    return sum / count;
}

static double rule_min(const double *known, uint32_t count)
{
    double least = 1.0;

    for (uint32_t i = 0; i < count; i++)
        least = known[i] < least ? known[i] : least;
    return least;
}

static double rule_product(const double *known, uint32_t count)
{
    double product = 1.0;

    for (uint32_t i = 0; i < count; i++)
        product *= known[i];
    return product;
}

static int rule_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double rule_median(double *known, uint32_t count)
{
    qsort(known, count, sizeof *known, rule_by_size);
    return (known[(count - 1) / 2] + known[count / 2]) / 2.0;
}

static uint32_t rule_count_good(const double *known, uint32_t count)
{
    uint32_t good = 0;

    for (uint32_t i = 0; i < count; i++)
        good += is_good(known[i]);
    return good;
}

static double rule_majority(const double *known, uint32_t count)
{
    uint32_t good = rule_count_good(known, count);

    if (2 * good == count)
        return -1.0;
    return 2 * good > count ? 1.0 : 0.0;
}

static double rule_agree(const double *known, uint32_t count, uint32_t asked)
{
    uint32_t good = rule_count_good(known, count);

    return count == asked && (good == 0 || good == count) ? rule_mean(known, count) : -1.0;
}

static double rule_weighted(const double *scores, const double *weights, uint32_t count)
{
    double sum = 0.0, weight = 0.0;

    for (uint32_t i = 0; i < count; i++) {
        if (scores[i] < 0.0)
            continue;
        assert(weights[i] > 0.0);
        sum += weights[i] * scores[i];
        weight += weights[i];
    }
    return fmin(sum / weight, 1.0); /* which rounding may pass */
}

double rule_apply(enum rule rule, const double *scores, const double *weights, uint32_t count)
{
    double known[RULE_SCORES];
    uint32_t found = rule_known(known, scores, count);

    if (found == 0)
        return -1.0;
    switch (rule) {
    case RULE_MIN:
        return rule_min(known, found);
    case RULE_PRODUCT:
        return rule_product(known, found);
    case RULE_MEDIAN:
        return rule_median(known, found);
    case RULE_MAJORITY:
        return rule_majority(known, found);
    case RULE_WEIGHTED:
        return rule_weighted(scores, weights, count);
    case RULE_AGREE:
        return rule_agree(known, found, count);
    default:
        return rule_mean(known, found);
    }
}

double rule_spread(const double *scores, uint32_t count)
{
    double known[RULE_SCORES], mean, squares = 0.0;
    uint32_t found = rule_known(known, scores, count);

    if (found == 0)
        return -1.0;
    mean = rule_mean(known, found);
    for (uint32_t i = 0; i < found; i++)
        squares += (known[i] - mean) * (known[i] - mean);
    return sqrt(squares / found);
}

double rule_consistency(const double *scores, uint32_t count)
{
    double known[RULE_SCORES];
    uint32_t found = rule_known(known, scores, count);
    uint32_t good = rule_count_good(known, found);

    if (found == 0)
        return 0.0;
    return (double)(2 * good > found ? good : found - good) / found;
}
