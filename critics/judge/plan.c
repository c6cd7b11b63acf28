/*
 * plan.c - the description of a judge, a row for each setting.
 */
#include "critics/judge/plan.h"

#include <stdio.h>
#include <string.h>

static bool take_mode(void *into, const char *value)
{
    static const char *const modes[] = {"point", "pair", "steps", "first", "criteria", NULL};

    return described_word(&((struct judge_plan *)into)->mode, value, modes);
}

static bool take_keep(void *into, const char *value)
{
    static const char *const keeps[] = {"any", "most", "all", NULL};

    return described_word(&((struct judge_plan *)into)->keep, value, keeps);
}

static bool take_votes(void *into, const char *value)
{
    return described_count(&((struct judge_plan *)into)->votes, value, 1, JUDGE_VOTES);
}

static bool take_rivals(void *into, const char *value)
{
    return described_count(&((struct judge_plan *)into)->rivals, value, 1, JUDGE_RIVALS);
}

static bool take_why(void *into, const char *value)
{
    static const char *const words[] = {"yes", "no", NULL};

    return described_word(&((struct judge_plan *)into)->silent, value, words);
}

static bool take_by(void *into, const char *value)
{
    static const char *const words[] = {"token", "score", NULL};

    return described_word(&((struct judge_plan *)into)->written, value, words);
}

static bool take_template_file(void *into, const char *value)
{
    struct judge_plan *plan = into;

    (void)snprintf(plan->template, sizeof plan->template, "%s", value);
    return *value != '\0';
}

static const struct described_setting judge_settings[] = {
    {"mode", "point, pair, steps, first or criteria", take_mode},
    {"votes", "a whole number 1 .. 64", take_votes},
    {"keep", "any, most or all", take_keep},
    {"rivals", "a whole number 1 .. 64", take_rivals},
    {"why", "yes or no", take_why},
    {"by", "token or score", take_by},
    {"template", "a file", take_template_file},
    {NULL, NULL, NULL},
};

int judge_plan_read(struct judge_plan *out, const char *argument, struct crux_error *error)
{
    struct judge_plan plan = {.mode = JUDGE_POINT, .keep = JUDGE_MOST, .votes = 1, .rivals = 8};
    int status = described_read(plan.backend, &plan, "judge", argument, judge_settings, error);

    if (status == CRUX_OK)
        *out = plan;
    return status;
}
