/*
 * compare.c - `crux compare`: strategies side by side on the same problems at equal cost.
 *
 * Nothing is written before everything that was asked for is known to be possible; figures are
 * said when all searches are finished, for those over a part of them do not compare.
 */
#include "io/cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/compare/report.h"
#include "io/cli/options/values.h"
#include "io/cli/session.h"
#include "io/cli/terminal.h"
#include "io/json.h"
#include "io/whole_file.h"

struct compare_options {
    struct options_list strategies;
    char *calls, *tokens, *out;
    double alpha;
    bool retry_failed;
};

struct compare {
    struct options *options;
    const struct compare_options *own;
    struct compare_items items;
    struct compare_budgets budgets;
    struct compare_runs runs;
    struct crux_problems problems;
    struct referee referee;
    struct tally *tallies;
};

/* --- what is asked for -------------------------------------------------------------------- */

static int compare_budgets(struct compare *compare, struct crux_error *error)
{
    const struct compare_options *own = compare->own;
    int status = CRUX_OK;

    if (own->calls != NULL)
        status = compare_budgets_read(&compare->budgets, own->calls, false, "calls", error);
    if (status == CRUX_OK && own->tokens != NULL)
        status = compare_budgets_read(&compare->budgets, own->tokens, true, "tokens", error);
    if (status == CRUX_OK && compare->budgets.count == 0)
        status = crux_fail(error, CRUX_INVALID,
                           "crux compare needs --calls N[,N...] or --tokens N[,N...]: what each "
                           "problem may cost");
    return status;
}

static int compare_check_problems(const struct compare *compare, struct crux_error *error)
{
    size_t known = 0;

    for (size_t i = 0; i < compare->problems.count; i++)
        known += referee_knows(&compare->problems.items[i]);
    if (known == 0)
        return crux_fail(error, CRUX_INPUT,
                         "%.200s: no problem can be graded: none has numbers or a reference "
                         "`answer`",
                         compare->options->operands[0]);
    if (known < compare->problems.count)
        (void)fprintf(stderr,
                      "crux: %zu of %zu problems have neither numbers nor a reference `answer`: "
                      "they are searched and not counted\n",
                      compare->problems.count - known, compare->problems.count);
    return CRUX_OK;
}

static int compare_plan(struct compare *compare, struct crux_error *error)
{
    const struct options_command *command = &solve_command.options;
    int status = compare_items_read(&compare->items, &compare->own->strategies, command, error);

    if (status == CRUX_OK)
        status = compare_budgets(compare, error);
    if (status == CRUX_OK)
        status = runs_plan(&compare->runs, compare->options, compare->own->out, command,
                           &compare->items, &compare->budgets, error);
    if (status == CRUX_OK)
        status = runs_problems(&compare->runs, &compare->problems, error);
    if (status == CRUX_OK)
        status = compare_check_problems(compare, error);
    return status == CRUX_OK ? referee_open(&compare->referee, error) : status;
}

/* --- what has come of it -------------------------------------------------------------------- */

/* Its answers are independent, and no other run of it has more of them. */
static bool compare_has_gaps(const struct compare *compare, const struct compare_run *run)
{
    static const char *const independent[] = {"--strategy=sample", "--strategy=rag"};
    const struct compare_budget *end = compare->budgets.items + compare->budgets.count;
    bool most = run->budget + 1 == end || run->budget[1].tokens != run->budget->tokens, is = false;

    for (size_t i = 0; i < sizeof independent / sizeof *independent; i++)
        is |= strcmp(run->item->words[0], independent[i]) == 0;
    return is && most;
}

static int compare_tally(struct compare *compare, size_t index, struct crux_error *error)
{
    const struct compare_run *run = &compare->runs.items[index];
    struct tally_setup setup = {.referee = &compare->referee,
                                .problems = &compare->problems,
                                .alpha = compare->own->alpha,
                                .gaps = compare_has_gaps(compare, run)};

    for (size_t i = 0; i < compare->items.count; i++)
        if (&compare->items.items[compare->items.items[i].same] == run->item)
            setup.picks[setup.pick_count++] = report_rule(&compare->items.items[i], run);
    return tally_read(&compare->tallies[index], run->store, &setup, error);
}

static int compare_write(const struct compare *compare, const char *name, const char *text,
                         struct crux_error *error)
{
    char *path;
    int status;

    if (text == NULL || asprintf(&path, "%s/%s", compare->own->out, name) < 0)
        return crux_fail(error, CRUX_MEMORY, "no memory for %s", name);
    status = whole_file_write(path, text, strlen(text), true, error);
    free(path);
    return status;
}

static int compare_write_json(const struct compare *compare, const struct report *report,
                              struct crux_error *error)
{
    struct json *object = report_json(report);
    char *text = json_text(object, true), *line = NULL;
    int status;

    if (text != NULL && asprintf(&line, "%s\n", text) < 0)
        line = NULL;
    status = compare_write(compare, "compare.json", line, error);
    if (status == CRUX_OK && compare->options->json)
        terminal_put_json(stdout, text);
    json_free(object);
    free(text);
    free(line);
    return status;
}

static int compare_draw(const struct compare *compare, const struct report *report,
                        struct crux_error *error)
{
    char *picture = report_svg(report);
    int status = compare_write(compare, "compare.svg", picture, error);
    bool any = false;

    free(picture);
    if (status != CRUX_OK)
        return status;
    picture = report_gaps_svg(report, &any);
    if (any)
        status = compare_write(compare, "compare-gap.svg", picture, error);
    free(picture);
    return status;
}

static int compare_report(struct compare *compare, struct crux_error *error)
{
    struct report report = {&compare->items,  &compare->budgets,  &compare->runs,
                            compare->tallies, &compare->problems, compare->own->alpha};
    int status = CRUX_OK;

    for (size_t i = 0; i < compare->runs.count && status == CRUX_OK; i++)
        status = compare_tally(compare, i, error);
    if (status == CRUX_OK && !compare->options->json)
        report_print(&report);
    if (status == CRUX_OK)
        status = compare_write_json(compare, &report, error);
    return status == CRUX_OK ? compare_draw(compare, &report, error) : status;
}

/* --- the way -----------------------------------------------------------------------------------
 */

static int compare_conclude(const struct compare *compare)
{
    uint64_t failed = 0;

    for (size_t i = 0; i < compare->runs.count; i++)
        failed += compare->tallies[i].failed;
    if (failed > 0)
        (void)fprintf(stderr,
                      "crux: %llu searches failed and count as not solved; --retry-failed searches "
                      "them again\n",
                      (unsigned long long)failed);
    return failed > 0 || compare->problems.skipped > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int compare_all(struct compare *compare, struct crux_error *error)
{
    int status = compare_plan(compare, error);

    if (status == CRUX_OK)
        status = runs_make(&compare->runs, &compare->problems, compare->own->retry_failed, error);
    if (status > CRUX_OK) {
        session_report_limit(status, error);
        (void)fputs("crux: no figures before all searches are finished; what is finished is kept, "
                    "and the same command goes on\n",
                    stderr);
        return status == CRUX_LIMIT ? EXIT_LIMIT : EXIT_INTERRUPTED;
    }
    if (status != CRUX_OK)
        return status;
    compare->tallies = calloc(compare->runs.count + 1, sizeof *compare->tallies);
    if (compare->tallies == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the figures");
    status = compare_report(compare, error);
    return status == CRUX_OK ? compare_conclude(compare) : status;
}

static int compare_run(struct options *options, struct crux_error *error)
{
    struct compare *compare = calloc(1, sizeof *compare);
    int status;

    if (compare == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to compare");
    compare->options = options;
    compare->own = options->own;
    status = compare_all(compare, error);
    for (size_t i = 0; compare->tallies != NULL && i < compare->runs.count; i++)
        tally_free(&compare->tallies[i]);
    free(compare->tallies);
    referee_close(&compare->referee);
    crux_problems_free(&compare->problems);
    runs_close(&compare->runs);
    compare_items_free(&compare->items);
    free(compare);
    return status;
}

static void compare_defaults(struct options *options)
{
    struct compare_options *own = options->own;

    own->alpha = COMMANDS_ALPHA;
}

#define OWN(field) offsetof(struct compare_options, field)

static const struct options_row compare_rows[] = {
    {"strategies", "LIST", &values_list, OPTIONS_COMMAND, OWN(strategies), 0, 0, NULL, true,
     "What is compared: STRATEGY[+OPTION=VALUE...][:PICK], parted by commas. STRATEGY is one of "
     "those of crux solve, and OPTION one of its options that change the meaning of a search: "
     "mcts+root=gumbel+root-children=8, plan+subgoals=reason, mcts+transpositions. PICK says which "
     "answer is given: first (or greedy), best, majority, weighted, bom; without it, as crux solve "
     "has it. The first of the list is what the others are measured against. May be repeated."},
    {"calls", "N[,N...]", &values_text, OPTIONS_COMMAND, OWN(calls), 0, 0, NULL, true,
     "Policy calls per problem, the same for all strategies; several numbers are several "
     "budgets."},
    {"tokens", "N[,N...]", &values_text, OPTIONS_COMMAND, OWN(tokens), 0, 0, NULL, true,
     "Tokens per problem, likewise: prompts and replies of policies and critics."},
    {"alpha", "A", &values_real, OPTIONS_COMMAND, OWN(alpha), 0, 1, NULL, false,
     "The share of the answers that pick bom wants; crux help solve policies."},
    {"out", "FOLDER", &values_text, OPTIONS_COMMAND, OWN(out), 0, 0, NULL, true,
     "Where everything is kept: ledger.db, a store for each search, compare.json and pictures. "
     "Made if there is none; one with something else in it is refused."},
    {"retry-failed", "", &values_flag, OPTIONS_COMMAND, OWN(retry_failed), 0, 0, NULL, false,
     "Search those problems again whose calls failed permanently."},
    {.name = NULL}};

static const struct options_group compare_group = {&table_topic_search, OPTIONS_OWN, compare_rows};

static const struct options_group *const compare_groups[] = {
    &table_ports,  &compare_group, &table_search,   &table_children, &table_tree,     &table_seed,
    &table_model,  &table_prompt,  &table_server,   &table_calls,    &table_backends, &table_named,
    &table_limits, &table_prices,  &table_replay,   &table_speed,    &table_strict,   &table_config,
    &table_preset, &table_json,    &table_patience, &table_quiet,    &table_help,     NULL};

const struct command compare_command = {
    .name = "compare",
    .options = {OPTIONS_COMPARE, compare_groups, sizeof(struct compare_options), compare_defaults},
    .operands = "FILE --strategies LIST --calls N --out FOLDER",
    .least_operands = 1,
    .most_operands = 1,
    .needs = {"strategies", "out"},
    .summary = "run strategies side by side at equal cost",
    .description =
        "Searches every problem of FILE with each strategy of the list and each budget, as crux "
        "solve would: the same policy, critics and seed; the reference answer steers nothing. Then "
        "answers are graded: puzzles of numbers by the exact critic, others by their reference "
        "answer; the critics that guided the search have no say in it. Strategies that differ in "
        "their pick alone are one search.\n"
        "Printed are, for each, the problems solved with a 95 % interval (Wilson), policy calls, "
        "tokens and seconds a problem, and the oracle: the share of problems that some answer "
        "solves, an upper bound of every pick. Then the differences from the first strategy, "
        "problem by problem, and for strategies that draw independent answers the selection gap: "
        "what each pick makes of the first 1, 2, 4, ... of the same answers. FOLDER/compare.json "
        "has all of it, compare.svg draws accuracy against tokens (or calls, where nobody names "
        "tokens), compare-gap.svg the gap.\n"
        "All searches share FOLDER/ledger.db: what one has asked, another one that comes to the "
        "same question does not ask again, and limits count over the whole comparison. Tokens "
        "are counted as if each were alone. FOLDER/SEARCH-N-calls.db are stores as crux generate "
        "makes them, for crux show and crux export.\n"
        "The same command goes on where it was interrupted; when all is done it prints again. "
        "Strategies and budgets may be added later; FILE and all else must stay. Trees settle in "
        "the order of asking (--order issued) unless --order is given. Answers to programs' tests "
        "are not graded.",
    .examples = "crux compare puzzles.jsonl --out cmp --calls 30,100 \\\n"
                "    --strategies mcts,sample:best,sample:majority\n"
                "crux compare hard.jsonl --endpoint http://127.0.0.1:8000/v1 --out cmp \\\n"
                "    --strategies mcts,mcts+root=gumbel,sample:majority --calls 16",
    .exits = {EXIT_CHECK, EXIT_INPUT, EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = compare_run,
};
