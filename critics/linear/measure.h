/*
 * measure.h - how good is a trained critic on problems that it was not trained on?
 *
 * Accuracy is the share of rows whose probability is on the right side of a half, a tie counting
 * half. The expected calibration error (Naeini et al. 2015; Guo et al. 2017) is the mean
 * distance, over ten bins of confidence from 0.5 to 1, between how sure the critic was and how
 * often it was right. Both come with the 95 % interval of a bootstrap over whole problems (1,000
 * draws with replacement, the same ones each time), since the rows of one problem are no
 * independent witnesses.
 *
 * Rows are counted in groups: all; by the depth of the candidate, the deepest together; and by how
 * much of a row was in training: for a pair both places, one of the two, or none.
 */
#ifndef CRITICS_LINEAR_MEASURE_H
#define CRITICS_LINEAR_MEASURE_H

#include "critics/crux_critics.h"
#include "critics/linear/fit.h"

/* Measure the rows of held, the others being what was trained on. CRUX_MEMORY. */
struct linear_held {
    const struct linear_set *set;
    const double *weights;
    struct linear_curve curve;
    const uint32_t *trained, *held; /* numbers of rows */
    size_t trained_count, held_count;
};

int linear_measure(struct crux_trained *out, const struct linear_held *what,
                   struct crux_error *error);

#endif
