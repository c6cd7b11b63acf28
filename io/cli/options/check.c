/*
 * check.c - checks options against each other: which exclude each other, which need another.
 *
 * A list of exclusions, each a question and the sentence that answers it, so that every
 * refusal names both options. The search checks its setup again by the names of fields;
 * here they are called what the user has typed.
 */
#include "io/cli/options/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "io/cli/options/backend.h"
#include "io/cli/options/shard.h"
#include "io/cli/options/table.h"
#include "io/http/http.h"
#include "policies/crux_policies.h"

/* --- a policy when the user names none ---------------------------------------------------- */

/* Where a model is served, that model is meant. */
static int name_policy(struct options *options, struct crux_error *error)
{
    if (!options_has_endpoint(&options->backends[0]) || options_given(options, "policy"))
        return CRUX_OK;
    free(options->policy[CRUX_STEP]);
    options->policy[CRUX_STEP] = strdup("chat");
    return options->policy[CRUX_STEP] != NULL
               ? CRUX_OK
               : crux_fail(error, CRUX_MEMORY, "no memory for the options");
}

/* --- which port asks which backend --------------------------------------------------------- */

/* Number which of the backends that description number port asks. False after the last. */
static bool asked_backend(const struct options *options, size_t port, size_t which,
                          struct crux_text *out)
{
    const char *description = options_port(options, port), *name;

    if (description == NULL)
        return false;
    if (port >= OPTIONS_POLICIES)
        return crux_critic_backend(options_critic_role((unsigned)(port - OPTIONS_POLICIES)),
                                   description, which, out);
    name = which == 0 ? crux_policy_backend(description) : NULL;
    *out = (struct crux_text){name, name != NULL ? strcspn(name, ",:") : 0};
    return name != NULL;
}

static bool is_word(struct crux_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

/* Programs, services and jails are backends that nobody defines. */
static bool defines_itself(struct crux_text name)
{
    return is_word(name, "process") || is_word(name, "http") || is_word(name, "run");
}

/* "" is the one of the plain flags. */
static bool asks_backend(const struct options *options, const char *backend)
{
    struct crux_text name;

    for (size_t i = 0; i < OPTIONS_PORTS; i++)
        for (size_t which = 0; asked_backend(options, i, which, &name); which++)
            if (is_word(name, backend))
                return true;
    return false;
}

static int check_asked_backend(const struct options *options, size_t port, struct crux_text name,
                               struct crux_error *error)
{
    const char *description = options_port(options, port);
    char word[64], typed[160];

    options_port_typed(typed, sizeof typed, options, port);
    if (name.length == 0 && description[strlen(description) - 1] == ':')
        return crux_fail(error, CRUX_INVALID,
                         "%s names no backend behind its ':'; without one it asks the model of the "
                         "plain flags",
                         typed);
    (void)snprintf(word, sizeof word, "%.*s", (int)(name.length < 60 ? name.length : 60),
                   name.start);
    if (options_backend(options, word) == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "%s asks backend '%s', which is not defined: say --backend "
                         "%s.endpoint=URL, or %s below backends in the file",
                         typed, word, word, word);
    return CRUX_OK;
}

int check_backends_exist(const struct options *options, struct crux_error *error)
{
    struct crux_text name;
    int status = CRUX_OK;

    for (size_t i = 0; i < OPTIONS_PORTS; i++)
        for (size_t which = 0; status == CRUX_OK && asked_backend(options, i, which, &name);
             which++)
            if (!defines_itself(name))
                status = check_asked_backend(options, i, name, error);
    return status;
}

static int check_backends_used(const struct options *options, struct crux_error *error)
{
    struct options_place place;
    bool has_policies = table_find(options->table, "policy", strlen("policy"), false, &place);

    for (size_t i = 1; i < options->backend_count; i++) {
        const char *name = options->backends[i].name;

        if (!asks_backend(options, name))
            return crux_fail(error, CRUX_INVALID,
                             "backend '%s' is defined, and no port asks it: say %s:%s, or leave "
                             "the backend out",
                             name, has_policies ? "--policy chat" : "--critic outcome=judge", name);
    }
    return CRUX_OK;
}

static bool endpoint_is_again(const struct options_list *endpoints, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (http_same_address(endpoints->items[i], endpoints->items[number]))
            return true;
    return false;
}

/* Before anybody is asked: it would be counted for as many slots again. */
static int check_endpoints_once(const struct options *options, struct crux_error *error)
{
    for (size_t i = 0; i < options->backend_count; i++) {
        const struct options_backend *backend = &options->backends[i];

        for (size_t j = 0; j < backend->endpoints.count; j++)
            if (endpoint_is_again(&backend->endpoints, j))
                return crux_fail(error, CRUX_INVALID,
                                 "--endpoint %.200s is given twice%s%s: a server has many calls at "
                                 "a time, --in-flight says how many",
                                 backend->endpoints.items[j], i > 0 ? " for backend " : "",
                                 i > 0 ? backend->name : "");
    }
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

static bool shapes_a_tree(const struct crux_setup *setup)
{
    return setup->root == CRUX_ROOT_GUMBEL || setup->widen > 0.0 || setup->branch_high > 0.0 ||
           setup->transpositions;
}

static bool samples_a_value(const struct options *options)
{
    return options->setup.strategy == CRUX_SAMPLE && options->setup.rollouts == 0;
}

static bool samples_a_tree(const struct options *options)
{
    return options->setup.strategy == CRUX_SAMPLE && shapes_a_tree(&options->setup);
}

static bool refines_a_value(const struct options *options)
{
    return options->setup.strategy == CRUX_REFINE && options->setup.rollouts == 0;
}

static bool refines_a_tree(const struct options *options)
{
    return options->setup.strategy == CRUX_REFINE &&
           (shapes_a_tree(&options->setup) || options->setup.lanes > 1);
}

/* A judge that says Yes or No, or is told to write no reason, has nothing to send back. */
static bool refines_in_silence(const struct options *options)
{
    static const char *const writes[] = {"by=score", "votes=", "mode=steps", "mode=first",
                                         "mode=criteria"};
    const char *critic = options->critic[CRUX_ROLE_OUTCOME];
    bool silent = true;

    if (options->setup.strategy != CRUX_REFINE || critic == NULL ||
        !is_word((struct crux_text){critic, strcspn(critic, ":")}, "judge"))
        return false;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        silent = silent && strstr(critic, writes[i]) == NULL;
    return silent || strstr(critic, "why=no") != NULL;
}

static bool branches_and_widens(const struct options *options)
{
    return options->setup.branch_high > 0.0 && options->setup.widen > 0.0;
}

static bool shares_a_gumbel_root(const struct options *options)
{
    return options->setup.root == CRUX_ROOT_GUMBEL && options->setup.lanes > 1;
}

static bool shares_a_budget(const struct options *options)
{
    return options->setup.selection == CRUX_BUDGET && options->setup.lanes > 1;
}

static bool spends_a_budget_otherwise(const struct options *options)
{
    const struct crux_setup *setup = &options->setup;

    return setup->selection == CRUX_BUDGET &&
           (setup->root == CRUX_ROOT_GUMBEL || setup->widen > 0.0 || setup->branch_high > 0.0);
}

static bool shares_an_ordered_tree(const struct options *options)
{
    return options->setup.order == CRUX_ORDER_ISSUED && options->setup.lanes > 1;
}

static bool asks_no_endpoint(const struct options *options)
{
    return options_has_endpoint(&options->backends[0]) && !asks_backend(options, "");
}

static const struct exclusion {
    bool (*holds)(const struct options *options);
    const char *sentence;
} exclusions[] = {
    {asks_no_endpoint, "--endpoint is for policy chat, and another policy was asked for: say "
                       "--policy chat, or leave one of the two out"},
    {samples_a_value, "--strategy sample and --rollouts 0 exclude each other: it draws complete "
                      "answers and nothing else"},
    {samples_a_tree, "--strategy sample excludes --root gumbel, --widen, --branch and "
                     "--transpositions: it has no tree that they could shape"},
    {refines_a_value, "--strategy refine and --rollouts 0 exclude each other: it makes complete "
                      "answers better and nothing else"},
    {refines_a_tree, "--strategy refine excludes --root gumbel, --widen, --branch, "
                     "--transpositions and --workers-per-tree above 1: it has no tree that they "
                     "could shape or share"},
    {refines_in_silence,
     "--strategy refine sends back what the judge writes, and this one says Yes or "
     "No and nothing else: say --critic judge:by=score, or another mode, "
     "without why=no"},
    {branches_and_widens, "--branch and --widen exclude each other: each says how many children a "
                          "node has"},
    {rolls_and_scores, "--rollouts above 0 and --critic value= exclude each other: a leaf is "
                       "either rolled out or scored"},
    {neither_rolls_nor_scores, "--rollouts 0 needs --critic value=NAME: without either no leaf "
                               "can be evaluated"},
    {shares_a_gumbel_root,
     "--root gumbel and --workers-per-tree above 1 exclude each other: one worker "
     "halves the root"},
    {shares_a_budget,
     "--selection budget and --workers-per-tree above 1 exclude each other: it goes by what one "
     "worker has spent"},
    {spends_a_budget_otherwise,
     "--selection budget excludes --root gumbel, --widen and --branch: it says itself how the "
     "simulations are shared and how many children a node has"},
    {shares_an_ordered_tree,
     "--order issued and --workers-per-tree above 1 exclude each other: workers that "
     "share a tree keep no order"},
};

static int check_exclusions(const struct options *options, struct crux_error *error)
{
    for (size_t i = 0; i < sizeof exclusions / sizeof exclusions[0]; i++)
        if (exclusions[i].holds(options))
            return crux_fail(error, CRUX_INVALID, "%s", exclusions[i].sentence);
    return CRUX_OK;
}

/* Selection budget has an exploration of its own. A value critic takes the place of rollouts that
 * were not asked for; --simulations or --tokens alone is kept to, whatever calls that takes. */
int check_options(struct options *options, struct crux_error *error)
{
    int status = check_endpoints_once(options, error);

    if (status != CRUX_OK)
        return status;
    if (options->command == OPTIONS_PROMPT)
        return check_backends_exist(options, error);
    if (options->command == OPTIONS_EVAL) {
        status = check_backends_exist(options, error);
        return status == CRUX_OK ? check_backends_used(options, error) : status;
    }
    if ((options->command & (OPTIONS_GENERATE | OPTIONS_SOLVE)) == 0)
        return CRUX_OK;
    status = name_policy(options, error);
    if (status != CRUX_OK)
        return status;
    if (has_value_critic(options) && !options_given(options, "rollouts"))
        options->setup.rollouts = 0;
    if ((options_given(options, "simulations") || options->setup.tokens > 0) &&
        !options_given(options, "calls"))
        options->setup.calls = 0;
    if (options->setup.selection == CRUX_BUDGET && !options_given(options, "exploration"))
        options->setup.exploration = 1.0;
    status = shard_find(&options->shard, options->store, error);
    if (status == CRUX_OK)
        status = check_backends_exist(options, error);
    if (status == CRUX_OK)
        status = check_exclusions(options, error);
    return status == CRUX_OK ? check_backends_used(options, error) : status;
}
