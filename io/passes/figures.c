/*
 * figures.c - intervals, calibration and consistency, by their papers' formulas.
 */
#include "io/passes/figures.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"

#define NORMAL_95  1.959963984540054 /* the normal distribution's 97.5 % quantile */
#define EXACT_TAIL 0.025             /* beyond each end of a 95 % interval */

enum { DRAWS = 2000, SEED = 17 };

struct figures_share figures_wilson(uint64_t right, uint64_t of)
{
    double n = (double)of, p = (double)right / n, z2 = NORMAL_95 * NORMAL_95;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = NORMAL_95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

    assert(of > 0 && right <= of);
    return (struct figures_share){p, right == 0 ? 0.0 : middle - half,
                                  right == of ? 1.0 : middle + half};
}

/* The chance that at most `right` of `of` are, each with chance p in (0, 1). In logarithms: the
 * first terms may be too small for a double. */
static double figures_tail(uint32_t right, uint32_t of, double p)
{
    double term = of * log1p(-p), step = log(p) - log1p(-p), sum = exp(term);

    for (uint32_t i = 1; i <= right; i++) {
        term += step + log((double)(of - i + 1) / i);
        sum += exp(term);
    }
    return sum;
}

/* The p at which at most `right` of `of` has the chance of `tail`: it falls while p grows. */
static double figures_solve(uint32_t right, uint32_t of, double tail)
{
    double low = 0.0, high = 1.0;

    for (int i = 0; i < 53; i++) {
        double middle = (low + high) / 2;

        if (figures_tail(right, of, middle) > tail)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct figures_share figures_exact(uint32_t right, uint32_t of)
{
    struct figures_share share = {0.0, 0.0, 1.0};

    assert(right <= of);
    if (of == 0)
        return share;
    share.value = (double)right / of;
    if (right > 0)
        share.low = figures_solve(right - 1, of, 1 - EXACT_TAIL);
    if (right < of)
        share.high = figures_solve(right, of, EXACT_TAIL);
    return share;
}

/* --- ProcessBench ---------------------------------------------------------------------------- */

double figures_f1(double a, double b)
{
    return a + b > 0.0 ? 2 * a * b / (a + b) : 0.0;
}

/* What is counted of solutions: [0] right ones, [1] those with a wrong step. */
struct hits {
    uint64_t right[2], of[2];
};

static bool hits_f1(const struct hits *hits, double *out)
{
    if (hits->of[0] == 0 || hits->of[1] == 0)
        return false;
    *out = figures_f1((double)hits->right[0] / (double)hits->of[0],
                      (double)hits->right[1] / (double)hits->of[1]);
    return true;
}

static void hits_add(struct hits *sum, const struct hits *more)
{
    for (int i = 0; i < 2; i++) {
        sum->right[i] += more->right[i];
        sum->of[i] += more->of[i];
    }
}

/* F1 of as many groups as there are, drawn with replacement. */
static bool draw_f1(const struct hits *by_group, uint32_t groups, uint64_t seed, double *out)
{
    struct hits sum = {{0, 0}, {0, 0}};

    for (uint32_t i = 0; i < groups; i++)
        hits_add(&sum, &by_group[draw(seed, i) % groups]);
    return hits_f1(&sum, out);
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void take_percentiles(struct figures_share *out, const struct hits *by_group,
                             uint32_t groups)
{
    double drawn[DRAWS];
    size_t count = 0;

    out->low = 0.0;
    out->high = 1.0;
    for (uint64_t i = 0; i < DRAWS && groups > 1; i++)
        count += draw_f1(by_group, groups, draw(SEED, i), &drawn[count]);
    if (count == 0)
        return;
    qsort(drawn, count, sizeof *drawn, compare_reals);
    out->low = drawn[(size_t)(0.025 * (double)(count - 1))];
    out->high = drawn[(size_t)ceil(0.975 * (double)(count - 1))];
}

int figures_bootstrap_f1(struct figures_share *out, const struct figures_hit *hits, size_t count,
                         uint32_t groups, struct crux_error *error)
{
    struct hits *by_group = calloc((size_t)groups + 1, sizeof *by_group), all = {{0, 0}, {0, 0}};
    struct figures_share share = {0.0, 0.0, 0.0};
    bool both;

    if (by_group == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the interval of F1");
    for (size_t i = 0; i < count; i++) {
        assert(hits[i].group < groups);
        by_group[hits[i].group].of[hits[i].wrong]++;
        by_group[hits[i].group].right[hits[i].wrong] += hits[i].right;
    }
    for (uint32_t i = 0; i < groups; i++)
        hits_add(&all, &by_group[i]);
    both = hits_f1(&all, &share.value);
    assert(both);
    (void)both;
    take_percentiles(&share, by_group, groups);
    free(by_group);
    *out = share;
    return CRUX_OK;
}

/* --- calibration --------------------------------------------------------------------------------
 */

void figures_calibrate(struct figures_calibration *calibration, double score, bool right)
{
    int bin = (int)(score * FIGURES_BINS);

    assert(score >= 0.0 && score <= 1.0);
    bin = bin < FIGURES_BINS ? bin : FIGURES_BINS - 1;
    calibration->count[bin]++;
    calibration->right[bin] += right;
    calibration->sum[bin] += score;
}

double figures_ece(const struct figures_calibration *calibration)
{
    uint64_t count = 0;
    double off = 0.0;

    for (int i = 0; i < FIGURES_BINS; i++) {
        count += calibration->count[i];
        off += fabs((double)calibration->right[i] - calibration->sum[i]);
    }
    return count > 0 ? off / (double)count : -1.0;
}

/* --- consistency ---------------------------------------------------------------------------------
 */

struct figures_preferences figures_unasked(void)
{
    struct figures_preferences preferences = {.count = 0};

    for (int i = 0; i < FIGURES_ANSWERS; i++)
        for (int j = 0; j < FIGURES_ANSWERS; j++)
            preferences.y[i][j] = FIGURES_UNASKED;
    return preferences;
}

double figures_ipi(const struct figures_preferences *preferences)
{
    uint32_t pairs = 0, contradict = 0;

    for (uint32_t i = 0; i < preferences->count; i++)
        for (uint32_t j = i + 1; j < preferences->count; j++) {
            int y = preferences->y[i][j], z = preferences->y[j][i];

            if (y == FIGURES_UNASKED || z == FIGURES_UNASKED)
                continue;
            pairs++;
            contradict += y != -z;
        }
    return pairs > 0 ? (double)contradict / pairs : -1.0;
}

static uint32_t misfits(const struct figures_preferences *preferences, uint32_t i, uint32_t j,
                        int wanted)
{
    int y = preferences->y[i][j];

    return y != FIGURES_UNASKED && y != wanted;
}

/* What it costs to rank the answers of class `above` equal, and all of `below` under them. */
static uint32_t class_cost(const struct figures_preferences *preferences, uint32_t above,
                           uint32_t below)
{
    uint32_t cost = 0;

    for (uint32_t i = 0; i < preferences->count; i++) {
        if ((above >> i & 1) == 0)
            continue;
        for (uint32_t j = 0; j < preferences->count; j++)
            if (j != i && (above >> j & 1) != 0)
                cost += misfits(preferences, i, j, 0);
            else if ((below >> j & 1) != 0)
                cost += misfits(preferences, i, j, 1) + misfits(preferences, j, i, -1);
    }
    return cost;
}

/* A ranking with ties is a sequence of classes. best[set]: the least cost of ranking that set by
 * itself; its first class is any subset, and what follows is ranked by itself again. */
uint32_t figures_tov(const struct figures_preferences *preferences)
{
    uint32_t best[1 << FIGURES_ANSWERS];
    uint32_t all = (1U << preferences->count) - 1;

    assert(preferences->count >= 2 && preferences->count <= FIGURES_ANSWERS);
    best[0] = 0;
    for (uint32_t set = 1; set <= all; set++) {
        best[set] = UINT32_MAX;
        for (uint32_t first = set; first > 0; first = (first - 1) & set) {
            uint32_t cost = class_cost(preferences, first, set & ~first) + best[set & ~first];

            best[set] = cost < best[set] ? cost : best[set];
        }
    }
    return best[all];
}
