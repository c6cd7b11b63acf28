/*
 * cost.c - `crux cost`: what served models have cost a run.
 *
 * All numbers come from the ledger: one line for the run, one per backend and one per problem, for
 * the most expensive ones. Replies that were used again cost nothing and are in no line. What was
 * paid for nothing, or may have been, is in all of them, and has lines of its own.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/cache.h"
#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/ledger/cost.h"

struct cost_options {
    uint32_t top;
};

static const char *const titles[] = {"backend", "problem"};

/* --- for machines --------------------------------------------------------------------- */

struct lists {
    struct json *by[2];
};

static struct json *sum_json(const struct account_sum *sum)
{
    struct json *object = json_new_object();

    json_put_count(object, "calls", sum->calls);
    json_put_count(object, "samples", sum->samples);
    json_put_count(object, "prompt_tokens", sum->prompt);
    json_put_count(object, "cached_tokens", sum->cached);
    json_put_count(object, "completion_tokens", sum->completion);
    json_put_count(object, "reasoning_tokens", sum->reasoning);
    json_put(object, "price", json_of_integer(sum->price));
    return object;
}

static void list_line(void *context, enum ledger_by by, const struct ledger_line *line)
{
    struct lists *lists = context;
    struct json *object = json_new_object();

    json_put(object, titles[by], json_of_string(line->name));
    json_put(object, "paid", sum_json(&line->paid));
    json_add(lists->by[by], object);
}

static int cost_print_json(struct ledger_cost *cost, const char *path, struct crux_error *error)
{
    struct lists lists = {{json_new_array(), json_new_array()}};
    struct json *object = json_new_object();
    char *text = NULL;
    int status;

    cost->each = list_line;
    cost->context = &lists;
    status = ledger_cost_read(cost, path, error);
    json_put(object, "paid", sum_json(&cost->past.paid));
    json_put(object, "refused", sum_json(&cost->refused));
    json_put(object, "unsettled", sum_json(&cost->unsettled));
    if (ledger_cost_cached(cost) >= 0.0)
        json_put(object, "cached_share", json_of_real(ledger_cost_cached(cost)));
    json_put(object, "seconds", json_of_real((double)cost->past.lasted_ns / 1e9));
    json_put_count(object, "problem_count", cost->problems);
    json_put(object, "backends", lists.by[LEDGER_BY_BACKEND]);
    json_put(object, "problems", lists.by[LEDGER_BY_PROBLEM]);
    if (status == CRUX_OK && (text = json_text(object, true)) == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory to report the cost");
    if (status == CRUX_OK)
        terminal_put_json(stdout, text);
    json_free(object);
    free(text);
    return status;
}

/* --- for people ------------------------------------------------------------------------- */

struct lines {
    bool told[2]; /* its title */
};

/* In the currency: six decimals are a millionth. */
static void print_sum(const struct account_sum *sum)
{
    (void)printf("%9" PRIu64 " %9" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11.6f  ",
                 sum->calls, sum->samples, sum->prompt, sum->cached, sum->completion,
                 (double)sum->price / 1e9);
}

static void cost_print_head(const char *of)
{
    (void)printf("%9s %9s %11s %11s %11s %11s  %s\n", "calls", "samples", "prompt", "cached",
                 "completion", "price", of);
}

/* A blank line parts it from the one before. */
static void begin_list(const struct lines *lines, const char *of)
{
    if (lines->told[LEDGER_BY_BACKEND])
        (void)putchar('\n');
    cost_print_head(of);
}

static void print_line(void *context, enum ledger_by by, const struct ledger_line *line)
{
    struct lines *lines = context;

    if (!lines->told[by])
        begin_list(lines, titles[by]);
    lines->told[by] = true;
    print_sum(&line->paid);
    if (line->name[0] != '\0')
        terminal_put(stdout, line->name, strlen(line->name));
    else
        (void)fputs("(for no problem)", stdout);
    (void)putchar('\n');
}

/* Left out when it is nothing. */
static void print_part(const struct account_sum *sum, const char *what)
{
    if (sum->calls == 0 && sum->prompt == 0 && sum->completion == 0 && sum->price == 0)
        return;
    print_sum(sum);
    (void)puts(what);
}

/* The sum of all stands at the end, where one looks for it; it is known only then. */
static int cost_print_text(struct ledger_cost *cost, const char *path, struct crux_error *error)
{
    struct lines lines = {{false, false}};
    char duration[32];
    int status;

    cost->each = print_line;
    cost->context = &lines;
    status = ledger_cost_read(cost, path, error);
    if (status != CRUX_OK)
        return status;
    begin_list(&lines, "in all");
    print_part(&cost->refused, "of it for replies that could not be read");
    print_part(&cost->unsettled, "of it at most: no reply that is kept tells it");
    terminal_duration(cost->past.lasted_ns, duration, sizeof duration);
    print_sum(&cost->past.paid);
    (void)printf("%" PRIu64 " problems, %s\n", cost->problems, duration);
    if (ledger_cost_cached(cost) >= 0.0)
        (void)printf("%.1f %% of the tokens of prompts were in the caches of servers\n",
                     100.0 * ledger_cost_cached(cost));
    return CRUX_OK;
}

/* Is it a store at all? */
static int check_store(const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, path, false, error);

    crux_store_close(store);
    return status;
}

static int cost_run(struct options *options, struct crux_error *error)
{
    const struct cost_options *own = options->own;
    struct ledger_cost cost = {.most = own->top};
    int status;

    if (options->store == NULL) {
        cache_describe(stdout, options->json);
        return CRUX_OK;
    }
    status = check_store(options->store, error);
    if (status != CRUX_OK)
        return status;
    return options->json ? cost_print_json(&cost, options->store, error)
                         : cost_print_text(&cost, options->store, error);
}

static const struct options_row cost_rows[] = {{"top", "N", &values_count, OPTIONS_COMMAND,
                                                offsetof(struct cost_options, top), 0, 1000000,
                                                NULL, true, "Show the N problems that cost most."},
                                               {.name = NULL}};

static const struct options_group cost_group = {&table_topic_output, OPTIONS_OWN, cost_rows};

static void cost_defaults(struct options *options)
{
    struct cost_options *own = options->own;

    own->top = 10;
}

static const struct options_group *const cost_groups[] = {&cost_group,   &table_store, &table_json,
                                                          &table_config, &table_help,  NULL};

const struct command cost_command = {
    .name = "cost",
    .options = {OPTIONS_COST, cost_groups, sizeof(struct cost_options), cost_defaults},
    .operands = "[--store RUN.db]",
    .summary = "print what served models have cost a run",
    .description =
        "Prints calls, samples, tokens and price for each backend, for the dearest problems, and "
        "in all, since the run was first begun. A call is a request that may be billed: asking "
        "once more is another one, unless the server had turned the request away; a sample is one "
        "of the texts it was for; cached tokens are those of the prompt that the server had, and "
        "their share, where one tells them, stands in the last line; "
        "completion has the reasoning in it that is not shown. The price is in the currency of "
        "--price-prompt and --price-completion; with --json in billionths of it. What a run takes "
        "from its ledger costs nothing and is not counted again.\n"
        "Replies that could not be read are paid for, too; they are kept, and a later crux that "
        "can read them does not pay again. Where no reply that is kept tells what a request cost, "
        "the most that it can have cost is counted: it is in flight, was called off, late or cut "
        "off, its reply names no tokens, or it was to find out what a server is; that is for no "
        "problem. "
        "Both have a line of their own, and are in all others.\n"
        "Reading disturbs no writer. Without --store it says what crux solve keeps in its own "
        "place, how large that is, and how it is cleared.",
    .examples = "crux cost --store run.db\n"
                "crux cost\n"
                "crux cost --store run.db --top 3 --json",
    .exits = {EXIT_STORE},
    .run = cost_run,
};
