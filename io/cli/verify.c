/*
 * verify.c - `crux verify`: are critiques worth anything? Wrong answers are refined with them.
 */
#include "io/cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/pass.h"
#include "io/passes/verify.h"

struct verify_options {
    struct pass_own pass; /* first */
    uint32_t refinements, without, control;
};

static int verify_ask(struct pass *pass, struct crux_error *error)
{
    const struct verify_options *own = pass->options->own;
    struct verify_setup setup = {
        .refiner = pass_policy(pass, error),
        .outcome = pass_outcome(pass, error),
        .maker = pass->maker,
        .with = own->refinements,
        .without = own->without == UINT32_MAX ? own->refinements : own->without,
        .control = own->control == UINT32_MAX ? own->refinements : own->control,
        .seed = pass->options->setup.seed,
    };
    struct verify *verify = NULL;
    char how[80];
    int status = CRUX_INVALID;

    if (setup.refiner == NULL || setup.outcome == NULL)
        return status;
    (void)snprintf(how, sizeof how, "verify %u %u %u", setup.with, setup.without, setup.control);
    status = pass_maker(pass, pass_policy_name(pass), how, error);
    if (status == CRUX_OK)
        status = verify_open(&verify, &setup, error);
    if (status == CRUX_OK)
        status = pass_run(pass, verify_work(verify), error);
    if (status >= 0)
        status = pass_report(pass, status, error);
    verify_close(verify);
    return status;
}

static int verify_run(struct options *options, struct crux_error *error)
{
    struct pass pass = {.options = NULL};
    int status = pass_open(&pass, options, "verification", error);

    if (status == CRUX_OK)
        status = verify_ask(&pass, error);
    pass_close(&pass);
    return status;
}

static void verify_defaults(struct options *options)
{
    struct verify_options *own = options->own;

    pass_defaults(options);
    own->refinements = 10;
    own->without = own->control = UINT32_MAX;
}

static const struct options_row verify_rows[] = {
    {"refinements", "R", &values_count, OPTIONS_COMMAND,
     offsetof(struct verify_options, refinements), 1, 1024, NULL, true,
     "Answers refined with each critique (MMC: 10, of which 3 must be right for it to be kept)."},
    {"without", "R", &values_count, OPTIONS_COMMAND, offsetof(struct verify_options, without), 0,
     1024, NULL, true,
     "Answers refined without a critique; as --refinements unless given, 0 for none."},
    {"control", "R", &values_count, OPTIONS_COMMAND, offsetof(struct verify_options, control), 0,
     1024, NULL, true,
     "Answers refined with a critique of another path; as --refinements unless given, 0 for none."},
    {.name = NULL}};

static const struct options_group verify_group = {&table_topic_output, OPTIONS_OWN, verify_rows};
static const struct options_group verify_pass_group = {&table_topic_output, OPTIONS_OWN, pass_rows};

static const struct options_group *const verify_groups[] = {
    &pass_completer_group, &table_ports,    &verify_group,     &verify_pass_group, &table_seed,
    &table_model,          &table_prompt,   &table_server,     &table_calls,       &table_backends,
    &table_named,          &table_limits,   &pass_speed_group, &table_prices,      &table_config,
    &table_store,          &table_patience, &table_quiet,      &table_help,        NULL};

const struct command verify_command = {
    .name = "verify",
    .options = {OPTIONS_VERIFY, verify_groups, sizeof(struct verify_options), verify_defaults},
    .operands = "--store RUN.db",
    .needs = {"store"},
    .summary = "refine wrong answers with their critiques: which of these help?",
    .description =
        "For each critique of a wrong path (by crux annotate, or written during the search) the "
        "policy is asked for a better answer, R times told the critique, R times told only that "
        "the answer may be wrong, and R times told a critique of another path. The outcome critic "
        "says how many are right. The counts lie beside the trees; so do whether the critique's "
        "verdict and the step that it points at are right, where that is known. crux export writes "
        "them into its rows, and --keep-if keeps by them.\n"
        "Who refines is the run's own policy, or --completer: chat or process, for others revise "
        "no answers. The same command goes on where it was interrupted, and nothing is asked "
        "twice.",
    .examples = "crux verify --store run.db\n"
                "crux verify --store run.db --refinements 30 --estimate\n"
                "crux export --store run.db --to data --keep-if 'refined_right >= 3'",
    .exits = {EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = verify_run,
};
