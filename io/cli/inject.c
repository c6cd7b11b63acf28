/*
 * inject.c - `crux inject`: a model puts false details into right paths.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/pass.h"
#include "io/passes/inject.h"

struct inject_options {
    struct pass_own pass; /* first */
    uint32_t paths;
    char *details;
    uint32_t least, most; /* of details, read from them */
};

/* LEAST:MOST, or one number for both. */
static int inject_read_details(struct inject_options *own, struct crux_error *error)
{
    const char *text = own->details != NULL ? own->details : "1:5";
    char *end;
    unsigned long least = strtoul(text, &end, 10), most = least;
    bool good = end > text && strspn(text, "0123456789:") == strlen(text);

    if (good && *end == ':') {
        const char *from = end + 1;

        most = strtoul(from, &end, 10);
        good = end > from;
    }
    if (!good || *end != '\0' || least < 1 || most < least || most > INJECTED_MOST)
        return crux_fail(error, CRUX_INVALID,
                         "--details must be LEAST:MOST from 1 to 5, as 1:5, not '%.40s'", text);
    own->least = (uint32_t)least;
    own->most = (uint32_t)most;
    return CRUX_OK;
}

static void inject_print(const struct inject_counts *counts)
{
    (void)printf("  with false details %" PRIu64 " are wrong (%" PRIu64 " details), %" PRIu64
                 " still right, of %" PRIu64 " it is not known, of %" PRIu64
                 " nothing usable came: only the first are wrong paths\n",
                 counts->wrong, counts->details, counts->right, counts->unknown, counts->unusable);
}

static int inject_ask_all(struct pass *pass, struct crux_error *error)
{
    const struct inject_options *own = pass->options->own;
    struct inject_setup setup = {
        .injector = pass->session.critics[CRUX_ROLE_ANNOTATE],
        .outcome = pass_outcome(pass, error),
        .maker = pass->maker,
        .model = pass_annotator_model(pass->options),
        .paths = own->paths,
        .least = own->least,
        .most = own->most,
        .seed = pass->options->setup.seed,
    };
    struct inject *inject = NULL;
    char how[80];
    int status = CRUX_INVALID;

    if (setup.outcome == NULL)
        return status;
    (void)snprintf(how, sizeof how, "inject %u %u", setup.least, setup.most);
    status = pass_maker(pass, pass->options->critic[CRUX_ROLE_ANNOTATE], how, error);
    if (status == CRUX_OK)
        status = inject_open(&inject, &setup, error);
    if (status == CRUX_OK)
        status = pass_run(pass, inject_work(inject), error);
    if (status >= 0) {
        status = pass_report(pass, status, error);
        if (!own->pass.estimate)
            inject_print(inject_counted(inject));
    }
    inject_close(inject);
    return status;
}

static int inject_run(struct options *options, struct crux_error *error)
{
    struct pass pass = {.options = NULL};
    int status = inject_read_details(options->own, error);

    if (status == CRUX_OK && strcmp(options->critic[CRUX_ROLE_ANNOTATE], "none") == 0)
        status = crux_fail(error, CRUX_INVALID, "--annotator none writes nothing");
    if (status == CRUX_OK)
        status = pass_open(&pass, options, "wrong version", error);
    if (status == CRUX_OK)
        status = inject_ask_all(&pass, error);
    pass_close(&pass);
    return status;
}

static void inject_defaults(struct options *options)
{
    struct inject_options *own = options->own;

    pass_defaults(options);
    own->paths = 1;
}

static const struct options_row inject_critic_rows[] = {
    {"annotator", "NAME[:ARG]", &values_text, OPTIONS_MEANING,
     offsetof(struct options, critic[CRUX_ROLE_ANNOTATE]), 0, 0, NULL, true,
     "Who puts them in: critique[:SETTING,...], a served model, asked up to `tries` times until it "
     "has changed the steps that it names, and no others."},
    {.name = NULL}};

static const struct options_group inject_critic_group = {&table_topic_policies, OPTIONS_SHARED,
                                                         inject_critic_rows};

static const struct options_row inject_rows[] = {
    {"paths", "N", &values_count, OPTIONS_COMMAND, offsetof(struct inject_options, paths), 0,
     UINT32_MAX, NULL, true, "Right paths of a problem, the first N distinct ones; 0 is all."},
    {"details", "LEAST:MOST", &values_text, OPTIONS_COMMAND,
     offsetof(struct inject_options, details), 0, 0, NULL, true,
     "How many false details are asked for, drawn from the seed; 1:5 unless given (Critic-V)."},
    {.name = NULL}};

static const struct options_group inject_group = {&table_topic_output, OPTIONS_OWN, inject_rows};
static const struct options_group inject_pass_group = {&table_topic_output, OPTIONS_OWN, pass_rows};

static const struct options_group *const inject_groups[] = {
    &inject_critic_group, &table_ports,    &inject_group,     &inject_pass_group, &table_seed,
    &table_model,         &table_prompt,   &table_server,     &table_calls,       &table_backends,
    &table_named,         &table_limits,   &pass_speed_group, &table_prices,      &table_config,
    &table_store,         &table_patience, &table_quiet,      &table_help,        NULL};

const struct command inject_command = {
    .name = "inject",
    .options = {OPTIONS_INJECT, inject_groups, sizeof(struct inject_options), inject_defaults},
    .operands = "--store RUN.db --annotator NAME",
    .needs = {"store", "annotator"},
    .summary = "put false details into right paths, at places that are known",
    .description =
        "Has a model put 1 to 5 false details into right paths of the finished trees (Critic-V's "
        "VEST, arXiv 2411.18203), and the outcome critic judge the answer. Where it is wrong now "
        "there is a wrong path, beside the tree, of which it is known which steps were changed; "
        "where it is still right, or nobody can tell, there is none, and the count says so. Which "
        "of the details makes the answer wrong is not known: the first of them is no proved first "
        "wrong step.\n"
        "crux annotate --injected asks an annotator about these paths and counts which details it "
        "finds; crux export --injected makes rows of them.\n"
        "The same command goes on where it was interrupted, and nothing is asked twice.",
    .examples = "crux inject --store run.db --annotator critique --estimate\n"
                "crux inject --store run.db --annotator critique:tries=5 --details 1:3 --paths 2\n"
                "crux annotate --store run.db --annotator critique:style=blind --injected",
    .exits = {EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = inject_run,
};
