/*
 * worth.h - what a reward model's number is worth: from its own scale into 0 .. 1, and from steps
 * to their whole.
 *
 *     identity      it is in 0 .. 1 already
 *     class:K       probabilities, one a class: that of class K; without it several are no reward
 *     sigmoid       a logit
 *     softmax:K     several logits, one a class: the probability of class K
 *     clip:LOW:HIGH from LOW .. HIGH onto 0 .. 1; what is outside becomes its nearer end
 *
 * Threads. Pure; any thread.
 */
#ifndef CRITICS_REWARD_WORTH_H
#define CRITICS_REWARD_WORTH_H

#include "critics/opinions.h"
#include "io/json.h"

enum reward_transform { REWARD_IDENTITY, REWARD_SIGMOID, REWARD_SOFTMAX, REWARD_CLIP };
enum reward_sum { REWARD_LAST, REWARD_MIN, REWARD_PRODUCT, REWARD_MEAN };

enum { REWARD_NO_CLASS = 64 }; /* there are fewer */

struct reward_worth {
    enum reward_transform transform;
    uint32_t class; /* softmax; and of several numbers where one is wanted, or REWARD_NO_CLASS: then
                     * several are no reward */
    double low, high;
    unsigned sum;
};

/* "sigmoid", "softmax:1", "clip:-5:5"; false: it is none of them. */
bool reward_transform_read(struct reward_worth *worth, const char *text);

/* One result, a number or numbers. NaN: it cannot be a reward. */
double reward_worth_of(const struct reward_worth *worth, const struct json *value);

/* Fill in score and, of a list with one result a step, steps; where a step cannot be a reward the
 * score is unknown. False: no memory. */
bool reward_worth_sum(struct opinion_made *out, const struct reward_worth *worth,
                      const struct json *value, bool by_step);

#endif
