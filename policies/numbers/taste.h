/*
 * taste.h - which legal operations a player likes, and drawing some of them.
 *
 * The taste is a handful of habits of people who play: whole numbers rather than
 * fractions, results that divide the target or are it, no zeros, nothing huge; and what the
 * documents on the path worked through (lessons.h). It never looks ahead.
 *
 * Operations are drawn without replacement by adding Gumbel noise to the preference and taking
 * the highest (Vieira 2014; Kool et al. 2019), with noise from the call's seed.
 *
 * Values; pure, any thread.
 */
#ifndef POLICIES_NUMBERS_TASTE_H
#define POLICIES_NUMBERS_TASTE_H

#include "policies/numbers/lessons.h"

struct taste {
    double sharpness; /* what the preference is multiplied by; 0: there is none */
    int64_t target;
    const struct lessons *lessons;
};

struct choice {
    struct numbers_operation operation;
    double liking, key;
    uint32_t order;
};

/* All legal operations, the drawn ones first; how many. */
uint32_t taste_choose(const struct taste *taste, const struct numbers_state *state, uint64_t seed,
                      struct choice out[NUMBERS_LEGAL_MOST]);

/* Sort by liking and noise, which come from seed and order. */
void taste_draw(struct choice *choices, uint32_t count, uint64_t seed);

/* The sum of exp(liking), by which a choice's probability is divided. */
double taste_total(const struct choice *choices, uint32_t count);

#endif
