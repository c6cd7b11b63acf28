/*
 * status.c - `crux status`: the progress of a run, read from its store by another process.
 *
 * Reads the store and nothing else. The process that writes it leaves its figures
 * there about once a second; a killed one cannot say that it has ended, so the store asks
 * the system.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/cli/progress.h"
#include "io/cli/terminal.h"
#include "io/cli/unpaired.h"
#include "io/clock.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/restarts.h"

struct status {
    struct crux_summary summary;
    struct json *failures;
    bool running;
    int64_t left_ns; /* 0: not known */
};

static int add_failure(void *context, const char *sentence, uint64_t count)
{
    struct json *failure = json_new_object();

    json_put(failure, "cause", json_of_string(sentence));
    json_put(failure, "count", json_of_integer((int64_t)count));
    json_add(context, failure);
    return 0;
}

static int read_status(struct status *status, struct crux_store *store, struct crux_error *error)
{
    const struct crux_pulse *pulse = &status->summary.pulse;
    int result = crux_store_summary(store, &status->summary, error);

    if (result != CRUX_OK)
        return result;
    status->running = pulse->process != 0;
    if (status->running)
        status->left_ns =
            progress_left_ns(pulse->now_ns - pulse->started_ns, pulse->view.trees_done,
                             (uint64_t)pulse->waiting_at_start);
    status->failures = json_new_array();
    return crux_store_failures(store, add_failure, status->failures, error);
}

/* --- for machines ------------------------------------------------------------------- */

static void put_count(struct json *object, const char *key, uint64_t value)
{
    json_put(object, key, json_of_integer((int64_t)value));
}

static struct json *reasons_json(const struct crux_summary *summary)
{
    struct json *object = json_new_object();

    for (int i = 0; i < CRUX_REASONS; i++)
        put_count(object, crux_reason_name((enum crux_reason)i), summary->reasons[i]);
    return object;
}

static struct json *problems_json(const struct crux_summary *summary)
{
    struct json *object = json_new_object();

    put_count(object, "waiting", summary->waiting);
    put_count(object, "finished", summary->finished);
    put_count(object, "failed", summary->broken);
    put_count(object, "skipped", summary->skipped);
    put_count(object, "with_right", summary->with_right);
    return object;
}

static struct json *parsed(const char *text)
{
    struct json *value = NULL;

    if (text == NULL || json_parse(&value, text, strlen(text), NULL) != CRUX_OK)
        return json_of_null();
    return value;
}

static void put_live(struct json *object, const struct status *status)
{
    const struct crux_view *view = &status->summary.pulse.view;

    json_put(object, "running", json_of_bool(status->running));
    put_count(object, "in_flight", status->running ? view->in_flight : 0);
    put_count(object, "trees_open", status->running ? view->trees_open : 0);
    json_put(object, "seconds_left",
             status->left_ns > 0 ? json_of_real((double)status->left_ns / 1e9) : json_of_null());
}

static int status_print_json(struct status *status, struct crux_error *error)
{
    const struct crux_summary *summary = &status->summary;
    struct json *object = json_new_object();
    char *text;

    json_put(object, "run_id", json_of_string(summary->run_id));
    put_live(object, status);
    json_put(object, "problems", problems_json(summary));
    json_put(object, "reasons", reasons_json(summary));
    put_count(object, "simulations", summary->simulations);
    put_count(object, "calls", summary->calls);
    put_count(object, "prompt_tokens", summary->prompt_tokens);
    put_count(object, "completion_tokens", summary->completion_tokens);
    json_put(object, "price", json_of_integer(summary->price));
    put_count(object, "pairs", summary->pairs);
    put_count(object, "rights", summary->rights);
    json_put(object, "unpaired", unpaired_json(summary));
    put_count(object, "continued", summary->continued);
    put_count(object, "restarts", summary->restarts);
    json_put(object, "failures", status->failures);
    status->failures = NULL;
    json_put(object, "configuration", parsed(summary->configuration));
    json_put(object, "settings", parsed(summary->settings));
    json_put(object, "input", json_of_string(summary->input_name));
    json_put(object, "input_sha256", json_of_string(summary->input_sha256));
    json_put(object, "begun_sha256", json_of_string(summary->begun_sha256));
    text = json_text(object, true);
    json_free(object);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to report the status");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

/* --- for people --------------------------------------------------------------------- */

static void print_reasons(const struct crux_summary *summary)
{
    const char *before = "ended by ";

    for (int i = 0; i < CRUX_REASONS; i++)
        if (summary->reasons[i] > 0) {
            (void)printf("%s%s %" PRIu64, before, crux_reason_name((enum crux_reason)i),
                         summary->reasons[i]);
            before = ", ";
        }
    if (before[0] == ',')
        (void)putchar('\n');
}

static void print_failures(const struct json *failures)
{
    for (size_t i = 0; i < json_count(failures); i++) {
        const struct json *failure = json_at(failures, i);
        const char *cause = json_as_string(json_get(failure, "cause"));

        (void)printf("failure  %" PRId64 " x ", json_as_integer(json_get(failure, "count")));
        if (cause != NULL)
            terminal_put(stdout, cause, strlen(cause));
        (void)putchar('\n');
    }
}

static void print_live(const struct status *status)
{
    const struct crux_pulse *pulse = &status->summary.pulse;
    char line[256];

    if (!status->running) {
        (void)puts("process  none is running");
        return;
    }
    progress_line(line, sizeof line, &pulse->view, (uint64_t)pulse->waiting_at_start,
                  pulse->now_ns - pulse->started_ns);
    (void)printf("process  %" PRId64 ": %s\n", pulse->process, line);
}

/* How the input has grown since the run was begun. */
static void print_extensions(const struct crux_summary *summary)
{
    struct json *settings = parsed(summary->settings);
    const struct json *record = json_get(settings, CRUX_INPUT_EXTENSIONS);

    for (size_t i = 0; i < json_count(record); i++) {
        const struct json *entry = json_at(record, i);
        time_t when = (time_t)(json_as_integer(json_get(entry, "at_ns")) / CLOCK_SECOND_NS);
        struct tm utc;
        char text[40] = "";

        if (gmtime_r(&when, &utc) != NULL)
            (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
        (void)printf("added    %" PRId64 " problems behind line %" PRId64 " of the input, at %s "
                     "UTC\n",
                     json_as_integer(json_get(entry, "problems")),
                     json_as_integer(json_get(entry, "lines")), text);
    }
    json_free(settings);
}

static int status_print_text(const struct status *status)
{
    const struct crux_summary *summary = &status->summary;
    char restarts[RESTARTS_SENTENCE];

    (void)printf("run      %s\n", summary->run_id);
    print_live(status);
    (void)printf("problems %" PRIu64 " finished, %" PRIu64 " failed, %" PRIu64 " waiting, %" PRIu64
                 " lines skipped\n",
                 summary->finished, summary->broken, summary->waiting, summary->skipped);
    print_extensions(summary);
    print_reasons(summary);
    (void)printf("found    %" PRIu64 " problems with a right path, %" PRIu64
                 " right paths, %" PRIu64 " pairs\n",
                 summary->with_right, summary->rights, summary->pairs);
    unpaired_print(stdout, "no pairs", summary);
    if (*restarts_sentence(restarts, &(struct restarts){summary->continued, summary->restarts}))
        (void)printf("restarts %s\n", restarts);
    (void)printf("cost     %" PRIu64 " simulations, %" PRIu64 " calls, %" PRIu64
                 " tokens, of problems that are done\n",
                 summary->simulations, summary->calls,
                 summary->prompt_tokens + summary->completion_tokens);
    print_failures(status->failures);
    return CRUX_OK;
}

static int status_run(struct options *options, struct crux_error *error)
{
    struct status status = {.failures = NULL};
    struct crux_store *store = NULL;
    int result = crux_store_open(&store, options->store, false, error);

    if (result == CRUX_OK)
        result = read_status(&status, store, error);
    if (result == CRUX_OK)
        result = options->json ? status_print_json(&status, error) : status_print_text(&status);
    json_free(status.failures);
    crux_store_close(store);
    return result;
}

static const struct options_group *const status_groups[] = {&table_store, &table_json,
                                                            &table_config, &table_help, NULL};

const struct command status_command = {
    .name = "status",
    .options = {OPTIONS_STATUS, status_groups, 0, NULL},
    .operands = "--store RUN.db",
    .needs = {"store"},
    .summary = "print how a run is doing, also while it runs",
    .description =
        "Prints problems by state, why they ended, pairs, calls, failures by cause, and while "
        "the run's process is alive also its progress line with the time left. Reading disturbs "
        "no writer.",
    .examples = "crux status --store run.db\n"
                "watch crux status --store run.db",
    .exits = {EXIT_STORE},
    .run = status_run,
};
