/*
 * fit.h - weights for rows: L2-regularised logistic regression by liblinear (Fan et al. 2008).
 *
 * A row that compares two candidates is the difference of their features, and the probability that
 * the first is better is a logistic function of the difference of their scores (Burges et al.
 * 2005; the loss that CR-Planner's critics are trained with). A row of one candidate is that
 * candidate.
 *
 * The solver is the trust region Newton method of the primal problem: it draws nothing at random,
 * so the same rows in the same order give the same weights, bit for bit.
 *
 * The only file that includes liblinear is fit.c. Threads. Any, one at a time in all.
 */
#ifndef CRITICS_LINEAR_FIT_H
#define CRITICS_LINEAR_FIT_H

#include "critics/linear/examples.h"

/* Fit weights[LINEAR_FEATURES] to the rows whose numbers are listed. cost: what a row's error
 * costs against large weights (liblinear's C). CRUX_MEMORY. */
int linear_fit(double *weights, const struct linear_set *set, const uint32_t *rows, size_t count,
               double cost, struct crux_error *error);

/* The logistic function that turns scores into probabilities (Platt 1999): p = 1 / (1 +
 * exp(-(slope x + offset))). Of one class alone nothing can be learnt: slope 1 and offset 0. The
 * slope is above 0, whatever the few rows say that it is fitted to: where it would not be, it is
 * flat, at the share that is right, and keeps the order of scores. */
struct linear_curve {
    double slope, offset;
};

int linear_fit_curve(struct linear_curve *out, const double *scores, const bool *right,
                     size_t count, struct crux_error *error);

/* The score of a candidate by weights. */
double linear_score(const double *weights, const struct linear_set *set, uint32_t candidate);

#endif
