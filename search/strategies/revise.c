/*
 * revise.c - is an answer good enough, and what is said of one that is not.
 */
#include "search/strategies/revise.h"

bool revise_is_good(const struct rollout *rollout, const struct crux_setup *setup)
{
    return rollout->verdict != CRUX_UNKNOWN && rollout->reward > setup->refine_gamma;
}

struct crux_revision revise_what(const struct rollout *rollout)
{
    const struct remark *remark = rollout->remark;

    return (struct crux_revision){.answer = rollout->step,
                                  .critique = remark != NULL ? remark->opinion.sentence : NULL};
}
