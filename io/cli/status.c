/*
 * status.c - `crux status`: the progress of a run, read from its store by another process.
 *
 * Reads the store. The process that writes it leaves its figures there about once a second; a
 * killed one cannot say that it has ended, so the store asks the system. What the store does not
 * say, whether a run is paused and which pass is at work, the process itself is asked, as crux ctl
 * does; where it does not answer its user at once, that is left out.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/cli/columns.h"
#include "io/cli/live.h"
#include "io/cli/progress.h"
#include "io/cli/terminal.h"
#include "io/cli/told.h"
#include "io/cli/unpaired.h"
#include "io/cli/wrap.h"
#include "io/clock.h"
#include "io/control/control.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/ledger/cost.h"
#include "io/restarts.h"
#include "io/shards.h"
#include "io/store/store.h"

#define STATUS_PATIENCE_NS CLOCK_SECOND_NS

enum { STATUS_WIDTH = 80, STATUS_INDENT = 9 };

struct status {
    struct crux_summary summary;
    struct json *failures, *refusals;
    struct ledger_cost cost; /* paid for all problems, finished or not */
    bool running;
    int64_t left_ns;      /* 0: not known */
    struct live live;     /* while it runs */
    struct json *at_work; /* what the process that has the store for writing says; NULL: nothing */
};

static int add_failure(void *context, const char *sentence, uint64_t count)
{
    struct json *failure = json_new_object();

    json_put(failure, "cause", json_of_words(sentence));
    json_put_count(failure, "count", count);
    json_add(context, failure);
    return 0;
}

/* Of a program that tells nothing but its pulse. */
static void status_live_of_pulse(struct live *out, const struct crux_pulse *pulse)
{
    double seconds = (double)(pulse->now_ns - pulse->started_ns) / 1e9;
    double per_second = seconds > 0.0 ? 1.0 / seconds : 0.0;
    uint64_t tokens = pulse->view.prompt_tokens + pulse->view.completion_tokens;

    *out = (struct live){
        .done = pulse->view.trees_done,
        .problems = (uint64_t)pulse->waiting_at_start,
        .seconds = seconds,
        .simulations = pulse->view.simulations,
        .calls = pulse->view.calls > pulse->view.in_flight
                     ? pulse->view.calls - pulse->view.in_flight
                     : 0,
        .in_flight = pulse->view.in_flight,
        .failed = pulse->view.trees_failed,
        .pairs = pulse->view.pairs,
        .tokens = tokens,
        .price = pulse->view.price,
        .tokens_a_second = (double)tokens * per_second,
        .simulations_a_second = (double)pulse->view.simulations * per_second,
    };
}

static int read_live(struct status *status, struct crux_store *store, struct crux_error *error)
{
    const struct crux_pulse *pulse = &status->summary.pulse;
    int result;

    if (status->running && !told_get(&status->live, store, pulse->process))
        status_live_of_pulse(&status->live, pulse);
    status->refusals = json_new_array();
    result = store_refusals(store, add_failure, status->refusals, error);
    return result == CRUX_OK ? ledger_cost_of(&status->cost, store, error) : result;
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
    result = crux_store_failures(store, add_failure, status->failures, error);
    return result == CRUX_OK ? read_live(status, store, error) : result;
}

/* A run of another user, one that is stopped, none: nothing is said. */
static struct json *status_ask(const char *store)
{
    struct json *request = json_new_object(), *answer = NULL;

    json_put(request, "do", json_of_string("status"));
    (void)control_ask(&answer, store, request, STATUS_PATIENCE_NS, NULL);
    json_free(request);
    return answer;
}

static const char *status_doing(const struct json *at_work)
{
    return json_as_bool(json_get(at_work, "stopping")) ? "ending"
           : json_as_bool(json_get(at_work, "paused")) ? "paused"
                                                       : "going on";
}

/* --- for machines ------------------------------------------------------------------- */

static struct json *reasons_json(const struct crux_summary *summary)
{
    struct json *object = json_new_object();

    for (int i = 0; i < CRUX_REASONS; i++)
        json_put_count(object, crux_reason_name((enum crux_reason)i), summary->reasons[i]);
    return object;
}

static struct json *problems_json(const struct crux_summary *summary)
{
    struct json *object = json_new_object();

    json_put_count(object, "waiting", summary->waiting);
    json_put_count(object, "finished", summary->finished);
    json_put_count(object, "failed", summary->broken);
    json_put_count(object, "skipped", summary->skipped);
    json_put_count(object, "with_right", summary->with_right);
    return object;
}

static struct json *parsed(const char *text)
{
    struct json *value = NULL;

    if (text == NULL || json_parse(&value, text, strlen(text), NULL) != CRUX_OK)
        return json_of_null();
    return value;
}

static struct json *status_at_work_json(const struct json *at_work)
{
    struct json *object;

    if (at_work == NULL)
        return json_of_null();
    object = json_new_object();
    json_put(object, "command", json_clone(json_get(at_work, "command")));
    json_put(object, "process", json_clone(json_get(at_work, "process")));
    json_put(object, "doing", json_of_string(status_doing(at_work)));
    return object;
}

/* As long as before for each problem, but never outside of what the estimate of the calls says. */
static double status_left(const struct status *status)
{
    const struct estimate *left = &status->live.left;
    double seconds = (double)status->left_ns / 1e9;

    if (!left->known || status->left_ns <= 0)
        return seconds;
    return fmax(left->seconds.low, fmin(left->seconds.high, seconds));
}

static void put_live(struct json *object, const struct status *status)
{
    const struct crux_view *view = &status->summary.pulse.view;

    json_put(object, "running", json_of_bool(status->running));
    json_put_count(object, "in_flight", status->running ? view->in_flight : 0);
    json_put_count(object, "trees_open", status->running ? view->trees_open : 0);
    json_put(object, "seconds_left",
             status->left_ns > 0 ? json_of_real(status_left(status)) : json_of_null());
}

static struct json *status_paid_json(const struct account_sum *paid)
{
    struct json *object = json_new_object();

    json_put_count(object, "calls", paid->calls);
    json_put_count(object, "prompt_tokens", paid->prompt);
    json_put_count(object, "cached_tokens", paid->cached);
    json_put_count(object, "completion_tokens", paid->completion);
    json_put(object, "price", json_of_integer(paid->price));
    return object;
}

static int status_print_json(struct status *status, struct crux_error *error)
{
    const struct crux_summary *summary = &status->summary;
    struct json *object = json_new_object();
    char *text;

    json_put(object, "run_id", json_of_string(summary->run_id));
    put_live(object, status);
    json_put(object, "at_work", status_at_work_json(status->at_work));
    json_put(object, "problems", problems_json(summary));
    json_put(object, "reasons", reasons_json(summary));
    json_put_count(object, "simulations", summary->simulations);
    json_put_count(object, "calls", summary->calls);
    json_put_count(object, "prompt_tokens", summary->prompt_tokens);
    json_put_count(object, "completion_tokens", summary->completion_tokens);
    json_put(object, "price", json_of_integer(summary->price));
    json_put_count(object, "pairs", summary->pairs);
    json_put_count(object, "rights", summary->rights);
    json_put(object, "unpaired", unpaired_json(summary));
    json_put_count(object, "continued", summary->continued);
    json_put_count(object, "restarts", summary->restarts);
    json_put(object, "live", status->running ? live_json(&status->live) : json_of_null());
    json_put(object, "paid", status_paid_json(&status->cost.past.paid));
    json_put(object, "failures", status->failures);
    json_put(object, "refusals", status->refusals);
    status->failures = status->refusals = NULL;
    json_put(object, "configuration", parsed(summary->configuration));
    json_put(object, "settings", parsed(summary->settings));
    json_put(object, "input", json_of_words(summary->input_name));
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

/* Columns that lines may take; 0: any, as in a file. */
static unsigned status_width(void)
{
    bool narrow = isatty(STDOUT_FILENO) || getenv("COLUMNS") != NULL;

    return narrow ? columns_here(STDOUT_FILENO, STATUS_WIDTH) : 0;
}

/* Ends what stands in wrap: a line of a word and what it says. */
static void status_begin(struct wrap *wrap, const char *word)
{
    wrap_begin(wrap, stdout, status_width(), 0, STATUS_INDENT);
    wrap_printf(wrap, "%-*s ", STATUS_INDENT - 1, word);
}

static void status_end(struct wrap *wrap)
{
    wrap_end(wrap);
    (void)putchar('\n');
}

static void print_reasons(const struct crux_summary *summary)
{
    const char *before = "ended by ";
    struct wrap wrap;

    wrap_begin(&wrap, stdout, status_width(), 0, STATUS_INDENT);
    for (int i = 0; i < CRUX_REASONS; i++)
        if (summary->reasons[i] > 0) {
            wrap_printf(&wrap, "%s%s %" PRIu64, before, crux_reason_name((enum crux_reason)i),
                        summary->reasons[i]);
            before = ", ";
        }
    if (before[0] == ',')
        status_end(&wrap);
}

/* With how often there was each of them. */
static void print_causes(const char *word, const struct json *causes)
{
    for (size_t i = 0; i < json_count(causes); i++) {
        const struct json *each = json_at(causes, i);
        const char *cause = json_as_string(json_get(each, "cause"));
        struct wrap wrap;

        status_begin(&wrap, word);
        wrap_printf(&wrap, "%" PRId64 " x ", json_as_integer(json_get(each, "count")));
        wrap_puts(&wrap, cause != NULL ? cause : "");
        status_end(&wrap);
    }
}

/* Other commands than a search leave no figures in the store. */
static void print_live(const struct status *status)
{
    const char *command = json_as_string(json_get(status->at_work, "command"));
    const char *doing = status_doing(status->at_work);
    char line[LIVE_LINE];
    struct wrap wrap;

    status_begin(&wrap, "process");
    if (status->running) {
        live_line(line, &status->live, 0);
        wrap_printf(&wrap, "%" PRId64 ": ", status->summary.pulse.process);
        if (strcmp(doing, "going on") != 0)
            wrap_printf(&wrap, "%s: ", doing);
        wrap_puts(&wrap, line);
    } else if (command != NULL) {
        wrap_printf(&wrap, "%" PRId64 ": crux %s, %s (crux ctl tells how far it is)",
                    json_as_integer(json_get(status->at_work, "process")), command, doing);
    } else {
        wrap_puts(&wrap, "none is running");
    }
    status_end(&wrap);
}

/* Also for problems that are not done, and for those that failed. */
static void print_paid(const struct ledger_cost *cost)
{
    const struct account_sum *paid = &cost->past.paid;
    struct wrap wrap;

    if (paid->calls == 0)
        return;
    status_begin(&wrap, "paid");
    wrap_printf(&wrap,
                "%" PRIu64 " calls, %" PRIu64 " tokens, price %.6g, for all problems, done or not",
                paid->calls, paid->prompt + paid->completion, (double)paid->price / 1e9);
    if (ledger_cost_cached(cost) >= 0.0)
        wrap_printf(&wrap, ", %.1f %% of prompt tokens in servers' caches",
                    100.0 * ledger_cost_cached(cost));
    status_end(&wrap);
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

/* A shard's store does not have the problems of the others. */
static void print_shard(const struct crux_summary *summary)
{
    struct json *settings = parsed(summary->settings);
    const char *part = json_as_string(json_get(settings, "shard"));
    struct wrap wrap;

    if (part != NULL) {
        status_begin(&wrap, "shard");
        wrap_printf(&wrap, "%s of the input's %" PRIu64 " problems", part, shards_input(summary));
        status_end(&wrap);
    }
    json_free(settings);
}

/* A store that was merged without all shards has not all problems. */
static void print_absent(const struct crux_summary *summary)
{
    uint64_t there = summary->finished + summary->broken + summary->waiting;
    uint64_t input = shards_input(summary);
    struct json *parts = shards_parts(summary), *settings = parsed(summary->settings);
    struct wrap wrap;

    if (json_get(settings, CRUX_MERGED) != NULL && input > there) {
        status_begin(&wrap, "merged");
        wrap_printf(&wrap,
                    "from %zu shards; %" PRIu64 " of the input's %" PRIu64
                    " problems are in none of them",
                    json_count(parts), input - there, input);
        status_end(&wrap);
    }
    json_free(parts);
    json_free(settings);
}

static void print_unpaired(const struct crux_summary *summary)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return;
    unpaired_print(out, "no pairs", summary);
    if (fclose(out) == 0 && size > 0) {
        text[size - 1] = '\0'; /* its line's end */
        wrap_line(stdout, status_width(), STATUS_INDENT, text);
    }
    free(text);
}

static void print_found(const struct crux_summary *summary)
{
    struct wrap wrap;

    status_begin(&wrap, "problems");
    wrap_printf(&wrap,
                "%" PRIu64 " finished, %" PRIu64 " failed, %" PRIu64 " waiting, %" PRIu64
                " lines skipped",
                summary->finished, summary->broken, summary->waiting, summary->skipped);
    status_end(&wrap);
    print_extensions(summary);
    print_shard(summary);
    print_absent(summary);
    print_reasons(summary);
    status_begin(&wrap, "found");
    wrap_printf(
        &wrap, "%" PRIu64 " problems with a right path, %" PRIu64 " right paths, %" PRIu64 " pairs",
        summary->with_right, summary->rights, summary->pairs);
    status_end(&wrap);
    print_unpaired(summary);
}

static int status_print_text(const struct status *status)
{
    const struct crux_summary *summary = &status->summary;
    char restarts[RESTARTS_SENTENCE];
    struct wrap wrap;

    (void)printf("run      %s\n", summary->run_id);
    print_live(status);
    print_found(summary);
    if (*restarts_sentence(restarts, &(struct restarts){summary->continued, summary->restarts})) {
        status_begin(&wrap, "restarts");
        wrap_puts(&wrap, restarts);
        status_end(&wrap);
    }
    status_begin(&wrap, "cost");
    wrap_printf(
        &wrap,
        "%" PRIu64 " simulations, %" PRIu64 " calls, %" PRIu64 " tokens, of problems that are done",
        summary->simulations, summary->calls, summary->prompt_tokens + summary->completion_tokens);
    status_end(&wrap);
    print_paid(&status->cost);
    print_causes("failure", status->failures);
    print_causes("unread", status->refusals);
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
        status.at_work = status_ask(options->store);
    if (result == CRUX_OK)
        result = options->json ? status_print_json(&status, error) : status_print_text(&status);
    json_free(status.failures);
    json_free(status.refusals);
    json_free(status.at_work);
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
        "Prints problems by state, why they ended, pairs, calls, failures by cause, replies that "
        "could not be read (unread), and what is paid, also for problems that are not done. While "
        "the run's process is alive also how it is doing, from its first second on: the time that "
        "is left as a range, calls answered and in flight, requests without a use by why "
        "(refused), "
        "tokens a second, texts that begin anew (restarts), and what the rest will take. Reading "
        "disturbs no writer.\n"
        "A run that is paused or ends says so, and so does a pass that is at work on the store, to "
        "its "
        "own user and root (`at_work` with --json).\n"
        "With --json that is `live`: counts of this session, `refused` by why, and `left`, the low "
        "and the high end of seconds, calls, tokens and price to the end, or null while too little "
        "is known. `paid` and `refusals` are of all sessions.",
    .examples = "crux status --store run.db\n"
                "watch crux status --store run.db",
    .exits = {EXIT_STORE},
    .run = status_run,
};
