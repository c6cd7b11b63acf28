/*
 * eval.c - `crux eval critic`: how good is a critic, on a set of which the truth is known?
 *
 * The store is only the ledger of what was paid: what a critic has answered is found there, and the
 * figures are made anew each time. So going on after a crash is the same command, which asks for
 * nothing twice, and another threshold costs nothing.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/cli/begin.h"
#include "io/cli/options/values.h"
#include "io/cli/session.h"
#include "io/cli/tell.h"
#include "io/cli/terminal.h"
#include "io/clock.h"
#include "io/json.h"
#include "io/passes/evaluate.h"
#include "io/whole_file.h"

struct eval_options {
    double threshold;
    char *out;
    bool force;
};

struct eval {
    struct options *options;
    const struct eval_options *own;
    unsigned which; /* of options->critic */
    enum crux_role role;
    struct labelled set;
    struct session session;
    struct crux_store *store;
    struct evaluate *evaluate;
    int64_t began_ns, ended_ns;
    struct tell tell;
};

/* --- what is asked for --------------------------------------------------------------------- */

static int check_operands(struct options *options, struct crux_error *error)
{
    if (strcmp(options->operands[0], "critic") != 0)
        return crux_fail(error, CRUX_INVALID,
                         "crux eval evaluates a critic: crux eval critic FILE --critic NAME; there "
                         "is nothing called '%.60s' to evaluate",
                         options->operands[0]);
    options->operands[0] = options->operands[1];
    options->operand_count = 1;
    return CRUX_OK;
}

/* The one critic that was named. */
static int find_critic_asked(struct eval *eval, struct crux_error *error)
{
    unsigned count = 0;

    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        if (eval->options->critic[i] != NULL) {
            eval->which = i;
            count++;
        }
    if (count != 1)
        return crux_fail(error, CRUX_INVALID,
                         "crux eval evaluates one critic at a time, and --critic names %u", count);
    eval->role = options_critic_role(eval->which);
    if (eval->role == CRUX_ROLE_ANNOTATE || strcmp(eval->options->critic[eval->which], "none") == 0)
        return crux_fail(error, CRUX_INVALID,
                         "--critic %s=%.200s scores no steps and judges no answers: there is "
                         "nothing to evaluate",
                         options_critic_name(eval->which), eval->options->critic[eval->which]);
    return CRUX_OK;
}

/* --- opening and closing ------------------------------------------------------------------- */

/* A set has no problems that wait to be searched: the run has its input, and none of them. */
static int begin_eval(struct eval *eval, struct crux_error *error)
{
    struct crux_problems input = eval->set.problems;
    int status;

    if (eval->options->store == NULL)
        return CRUX_OK;
    status = crux_store_open(&eval->store, eval->options->store, true, error);
    input.count = 0;
    return status == CRUX_OK ? begin_run(eval->store, eval->options, &input, false, error) : status;
}

static int open_evaluate(struct eval *eval, struct crux_error *error)
{
    const struct evaluate_setup setup = {
        .set = &eval->set,
        .critic = eval->session.critics[eval->which],
        .verb = eval->role == CRUX_ROLE_OUTCOME ? CRUX_JUDGE : CRUX_SCORE,
        .threshold = eval->own->threshold,
        .seed = eval->options->setup.seed,
    };

    return evaluate_open(&eval->evaluate, &setup, error);
}

/* May the result be written? Not over what is evaluated, by whatever name. */
static int check_eval_out(const struct eval *eval, struct crux_error *error)
{
    const char *out = eval->own->out;
    struct stat there, input;

    if (out == NULL)
        return CRUX_OK;
    if (stat(out, &there) == 0 && stat(eval->options->operands[0], &input) == 0 &&
        there.st_dev == input.st_dev && there.st_ino == input.st_ino)
        return crux_fail(error, CRUX_INVALID, "--out %.200s is the set that is evaluated", out);
    return whole_file_check(out, eval->own->force, error);
}

static int eval_open_all(struct eval *eval, struct crux_error *error)
{
    const struct options *options = eval->options;
    int status = check_eval_out(eval, error);

    if (status == CRUX_OK)
        status = labelled_read(&eval->set, options->operands[0], options->fields, error);
    for (size_t i = 0; i < eval->set.count; i++)
        eval->options->images |= eval->set.problems.items[i].image_count > 0;
    if (status == CRUX_OK) /* the route depends on pictures */
        status = session_open(&eval->session, eval->options, error);
    if (status == CRUX_OK)
        status = begin_eval(eval, error);
    if (status == CRUX_OK)
        status = session_pay(&eval->session, options, eval->store, error);
    if (status == CRUX_OK && eval->store == NULL && options->paid.replay == NULL &&
        session_asks_servers(options))
        (void)fputs("crux: what is paid for is not kept: --store EVAL.db keeps it, and a run that "
                    "was interrupted goes on from there\n",
                    stderr);
    return status == CRUX_OK ? open_evaluate(eval, error) : status;
}

static void eval_close_all(struct eval *eval)
{
    evaluate_close(eval->evaluate);
    session_close(&eval->session);
    crux_store_close(eval->store);
    labelled_free(&eval->set);
}

/* --- the pass -----------------------------------------------------------------------------------
 */

static void eval_tell(void *context, const struct passes_view *view)
{
    struct eval *eval = context;
    const struct tell_items items = {.noun = "questions",
                                     .done = view->answered,
                                     .all = evaluate_questions(eval->evaluate),
                                     .in_flight = view->in_flight,
                                     .failed = view->failed};

    tell_items(&eval->tell, &items);
}

static int eval_pass(struct eval *eval, struct crux_error *error)
{
    const struct crux_setup *search = &eval->options->setup;
    const struct passes_setup setup = {
        .in_flight = search->in_flight,
        .deadline_ns = search->deadline_ns,
        .limit_ns = search->limit_ns,
        .told = eval->options->quiet ? NULL : eval_tell,
        .context = eval,
    };
    int status;

    eval->began_ns = clock_now_ns();
    tell_begin(&eval->tell, !eval->options->quiet, eval->session.backends);
    status = session_pass(&eval->session, &setup, evaluate_work(eval->evaluate), error);
    eval->ended_ns = clock_now_ns();
    tell_clear(&eval->tell);
    return status;
}

/* --- the result ---------------------------------------------------------------------- */

static void put_heading(struct json *object, const struct eval *eval)
{
    const struct options *options = eval->options;

    json_put(object, "schema", json_of_integer(1));
    json_put(object, "form", json_of_string(eval->set.pairs != NULL ? "pairs" : "solutions"));
    json_put(object, "input", json_of_words(options->operands[0]));
    json_put(object, "input_sha256", json_of_string(eval->set.problems.sha256));
    json_put(object, "role", json_of_string(options_critic_name(eval->which)));
    json_put(object, "critic", json_of_words(options->critic[eval->which]));
    json_put(object, "sees_reference",
             json_of_bool(eval->session.critics[eval->which]->sees_reference));
    json_put_count(object, "seed", options->setup.seed);
    if (eval->set.pairs == NULL)
        json_put(object, "threshold", json_of_real(eval->own->threshold));
}

/* One line of the table; nothing of what was not counted. */
static void print_share(const char *what, const struct json *share)
{
    if (json_type_of(share) != JSON_IS_OBJECT)
        return;
    (void)printf("  %-37s %6.1f %%  %5.1f .. %5.1f", what,
                 100.0 * json_as_real(json_get(share, "share")),
                 100.0 * json_as_real(json_get(share, "low")),
                 100.0 * json_as_real(json_get(share, "high")));
    if (json_get(share, "of") != NULL)
        (void)printf("  %" PRId64 " of %" PRId64, json_as_integer(json_get(share, "right")),
                     json_as_integer(json_get(share, "of")));
    (void)putchar('\n');
}

static void print_real(const char *what, const struct json *value)
{
    if (json_type_of(value) == JSON_IS_REAL)
        (void)printf("  %-37s %8.3f\n", what, json_as_real(value));
}

static void print_count(const char *what, const struct json *value)
{
    if (json_as_integer(value) > 0)
        (void)printf("  %-37s %8" PRId64 "\n", what, json_as_integer(value));
}

static void print_solutions(const struct json *result)
{
    const struct json *answers = json_get(result, "answers");
    const struct json *calibration = json_get(result, "calibration");

    print_share("first wrong step, where there is one", json_get(result, "wrong"));
    print_share("no wrong step, where there is none", json_get(result, "right"));
    print_share("F1: their harmonic mean", json_get(result, "f1"));
    print_share("wrong final answers told", json_get(answers, "wrong"));
    print_share("right final answers told", json_get(answers, "right"));
    print_real("calibration error of steps", json_get(calibration, "steps"));
    print_real("calibration error of answers", json_get(calibration, "answers"));
    if (json_type_of(json_get(result, "wrong")) != JSON_IS_OBJECT &&
        json_type_of(answers) == JSON_IS_OBJECT)
        (void)puts("  it says nothing of steps, so there is no first wrong step");
    else
        print_count("solutions whose step is unknown", json_get(result, "unknown"));
    print_count("answers without a verdict", json_get(answers, "unknown"));
}

static void print_pairs(const struct json *result)
{
    const struct json *orders = json_get(result, "orders");

    print_share("right in both orders", json_get(result, "accuracy"));
    print_share("right, chosen one first", json_get(orders, "chosen_first"));
    print_share("right, rejected one first", json_get(orders, "rejected_first"));
    print_share("both orders agree", json_get(result, "agreement"));
    print_real("IPI: contradictions", json_get(result, "ipi"));
    print_real("TOV: verdicts against any ranking", json_get(result, "tov"));
    print_count("ties in both orders", json_get(result, "ties"));
    print_count("pairs without a verdict", json_get(result, "unknown"));
    print_count("questions of too many answers", json_get(result, "questions_too_large"));
}

static void print_cost(const struct eval *eval, const struct json *result)
{
    const struct json *cost = json_get(result, "cost");
    char duration[32];

    terminal_duration(eval->ended_ns - eval->began_ns, duration, sizeof duration);
    (void)printf("  %" PRId64 " questions, %" PRId64 " prompt and %" PRId64
                 " completion tokens, price %.6g, time %s\n",
                 json_as_integer(json_get(cost, "questions")),
                 json_as_integer(json_get(cost, "prompt_tokens")),
                 json_as_integer(json_get(cost, "completion_tokens")),
                 (double)json_as_integer(json_get(cost, "price")) / 1e9, duration);
}

static void print_table(const struct eval *eval, const struct json *result)
{
    bool pairs = eval->set.pairs != NULL;
    const char *name = json_as_string(json_get(result, "input"));
    const char *critic = json_as_string(json_get(result, "critic"));

    (void)printf("%s=", json_as_string(json_get(result, "role")));
    terminal_put(stdout, critic, strlen(critic));
    (void)fputs(" on ", stdout);
    terminal_put(stdout, name, strlen(name));
    (void)printf(": %" PRId64 " %s of %" PRId64 " problems\n",
                 json_as_integer(json_get(result, "rows")), pairs ? "pairs" : "solutions",
                 json_as_integer(json_get(result, "problems")));
    (void)printf("  %-37s  %8s %15s\n", "", "share", "95 % interval");
    if (json_as_bool(json_get(result, "sees_reference")))
        (void)puts("  it looks at the reference answer, where a row has one");
    if (pairs)
        print_pairs(result);
    else
        print_solutions(result);
    print_cost(eval, result);
}

static int write_result(const struct eval *eval, struct json *result, struct crux_error *error)
{
    char *text = json_text(result, true), *line;
    int status = CRUX_OK;

    if (text == NULL || asprintf(&line, "%s\n", text) < 0) {
        free(text);
        return crux_fail(error, CRUX_MEMORY, "no memory for the result");
    }
    if (eval->own->out != NULL)
        status = whole_file_write(eval->own->out, line, strlen(line), eval->own->force, error);
    if (status == CRUX_OK && eval->options->json)
        terminal_put_json(stdout, text);
    free(line);
    free(text);
    return status;
}

static void report_failures(const struct eval *eval, const struct json *result)
{
    const struct json *items = json_get(result, "items");
    uint64_t failed = evaluate_failed(eval->evaluate), said = 0;

    if (failed == 0)
        return;
    (void)fprintf(stderr,
                  "crux: the calls of %" PRIu64 " rows failed: they are in no figure, and the same "
                  "command asks for them again\n",
                  failed);
    for (size_t i = 0; i < json_count(items) && said < 3; i++) {
        const char *why = json_as_string(json_get(json_at(items, i), "failure"));
        const char *id = json_as_string(json_get(json_at(items, i), "id"));

        if (why == NULL)
            continue;
        (void)fputs("crux: ", stderr);
        terminal_put(stderr, id, strlen(id));
        (void)fputs(": ", stderr);
        terminal_put(stderr, why, strlen(why));
        (void)fputc('\n', stderr);
        said++;
    }
}

/* A limit or a signal has ended the pass: figures over a part of a set are not comparable. */
static int report_cut(const struct eval *eval, int status, const struct crux_error *error)
{
    session_report_limit(status, error);
    (void)fprintf(stderr, "crux: no figures before all questions are answered; %s\n",
                  eval->store != NULL ? "what was answered is kept, and the same command goes on"
                                      : "nothing was kept: --store EVAL.db keeps what is answered");
    return status == CRUX_LIMIT ? EXIT_LIMIT : EXIT_INTERRUPTED;
}

/* A critic that answers nothing has no figures. */
static int eval_refuse_silence(const struct json *result, struct crux_error *error)
{
    const struct json *first = json_at(json_get(result, "items"), 0);
    const char *why = json_as_string(json_get(first, "failure"));

    return crux_fail(error, CRUX_FAILED,
                     "there are no figures: the calls of all rows failed: %.300s",
                     why != NULL ? why : "nobody says why");
}

static int eval_conclude(const struct eval *eval, struct crux_error *error)
{
    struct json *result = json_new_object();
    int status;

    put_heading(result, eval);
    status = evaluate_put(result, eval->evaluate, error);
    if (status == CRUX_OK && evaluate_failed(eval->evaluate) == eval->set.count)
        status = eval_refuse_silence(result, error);
    if (status == CRUX_OK)
        status = write_result(eval, result, error);
    if (status == CRUX_OK && !eval->options->json)
        print_table(eval, result);
    if (status == CRUX_OK)
        report_failures(eval, result);
    json_free(result);
    if (status != CRUX_OK)
        return status;
    return evaluate_failed(eval->evaluate) > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

/* --- the command ---------------------------------------------------------------------------------
 */

static int eval_run(struct options *options, struct crux_error *error)
{
    struct eval eval = {.options = options, .own = options->own};
    int status = check_operands(options, error);

    if (status == CRUX_OK)
        status = find_critic_asked(&eval, error);
    if (status == CRUX_OK)
        status = eval_open_all(&eval, error);
    if (status == CRUX_OK) {
        status = eval_pass(&eval, error);
        if (status == CRUX_OK)
            status = eval_conclude(&eval, error);
        else if (status > 0)
            status = report_cut(&eval, status, error);
    }
    eval_close_all(&eval);
    return status;
}

/* No search, so no policy; and no critic but the one that is named. */
static void eval_defaults(struct options *options)
{
    struct eval_options *own = options->own;

    free(options->policy[CRUX_STEP]);
    options->policy[CRUX_STEP] = NULL;
    own->threshold = 0.5;
}

static const struct options_row eval_critic_rows[] = {
    {"critic", "[ROLE=]NAME[:ARG]", &values_critics, OPTIONS_MEANING,
     offsetof(struct options, critic), 0, 0, NULL, true,
     "The critic to evaluate, as crux generate has it. An outcome critic, which is meant without "
     "ROLE=, judges whole solutions; one of another role (execution, value) scores each step."},
    {.name = NULL}};

static const struct options_group eval_critic_group = {&table_topic_policies, OPTIONS_SHARED,
                                                       eval_critic_rows};

static const struct options_row eval_input_rows[] = {
    {"fields", "MINE=THEIRS", &values_text, OPTIONS_LATER, offsetof(struct options, fields), 0, 0,
     NULL, false,
     "Which members of a line are the problem's: problem=question,id=key. Without it common shapes "
     "are recognised."},
    {.name = NULL}};

static const struct options_group eval_input_group = {&table_topic_input, OPTIONS_SHARED,
                                                      eval_input_rows};

static const struct options_row eval_speed_rows[] = {
    {"in-flight", "N", &values_count, OPTIONS_SPEED, offsetof(struct options, setup.in_flight), 1,
     OPTIONS_IN_FLIGHT_MOST, NULL, true, "The most calls in flight."},
    {.name = NULL}};

static const struct options_group eval_speed_group = {&table_topic_limits, OPTIONS_SHARED,
                                                      eval_speed_rows};

static const struct options_row eval_rows[] = {
    {"threshold", "X", &values_real, OPTIONS_COMMAND, offsetof(struct eval_options, threshold), 0,
     1, NULL, true,
     "A step whose score is below X is wrong; the first of them is the first wrong step. Another "
     "threshold asks for nothing that the store has."},
    {"out", "FILE", &values_text, OPTIONS_COMMAND, offsetof(struct eval_options, out), 0, 0, NULL,
     true,
     "Write the result there, as one JSON object with an item for each row. It appears whole or "
     "not "
     "at all."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct eval_options, force), 0, 0, NULL,
     true, "Replace the file if it exists."},
    {.name = NULL}};

static const struct options_group eval_group = {&table_topic_output, OPTIONS_OWN, eval_rows};

static const struct options_group *const eval_groups[] = {
    &eval_critic_group, &table_seed,   &table_model,
    &table_prompt,      &table_server, &table_calls,
    &table_backends,    &table_named,  &table_limits,
    &eval_speed_group,  &table_prices, &table_replay,
    &eval_input_group,  &table_config, &eval_group,
    &table_json,        &table_store,  &table_patience,
    &table_quiet,       &table_help,   NULL};

const struct command eval_command = {
    .name = "eval",
    .options = {OPTIONS_EVAL, eval_groups, sizeof(struct eval_options), eval_defaults},
    .operands = "critic FILE --critic NAME",
    .least_operands = 2,
    .most_operands = 2,
    .needs = {"critic"},
    .summary = "say how good a critic is, on a set of which the truth is known",
    .description =
        "FILE has solutions in ProcessBench's form (problem, steps, label: the first wrong step "
        "from 0 or -1, final_answer_correct), as the view processbench writes them, or pairs of "
        "answers (prompt, chosen, rejected); JSON lines or a JSON array, '-' is standard input. "
        "A bad row ends the command.\n"
        "On solutions: how often the critic names the first wrong step where there is one, how "
        "often "
        "none where there is none, and F1, the harmonic mean of both. A step is wrong when its "
        "score "
        "is below --threshold; an outcome critic that says nothing of steps has its verdicts on "
        "final answers counted instead. On pairs: each is asked in both orders. Counted are the "
        "pairs whose chosen answer got more both times, those whose two verdicts agree, and Sage's "
        "IPI and TOV (arXiv 2512.16041) over the pairs of each prompt.\n"
        "What is unknown counts as not right. Intervals are Wilson's, at 95 %, over rows; that of "
        "F1 "
        "is a bootstrap over problems. Calibration error is over ten bins of scores: of the steps "
        "up "
        "to the first wrong one, and of verdicts.\n"
        "With --store every reply is kept, and the same command goes on where it was interrupted. "
        "With --json, or in --out, there is one object: rows, problems, failed, cost, the figures "
        "(share, low, high), and items, one a row.",
    .examples = "crux export --store run.db --to data --view processbench\n"
                "crux eval critic data/data/processbench/*.jsonl --critic execution=numbers\n"
                "crux eval critic set.json --critic execution=process:./my.py --store ev.db\n"
                "crux eval critic pairs.jsonl --critic process:./my.py --out my.json",
    .exits = {EXIT_CHECK, EXIT_INPUT, EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = eval_run,
};
