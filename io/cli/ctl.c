/*
 * ctl.c - `crux ctl`: steer a run that is at work, from another terminal.
 *
 * What is typed becomes a request (obey.h says which there are); the run that has the store open
 * for writing does it and answers how it is doing.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/control/control.h"

#define CTL_BILLION 1e9

enum { CTL_MOST = 1000000000 };

struct ctl_options {
    uint64_t calls, tokens;
    int64_t price, seconds_ns;
};

/* --- asking ------------------------------------------------------------------------------ */

static bool ctl_limits_given(const struct options *options)
{
    return options_given(options, "limit-calls") || options_given(options, "limit-tokens") ||
           options_given(options, "limit-price") || options_given(options, "limit-seconds");
}

static void ctl_put_limits(const struct options *options, struct json *request)
{
    const struct ctl_options *own = options->own;

    if (options_given(options, "limit-calls"))
        json_put_count(request, "calls", own->calls);
    if (options_given(options, "limit-tokens"))
        json_put_count(request, "tokens", own->tokens);
    if (options_given(options, "limit-price"))
        json_put(request, "price", json_of_real((double)own->price / CTL_BILLION));
    if (options_given(options, "limit-seconds"))
        json_put(request, "seconds", json_of_real((double)own->seconds_ns / CTL_BILLION));
}

static int ctl_put_in_flight(const struct options *options, struct json *request,
                             struct crux_error *error)
{
    const char *count = options->operand_count > 1 ? options->operands[1] : NULL;
    double number = 0;

    if (count == NULL || !values_read_real(count, 1, OPTIONS_IN_FLIGHT_MOST, &number) ||
        number != (double)(int64_t)number)
        return crux_fail(error, CRUX_INVALID,
                         "in-flight takes a number of calls, 1 .. 65,536%s%.40s",
                         count != NULL ? ", not " : "", count != NULL ? count : "");
    json_put_count(request, "n", (uint64_t)number);
    if (options->operand_count > 2)
        json_put(request, "backend", json_of_words(options->operands[2]));
    return CRUX_OK;
}

/* The run knows which orders there are; here is only what each of them takes. */
static int ctl_request(const struct options *options, struct json *request,
                       struct crux_error *error)
{
    const char *order = options->operands[0];
    bool in_flight = strcmp(order, "in-flight") == 0;

    json_put(request, "do", json_of_words(order));
    if (ctl_limits_given(options) && strcmp(order, "limits") != 0)
        return crux_fail(error, CRUX_INVALID,
                         "limits are changed by crux ctl limits, not by crux ctl %.40s", order);
    if (in_flight)
        return ctl_put_in_flight(options, request, error);
    if (options->operand_count > 1)
        return crux_fail(error, CRUX_INVALID, "crux ctl %.40s takes nothing more, as %.40s is",
                         order, options->operands[1]);
    ctl_put_limits(options, request);
    return CRUX_OK;
}

/* --- telling ----------------------------------------------------------------------------- */

static int64_t ctl_integer(const struct json *answer, const char *name)
{
    return json_as_integer(json_get(answer, name));
}

static void ctl_print_limit(const struct json *answer, const char *name)
{
    double limit = json_as_real(json_get(json_get(answer, "limits"), name));
    const struct json *spent = json_get(json_get(answer, "spent"), name);

    (void)printf("%-8s", strcmp(name, "calls") == 0 ? "paid" : name);
    if (spent != NULL)
        (void)printf(" %.15g spent,", json_as_real(spent));
    if (limit > 0)
        (void)printf(" limit %.15g\n", limit);
    else
        (void)puts(" no limit");
}

static void ctl_print(const struct json *answer)
{
    const char *command = json_as_string(json_get(answer, "command"));
    bool stopping = json_as_bool(json_get(answer, "stopping"));
    const char *unrecorded = json_as_string(json_get(answer, "unrecorded"));

    (void)fputs("run      crux ", stdout);
    if (command != NULL)
        terminal_put(stdout, command, strlen(command));
    (void)printf(", process %" PRId64 ": %s\n", ctl_integer(answer, "process"),
                 stopping                                   ? "ending"
                 : json_as_bool(json_get(answer, "paused")) ? "paused"
                                                            : "going on");
    (void)printf("calls    %" PRId64 " under way, %" PRId64 " of them at servers, %" PRId64
                 " not sent yet; %" PRId64 " at a time\n",
                 ctl_integer(answer, "under_way"), ctl_integer(answer, "at_servers"),
                 ctl_integer(answer, "unsent"), ctl_integer(answer, "in_flight_most"));
    if (json_get(answer, "problems_done") != NULL)
        (void)printf("problems %" PRId64 " done, %" PRId64 " of them failed, %" PRId64
                     " open; %" PRId64 " pairs\n",
                     ctl_integer(answer, "problems_done"), ctl_integer(answer, "problems_failed"),
                     ctl_integer(answer, "problems_open"), ctl_integer(answer, "pairs"));
    ctl_print_limit(answer, "calls");
    ctl_print_limit(answer, "tokens");
    ctl_print_limit(answer, "price");
    ctl_print_limit(answer, "seconds");
    if (json_get(answer, "problems") != NULL)
        (void)printf("%" PRId64 " problems that had failed wait again\n",
                     ctl_integer(answer, "problems"));
    if (unrecorded != NULL) {
        (void)fputs("not recorded in the store: ", stdout);
        terminal_put(stdout, unrecorded, strlen(unrecorded));
        (void)putchar('\n');
    }
}

static int ctl_tell(const struct options *options, const struct json *answer,
                    struct crux_error *error)
{
    char *text;

    if (!options->json) {
        ctl_print(answer);
        return EXIT_DONE;
    }
    text = json_text(answer, true);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the answer");
    terminal_put_json(stdout, text);
    free(text);
    return EXIT_DONE;
}

static int ctl_run(struct options *options, struct crux_error *error)
{
    struct json *request = json_new_object(), *answer = NULL;
    int status = ctl_request(options, request, error);

    if (status == CRUX_OK)
        status = control_ask(&answer, options->store, request, 3 * CONTROL_PATIENCE_NS, error);
    if (status == CRUX_OK)
        status = ctl_tell(options, answer, error);
    json_free(request);
    json_free(answer);
    return status;
}

#define CTL(field) offsetof(struct ctl_options, field)

static const struct options_row ctl_rows[] = {
    {"limit-calls", "N", &values_whole, OPTIONS_COMMAND, CTL(calls), 0,
     INT64_C(1000000000000000000), NULL, true,
     "The run ends after N calls to what it pays for, all its sessions together; 0 is no limit."},
    {"limit-tokens", "N", &values_whole, OPTIONS_COMMAND, CTL(tokens), 0,
     INT64_C(1000000000000000000), NULL, true,
     "... before prompts and replies have more than N tokens; 0 is no limit."},
    {"limit-price", "P", &values_seconds, OPTIONS_COMMAND, CTL(price), 0, CTL_MOST, NULL, true,
     "... before it costs more than P; 0 is no limit."},
    {"limit-seconds", "S", &values_seconds, OPTIONS_COMMAND, CTL(seconds_ns), 0, CTL_MOST, NULL,
     true, "... after S seconds, of a pass since it began; 0 is no limit."},
    {.name = NULL}};

static const struct options_group ctl_group = {&table_topic_limits, OPTIONS_OWN, ctl_rows};

static const struct options_group *const ctl_groups[] = {&table_store, &ctl_group, &table_json,
                                                         &table_help, NULL};

const struct command ctl_command = {
    .name = "ctl",
    .options = {OPTIONS_CTL, ctl_groups, sizeof(struct ctl_options), NULL},
    .operands = "status|pause|resume|limits|in-flight N [BACKEND]|requeue|stop --store RUN.db",
    .least_operands = 1,
    .most_operands = 3,
    .needs = {"store"},
    .summary = "steer a run that is at work, from another terminal",
    .description =
        "status tells how the run is doing. pause sends nothing more and takes what is in flight; "
        "resume goes on.\n"
        "limits changes the limits that are given, and prints all; one that is reached already "
        "ends the run, also while it is paused. in-flight N has N calls in flight from now on, or "
        "of the backend of that name (chat: the one of the plain flags); no call that is out is "
        "taken away. More calls open more trees, up to those of 8 times as many calls as the run "
        "has begun with, unless --open-trees says how many.\n"
        "requeue searches the problems that have failed again in the same run (crux generate). "
        "stop is the first Ctrl-C: calls that are out are waited for (--grace), and the same "
        "command goes on later.\n"
        "Whatever has a store serves it, as long as it works: generate, solve, compare (its "
        "ledger.db), eval and the passes. Only the user who started it is obeyed, and root. What "
        "is changed is recorded beside the run's settings (crux status --json); what gives data "
        "their "
        "meaning is never changed. The socket is RUN.db-ctl, beside the store.",
    .examples = "crux ctl --store run.db pause\n"
                "crux ctl --store run.db in-flight 16\n"
                "crux ctl --store run.db limits --limit-price 25",
    .exits = {EXIT_STORE},
    .run = ctl_run,
};
