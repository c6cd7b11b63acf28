/*
 * train.c - `crux train`: finished trees become a critic, or all critics of a plan.
 *
 * All the work is in crux_critic_train() and crux_critics_train(); here words become roles and
 * kinds, stores are opened, and what a critic is worth on held-out problems is printed.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"

struct train_options {
    struct options_list stores;
    char *critic, *out;
    enum crux_label label;
    enum crux_siblings siblings;
    uint32_t visits, most;
    double hold_out, cost, margin;
    uint64_t seed;
    bool force, all;
};

/* --- what is asked for ----------------------------------------------------------------- */

/* ROLE, or execution:KIND, as --critic of the other commands names them. */
static int train_role(struct crux_training *out, const char *text, struct crux_error *error)
{
    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        if (strcmp(options_critic_name(i), text) == 0) {
            out->role = options_critic_role(i);
            out->kind = i < CRUX_ROLES ? CRUX_KINDS : (enum crux_kind)(i - CRUX_ROLES);
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_INVALID,
                     "--critic %.60s: expected outcome, value, subgoal, execution, or execution"
                     " and a kind of step, as execution:step or execution:doc",
                     text);
}

static int train_check(const struct train_options *own, struct crux_error *error)
{
    if (own->all == (own->critic != NULL))
        return crux_fail(error, CRUX_INVALID, "crux train needs either --critic ROLE or --all: %s",
                         own->all ? "both are given" : "none is given");
    if (own->out[0] == '\0')
        return crux_fail(error, CRUX_INVALID, "--out: expected a name");
    if (own->hold_out <= 0.0 || own->hold_out >= 1.0)
        return crux_fail(error, CRUX_INVALID,
                         "--hold-out %g: expected a share of the problems between 0 and 1",
                         own->hold_out);
    if (own->cost <= 0.0)
        return crux_fail(error, CRUX_INVALID, "--cost %g: expected a number above 0", own->cost);
    return CRUX_OK;
}

/* --- what came out ------------------------------------------------------------------------ */

/* A group's share in percent with its interval: ` 98.1 %   97.6 ..  98.5`. */
static void put_share(double share, double low, double high)
{
    (void)printf("  %5.1f %%  %5.1f .. %5.1f", 100.0 * share, 100.0 * low, 100.0 * high);
}

static void train_print_text(const struct crux_trained *trained)
{
    (void)printf(
        "held out           rows  problems  accuracy  95 %% interval  calibration error\n");
    for (uint32_t i = 0; i < trained->measured_count; i++) {
        const struct crux_measured *measured = &trained->measured[i];

        (void)printf("%-14s  %7" PRIu64 "  %8" PRIu64, measured->group, measured->rows,
                     measured->problems);
        put_share(measured->accuracy, measured->accuracy_low, measured->accuracy_high);
        put_share(measured->error, measured->error_low, measured->error_high);
        (void)printf("\n");
    }
}

static int train_print_json(const struct crux_trained *trained, struct crux_error *error)
{
    char *text = crux_trained_json(trained);

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to print what was measured");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

/* In the folder where there is one. */
static void train_tell(const struct train_options *own, const char *file,
                       const struct crux_trained *trained)
{
    (void)fputs("crux: wrote ", stderr);
    terminal_put(stderr, own->out, strlen(own->out));
    (void)fprintf(stderr,
                  "%s%s, trained on %" PRIu64 " rows of %" PRIu64 " problems; %" PRIu64
                  " problems were held out\n",
                  file[0] != '\0' ? "/" : "", file, trained->rows, trained->problems,
                  trained->held_problems);
    if (trained->measured_count > 0 && trained->measured[0].accuracy_low <= 0.5)
        (void)fputs("crux: on these it is not known to be better than a coin: the interval of its "
                    "accuracy does not lie above 50 %\n",
                    stderr);
}

/* The options that put the critics to use. */
static void train_tell_use(const struct train_options *own,
                           const struct crux_trained_critic all[CRUX_PLAN_CRITICS])
{
    (void)fputs("crux: to plan with them:", stderr);
    for (size_t i = 0; i < CRUX_PLAN_CRITICS; i++) {
        if (!all[i].written)
            continue;
        (void)fprintf(stderr, " --critic %s=linear:", all[i].name);
        terminal_put(stderr, own->out, strlen(own->out));
        (void)fprintf(stderr, "/%s", all[i].file);
    }
    (void)fputc('\n', stderr);
}

static int train_print_all_json(const struct crux_trained_critic all[CRUX_PLAN_CRITICS],
                                struct crux_error *error)
{
    char *text = crux_trained_critics_json(all);

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to print what was measured");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

static void train_print_all_text(const struct crux_trained_critic all[CRUX_PLAN_CRITICS])
{
    const char *between = "";

    for (size_t i = 0; i < CRUX_PLAN_CRITICS; i++) {
        if (!all[i].written)
            continue;
        (void)printf("%s%s\n", between, all[i].name);
        train_print_text(&all[i].trained);
        between = "\n";
    }
}

static int train_all(const struct options *options, const struct crux_training *what,
                     struct crux_error *error)
{
    const struct train_options *own = options->own;
    struct crux_trained_critic all[CRUX_PLAN_CRITICS];
    int status = crux_critics_train(own->out, own->force, what, all, error);

    for (size_t i = 0; status == CRUX_OK && i < CRUX_PLAN_CRITICS; i++)
        if (all[i].written)
            train_tell(own, all[i].file, &all[i].trained);
        else
            (void)fprintf(stderr, "crux: there is no %s: %s\n", all[i].file, all[i].why.text);
    if (status != CRUX_OK)
        return status;
    train_tell_use(own, all);
    if (options->json)
        return train_print_all_json(all, error);
    train_print_all_text(all);
    return CRUX_OK;
}

static int train_single(const struct options *options, const struct crux_training *what,
                        struct crux_error *error)
{
    const struct train_options *own = options->own;
    struct crux_trained trained;
    int status = crux_critic_train(own->out, own->force, what, &trained, error);

    if (status != CRUX_OK)
        return status;
    train_tell(own, "", &trained);
    if (options->json)
        return train_print_json(&trained, error);
    train_print_text(&trained);
    return CRUX_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static int train_open_stores(struct crux_training *what, struct crux_store **stores,
                             const struct train_options *own, struct crux_error *error)
{
    int status = CRUX_OK;

    what->stores = stores;
    for (size_t i = 0; status == CRUX_OK && i < own->stores.count; i++) {
        status = crux_store_open(&stores[i], own->stores.items[i], false, error);
        what->store_count += status == CRUX_OK;
    }
    return status;
}

static int train_run(struct options *options, struct crux_error *error)
{
    const struct train_options *own = options->own;
    struct crux_store *stores[OPTIONS_LISTED] = {NULL};
    struct crux_training what = crux_training_default();
    int status = train_check(own, error);

    if (status == CRUX_OK && !own->all)
        status = train_role(&what, own->critic, error);
    what.label = own->label;
    what.least_visits = own->visits;
    what.margin = own->margin;
    what.siblings = own->siblings;
    what.most = own->most;
    what.hold_out = own->hold_out;
    what.cost = own->cost;
    what.seed = own->seed;
    if (status == CRUX_OK)
        status = train_open_stores(&what, stores, own, error);
    if (status == CRUX_OK)
        status = (own->all ? train_all : train_single)(options, &what, error);
    for (size_t i = 0; i < what.store_count; i++)
        crux_store_close(stores[i]);
    return status;
}

static const char *const train_labels[] = {"value", "score", NULL};
static const char *const train_siblings[] = {"all", "one", NULL};

static const struct options_row train_rows[] = {
    {"store", "RUN.db", &values_list, OPTIONS_COMMAND, offsetof(struct train_options, stores), 0, 0,
     NULL, true, "A store with finished trees. May be repeated."},
    {"critic", "ROLE[:KIND]", &values_text, OPTIONS_COMMAND, offsetof(struct train_options, critic),
     0, 0, NULL, true,
     "What the critic is for: execution (which of a family of steps is best; with :KIND of that "
     "kind of step only), subgoal (what is to be done next? of trees of --grammar cr-planner), "
     "outcome (is an answer right?), value (will answers from here be right?)."},
    {"all", "", &values_flag, OPTIONS_COMMAND, offsetof(struct train_options, all), 0, 0, NULL,
     true,
     "Instead of --critic: all critics of a plan, as subgoal.linear, rationale.linear, "
     "query.linear, doc.linear and outcome.linear in the folder --out. One that the trees have no "
     "siblings for, as documents without retrieval, is left out, and that is said."},
    {"out", "PATH", &values_text, OPTIONS_COMMAND, offsetof(struct train_options, out), 0, 0, NULL,
     true, "The file, with --all the folder, to write. It appears whole or not at all."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct train_options, force), 0, 0, NULL,
     true, "Replace it if it exists; a folder only if nothing but critics lies in it."},
    {"label", "NAME", &values_choice, OPTIONS_COMMAND, offsetof(struct train_options, label), 0, 0,
     train_labels, true,
     "What tells the best of a family of steps: value, the mean of what came back, or score, as "
     "the run's own execution critic had scored them."},
    {"visits", "N", &values_count, OPTIONS_COMMAND, offsetof(struct train_options, visits), 1,
     1000000, NULL, true, "With --label value: compare only steps with at least N visits."},
    {"margin", "D", &values_real, OPTIONS_COMMAND, offsetof(struct train_options, margin), 0, 1,
     NULL, true,
     "Compare the best of a family with those whose value (or score) is lower by D or more; 0: "
     "with any that is lower. CR-Planner's paper tells no margin."},
    {"siblings", "WHICH", &values_choice, OPTIONS_COMMAND, offsetof(struct train_options, siblings),
     0, 0, train_siblings, true,
     "The best of a family against all lower ones, or against one, the next lower. CR-Planner's "
     "paper leaves it open."},
    {"rows", "N", &values_count, OPTIONS_COMMAND, offsetof(struct train_options, most), 1, 1000000,
     NULL, true, "The most rows (pairs, or answers) that one problem gives."},
    {"hold-out", "SHARE", &values_real, OPTIONS_COMMAND, offsetof(struct train_options, hold_out),
     0, 1, NULL, true,
     "The share of the problems that is not trained on and measures the critic. Problems are held "
     "out whole."},
    {"cost", "C", &values_real, OPTIONS_COMMAND, offsetof(struct train_options, cost), 0, 1000000,
     NULL, true, "What a row's error costs against large weights (liblinear's C)."},
    {"seed", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct train_options, seed), 0,
     INT64_MAX, NULL, true, "Decides which problems are held out."},
    {.name = NULL}};

static const struct options_group train_group = {&table_topic_output, OPTIONS_OWN, train_rows};

static void train_defaults(struct options *options)
{
    struct train_options *own = options->own;
    const struct crux_training usual = crux_training_default();

    own->label = usual.label;
    own->visits = usual.least_visits;
    own->margin = usual.margin;
    own->siblings = usual.siblings;
    own->most = usual.most;
    own->hold_out = usual.hold_out;
    own->cost = usual.cost;
    own->seed = usual.seed;
}

static const struct options_group *const train_groups[] = {&train_group, &table_json, &table_config,
                                                           &table_help, NULL};

const struct command train_command = {
    .name = "train",
    .options = {OPTIONS_TRAIN, train_groups, sizeof(struct train_options), train_defaults},
    .operands = "--store RUN.db (--critic ROLE | --all) --out PATH",
    .needs = {"store", "out"},
    .summary = "train a critic on finished trees",
    .description =
        "Fits a linear critic (liblinear) to finished trees, on this machine, in seconds, and "
        "writes it to a file that --critic ROLE=linear:FILE reads. An execution critic learns from "
        "pairs: of each family of steps the best against the lower ones. So does a critic of "
        "sub-goals, which are compared with each other; in trees of --grammar cr-planner each "
        "critic sees of the path what CR-Planner's does: of a rationale the rationales before it, "
        "of a query the latest rationale, of a document the latest rationale and query, of a "
        "sub-goal all that was found. An outcome or a value critic learns from the answers that "
        "were found right or wrong. It sees words, pieces of "
        "words, lengths, log-probabilities and, in the numbers games, facts of the numbers that "
        "are left that cost no solving.\n"
        "Some problems are held out, whole, and what the critic is worth on them is printed: "
        "accuracy and expected calibration error with 95 % intervals, in all, by depth, and by "
        "how much of a pair was seen in training: both states, one, or none. The same trees give "
        "the same file.",
    .examples = "crux train --store run.db --critic execution --out steps.linear\n"
                "crux train --store run.db --critic value --out worth.linear --hold-out 0.3\n"
                "crux train --store plans.db --all --out critics --visits 3\n"
                "crux solve puzzles.jsonl --critic execution=linear:steps.linear",
    .exits = {EXIT_INPUT, EXIT_STORE, EXIT_CHECK},
    .signals = COMMANDS_END,
    .run = train_run,
};
