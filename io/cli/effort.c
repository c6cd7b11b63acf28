/*
 * effort.c - the default of --calls for served models, unless the run has one already.
 */
#include "io/cli/effort.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/session.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "policies/crux_policies.h"

/* A user's own program is no served model: what it costs, and whether, only he knows. */
static bool effort_is_served(const struct options *options)
{
    bool served = false;

    for (int kind = 0; kind < CRUX_KINDS; kind++) {
        const char *policy = options->policy[kind];
        const char *backend = policy != NULL ? crux_policy_backend(policy) : NULL;

        served = served || (backend != NULL && strcmp(backend, "process") != 0);
    }
    return served;
}

static bool effort_is_said(const struct options *options)
{
    return options_given(options, "calls") || options_given(options, "simulations") ||
           options_given(options, "tokens");
}

static int effort_read(struct crux_store *store, uint32_t *calls, struct crux_error *error)
{
    struct crux_summary summary;
    struct json *recorded = NULL;
    int status = crux_store_summary(store, &summary, error);
    const struct json *value;

    if (status == CRUX_OK)
        status = json_parse(&recorded, summary.configuration, strlen(summary.configuration), error);
    value = json_get(recorded, "calls");
    if (json_type_of(value) == JSON_IS_INTEGER && json_as_integer(value) >= 0 &&
        json_as_integer(value) <= UINT32_MAX)
        *calls = (uint32_t)json_as_integer(value);
    json_free(recorded);
    return status;
}

/* What a run was begun with, if one was; else *calls stays. */
static int effort_recall(const char *path, uint32_t *calls, bool *begun, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status;

    *begun = false;
    if (path == NULL || access(path, F_OK) != 0)
        return CRUX_OK;
    status = crux_store_begun(path, begun, error);
    if (status != CRUX_OK || !*begun)
        return status;
    status = crux_store_open(&store, path, false, error);
    if (status == CRUX_OK)
        status = effort_read(store, calls, error);
    crux_store_close(store);
    return status;
}

int effort_usual(struct options *options, struct crux_error *error)
{
    uint32_t calls = EFFORT_CALLS;
    bool begun = false;
    int status;

    if (!effort_is_served(options) || effort_is_said(options))
        return CRUX_OK;
    status = effort_recall(options->store, &calls, &begun, error);
    if (status == CRUX_OK && !begun)
        status = effort_recall(options->paid.replay, &calls, &begun, error);
    if (status == CRUX_OK)
        options->setup.calls = calls;
    return status;
}

void effort_say(const struct options *options, uint64_t problems)
{
    const struct crux_setup *setup = &options->setup;
    bool generates = options->command == OPTIONS_GENERATE;

    if (options->quiet || problems == 0 || !isatty(STDERR_FILENO) || options->paid.replay != NULL ||
        !session_asks_servers(options))
        return;
    (void)fprintf(stderr, "crux: %" PRIu64 " problem%s, at most ", problems,
                  problems == 1 ? "" : "s");
    if (setup->calls > 0)
        (void)fprintf(stderr, "%" PRIu32 " calls each (--calls): up to %" PRIu64 " calls",
                      setup->calls, problems * setup->calls);
    else if (setup->tokens > 0)
        (void)fprintf(stderr, "%" PRIu32 " tokens each (--tokens): up to %" PRIu64 " tokens",
                      setup->tokens, problems * setup->tokens);
    else
        (void)fprintf(stderr,
                      "%" PRIu32 " simulations each (--simulations): up to %" PRIu64 " simulations",
                      setup->simulations, problems * setup->simulations);
    (void)fputs(generates ? "; --estimate 5 searches 5 of them and says what the rest will take\n"
                          : "\n",
                stderr);
}
