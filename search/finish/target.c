/*
 * target.c - the improved policy of a node, from its children's priors, visits and values.
 */
#include "search/finish/target.h"

#include <assert.h>
#include <math.h>

#define C_VISIT     50.0 /* as in gumbel.c */
#define C_SCALE     1.0
#define LEAST_PRIOR (1.0 / 65535.0) /* what a slot makes of 0: a logarithm needs more */

static double prior_of(const struct target_child *child)
{
    assert(child->prior >= 0.0);
    return child->prior > LEAST_PRIOR ? child->prior : LEAST_PRIOR;
}

/* scale 0: the family has no visits. */
static void target_mix(struct target *target, const struct target_child *family, uint32_t count,
                       double own)
{
    double visits = 0.0, priors = 0.0, values = 0.0, most = 0.0;

    for (uint32_t i = 0; i < count; i++) {
        if (family[i].visits == 0)
            continue;
        visits += family[i].visits;
        priors += prior_of(&family[i]);
        values += prior_of(&family[i]) * family[i].value;
        most = family[i].visits > most ? family[i].visits : most;
    }
    target->mixed = visits > 0.0 ? (own + visits * values / priors) / (1.0 + visits) : own;
    target->scale = visits > 0.0 ? (C_VISIT + most) * C_SCALE : 0.0;
}

static double target_exponent(const struct target *target, const struct target_child *child)
{
    double completed = child->visits > 0 ? child->value : target->mixed;

    return log(prior_of(child)) + target->scale * completed;
}

static double weight(const struct target *target, const struct target_child *child)
{
    return target->scale > 0.0 ? exp(target_exponent(target, child) - target->top) : child->prior;
}

struct target target_of(const struct target_child *family, uint32_t count, double own)
{
    struct target target = {.top = -INFINITY};

    assert(count > 0);
    assert(own >= 0.0 && own <= 1.0);
    target_mix(&target, family, count, own);
    for (uint32_t i = 0; i < count; i++)
        target.top = fmax(target.top, target_exponent(&target, &family[i]));
    for (uint32_t i = 0; i < count; i++)
        target.total += weight(&target, &family[i]);
    return target;
}

double target_share(const struct target *target, const struct target_child *child)
{
    assert(target->total > 0.0);
    return weight(target, child) / target->total;
}
