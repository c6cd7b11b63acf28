/*
 * worth.c - transforms of a reward model's numbers, and what the steps of a solution come to.
 */
#include "critics/reward/worth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-6

bool reward_transform_read(struct reward_worth *worth, const char *text)
{
    char rest;

    worth->class = REWARD_NO_CLASS;
    if (strcmp(text, "identity") == 0 || strcmp(text, "sigmoid") == 0) {
        worth->transform = *text == 's' ? REWARD_SIGMOID : REWARD_IDENTITY;
        return true;
    }
    if (sscanf(text, "class:%u%c", &worth->class, &rest) == 1) {
        worth->transform = REWARD_IDENTITY;
        return worth->class < REWARD_NO_CLASS;
    }
    if (sscanf(text, "softmax:%u%c", &worth->class, &rest) == 1) {
        worth->transform = REWARD_SOFTMAX;
        return worth->class < REWARD_NO_CLASS;
    }
    if (sscanf(text, "clip:%lf:%lf%c", &worth->low, &worth->high, &rest) == 2) {
        worth->transform = REWARD_CLIP;
        return isfinite(worth->low) && isfinite(worth->high) && worth->low < worth->high;
    }
    return false;
}

static bool is_a_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;
}

/* The probability of a class: the logits less the largest, so that none overflows. */
static double softmax_of(const struct reward_worth *worth, const struct json *logits)
{
    size_t count = json_count(logits);
    double most = -INFINITY, sum = 0.0;

    if (json_type_of(logits) != JSON_IS_ARRAY || worth->class >= count || count > REWARD_NO_CLASS)
        return NAN;
    for (size_t i = 0; i < count; i++) {
        if (!is_a_number(json_at(logits, i)))
            return NAN;
        most = fmax(most, json_as_real(json_at(logits, i)));
    }
    for (size_t i = 0; i < count; i++)
        sum += exp(json_as_real(json_at(logits, i)) - most);
    return exp(json_as_real(json_at(logits, worth->class)) - most) / sum;
}

double reward_worth_of(const struct reward_worth *worth, const struct json *value)
{
    size_t count = json_count(value);
    double number;

    if (worth->transform == REWARD_SOFTMAX)
        return softmax_of(worth, value);
    if (json_type_of(value) == JSON_IS_ARRAY) /* a list of one, or of the classes' probabilities */
        value = json_at(value, count == 1                       ? 0
                               : worth->class < REWARD_NO_CLASS ? worth->class
                                                                : count);
    if (!is_a_number(value))
        return NAN;
    number = json_as_real(value);
    if (worth->transform == REWARD_SIGMOID)
        number = 1.0 / (1.0 + exp(-number));
    if (worth->transform == REWARD_CLIP)
        number = fmin(1.0, fmax(0.0, (number - worth->low) / (worth->high - worth->low)));
    /* Servers count in single precision, where probabilities come to a little more than 1. */
    return number >= 0.0 && number <= 1.0 + ROUNDING ? fmin(1.0, number) : NAN;
}

static double sum_of(unsigned how, const double *steps, uint32_t count)
{
    double sum = how == REWARD_MEAN ? 0.0 : 1.0;

    for (uint32_t i = 0; i < count; i++)
        switch ((enum reward_sum)how) {
        case REWARD_MIN:
            sum = fmin(sum, steps[i]);
            break;
        case REWARD_PRODUCT:
            sum *= steps[i];
            break;
        case REWARD_MEAN:
            sum += steps[i] / count;
            break;
        default:
            sum = steps[i];
        }
    return fmin(1.0, sum);
}

bool reward_worth_sum(struct opinion_made *out, const struct reward_worth *worth,
                      const struct json *value, bool by_step)
{
    size_t count = json_count(value);
    bool known = true;
    double number;

    if (!by_step) {
        number = reward_worth_of(worth, value);
        out->score = isnan(number) ? -1.0 : number;
        return true;
    }
    if (json_type_of(value) != JSON_IS_ARRAY || count == 0 || count > CRUX_OPINION_STEPS)
        return true;
    out->steps = calloc(count, sizeof *out->steps);
    if (out->steps == NULL)
        return false;
    out->step_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        number = reward_worth_of(worth, json_at(value, i));
        known = known && !isnan(number);
        out->steps[i] = isnan(number) ? -1.0 : number;
    }
    out->score = known ? sum_of(worth->sum, out->steps, out->step_count) : -1.0;
    return true;
}
