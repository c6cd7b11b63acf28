/*
 * opinion.c - what a program says beside a number: rewards of steps, how many judged, why.
 */
#include "io/process/opinion.h"

#include <assert.h>
#include <string.h>

#include "io/process/fields.h"

/* What of a candidate's object belongs to an opinion. */
struct opinion_said {
    const struct json *steps; /* NULL: none */
    uint32_t judges;
    double spread;   /* below 0: not known */
    const char *why; /* "": none */
};

static int opinion_check_steps(const struct json *steps, struct crux_error *error)
{
    if (json_type_of(steps) != JSON_IS_ARRAY)
        return process_bad_field(error, "steps", "an array of rewards", steps);
    if (json_count(steps) > CRUX_OPINION_STEPS)
        return crux_fail(error, CRUX_FAILED, "field `steps` of a reply: expected at most %u",
                         CRUX_OPINION_STEPS);
    for (size_t i = 0; i < json_count(steps); i++) {
        const struct json *step = json_at(steps, i);

        if (!process_is_share(step) && json_type_of(step) != JSON_IS_NULL)
            return process_bad_field(error, "steps", "numbers from 0 to 1, or null for unknown",
                                     step);
    }
    return CRUX_OK;
}

static int opinion_read_spread(double *out, const struct json *value, struct crux_error *error)
{
    const struct json *spread = process_member(value, "spread");

    *out = -1.0;
    if (spread == NULL)
        return CRUX_OK;
    if (!process_is_number(spread) || json_as_real(spread) < 0.0 || json_as_real(spread) > 0.5)
        return process_bad_field(error, "spread", "a number from 0 to 0.5", spread);
    *out = json_as_real(spread);
    return CRUX_OK;
}

/* A plain number says nothing beside itself. */
static int opinion_read(struct opinion_said *out, const struct json *value,
                        struct crux_error *error)
{
    int status;

    *out = (struct opinion_said){.spread = -1.0, .why = ""};
    if (json_type_of(value) != JSON_IS_OBJECT)
        return CRUX_OK;
    out->steps = process_member(value, "steps");
    status = out->steps != NULL ? opinion_check_steps(out->steps, error) : CRUX_OK;
    if (status == CRUX_OK)
        status = process_take_count(&out->judges, value, "judges", error);
    if (status == CRUX_OK)
        status = opinion_read_spread(&out->spread, value, error);
    return status == CRUX_OK ? process_take_text(&out->why, value, "why", error) : status;
}

static bool opinion_is_empty(const struct opinion_said *said)
{
    return json_count(said->steps) == 0 && said->judges == 0 && said->why[0] == '\0';
}

static size_t opinion_rounded(size_t bytes)
{
    return (bytes + sizeof(double) - 1) / sizeof(double) * sizeof(double);
}

int opinion_measure(size_t *bytes, const struct json *values, struct crux_error *error)
{
    size_t sum = json_count(values) * sizeof(struct crux_opinion);
    bool empty = true;

    for (size_t i = 0; i < json_count(values); i++) {
        struct opinion_said said;
        int status = opinion_read(&said, json_at(values, i), error);

        if (status != CRUX_OK)
            return status;
        empty &= opinion_is_empty(&said);
        sum += json_count(said.steps) * sizeof(double) + opinion_rounded(strlen(said.why) + 1);
    }
    *bytes = empty ? 0 : sum;
    return CRUX_OK;
}

static struct crux_opinion opinion_write(char **at, const struct opinion_said *said)
{
    size_t count = json_count(said->steps);
    double *steps = (double *)(void *)*at;
    char *text = (char *)(steps + count);

    for (size_t i = 0; i < count; i++) {
        const struct json *step = json_at(said->steps, i);

        steps[i] = process_is_share(step) ? json_as_real(step) : -1.0;
    }
    (void)strcpy(text, said->why);
    *at = text + opinion_rounded(strlen(said->why) + 1);
    return (struct crux_opinion){.steps = steps,
                                 .step_count = (uint32_t)count,
                                 .judges = said->judges,
                                 .spread = said->spread,
                                 .sentence = said->why[0] != '\0' ? text : NULL};
}

const struct crux_opinion *opinion_fill(void *memory, const struct json *values)
{
    struct crux_opinion *opinions = memory;
    char *at = (char *)(opinions + json_count(values));

    for (size_t i = 0; i < json_count(values); i++) {
        struct opinion_said said;
        int status = opinion_read(&said, json_at(values, i), NULL);

        assert(status == CRUX_OK); /* it was measured */
        (void)status;
        opinions[i] = opinion_write(&at, &said);
    }
    return opinions;
}
