/*
 * generate.c - `crux generate`: search every problem, keep every finished tree.
 *
 * The store is the only memory: what is done is asked there, and each finished tree
 * goes there before it counts. So resuming is not a mode. It is the same command with
 * fewer problems waiting.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/cli/begin.h"
#include "io/cli/effort.h"
#include "io/cli/options/values.h"
#include "io/cli/progress.h"
#include "io/cli/session.h"
#include "io/cli/terminal.h"
#include "io/cli/told.h"
#include "io/cli/unpaired.h"
#include "io/cli/window.h"
#include "io/clock.h"
#include "io/restarts.h"

struct generate_options {
    uint32_t estimate;
    bool retry_failed, extend;
};

struct generate {
    struct crux_sink sink;
    struct options *options;
    const struct generate_options *own;
    struct session session;
    struct crux_problems problems;
    struct crux_store *store;
    struct session_source source;
    int64_t started_ns;         /* wall clock */
    int64_t began_ns, ended_ns; /* monotonic */
    struct crux_view view;      /* at the end */
    uint64_t waiting;           /* at the start */
    uint64_t total;             /* of this shard */
    struct progress *progress;  /* while it searches */
};

/* --- what is to do ------------------------------------------------------------------- */

static bool generate_is_mine(void *context, const struct crux_problem *problem)
{
    const struct generate *generate = context;

    return session_in_shard(generate->options, problem->id);
}

static bool is_waiting(void *context, const struct crux_problem *problem)
{
    const struct generate *generate = context;

    return generate_is_mine(context, problem) &&
           crux_store_state(generate->store, problem->ordinal) == CRUX_WAITING;
}

/* --- recording ------------------------------------------------------------------------ */

static int begin_store(struct generate *generate, struct crux_error *error)
{
    return begin_run(generate->store, generate->options, &generate->problems, generate->own->extend,
                     error);
}

/* Trees that a stop cut short are not finished: their problems wait. */
static int generate_keep(struct crux_sink *self, const struct crux_tree *tree,
                         struct crux_error *error)
{
    struct generate *generate = (struct generate *)self;

    bool failed = tree->reason == CRUX_REASON_FAILED;
    int status;

    if (tree->reason == CRUX_REASON_STOPPED)
        return CRUX_OK;
    progress_finished(generate->progress, tree);
    if (failed)
        requeue_hold(generate->session.requeue);
    status = session_keep(&generate->session, generate->store, tree, error);
    if (failed)
        requeue_let_go(generate->session.requeue);
    return status;
}

/* A pulse that cannot be written is no reason to end a search: a full disk shows when
 * the next tree is kept. */
static void pulse(void *context, const struct crux_view *view, const struct live *live, bool last)
{
    struct generate *generate = context;
    struct crux_pulse now = {
        .view = *view,
        .started_ns = generate->started_ns,
        /* By the clock that never jumps: the wall's is set now and then. */
        .now_ns = generate->started_ns + clock_now_ns() - generate->began_ns,
        .waiting_at_start = (int64_t)generate->waiting,
        .process = last ? 0 : (int64_t)getpid(),
    };

    generate->view = *view;
    now.view.in_flight = live->in_flight;
    now.view.calls -= live->unsent < now.view.calls ? live->unsent : now.view.calls;
    (void)crux_store_pulse(generate->store, &now, NULL);
    told_put(generate->store, live, last);
}

/* --- the way -------------------------------------------------------------------------- */

static bool is_blank(const char *answer)
{
    return answer == NULL || answer[strspn(answer, " \t\r\n")] == '\0';
}

/* Warn about missing reference answers before the first paid call. */
static void report_unlabelled(const struct generate *generate)
{
    const struct crux_critic *critic = generate->session.critics[CRUX_ROLE_OUTCOME];
    size_t without = 0;

    if (critic == NULL || !critic->sees_reference)
        return;
    for (size_t i = 0; i < generate->problems.count; i++)
        without += is_blank(generate->problems.items[i].answer);
    if (without > 0)
        (void)fprintf(
            stderr,
            "crux: %zu of %zu problems have no `answer`, or a blank one: nothing that is found for "
            "them can be labelled right or wrong\n",
            without, generate->problems.count);
}

static int generate_open_all(struct generate *generate, struct crux_error *error)
{
    int status = session_problems(&generate->problems, generate->options, error);

    if (status == CRUX_OK)
        status = effort_usual(generate->options, error);
    if (status == CRUX_OK) /* the route depends on the problems' pictures */
        status = window_open(&generate->session, generate->options, &generate->problems, error);
    if (status == CRUX_OK)
        report_unlabelled(generate);
    if (status == CRUX_OK)
        status = crux_store_open(&generate->store, generate->options->store, true, error);
    if (status == CRUX_OK)
        status = session_pay(&generate->session, generate->options, generate->store, error);
    if (status == CRUX_OK)
        status = begin_store(generate, error);
    if (status == CRUX_OK && generate->own->retry_failed)
        status = crux_store_reopen_broken(generate->store, error);
    if (status == CRUX_OK)
        status = requeue_open(&generate->session.requeue, generate->store, &generate->problems,
                              generate_is_mine, generate, error);
    return status;
}

static void generate_close_all(struct generate *generate)
{
    struct requeue *requeue = generate->session.requeue;

    session_close(&generate->session);
    requeue_close(requeue);
    crux_store_close(generate->store);
    crux_problems_free(&generate->problems);
}

/* Count what waits, and say where we stand. */
static void look_around(struct generate *generate)
{
    struct session_source mine = session_source_of(&generate->problems, generate_is_mine, generate);

    generate->source = session_source_of(&generate->problems, is_waiting, generate);
    generate->source.requeue = generate->session.requeue;
    generate->total = session_count(&mine);
    generate->waiting = session_count(&generate->source);
    if (generate->waiting == 0)
        (void)fprintf(stderr, "crux: all %" PRIu64 " problems are done already; nothing to do\n",
                      generate->total);
    else if (generate->waiting < generate->total)
        (void)fprintf(stderr,
                      "crux: %" PRIu64 " of %" PRIu64 " problems are done already; going on with "
                      "%" PRIu64 "\n",
                      generate->total - generate->waiting, generate->total, generate->waiting);
    if (generate->own->estimate > 0 && generate->own->estimate < generate->waiting)
        generate->source.left = generate->own->estimate;
    else
        effort_say(generate->options, generate->waiting);
}

static uint64_t to_do(const struct generate *generate)
{
    return generate->source.left < generate->waiting ? generate->source.left : generate->waiting;
}

static int generate_search(struct generate *generate, struct crux_error *error)
{
    struct progress_setup setup = {
        .search = generate->session.search,
        .setup = &generate->session.setup,
        .backends = generate->session.backends,
        .problems = to_do(generate),
        .shown = !generate->options->quiet,
        .beat = pulse,
        .context = generate,
    };
    int status;

    generate->started_ns = clock_wall_ns();
    generate->began_ns = clock_now_ns();
    status = progress_open(&generate->progress, &setup, error);
    if (status == CRUX_OK)
        status = session_search(&generate->session, &generate->source, &generate->sink, error);
    progress_close(generate->progress);
    generate->progress = NULL;
    generate->ended_ns = clock_now_ns();
    return status;
}

/* --- printing -------------------------------------------------------------------------- */

static bool is_shell_plain(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_./:=,+@%") == strlen(text);
}

/* As one would type it in a shell. */
static void put_word(const char *word)
{
    if (is_shell_plain(word)) {
        (void)fputs(word, stderr);
        return;
    }
    (void)fputc('\'', stderr);
    while (*word != '\0') {
        size_t length = strcspn(word, "'");

        terminal_put(stderr, word, length);
        word += length;
        if (*word == '\'') {
            (void)fputs("'\\''", stderr);
            word++;
        }
    }
    (void)fputc('\'', stderr);
}

static void report_how_to_go_on(const struct generate *generate)
{
    (void)fputs("crux: what is finished is kept; to go on:", stderr);
    for (char **word = generate->options->arguments; *word != NULL; word++) {
        (void)fputc(' ', stderr);
        put_word(*word);
    }
    (void)fputc('\n', stderr);
}

static void report_reasons(const struct crux_summary *summary)
{
    const char *before = "crux: ended by ";

    for (int i = 0; i < CRUX_REASONS; i++)
        if (summary->reasons[i] > 0) {
            (void)fprintf(stderr, "%s%s %" PRIu64, before, crux_reason_name((enum crux_reason)i),
                          summary->reasons[i]);
            before = ", ";
        }
    if (before[0] == ',')
        (void)fputc('\n', stderr);
}

static int report_failure(void *context, const char *sentence, uint64_t count)
{
    unsigned *reported = context;

    (void)fprintf(stderr, "crux: failed %" PRIu64 " times: ", count);
    terminal_put(stderr, sentence, strlen(sentence));
    (void)fputc('\n', stderr);
    return ++*reported >= 3; /* the most frequent; crux status has all */
}

static void report_summary(const struct generate *generate, const struct crux_summary *summary)
{
    char duration[32], restarts[RESTARTS_SENTENCE];
    unsigned reported = 0;

    terminal_duration(generate->ended_ns - generate->began_ns, duration, sizeof duration);
    (void)fprintf(stderr,
                  "crux: %" PRIu64 " of %" PRIu64 " problems done (%s), %" PRIu64
                  " with a right path, %" PRIu64 " pairs\n",
                  summary->finished + summary->broken,
                  summary->finished + summary->broken + summary->waiting, duration,
                  summary->with_right, summary->pairs);
    (void)fprintf(stderr,
                  "crux: %" PRIu64 " simulations, %" PRIu64 " calls%s, %" PRIu64
                  " problems failed, %" PRIu64 " lines skipped\n",
                  summary->simulations, summary->calls,
                  summary->waiting > 0 ? " for those that are done" : "", summary->broken,
                  summary->skipped);
    report_reasons(summary);
    unpaired_print(stderr, "crux: no pairs:", summary);
    if (*restarts_sentence(restarts, &(struct restarts){summary->continued, summary->restarts}))
        (void)fprintf(stderr, "crux: restarts: %s\n", restarts);
    if (generate->view.withdrawn > 0)
        (void)fprintf(stderr,
                      "crux: %" PRIu64 " simulations ended without a reply: their calls failed "
                      "permanently or were late\n",
                      generate->view.withdrawn);
    if (generate->view.unnoted > 0)
        (void)fprintf(stderr,
                      "crux: %" PRIu64
                      " pairs have no note: what the annotator was asked about them "
                      "failed, was late, or its answer was not as it must be\n",
                      generate->view.unnoted);
    if (summary->broken > 0) {
        (void)crux_store_failures(generate->store, report_failure, &reported, NULL);
        (void)fputs("crux: --retry-failed searches failed problems again\n", stderr);
    }
}

static uint64_t file_bytes(const char *path, const char *ending)
{
    char name[4096];
    struct stat about;

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    return stat(name, &about) == 0 ? (uint64_t)about.st_size : 0;
}

/* What was written last may still stand in the log beside the store. */
static uint64_t store_bytes(const char *path)
{
    return file_bytes(path, "") + file_bytes(path, "-wal");
}

/* What the problems of this run took, times those that are left. */
static void report_estimate(const struct generate *generate, const struct crux_summary *summary)
{
    uint64_t done = generate->view.trees_done;
    double times = done == 0 ? 0 : (double)summary->waiting / (double)done;
    uint64_t kept = summary->finished + summary->broken;
    double bytes = (double)store_bytes(generate->options->store) / (double)(kept + (kept == 0));
    uint64_t spent = generate->view.prompt_tokens + generate->view.completion_tokens;
    char duration[32], tokens[48] = "";

    if (spent > 0)
        (void)snprintf(tokens, sizeof tokens, "%.0f tokens, ", (double)spent * times);
    terminal_duration((int64_t)((double)(generate->ended_ns - generate->began_ns) * times),
                      duration, sizeof duration);
    (void)fprintf(stderr,
                  "crux: the other %" PRIu64 " problems will take about %s, %.0f simulations, %.0f "
                  "calls, %sgive %.0f pairs, and add %.1f MB to the store\n",
                  summary->waiting, duration, (double)generate->view.simulations * times,
                  (double)generate->view.calls * times, tokens,
                  (double)generate->view.pairs * times, bytes * (double)summary->waiting / 1e6);
}

static int generate_exit(const struct crux_summary *summary, int status)
{
    if (status == CRUX_STOPPED && summary->waiting > 0)
        return EXIT_INTERRUPTED;
    if (status == CRUX_LIMIT && summary->waiting > 0)
        return EXIT_LIMIT;
    return summary->broken > 0 || summary->skipped > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int conclude(const struct generate *generate, int status, struct crux_error *error)
{
    struct crux_summary summary;
    bool cut_short = status == CRUX_STOPPED || status == CRUX_LIMIT;
    int result;

    session_report_limit(status, error);
    result = crux_store_summary(generate->store, &summary, error);
    if (result != CRUX_OK)
        return result;
    report_summary(generate, &summary);
    if (cut_short && summary.waiting > 0)
        report_how_to_go_on(generate);
    else if (generate->own->estimate > 0)
        report_estimate(generate, &summary);
    return generate_exit(&summary, status);
}

static int generate_run(struct options *options, struct crux_error *error)
{
    struct generate generate = {.sink = {generate_keep}, .options = options, .own = options->own};
    int status = generate_open_all(&generate, error);

    if (status != CRUX_OK)
        goto done;
    look_around(&generate);
    if (generate.waiting > 0)
        status = generate_search(&generate, error);
    if (status >= 0)
        status = conclude(&generate, status, error);
    else
        report_how_to_go_on(&generate);
done:
    generate_close_all(&generate);
    return status;
}

static const struct options_row generate_rows[] = {
    {"estimate", "N", &values_count, OPTIONS_COMMAND, offsetof(struct generate_options, estimate),
     0, 1000000000, NULL, true,
     "Search and keep N problems, then say what the rest will take; 0 is off."},
    {"extend", "", &values_flag, OPTIONS_COMMAND, offsetof(struct generate_options, extend), 0, 0,
     NULL, true,
     "FILE may have more lines at its end than when the run was begun: their problems are added to "
     "the run."},
    {"retry-failed", "", &values_flag, OPTIONS_COMMAND,
     offsetof(struct generate_options, retry_failed), 0, 0, NULL, true,
     "Search those problems again whose calls failed permanently."},
    {.name = NULL}};

static const struct options_group generate_group = {&table_topic_output, OPTIONS_OWN,
                                                    generate_rows};

static const struct options_group *const generate_groups[] = {
    &table_ports,  &table_effort, &table_search,   &table_children, &table_tree,     &table_seed,
    &table_model,  &table_prompt, &table_server,   &table_calls,    &table_backends, &table_named,
    &table_limits, &table_prices, &table_replay,   &table_speed,    &table_shard,    &table_strict,
    &table_config, &table_preset, &generate_group, &table_store,    &table_patience, &table_quiet,
    &table_help,   NULL};

const struct command generate_command = {
    .name = "generate",
    .options = {OPTIONS_GENERATE, generate_groups, sizeof(struct generate_options), NULL},
    .operands = "FILE --store RUN.db",
    .least_operands = 1,
    .most_operands = 1,
    .needs = {"store"},
    .summary = "search every problem, keep every finished tree",
    .description =
        "Reads problems from FILE, a JSON object a line with id, problem, and for number puzzles "
        "numbers and target; '-' is standard input. Searches each one and keeps its finished tree "
        "in the store, from which crux export writes data sets.\n"
        "The same command goes on where it was interrupted, by Ctrl-C, a limit, or a crash: "
        "problems that are done are not searched again. Ctrl-C finishes what is in flight and "
        "saves, and so do SIGTERM, SIGHUP (unless it was ignored at the start, as by nohup), "
        "SIGXCPU and SIGXFSZ; a second one keeps what has come and leaves. On a full disk, or "
        "while another program keeps the store locked, the run asks nothing new, keeps in memory "
        "what comes, and waits (--store-patience). Options that change the meaning of the data are "
        "recorded and must be the same when going on; those that change only the speed may "
        "change. FILE must be the same, too, or with --extend the same with more lines at its end: "
        "their problems are added, the run keeps its name and what it has, and its store tells how "
        "its input has grown.\n"
        "A bad line of FILE is reported and skipped. A problem whose calls fail permanently is "
        "kept "
        "as failed, and the run goes on; so is one of whose calls none came before --deadline. "
        "When "
        "no endpoint is left that answers the run ends, and the same command goes on.",
    .examples = "crux problems game24 > game24.jsonl\n"
                "crux generate game24.jsonl --store run.db\n"
                "crux generate game24.jsonl --store run.db --estimate 20\n"
                "crux generate game24.jsonl --store a.db --shard 1/2 --seed 7",
    .exits = {EXIT_CHECK, EXIT_INPUT, EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = generate_run,
};
