/*
 * figures.h - what is said of a critic in numbers: shares with their intervals, the harmonic mean
 * of two, calibration, and consistency of its preferences.
 *
 * Pure; any thread. Only what is marked needs memory, and says so by its status.
 */
#ifndef IO_PASSES_FIGURES_H
#define IO_PASSES_FIGURES_H

#include "search/crux.h"

/* An estimate and its 95 % interval. */
struct figures_share {
    double value, low, high;
};

/* right of `of` (1 or more), with Wilson's score interval (Wilson 1927). */
struct figures_share figures_wilson(uint64_t right, uint64_t of);

/* right of `of`, with the exact interval (Clopper and Pearson 1934): whatever the true share is, it
 * lies above the interval in at most 2.5 % of all cases, and below it in at most 2.5 %. Of nothing:
 * 0, and 0 .. 1. For where a share of 0 is what is to be shown: there Wilson's promises too much
 * (35 that are all wrong end at 0.099; of shares of 0.1 more than 2.5 % show that). */
struct figures_share figures_exact(uint32_t right, uint32_t of);

/* --- ProcessBench ---------------------------------------------------------------------------- */

/* Harmonic mean of two shares; 0 when both are. */
double figures_f1(double a, double b);

/* A solution as F1 sees it. Those of one group (a problem) are not independent of each other. */
struct figures_hit {
    uint32_t group; /* 0 .. groups - 1 */
    bool wrong;     /* it has a wrong step: it counts in the first share, others in the second */
    bool right;     /* the critic was right about it */
};

/* F1 of all of them, both kinds present, with a percentile bootstrap (Efron 1979) over whole
 * groups: as many as there are, drawn with replacement, 2,000 times, from a fixed seed. Draws in
 * which one of the kinds is missing say nothing and are left out; one group alone says nothing of
 * others: then the interval is 0 .. 1. CRUX_MEMORY. */
int figures_bootstrap_f1(struct figures_share *out, const struct figures_hit *hits, size_t count,
                         uint32_t groups, struct crux_error *error);

/* --- calibration --------------------------------------------------------------------------------
 */

enum { FIGURES_BINS = 10 };

/* Zeroed before the first. */
struct figures_calibration {
    uint64_t count[FIGURES_BINS], right[FIGURES_BINS];
    double sum[FIGURES_BINS]; /* of the scores */
};

/* A score in [0, 1], and whether it was true. */
void figures_calibrate(struct figures_calibration *calibration, double score, bool right);

/* Expected calibration error: mean over the scores of |share that was true - mean score| of their
 * bin, ten of equal width (Guo et al. 2017). below 0: there are no scores. */
double figures_ece(const struct figures_calibration *calibration);

/* --- consistency (Sage, arXiv 2512.16041) ---------------------------------------------------- */

/* Answers to a question that are compared at a time; exact TOV takes 3^n steps. */
enum { FIGURES_ANSWERS = 12, FIGURES_UNASKED = 2 };

/* y[i][j] for i != j: 1 when answer i was found better than j, being asked in the order i, j; -1
 * worse, 0 equal; FIGURES_UNASKED: not asked, or no reply that says so. */
struct figures_preferences {
    uint32_t count; /* 2 .. FIGURES_ANSWERS answers */
    int y[FIGURES_ANSWERS][FIGURES_ANSWERS];
};

/* None was asked yet. */
struct figures_preferences figures_unasked(void);

/* IPI: share of the pairs asked in both orders whose two verdicts contradict each other,
 * y[i][j] != -y[j][i]. below 0: there are no such pairs. */
double figures_ipi(const struct figures_preferences *preferences);

/* TOV: the least number of verdicts to change until some ranking with ties fits all of them. */
uint32_t figures_tov(const struct figures_preferences *preferences);

#endif
