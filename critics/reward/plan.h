/*
 * plan.h - how a reward model is asked and what its numbers mean: a description, read.
 *
 * Threads. It is never changed: any thread.
 * Errors.  CRUX_INVALID with a sentence that names the setting.
 */
#ifndef CRITICS_REWARD_PLAN_H
#define CRITICS_REWARD_PLAN_H

#include "critics/described.h"
#include "critics/reward/dialect.h"
#include "critics/reward/worth.h"

enum { REWARD_BATCH = 256 };

struct reward_plan {
    char backend[DESCRIBED_NAME];
    const struct reward_dialect *dialect;
    char pointer[DESCRIBED_NAME];  /* JSON pointer of the number in one result; "": the dialect's */
    char step_end[DESCRIBED_NAME]; /* behind each step of the text; "": "\n" */
    char template[DESCRIBED_VALUE]; /* of the text; "": problem and steps */
    struct reward_worth worth;
    bool by_step;   /* one number for each step */
    uint32_t batch; /* candidates in a request; 0: as many as the dialect takes */
};

int reward_plan_read(struct reward_plan *out, const char *argument, struct crux_error *error);

#endif
