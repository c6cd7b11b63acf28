/*
 * solve.c - `crux solve`: each problem's best path, answer, verdict and cost.
 *
 * Trees finish in any order and from any worker; results leave in the order of the
 * input. So each is made into its text at once, where the tree lives, and waits as text
 * until all before it are printed.
 */
#include "io/cli/commands.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/begin.h"
#include "io/cli/cache.h"
#include "io/cli/columns.h"
#include "io/cli/effort.h"
#include "io/cli/options/values.h"
#include "io/cli/progress.h"
#include "io/cli/result.h"
#include "io/cli/session.h"
#include "io/cli/terminal.h"
#include "io/cli/window.h"
#include "io/restarts.h"

enum { SOLVE_WIDTH = 80 };

/* Which answer is given; 0: as critics know right and wrong, or not. Else a rule + 1. */
struct solve_options {
    int pick;
    double alpha;
};

struct solve {
    struct crux_sink sink;
    struct options *options;
    const struct solve_options *own;
    struct session session;
    struct crux_problems problems;
    struct result_choice choice;
    struct crux_store *store;  /* NULL: nothing is kept */
    struct progress *progress; /* while it searches */
    pthread_mutex_t mutex;     /* over all below, and standard output */
    char **texts;              /* by problem: its result, until it is printed */
    size_t next;               /* the first problem that is not printed */
    int cause;                 /* errno of the first failure to print; 0: none */
    uint64_t failed;
    uint64_t grades[CRUX_WRONG + 1];
    struct restarts restarts; /* of policy chat */
};

/* --- in the order of the input --------------------------------------------------------------- */

static bool solve_is_mine(void *context, const struct crux_problem *problem)
{
    const struct solve *solve = context;

    return session_in_shard(solve->options, problem->id);
}

/* Not solved before: neither now nor by the same command, in the same store. */
static bool solve_is_open(void *context, const struct crux_problem *problem)
{
    const struct solve *solve = context;

    return solve_is_mine(context, problem) &&
           (solve->store == NULL ||
            crux_store_state(solve->store, problem->ordinal) == CRUX_WAITING);
}

/* Print what has come without a gap; with a stop the gaps stay. */
static void print_ready(struct solve *solve, bool gaps)
{
    progress_hide(solve->progress);
    for (; solve->next < solve->problems.count; solve->next++) {
        char **text = &solve->texts[solve->next];

        if (*text != NULL && solve->options->json)
            terminal_put_json(stdout, *text);
        else if (*text != NULL)
            (void)puts(*text);
        else if (!gaps && solve_is_mine(solve, &solve->problems.items[solve->next]))
            break;
        free(*text);
        *text = NULL;
    }
    if (fflush(stdout) != 0 && solve->cause == 0)
        solve->cause = errno;
    progress_show(solve->progress);
}

static int solve_by_ordinal(const void *key, const void *item)
{
    uint64_t wanted = *(const uint64_t *)key,
             ordinal = ((const struct crux_problem *)item)->ordinal;

    return (wanted > ordinal) - (wanted < ordinal);
}

/* A tree out of a store has a problem of its own: what names it there is its ordinal. */
static size_t solve_index(const struct solve *solve, const struct crux_tree *tree)
{
    const struct crux_problem *problem =
        bsearch(&tree->problem->ordinal, solve->problems.items, solve->problems.count,
                sizeof *solve->problems.items, solve_by_ordinal);

    assert(problem != NULL);
    return (size_t)(problem - solve->problems.items);
}

/* With the mutex. Without memory a tree is left out, which only makes the sample smaller. */
static void solve_count_restarts(struct solve *solve, const struct crux_tree *tree)
{
    bool served = false;

    for (int kind = 0; kind < CRUX_KINDS; kind++) {
        const struct crux_policy *policy = solve->session.policies[kind];

        served = served || (policy != NULL && strcmp(policy->port.name, "chat") == 0);
    }
    if (served)
        (void)restarts_add(&solve->restarts, tree);
}

static int solve_print(struct solve *solve, const struct crux_tree *tree, struct crux_error *error)
{
    size_t index = solve_index(solve, tree);
    struct result result;
    char *text = NULL;
    int cause;

    if (result_read(&result, &solve->choice, tree) == CRUX_OK)
        text = solve->options->json ? result_json(&solve->choice, &result)
                                    : result_text(&solve->choice, &result);
    result_end(&result);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the result of %s", tree->problem->id);
    (void)pthread_mutex_lock(&solve->mutex);
    solve->texts[index] = text;
    solve_count_restarts(solve, tree);
    solve->failed += tree->reason == CRUX_REASON_FAILED;
    if (result.graded)
        solve->grades[result.grade]++;
    print_ready(solve, false);
    cause = solve->cause;
    (void)pthread_mutex_unlock(&solve->mutex);
    if (cause != 0)
        return crux_fail(error, CRUX_STORE, "cannot write standard output: %s", strerror(cause));
    return CRUX_OK;
}

/* Kept before it is shown: what was seen is there the next time. */
static int solve_finished(struct crux_sink *self, const struct crux_tree *tree,
                          struct crux_error *error)
{
    struct solve *solve = (struct solve *)self;
    int status = CRUX_OK;

    progress_finished(solve->progress, tree);
    if (solve->store != NULL && tree->reason != CRUX_REASON_STOPPED)
        status = session_keep(&solve->session, solve->store, tree, error);
    return status == CRUX_OK ? solve_print(solve, tree, error) : status;
}

/* What the same command has solved before comes out of the store. */
static int solve_print_kept(struct solve *solve, struct crux_error *error)
{
    struct crux_tree *tree = NULL;
    uint64_t kept = 0;
    int64_t after = -1;
    int status = CRUX_END;

    while (solve->store != NULL &&
           (status = crux_store_next(solve->store, after, &tree, error)) == CRUX_OK) {
        after = (int64_t)tree->problem->ordinal;
        status = solve_print(solve, tree, error);
        crux_tree_free(tree);
        if (status != CRUX_OK)
            return status;
        kept++;
    }
    if (kept > 0 && !solve->options->quiet)
        (void)fprintf(stderr, "crux: %" PRIu64 " problems were solved before and cost nothing\n",
                      kept);
    return status == CRUX_END ? CRUX_OK : status;
}

/* What the reference answers say of all results. */
static void report_grades(const struct solve *solve)
{
    const uint64_t *grades = solve->grades;
    uint64_t all = grades[CRUX_RIGHT] + grades[CRUX_WRONG] + grades[CRUX_UNKNOWN];

    if (all > 0 && !solve->options->quiet)
        (void)fprintf(stderr,
                      "crux: graded by the reference answers: %" PRIu64 " of %" PRIu64
                      " right, %" PRIu64 " wrong, %" PRIu64 " unknown\n",
                      grades[CRUX_RIGHT], all, grades[CRUX_WRONG], grades[CRUX_UNKNOWN]);
}

static void report_restarts(const struct solve *solve)
{
    char sentence[RESTARTS_SENTENCE];

    if (!solve->options->quiet && *restarts_sentence(sentence, &solve->restarts) != '\0')
        (void)fprintf(stderr, "crux: restarts: %s\n", sentence);
}

/* --- the way ---------------------------------------------------------------------------------- */

/* What is paid for is kept: in the store that was named, or in one of its own. */
static int solve_open_store(struct solve *solve, struct crux_error *error)
{
    const struct options *options = solve->options;
    int status;

    if (options->store == NULL)
        return session_asks_servers(options) && !options->no_store && options->paid.replay == NULL
                   ? cache_open(&solve->store, options, &solve->problems, error)
                   : CRUX_OK;
    status = crux_store_open(&solve->store, options->store, true, error);
    if (status == CRUX_OK)
        status = begin_run(solve->store, options, &solve->problems, false, error);
    return status;
}

static struct result_choice solve_choice(const struct solve *solve)
{
    bool terminal = isatty(STDOUT_FILENO) != 0;

    return (struct result_choice){
        .outcome = solve->session.critics[CRUX_ROLE_OUTCOME],
        .pick = solve->own->pick,
        .alpha = solve->own->alpha,
        .oracle = solve->options->oracle,
        .width = terminal ? columns_here(STDOUT_FILENO, SOLVE_WIDTH) : 0,
    };
}

static int solve_open_all(struct solve *solve, struct crux_error *error)
{
    int status = session_problems(&solve->problems, solve->options, error);

    if (status == CRUX_OK)
        status = effort_usual(solve->options, error);
    if (status == CRUX_OK) /* the route depends on the problems' pictures */
        status = window_open(&solve->session, solve->options, &solve->problems, error);
    if (status == CRUX_OK)
        status = solve_open_store(solve, error);
    if (status == CRUX_OK)
        status = session_pay(&solve->session, solve->options, solve->store, error);
    if (status == CRUX_OK && solve->store != NULL)
        status = crux_store_reopen_broken(solve->store, error);
    if (status != CRUX_OK)
        return status;
    solve->choice = solve_choice(solve);
    solve->texts = calloc(solve->problems.count + 1, sizeof *solve->texts);
    return solve->texts != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for results");
}

static void solve_close_all(struct solve *solve)
{
    for (size_t i = 0; solve->texts != NULL && i < solve->problems.count; i++)
        free(solve->texts[i]);
    free(solve->texts);
    session_close(&solve->session);
    crux_store_close(solve->store);
    crux_problems_free(&solve->problems);
}

/* On one terminal the line makes room for results. */
static int solve_search(struct solve *solve, struct crux_error *error)
{
    struct session_source source = session_source_of(&solve->problems, solve_is_open, solve);
    struct progress_setup setup = {
        .search = solve->session.search,
        .setup = &solve->session.setup,
        .backends = solve->session.backends,
        .problems = session_count(&source),
        .shown = !solve->options->quiet,
    };
    int status = solve_print_kept(solve, error);

    effort_say(solve->options, setup.problems);
    if (status == CRUX_OK)
        status = progress_open(&solve->progress, &setup, error);
    if (status == CRUX_OK)
        status = session_search(&solve->session, &source, &solve->sink, error);
    progress_close(solve->progress);
    solve->progress = NULL;
    print_ready(solve, true);
    report_grades(solve);
    report_restarts(solve);
    session_report_limit(status, error);
    return status;
}

static int solve_exit(const struct solve *solve, int status)
{
    if (status == CRUX_STOPPED)
        return EXIT_INTERRUPTED;
    if (status == CRUX_LIMIT)
        return EXIT_LIMIT;
    if (status < 0)
        return status;
    return solve->failed > 0 || solve->problems.skipped > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int solve_run(struct options *options, struct crux_error *error)
{
    struct solve solve = {.sink = {solve_finished}, .options = options, .own = options->own};
    int status;

    (void)pthread_mutex_init(&solve.mutex, NULL);
    status = solve_open_all(&solve, error);
    if (status == CRUX_OK)
        status = solve_exit(&solve, solve_search(&solve, error));
    solve_close_all(&solve);
    (void)pthread_mutex_destroy(&solve.mutex);
    return status;
}

static void solve_defaults(struct options *options)
{
    struct solve_options *own = options->own;

    own->alpha = COMMANDS_ALPHA;
}

static const char *const pick_words[] = {"usual",    "first", "best", "majority",
                                         "weighted", "bom",   NULL};

static const struct options_row solve_own_rows[] = {
    {"pick", "RULE", &values_choice, OPTIONS_COMMAND, offsetof(struct solve_options, pick), 0, 0,
     pick_words, true,
     "Which of the complete answers is given. usual: the one with the highest reward, or the most "
     "frequent one where critics know no right and wrong. first: the first one. best: the highest "
     "reward. majority: the most frequent. weighted: the highest sum of rewards. bom: the highest "
     "reward among those that at least a share --alpha of all give (best-of-majority, arXiv "
     "2510.03199)."},
    {"alpha", "A", &values_real, OPTIONS_COMMAND, offsetof(struct solve_options, alpha), 0, 1, NULL,
     false,
     "With --pick bom: the share. The default is the best that the paper has tried; of up to 66 "
     "answers it asks for one, and bom is best."},
    {.name = NULL}};

static const struct options_group solve_own_group = {&table_topic_policies, OPTIONS_OWN,
                                                     solve_own_rows};

static const struct options_row solve_rows[] = {
    {"oracle", "", &values_flag, OPTIONS_COMMAND, offsetof(struct options, oracle), 0, 0, NULL,
     true,
     "Let critics guide the search that look at the reference answer. The results are an upper "
     "bound, and say so."},
    {"no-store", "", &values_flag, OPTIONS_COMMAND, offsetof(struct options, no_store), 0, 0, NULL,
     true,
     "Keep nothing of what is paid for. The default without --store is a store of its own, in "
     "$XDG_CACHE_HOME/crux or ~/.cache/crux."},
    {.name = NULL}};

static const struct options_group solve_group = {&table_topic_policies, OPTIONS_SHARED, solve_rows};

static const struct options_group *const solve_groups[] = {
    &table_ports,    &solve_group,  &solve_own_group, &table_effort, &table_search, &table_children,
    &table_tree,     &table_seed,   &table_model,     &table_prompt, &table_server, &table_calls,
    &table_backends, &table_named,  &table_limits,    &table_prices, &table_replay, &table_speed,
    &table_shard,    &table_strict, &table_config,    &table_preset, &table_json,   &table_store,
    &table_patience, &table_quiet,  &table_help,      NULL};

const struct command solve_command = {
    .name = "solve",
    .options = {OPTIONS_SOLVE, solve_groups, sizeof(struct solve_options), solve_defaults},
    .operands = "FILE",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "print each problem's best path, answer, verdict and cost",
    .description =
        "Searches every problem of FILE ('-' is standard input) and prints its best answer (--pick "
        "says which that is): of "
        "the complete answers with the highest reward the one on the best path, by visits, then "
        "value, then order. Results come in the order of the input.\n"
        "What a model is paid for is kept: with --store in that store, like crux generate does, "
        "else in one of its own that is named at the start. The same command pays nothing twice, "
        "also after a crash, and problems that it has solved come from there at once.\n"
        "With --json each problem is one line: id, status (done, failed, stopped), steps, answer, "
        "verdict (right, wrong, unknown), reward, graded (the same, by a reference answer that the "
        "search has not seen), simulations, calls, tokens, price (in "
        "billionths of the currency), seconds, error. With --grammar cr-planner path has, for each "
        "step from the problem to the answer, its kind, text, critic's score and visits, and what "
        "else there was (rejected); without --json it is printed, the chosen ones with a '*'.\n"
        "Critics that look at the reference answer may not guide the search; --oracle allows it, "
        "and every result then says so.",
    .examples = "crux problems game24 | head -3 | crux solve -\n"
                "crux solve hard.jsonl --simulations 500 --json > solved.jsonl\n"
                "crux solve hard.jsonl --strategy sample --calls 100",
    .exits = {EXIT_CHECK, EXIT_INPUT, EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = solve_run,
};
