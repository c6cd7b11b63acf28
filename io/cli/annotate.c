/*
 * annotate.c - `crux annotate`: an annotator writes down what is wrong in wrong paths.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/pass.h"
#include "io/passes/annotate.h"

struct annotate_options {
    struct pass_own pass; /* first */
    bool rights, located, injected;
};

/* How well it finds false details, as far as it has been asked. */
static int annotate_report(struct pass *pass, const struct annotate_scores *scores, int status,
                           struct crux_error *error)
{
    const struct annotate_options *own = pass->options->own;

    status = pass_report(pass, status, error);
    if (own->pass.estimate || !own->injected || scores->count == 0)
        return status;
    (void)printf("  of the false details in %" PRIu64 " paths: found of all inserted or claimed "
                 "%.3f on average; %" PRIu64 " critiques name the first, %" PRIu64
                 " times the annotator said nothing\n",
                 scores->count, scores->sum / (double)scores->count, scores->first, scores->silent);
    return status;
}

static int annotate_ask(struct pass *pass, struct crux_error *error)
{
    const struct annotate_options *own = pass->options->own;
    const char *style = pass->options->critic[CRUX_ROLE_ANNOTATE];
    struct annotate *annotate = NULL;
    struct annotate_setup setup = {
        .annotator = pass->session.critics[CRUX_ROLE_ANNOTATE],
        .maker = pass->maker,
        .style = style,
        .model = pass_annotator_model(pass->options),
        .rights = own->rights,
        .located = own->located,
        .injected = own->injected,
        .seed = pass->options->setup.seed,
    };
    int status;

    status = pass_maker(pass, style, "annotate", error);
    if (status == CRUX_OK)
        status = annotate_open(&annotate, &setup, error);
    if (status == CRUX_OK)
        status = pass_run(pass, annotate_work(annotate), error);
    if (status >= 0)
        status = annotate_report(pass, annotate_scored(annotate), status, error);
    annotate_close(annotate);
    return status;
}

static int annotate_run(struct options *options, struct crux_error *error)
{
    struct pass pass = {.options = NULL};
    int status;

    if (strcmp(options->critic[CRUX_ROLE_ANNOTATE], "none") == 0)
        return crux_fail(error, CRUX_INVALID, "--annotator none writes nothing");
    status = pass_open(&pass, options, "critique", error);
    if (status == CRUX_OK)
        status = annotate_ask(&pass, error);
    pass_close(&pass);
    return status;
}

static const struct options_row annotate_critic_rows[] = {
    {"annotator", "NAME[:ARG]", &values_text, OPTIONS_MEANING,
     offsetof(struct options, critic[CRUX_ROLE_ANNOTATE]), 0, 0, NULL, true,
     "Who writes: an annotating critic, as --critic annotate= of crux generate has it. numbers "
     "proves what is wrong with a number puzzle's step; critique[:SETTING,...] asks a served "
     "model; process:COMMAND asks a program of yours."},
    {.name = NULL}};

static const struct options_group annotate_critic_group = {&table_topic_policies, OPTIONS_SHARED,
                                                           annotate_critic_rows};

static const struct options_row annotate_rows[] = {
    {"rights", "", &values_flag, OPTIONS_COMMAND, offsetof(struct annotate_options, rights), 0, 0,
     NULL, true, "Ask about right paths, too."},
    {"located", "", &values_flag, OPTIONS_COMMAND, offsetof(struct annotate_options, located), 0, 0,
     NULL, true,
     "Of wrong paths ask only about those whose first wrong step is known, by proof or by crux "
     "locate."},
    {"injected", "", &values_flag, OPTIONS_COMMAND, offsetof(struct annotate_options, injected), 0,
     0, NULL, true,
     "Ask about the paths that crux inject has put false details into, and about no others, "
     "without "
     "telling where: how many of the details does the annotator find?"},
    {.name = NULL}};

static const struct options_group annotate_group = {&table_topic_output, OPTIONS_OWN,
                                                    annotate_rows};
static const struct options_group annotate_pass_group = {&table_topic_output, OPTIONS_OWN,
                                                         pass_rows};

static const struct options_group *const annotate_groups[] = {&annotate_critic_group,
                                                              &annotate_group,
                                                              &annotate_pass_group,
                                                              &table_seed,
                                                              &table_model,
                                                              &table_prompt,
                                                              &table_server,
                                                              &table_calls,
                                                              &table_backends,
                                                              &table_named,
                                                              &table_limits,
                                                              &pass_speed_group,
                                                              &table_prices,
                                                              &table_config,
                                                              &table_store,
                                                              &table_patience,
                                                              &table_quiet,
                                                              &table_help,
                                                              NULL};

const struct command annotate_command = {
    .name = "annotate",
    .options = {OPTIONS_ANNOTATE, annotate_groups, sizeof(struct annotate_options), pass_defaults},
    .operands = "--store RUN.db --annotator NAME",
    .needs = {"store", "annotator"},
    .summary = "write critiques of wrong paths, beside the finished trees",
    .description =
        "Asks an annotator about each pair of a wrong and a right path of the finished trees: what "
        "is wrong, and what to do instead. It is told the first wrong step where that is known. "
        "What it writes lies beside the trees, under the annotator's name; trees are not changed, "
        "and several annotators may write about one path. crux show and crux export use what is "
        "there.\n"
        "The same command goes on where it was interrupted; replies are in the ledger of the "
        "store, and nothing is asked twice. How models are asked is as the run recorded it, where "
        "nothing else is said.",
    .examples = "crux annotate --store run.db --annotator numbers\n"
                "crux annotate --store run.db --annotator critique:style=mmc\n"
                "crux annotate --store run.db --annotator critique:style=blind,backend=big "
                "--backend big.endpoint=http://127.0.0.1:8000/v1 --estimate",
    .exits = {EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = annotate_run,
};
