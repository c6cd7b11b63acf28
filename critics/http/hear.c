/*
 * hear.c - finds number, verdict and texts in a reply by their pointers.
 */
#include "critics/http/hear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/pointer.h"

struct hearing {
    const struct service *service;
    const struct json *reply;
    uint32_t star;
};

static const struct json *hear_at(const struct hearing *hearing, enum service_text which)
{
    const char *pointer = hearing->service->texts[which];

    return pointer != NULL ? pointer_find(hearing->reply, pointer, hearing->star) : NULL;
}

static int hear_refuse(const struct hearing *hearing, enum service_text which, const char *expected,
                       const struct json *found, struct crux_error *error)
{
    return crux_fail(error, CRUX_FAILED, "the reply at %.120s: expected %s, found %s",
                     hearing->service->texts[which], expected, json_type_name(json_type_of(found)));
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool hear_is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;
}

/* NaN: it is in no range that the transform takes. */
static double hear_transform(const struct service *service, double number)
{
    double share = (number - service->low) / (service->high - service->low);

    if (service->transform == SERVICE_SIGMOID)
        return 1.0 / (1.0 + exp(-share));
    if (service->transform == SERVICE_CLIP)
        return fmin(fmax(share, 0.0), 1.0);
    return share >= 0.0 && share <= 1.0 ? share : (double)NAN;
}

static int service_hear_number(double *out, const struct hearing *hearing, const struct json *value,
                               struct crux_error *error)
{
    const struct service *service = hearing->service;

    if (json_type_of(value) == JSON_IS_NULL) {
        *out = -1.0;
        return CRUX_OK;
    }
    if (!hear_is_number(value))
        return hear_refuse(hearing, SERVICE_SCORE, "a number, a list of numbers or null", value,
                           error);
    *out = hear_transform(service, json_as_real(value));
    if (!isnan(*out))
        return CRUX_OK;
    return crux_fail(
        error, CRUX_FAILED,
        "the reply at %.120s: expected a number from %.6g to %.6g (transform: clip and "
        "sigmoid take others), found %.15g",
        service->texts[SERVICE_SCORE], service->low, service->high, json_as_real(value));
}

/* Of steps; one that is unknown leaves the whole unknown, unless only the last one counts. */
static double hear_aggregate(enum service_aggregate aggregate, const double *steps, size_t count)
{
    double sum = 0.0, product = 1.0, least = 1.0;

    if (aggregate == SERVICE_LAST)
        return steps[count - 1];
    for (size_t i = 0; i < count; i++) {
        if (steps[i] < 0.0)
            return -1.0;
        sum += steps[i];
        product *= steps[i];
        least = fmin(least, steps[i]);
    }
    if (aggregate == SERVICE_MEAN)
        return sum / (double)count;
    return aggregate == SERVICE_MIN ? least : product;
}

static int hear_steps(struct said *out, double **steps, const struct hearing *hearing,
                      const struct json *values, struct crux_error *error)
{
    size_t count = json_count(values);
    int status = CRUX_OK;

    if (count == 0 || count > CRUX_OPINION_STEPS)
        return crux_fail(error, CRUX_FAILED,
                         "the reply at %.120s: expected 1 .. %u numbers, found %zu",
                         hearing->service->texts[SERVICE_SCORE], CRUX_OPINION_STEPS, count);
    *steps = calloc(count, sizeof **steps);
    if (*steps == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = service_hear_number(&(*steps)[i], hearing, json_at(values, i), error);
    if (status != CRUX_OK)
        return status;
    out->number =
        hear_aggregate((enum service_aggregate)hearing->service->aggregate, *steps, count);
    out->opinion.steps = *steps;
    out->opinion.step_count = (uint32_t)count;
    return CRUX_OK;
}

static int hear_score(struct said *out, double **steps, const struct hearing *hearing,
                      struct crux_error *error)
{
    const struct json *value = hear_at(hearing, SERVICE_SCORE);

    return json_type_of(value) == JSON_IS_ARRAY
               ? hear_steps(out, steps, hearing, value, error)
               : service_hear_number(&out->number, hearing, value, error);
}

/* --- words -------------------------------------------------------------------------------------
 */

static int service_hear_text(const char **out, const struct hearing *hearing,
                             enum service_text which, struct crux_error *error)
{
    const struct json *value = hear_at(hearing, which);

    *out = json_as_string(value);
    if (*out != NULL || value == NULL || json_type_of(value) == JSON_IS_NULL)
        return CRUX_OK;
    return hear_refuse(hearing, which, "a text or null", value, error);
}

static int hear_verdict(struct said *out, const struct hearing *hearing, struct crux_error *error)
{
    const struct service *service = hearing->service;
    const struct json *value = hear_at(hearing, SERVICE_VERDICT);
    const char *word = json_as_string(value);

    if (service->texts[SERVICE_VERDICT] == NULL) {
        if (service->right_from >= 0.0 && out->number >= 0.0)
            out->verdict = out->number >= service->right_from ? CRUX_RIGHT : CRUX_WRONG;
        return CRUX_OK;
    }
    if (json_type_of(value) == JSON_IS_BOOL)
        out->verdict = json_as_bool(value) ? CRUX_RIGHT : CRUX_WRONG;
    else if (word != NULL && strcmp(word, service->texts[SERVICE_RIGHT]) == 0)
        out->verdict = CRUX_RIGHT;
    else if (word != NULL && strcmp(word, service->texts[SERVICE_WRONG]) == 0)
        out->verdict = CRUX_WRONG;
    else if (word == NULL && json_type_of(value) != JSON_IS_NULL)
        return hear_refuse(hearing, SERVICE_VERDICT, "true, false, null or a text", value, error);
    return CRUX_OK;
}

int service_hear(struct said *out, double **steps, const struct service *service,
                 enum crux_verb verb, const struct json *reply, uint32_t star,
                 struct crux_error *error)
{
    const struct hearing hearing = {service, reply, star};
    int status;

    *out = said_nothing(verb);
    *steps = NULL;
    status = hear_score(out, steps, &hearing, error);
    if (status == CRUX_OK && verb == CRUX_JUDGE)
        status = hear_verdict(out, &hearing, error);
    if (status == CRUX_OK && verb == CRUX_JUDGE)
        status = service_hear_text(&out->answer, &hearing, SERVICE_ANSWER, error);
    if (status == CRUX_OK)
        status = service_hear_text(&out->opinion.sentence, &hearing, SERVICE_SENTENCE, error);
    if (status == CRUX_OK && verb == CRUX_JUDGE && out->number < 0.0)
        out->number = 0.5; /* unknown */
    return status;
}
