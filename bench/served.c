/*
 * served.c - `crux bench server`: how many calls in flight does a server of the user's bear?
 *
 * Question   Of 1, 2, 4, ... --in-flight calls in flight: what does the server write, how long does
 *            a call wait, what does it find in its cache, and from where on do more bring nothing?
 * Workload   Requests of policy chat, as a search makes them, to --endpoint (serving.h): next steps
 *            and whole answers, four behind each beginning. --calls in all, shared among the rungs
 *            so that each takes about as long.
 * Clock      Each rung from the moment when all its calls are out until the last one is sent.
 *            Tokens by the server's own usage. Latencies from asking until the reply is read, with
 *            what was put off and tried again in them.
 * Left out   What a search does in between: the ledger, the store, the choice of what to ask.
 * Check      Every call was answered, and never more were out than a rung has.
 * Output     What it costs at most, before the first call; a table, each row as soon as it is
 *            measured, and a sentence; or with --json one object. What was measured before a
 *            server died, or Ctrl-C, is printed too: that is paid for.
 */
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/process.h"
#include "bench/serving.h"
#include "io/cli/commands.h"
#include "io/cli/model.h"
#include "io/cli/options/values.h"
#include "io/clock.h"
#include "policies/crux_policies.h"

enum { BENCH_SERVER_CALLS = 400, BENCH_SERVER_PROMPT = 250 };

/* Somebody waits for the table: how long a server may let nothing through. */
#define BENCH_SERVER_PATIENCE_NS (60 * CLOCK_SECOND_NS)

struct bench_served {
    struct options *options;
    struct serving serving;
    struct serving_rung rungs[SERVING_RUNGS];
    size_t count, measured;
    uint64_t slots; /* that the server tells; 0: it does not */
};

/* --- opening --------------------------------------------------------------------------------- */

static int bench_served_meet(struct bench_served *bench, struct crux_error *error)
{
    struct options *options = bench->options;
    struct options_backend *backend = &options->backends[0];
    struct model_said said = {"", ""};
    int status;

    if (!options_has_endpoint(backend))
        return crux_fail(error, CRUX_INVALID,
                         "crux bench server needs --endpoint URL, like http://127.0.0.1:8000/v1");
    status = model_find_out(options, 0, &said, error);
    if (status != CRUX_OK)
        return status;
    bench->slots = (uint64_t)backend->told_slots * backend->endpoints.count;
    if (said.chosen[0] != '\0')
        (void)fprintf(stderr, "crux: %s\n", said.chosen);
    if (said.note[0] != '\0')
        (void)fprintf(stderr, "crux: %s\n", said.note);
    if (!options_given(options, "in-flight") && bench->slots > 0)
        options->setup.in_flight = (uint32_t)(bench->slots < 32768 ? 2 * bench->slots : 65536);
    return CRUX_OK;
}

static int bench_served_open(struct bench_served *bench, struct crux_error *error)
{
    const struct crux_paying paying = {.in_flight = bench->options->setup.in_flight};
    struct serving *serving = &bench->serving;
    int status;

    bench->options->backends[0].client.patience_ns = BENCH_SERVER_PATIENCE_NS;
    serving->endpoints = (uint32_t)bench->options->backends[0].endpoints.count;
    status = crux_backends_open(&serving->backends, &paying, error);
    if (status == CRUX_OK)
        status = model_add(serving->backends, bench->options, 0, error);
    if (status == CRUX_OK)
        status = crux_policy_open(&serving->policy, "chat", serving->backends, error);
    serving->seed = bench->options->setup.seed;
    return status;
}

static void bench_served_close(struct bench_served *bench)
{
    struct crux_policy *policy = bench->serving.policy;

    if (policy != NULL && policy->port.close != NULL)
        policy->port.close(&policy->port);
    crux_backends_close(bench->serving.backends);
}

/* --- what it costs ------------------------------------------------------------------- */

static uint64_t bench_served_calls(const struct bench_served *bench)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < bench->count; i++)
        sum += bench->rungs[i].calls;
    return sum;
}

static bool bench_served_is_answered_yes(void)
{
    char line[16];

    (void)fputs("crux: go on? [y/N] ", stderr);
    (void)fflush(stderr);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* Nothing has been asked but what the server is. */
static int bench_served_agree(const struct bench_served *bench, struct crux_error *error)
{
    const struct options_backend *backend = &bench->options->backends[0];
    const struct bench_options *own = bench->options->own;
    uint64_t calls = bench_served_calls(bench);
    double prompt = (double)calls * BENCH_SERVER_PROMPT;
    double completion = (double)calls * backend->max_tokens;

    (void)fprintf(stderr,
                  "crux: %" PRIu64 " calls, 1 to %" PRIu32
                  " in flight, about %.0f prompt tokens and "
                  "at most %.0f of completion (--calls, --max-tokens)\n",
                  calls, bench->options->setup.in_flight, prompt, completion);
    if (backend->price_prompt > 0 || backend->price_completion > 0)
        (void)fprintf(stderr, "crux: that is at most %.4f by the prices that were given\n",
                      (prompt * (double)backend->price_prompt +
                       completion * (double)backend->price_completion) /
                          1e15);
    if (own->yes)
        return CRUX_OK;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return crux_fail(error, CRUX_INVALID,
                         "nobody can be asked whether to make them: say so with --yes");
    return bench_served_is_answered_yes() ? CRUX_OK
                                          : crux_fail(error, CRUX_INVALID, "nothing was asked");
}

/* --- output ----------------------------------------------------------------------------------- */

static bool bench_served_is_sound(const struct bench_served *bench)
{
    bool sound = bench->measured == bench->count;

    for (size_t i = 0; i < bench->measured; i++)
        sound = sound && bench->rungs[i].failed == 0 &&
                bench->rungs[i].out <= bench->rungs[i].in_flight * (1 + 1e-9);
    return sound;
}

/* 0 and silence are not told apart, so it is said as long as there is none. */
static bool bench_served_tells_cached(const struct bench_served *bench)
{
    uint64_t cached = 0;

    for (size_t i = 0; i < bench->measured; i++)
        cached += bench->rungs[i].cached;
    return cached > 0;
}

static double bench_served_cached(const struct serving_rung *rung)
{
    return rung->prompt > 0 ? (double)rung->cached / (double)rung->prompt : 0.0;
}

static struct json *bench_served_row(const struct bench_served *bench,
                                     const struct serving_rung *rung)
{
    struct json *row = json_new_object();

    json_put(row, "in_flight", json_of_integer(rung->in_flight));
    json_put_count(row, "calls", rung->calls);
    json_put_count(row, "failed", rung->failed);
    json_put_count(row, "put_off", rung->busy);
    json_put(row, "seconds", json_of_real(rung->seconds));
    json_put(row, "out", json_of_real(rung->out));
    json_put(row, "prompt_tokens_per_s", json_of_real(rung->prompt_rate));
    json_put(row, "completion_tokens_per_s", json_of_real(rung->completion_rate));
    json_put(row, "cached_share",
             bench_served_tells_cached(bench) ? json_of_real(bench_served_cached(rung))
                                              : json_of_null());
    json_put(row, "latency_median_s", json_of_real((double)rung->median_ns / 1e9));
    json_put(row, "latency_95_s", json_of_real((double)rung->nearly_ns / 1e9));
    json_put(row, "latency_most_s", json_of_real((double)rung->most_ns / 1e9));
    return row;
}

static int bench_served_print_json(const struct bench_served *bench, struct crux_error *error)
{
    const struct options_backend *backend = &bench->options->backends[0];
    struct json *out = json_new_object(), *rows = json_new_array();

    for (size_t i = 0; i < bench->measured; i++)
        json_add(rows, bench_served_row(bench, &bench->rungs[i]));
    json_put(out, "model", json_of_string(backend->model));
    json_put(out, "profile", json_of_string(backend->profile));
    json_put(out, "slots",
             bench->slots > 0 ? json_of_integer((int64_t)bench->slots) : json_of_null());
    json_put(out, "rows", rows);
    json_put(out, "recommended",
             json_of_integer(bench->rungs[serving_best(bench->rungs, bench->measured)].in_flight));
    json_put(out, "selfcheck", json_of_bool(bench_served_is_sound(bench)));
    return bench_print(out, error);
}

static void bench_served_print_head(void)
{
    (void)printf("%9s %7s %8s %12s %12s %9s %10s %10s %7s %7s\n", "in flight", "calls", "out",
                 "tokens/s", "prompt tok/s", "cached", "median", "95 %", "put off", "failed");
    (void)fflush(stdout);
}

static void bench_served_print_row(const struct serving_rung *rung, bool tells)
{
    char cached[16] = "none told";

    if (tells)
        (void)snprintf(cached, sizeof cached, "%.1f %%", 100.0 * bench_served_cached(rung));
    (void)printf("%9" PRIu32 " %7" PRIu64 " %8.1f %12.1f %12.1f %9s %8.3f s %8.3f s %7" PRIu64
                 " %7" PRIu64 "\n",
                 rung->in_flight, rung->calls, rung->out, rung->completion_rate, rung->prompt_rate,
                 cached, (double)rung->median_ns / 1e9, (double)rung->nearly_ns / 1e9, rung->busy,
                 rung->failed);
    (void)fflush(stdout);
}

static void bench_served_recommend(const struct bench_served *bench)
{
    size_t best = serving_best(bench->rungs, bench->count);
    const struct serving_rung *rung = &bench->rungs[best];

    if (bench->count == 1)
        (void)printf("only --in-flight 1 was tried, so nothing is known of more\n");
    else if (best + 1 < bench->count)
        (void)printf("--in-flight %" PRIu32
                     " is enough: more write at most a twentieth more tokens a second\n",
                     rung->in_flight);
    else if (rung->busy > 0)
        (void)printf("--in-flight %" PRIu32
                     " writes most, and the server puts off some of these: more would wait\n",
                     rung->in_flight);
    else
        (void)printf("--in-flight %" PRIu32
                     " writes most, and more may bring more: try --in-flight %" PRIu32 "\n",
                     rung->in_flight, 2 * rung->in_flight);
}

/* What is below the table, of which each row has been printed. */
static void bench_served_print_end(const struct bench_served *bench)
{
    if (bench->slots > 0)
        (void)printf("the server has %" PRIu64 " slots\n", bench->slots);
    bench_served_recommend(bench);
    (void)printf("self-check %s\n", bench_served_is_sound(bench) ? "passed" : "FAILED");
}

static void bench_served_tell_troubles(const struct bench_served *bench)
{
    uint64_t busy = 0;

    (void)fflush(stdout);
    for (size_t i = 0; i < bench->measured; i++) {
        const struct serving_rung *rung = &bench->rungs[i];

        busy += rung->busy;
        if (rung->failed > 0)
            (void)fprintf(stderr,
                          "crux: with %" PRIu32 " in flight %" PRIu64 " of %" PRIu64
                          " calls failed, the last one so: %s\n",
                          rung->in_flight, rung->failed, rung->calls, rung->why);
    }
    if (busy > 0)
        (void)fprintf(stderr,
                      "crux: the server put off %" PRIu64 " requests (429, 503): after each fewer "
                      "are sent at a time for a while, in the next row too, and the rest waits\n",
                      busy);
}

/* --- the whole ----------------------------------------------------------------------- */

/* Why all were stopped says more than that a call failed. */
static int bench_served_why(const struct bench_served *bench, int status, struct crux_error *error)
{
    struct crux_error stopped;
    int why = CRUX_OK;

    if (status == CRUX_FAILED && !bench_is_ended())
        why = crux_backends_status(bench->serving.backends, CRUX_STOPPED, &stopped);
    if (why < 0) {
        *error = stopped;
        return why;
    }
    return status;
}

static int bench_served_climb(struct bench_served *bench, struct crux_error *error)
{
    bool table = !bench->options->json;
    int status = CRUX_OK;

    bench_heed();
    if (table)
        bench_served_print_head();
    while (bench->measured < bench->count && status == CRUX_OK) {
        struct serving_rung *rung = &bench->rungs[bench->measured];

        status = serving_measure(&bench->serving, rung, error);
        if (status != CRUX_OK)
            break;
        bench->measured++;
        if (table)
            bench_served_print_row(rung, bench_served_tells_cached(bench));
    }
    status = bench_served_why(bench, status, error);
    bench_unheed();
    return status;
}

static int bench_served_measure(struct bench_served *bench, struct crux_error *error)
{
    int status = bench_served_climb(bench, error), printed = CRUX_OK;

    if (bench->options->json && bench->measured > 0)
        printed = bench_served_print_json(bench, error);
    else if (status == CRUX_OK)
        bench_served_print_end(bench);
    bench_served_tell_troubles(bench);
    return status == CRUX_OK ? printed : status;
}

static const struct options_row served_rows[] = {
    {"yes", "", &values_flag, OPTIONS_COMMAND, offsetof(struct bench_options, yes), 0, 0, NULL,
     false, "bench server: make the calls without asking whether to."},
    {.name = NULL}};

const struct options_group bench_server_options = {&table_topic_server, OPTIONS_OWN, served_rows};

int bench_served(struct options *options, struct crux_error *error)
{
    const struct bench_options *own = options->own;
    struct bench_served bench = {.options = options};
    int status = bench_served_meet(&bench, error);

    if (status == CRUX_OK) {
        bench.count =
            serving_ladder(bench.rungs, options->setup.in_flight,
                           options_given(options, "calls") ? own->calls : BENCH_SERVER_CALLS);
        status = bench_served_agree(&bench, error);
    }
    if (status == CRUX_OK)
        status = bench_served_open(&bench, error);
    if (status == CRUX_OK)
        status = bench_served_measure(&bench, error);
    bench_served_close(&bench);
    return status == CRUX_OK && !bench_served_is_sound(&bench) ? EXIT_CHECK : status;
}
