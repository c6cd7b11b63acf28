/*
 * plan.c - the description of a reward model, a row for each setting.
 */
#include "critics/reward/plan.h"

#include <stdio.h>
#include <string.h>

#include "io/stops.h"

static bool take_dialect(void *into, const char *value)
{
    struct reward_plan *plan = into;

    plan->dialect = reward_dialect_find(value);
    return plan->dialect != NULL;
}

static bool take_short(char out[DESCRIBED_NAME], const char *value)
{
    (void)snprintf(out, DESCRIBED_NAME, "%s", value);
    return strlen(value) < DESCRIBED_NAME;
}

static bool take_pointer(void *into, const char *value)
{
    return *value == '/' && take_short(((struct reward_plan *)into)->pointer, value);
}

static bool take_step_end(void *into, const char *value)
{
    char *out = ((struct reward_plan *)into)->step_end;

    return *value != '\0' && take_short(out, value) && stops_unescape(out);
}

static bool take_transform(void *into, const char *value)
{
    return reward_transform_read(&((struct reward_plan *)into)->worth, value);
}

static bool plan_take_sum(void *into, const char *value)
{
    static const char *const sums[] = {"last", "min", "product", "mean", NULL};
    struct reward_plan *plan = into;

    plan->by_step = true;
    return described_word(&plan->worth.sum, value, sums);
}

static bool take_batch(void *into, const char *value)
{
    return described_count(&((struct reward_plan *)into)->batch, value, 1, REWARD_BATCH);
}

static bool take_text(void *into, const char *value)
{
    struct reward_plan *plan = into;

    (void)snprintf(plan->template, sizeof plan->template, "%s", value);
    return *value != '\0';
}

static const struct described_setting reward_settings[] = {
    {"dialect",
     "vllm-pooling, vllm-messages, vllm-classify, vllm-score, vllm-rerank, sglang-classify, "
     "llamacpp-rerank, tei-predict or tei-rerank",
     take_dialect},
    {"pointer", "a JSON pointer into one result, like /probs/1", take_pointer},
    {"transform", "identity, class:K, sigmoid, softmax:K or clip:LOW:HIGH", take_transform},
    {"steps", "last, min, product or mean", plan_take_sum},
    {"step-end", "a text of at most 63 bytes, with \\n for a line's end", take_step_end},
    {"template", "a file", take_text},
    {"batch", "a whole number 1 .. 256", take_batch},
    {NULL, NULL, NULL},
};

int reward_plan_read(struct reward_plan *out, const char *argument, struct crux_error *error)
{
    struct reward_plan plan = {.worth.class = REWARD_NO_CLASS};
    int status = described_read(plan.backend, &plan, "reward", argument, reward_settings, error);

    if (status == CRUX_OK && plan.dialect == NULL)
        status = crux_fail(error, CRUX_INVALID,
                           "critic reward: say what it speaks, like dialect=tei-rerank");
    if (status != CRUX_OK)
        return status;
    if (plan.batch == 0 || (plan.dialect->most > 0 && plan.batch > plan.dialect->most))
        plan.batch = plan.dialect->most > 0 ? plan.dialect->most : REWARD_BATCH;
    *out = plan;
    return CRUX_OK;
}
