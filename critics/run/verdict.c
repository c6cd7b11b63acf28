/*
 * verdict.c - reads the line of a jail, and rewards by the rule of the settings.
 */
#include "critics/run/verdict.h"

#include <stdio.h>
#include <string.h>

#include "io/json.h"

struct run_verdict run_verdict_unknown(const char *why)
{
    struct run_verdict verdict = {.outcome = {.verdict = CRUX_UNKNOWN}};

    (void)snprintf(verdict.sentence, sizeof verdict.sentence, "%s", why);
    return verdict;
}

/* A share of exactly 80 % is 80 %, whatever the divisions lost. */
static bool is_enough(int64_t passed, int64_t of, double atleast)
{
    return (double)passed >= atleast * (double)of - 1e-9;
}

static struct run_verdict judge_counts(int64_t passed, int64_t of, const char *why,
                                       const struct run_settings *settings)
{
    bool enough = is_enough(passed, of, settings->atleast);
    struct run_verdict verdict = {.outcome = {.verdict = enough ? CRUX_RIGHT : CRUX_WRONG}};

    verdict.outcome.reward = settings->graded ? (double)passed / (double)of : enough ? 1.0 : 0.0;
    (void)snprintf(verdict.sentence, sizeof verdict.sentence, "%lld of %lld tests passed%s%s",
                   (long long)passed, (long long)of, why[0] != '\0' ? ": " : "", why);
    return verdict;
}

int run_verdict_read(struct run_verdict *out, const char *line, size_t length,
                     const struct run_settings *settings, struct crux_error *error)
{
    struct json *said = NULL;
    const char *status, *why;
    int64_t passed, of;
    int read = json_parse(&said, line, length, error);

    if (read != CRUX_OK)
        return CRUX_FAILED;
    status = json_as_string(json_get(said, "status"));
    why = json_as_string(json_get(said, "why"));
    passed = json_as_integer(json_get(said, "passed"));
    of = json_as_integer(json_get(said, "of"));
    if (status == NULL || why == NULL || passed < 0 || passed > of)
        read = crux_fail(error, CRUX_FAILED, "a jail says what is no verdict");
    else if (of == 0)
        *out = run_verdict_unknown(why);
    else
        *out = judge_counts(passed, of, why, settings);
    json_free(said);
    return read;
}
