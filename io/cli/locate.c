/*
 * locate.c - `crux locate`: where wrong paths go wrong, by completions of their first steps.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/pass.h"
#include "io/passes/locate.h"

struct locate_options {
    struct pass_own pass; /* first */
    double below;
    uint32_t most;
    bool every, proved, rights;
};

static const char *locate_hows[LEARNT_HOWS] = {"not known", "between two steps", "estimated",
                                               "agreed", "proved"};

static void locate_print(const struct locate_counts *counts)
{
    for (unsigned how = LEARNT_HOWS; how-- > 0;)
        if (counts->how[how] > 0)
            (void)printf("  %-18s %8" PRIu64 "\n", locate_hows[how], counts->how[how]);
    for (unsigned why = 1; why < LOCATE_WHYS; why++)
        if (counts->why[why] > 0)
            (void)printf("    %8" PRIu64 " %s\n", counts->why[why],
                         locate_why((enum locate_why)why));
    if (counts->lucky > 0)
        (void)printf("  %" PRIu64 " right paths have steps from which no completion is right\n",
                     counts->lucky);
}

/* --- the pass ---------------------------------------------------------------------------- */

static int locate_set_up(struct locate_setup *setup, struct pass *pass, struct crux_error *error)
{
    const struct locate_options *own = pass->options->own;
    struct crux_policy *second = pass->session.policies[OPTIONS_SECOND];

    *setup = (struct locate_setup){
        .maker = pass->maker,
        .outcome = pass_outcome(pass, error),
        .completers = {{.policy = pass_policy(pass, error),
                        .searched = pass->options->policy[OPTIONS_COMPLETER] == NULL},
                       {.policy = second}},
        .completer_count = second != NULL ? 2 : 1,
        .seed = pass->options->setup.seed,
        .below = own->below,
        .most = own->most,
        .every = own->every,
        .proved = own->proved,
        .rights = own->rights,
    };
    return setup->outcome != NULL && setup->completers[0].policy != NULL ? CRUX_OK : CRUX_INVALID;
}

static int locate_name(struct pass *pass, struct crux_error *error)
{
    const struct locate_options *own = pass->options->own;
    const char *second = pass->options->policy[OPTIONS_SECOND];
    char how[128], what[400];

    (void)snprintf(how, sizeof how, "locate %.6g %u%s", own->below, own->most,
                   own->every ? " every" : "");
    (void)snprintf(what, sizeof what, "%.180s%s%.180s", pass_policy_name(pass),
                   second != NULL ? "+" : "", second != NULL ? second : "");
    return pass_maker(pass, what, how, error);
}

static int locate_ask(struct pass *pass, struct crux_error *error)
{
    struct locate_setup setup;
    struct locate *locate = NULL;
    int status = locate_set_up(&setup, pass, error);

    if (status == CRUX_OK)
        status = locate_name(pass, error);
    if (status == CRUX_OK)
        status = locate_open(&locate, &setup, error);
    if (status == CRUX_OK)
        status = pass_run(pass, locate_work(locate), error);
    if (status >= 0) {
        status = pass_report(pass, status, error);
        locate_print(locate_counted(locate));
    }
    locate_close(locate);
    return status;
}

static int locate_run(struct options *options, struct crux_error *error)
{
    const struct locate_options *own = options->own;
    struct pass pass = {.options = NULL};
    int status;

    if (!(own->below >= LOCATE_BELOW_LEAST && own->below <= LOCATE_BELOW_MOST))
        return crux_fail(error, CRUX_INVALID, "--locate-below is from %g to %g, not %g",
                         LOCATE_BELOW_LEAST, LOCATE_BELOW_MOST, own->below);
    status = pass_open(&pass, options, "location", error);
    if (status == CRUX_OK)
        status = locate_ask(&pass, error);
    pass_close(&pass);
    return status;
}

static void locate_defaults(struct options *options)
{
    struct locate_options *own = options->own;

    pass_defaults(options);
    own->below = 0.1;
    own->most = 64;
}

/* --- the command ------------------------------------------------------------------------- */

static const struct options_row locate_policy_rows[] = {
    {"second", "NAME[:ARG]", &values_text, OPTIONS_MEANING,
     offsetof(struct options, policy[OPTIONS_SECOND]), 0, 0, NULL, true,
     "A second policy that completes, as a weak one beside a strong one: a step is then located "
     "only where both locate the same (Athena, arXiv 2506.09532), and counts as agreed."},
    {.name = NULL}};

static const struct options_group locate_policy_group = {&table_topic_policies, OPTIONS_SHARED,
                                                         locate_policy_rows};

static const struct options_row locate_rows[] = {
    {"locate-below", "P", &values_real, OPTIONS_COMMAND, offsetof(struct locate_options, below), 0,
     1, NULL, true,
     "Steps are given up as lost when no completion behind them is right, and the exact 95 % "
     "interval of the chance that one is ends at P or below. From 0.001 to 0.5."},
    {"locate-most", "K", &values_count, OPTIONS_COMMAND, offsetof(struct locate_options, most), 1,
     65536, NULL, true, "The most completions behind the same steps."},
    {"every", "", &values_flag, OPTIONS_COMMAND, offsetof(struct locate_options, every), 0, 0, NULL,
     true, "Look behind every step and not only where a binary search has to."},
    {"proved", "", &values_flag, OPTIONS_COMMAND, offsetof(struct locate_options, proved), 0, 0,
     NULL, true, "Also paths whose first wrong step is proved: to measure completions by it."},
    {"rights", "", &values_flag, OPTIONS_COMMAND, offsetof(struct locate_options, rights), 0, 0,
     NULL, true,
     "Also look behind the first steps of right paths: an answer may be right by luck."},
    {.name = NULL}};

static const struct options_group locate_group = {&table_topic_output, OPTIONS_OWN, locate_rows};
static const struct options_group locate_pass_group = {&table_topic_output, OPTIONS_OWN, pass_rows};

static const struct options_group *const locate_groups[] = {
    &pass_completer_group, &locate_policy_group, &table_ports,
    &locate_group,         &locate_pass_group,   &table_seed,
    &table_model,          &table_prompt,        &table_server,
    &table_calls,          &table_backends,      &table_named,
    &table_limits,         &pass_speed_group,    &table_prices,
    &table_config,         &table_store,         &table_patience,
    &table_quiet,          &table_help,          NULL};

const struct command locate_command = {
    .name = "locate",
    .options = {OPTIONS_LOCATE, locate_groups, sizeof(struct locate_options), locate_defaults},
    .operands = "--store RUN.db",
    .needs = {"store"},
    .summary = "find the first wrong step of wrong paths, by completions",
    .description =
        "For each wrong path of the finished trees: the first step after which no completion is "
        "right, by a binary search over its first steps (OmegaPRM, arXiv 2406.06592), with as many "
        "completions behind each as it takes. The search's own answers count first. A step is "
        "located only where completions without it come right, none with it does, and that is not "
        "likely by chance (Fisher's exact test); else the finding says why not, or between which "
        "steps. Counts and intervals are kept.\n"
        "A policy that rarely answers rightly locates little. Where the domain proves the step, as "
        "for number puzzles, nothing is asked.\n"
        "Who completes is the run's own policy, or --completer. What is found lies beside the "
        "trees; the same command goes on where it was interrupted, and nothing is asked twice.",
    .examples = "crux locate --store run.db --estimate\n"
                "crux locate --store run.db\n"
                "crux locate --store run.db --completer chat:strong --second chat:weak "
                "--config two.yaml",
    .exits = {EXIT_STORE, EXIT_LIMIT, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_END,
    .run = locate_run,
};
