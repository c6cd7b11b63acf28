/*
 * target.h - the improved policy of a family: what the search would now play, as a
 * target to train a policy with.
 *
 * Danihelka et al. 2022, eq. 11: softmax over the family of
 *
 *     log prior + (c_visit + max N) c_scale completedQ
 *
 * with c_visit 50 and c_scale 1. completedQ is a child's mean, and v_mix of appendix D,
 * eq. 33, where it has none: the node's own value and its visited children's means
 * weighed by their priors. With completed values the result is an improvement over the
 * prior even when most children were never visited, which shares of visits are not.
 *
 * A family is summed up once, then each child is asked for its share. Shares sum up to
 * 1; those of a family without visits are its priors.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_FINISH_TARGET_H
#define SEARCH_FINISH_TARGET_H

#include <stdint.h>

struct target_child {
    double prior; /* >= 0, not 0 for all: shares of the family, or weights */
    double value; /* mean of what came back, in [0, 1]; not read without visits */
    uint32_t visits;
};

/* A family, summed up. */
struct target {
    double mixed; /* v_mix */
    double scale; /* of values: (c_visit + max N) c_scale */
    double top;   /* the highest exponent, taken off all for range */
    double total; /* of the weights */
};

/* count: 1 or more. own: the node's own value, in [0, 1]. */
struct target target_of(const struct target_child *family, uint32_t count, double own);

/* The share of a child of that family. */
double target_share(const struct target *target, const struct target_child *child);

#endif
