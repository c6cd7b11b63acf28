/*
 * check.c - what options mean together: each is right by itself, are all of them?
 *
 * A list of exclusions, each a question and the sentence that answers it, so that every
 * refusal names both options. The search checks its setup again by the names of fields;
 * here they are called what the user has typed.
 */
#include "io/cli/options/check.h"

#include <stdlib.h>
#include <string.h>

/* --- a policy and critics that nobody has named ----------------------------------------- */

/* By the policy's name: who judges and who annotates. Solving never looks at the reference
 * answer, which then grades the result; labels are made from it. */
static const struct usual {
    const char *policy;
    const char *solve, *generate, *annotate;
} usual[] = {
    {"chat", "consistency", "match", "none"},
    {"recorded", "consistency", "match", "none"},
    {"", "numbers", "numbers", "numbers"}, /* all others */
};

static bool is_named(const char *description, const char *name)
{
    size_t length = strlen(name);

    return strncmp(description, name, length) == 0 &&
           (description[length] == '\0' || description[length] == ':' || length == 0);
}

static bool fill(char **critic, const char *name)
{
    if (*critic == NULL)
        *critic = strdup(name);
    return *critic != NULL;
}

/* Where a model is served, that model is meant. */
static int name_policy(struct options *options, struct crux_error *error)
{
    if (options->backends[0].endpoints.count == 0 || options_given(options, "policy"))
        return CRUX_OK;
    free(options->policy[CRUX_STEP]);
    options->policy[CRUX_STEP] = strdup("chat");
    return options->policy[CRUX_STEP] != NULL
               ? CRUX_OK
               : crux_fail(error, CRUX_MEMORY, "no memory for the options");
}

static int name_critics(struct options *options, struct crux_error *error)
{
    const struct usual *row = usual;
    const char *outcome;

    while (!is_named(options->policy[CRUX_STEP], row->policy))
        row++;
    outcome = options->command == OPTIONS_SOLVE ? row->solve : row->generate;
    if (!fill(&options->critic[CRUX_ROLE_OUTCOME], outcome) ||
        !fill(&options->critic[CRUX_ROLE_ANNOTATE], row->annotate))
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    return CRUX_OK;
}

/* --- what does not go together ----------------------------------------------------------- */

static bool has_value_critic(const struct options *options)
{
    const char *value = options->critic[CRUX_ROLE_VALUE];

    return value != NULL && strcmp(value, "none") != 0;
}

static bool rolls_and_scores(const struct options *options)
{
    return has_value_critic(options) && options->setup.rollouts > 0;
}

static bool neither_rolls_nor_scores(const struct options *options)
{
    return !has_value_critic(options) && options->setup.rollouts == 0;
}

static bool samples_a_value(const struct options *options)
{
    return options->setup.strategy == CRUX_SAMPLE && options->setup.rollouts == 0;
}

static bool samples_a_tree(const struct options *options)
{
    const struct crux_setup *setup = &options->setup;

    return setup->strategy == CRUX_SAMPLE &&
           (setup->root == CRUX_ROOT_GUMBEL || setup->widen > 0.0 || setup->transpositions);
}

static bool shares_a_gumbel_root(const struct options *options)
{
    return options->setup.root == CRUX_ROOT_GUMBEL && options->setup.lanes > 1;
}

static bool shares_an_ordered_tree(const struct options *options)
{
    return options->setup.order == CRUX_ORDER_ISSUED && options->setup.lanes > 1;
}

static bool asks_no_endpoint(const struct options *options)
{
    bool asks = options->backends[0].endpoints.count == 0;

    for (int kind = 0; kind < CRUX_KINDS; kind++)
        asks |= options->policy[kind] != NULL && is_named(options->policy[kind], "chat");
    return !asks;
}

static const struct exclusion {
    bool (*holds)(const struct options *options);
    const char *sentence;
} exclusions[] = {
    {asks_no_endpoint, "--endpoint is for policy chat, and another policy was asked for: say "
                       "--policy chat, or leave one of the two out"},
    {samples_a_value, "--strategy sample and --rollouts 0 exclude each other: it draws complete "
                      "answers and nothing else"},
    {samples_a_tree, "--strategy sample excludes --root gumbel, --widen and --transpositions: it "
                     "has no tree that they could shape"},
    {rolls_and_scores, "--rollouts above 0 and --critic value= exclude each other: a leaf is "
                       "either rolled out or scored"},
    {neither_rolls_nor_scores, "--rollouts 0 needs --critic value=NAME: without either no leaf "
                               "can be evaluated"},
    {shares_a_gumbel_root, "--root gumbel and --lanes above 1 exclude each other: the halving of "
                           "the root is one lane's"},
    {shares_an_ordered_tree, "--order issued and --lanes above 1 exclude each other: workers that "
                             "share a tree keep no order"},
};

/* A value critic takes the place of rollouts that nobody asked for; who asks for so many
 * simulations shall have them, whatever calls they take. */
int settle_options(struct options *options, struct crux_error *error)
{
    int status;

    if ((options->command & (OPTIONS_GENERATE | OPTIONS_SOLVE)) == 0)
        return CRUX_OK;
    status = name_policy(options, error);
    if (status == CRUX_OK)
        status = name_critics(options, error);
    if (status != CRUX_OK)
        return status;
    if (has_value_critic(options) && !options_given(options, "rollouts"))
        options->setup.rollouts = 0;
    if (options_given(options, "simulations") && !options_given(options, "calls"))
        options->setup.calls = 0;
    for (size_t i = 0; i < sizeof exclusions / sizeof exclusions[0]; i++)
        if (exclusions[i].holds(options))
            return crux_fail(error, CRUX_INVALID, "%s", exclusions[i].sentence);
    return CRUX_OK;
}
