/*
 * session.c - what all commands that search share: opening ports and the search, and steering it
 * while it runs.
 */
#include "io/cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "critics/crux_critics.h"
#include "io/backends/backends.h"
#include "io/child_environment.h"
#include "io/cli/commands.h"
#include "io/cli/model.h"
#include "io/cli/obey.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"
#include "io/cli/usual.h"
#include "io/json.h"
#include "policies/crux_policies.h"

/* --- ports -------------------------------------------------------------------------- */

/* Put the option before a sentence that knows only what came behind its '='. */
static int blame_option(struct crux_error *error, int status, const char *option, const char *value)
{
    struct crux_error inner = *error;

    return crux_fail(error, status, "--%s %.80s: %.380s", option, value, inner.text);
}

static int blame_port(struct crux_error *error, int status, const struct options *options,
                      size_t port)
{
    struct crux_error inner = *error;
    char typed[160];

    options_port_typed(typed, sizeof typed, options, port);
    return crux_fail(error, status, "%.120s: %.380s", typed, inner.text);
}

/* The backend that the policy for a kind asks; NULL: none. */
static const char *backend_of_policy(const struct options *options, int kind)
{
    const char *description = options->policy[kind];

    return description != NULL ? crux_policy_backend(description) : NULL;
}

/* Is one of the backends that reached() lists of critic number index the one of this name, or
 * (NULL) is there any? */
static bool critic_reaches(const struct options *options, unsigned index,
                           bool (*reached)(enum crux_role role, const char *description,
                                           size_t number, struct crux_text *out),
                           const char *name)
{
    const char *description = options->critic[index];
    struct crux_text asked;

    for (size_t i = 0;
         description != NULL && reached(options_critic_role(index), description, i, &asked); i++)
        if (name == NULL ||
            (strlen(name) == asked.length && memcmp(name, asked.start, asked.length) == 0))
            return true;
    return false;
}

/* Does critic number index ask the backend of this name, or (NULL) any? */
static bool critic_asks(const struct options *options, unsigned index, const char *name)
{
    return critic_reaches(options, index, crux_critic_backend, name);
}

/* Is the backend that is asked, up to its end or a comma, the one of this name? */
static bool session_is_name(const char *asked, const char *name)
{
    return strlen(name) == strcspn(asked, ",") && strncmp(asked, name, strlen(name)) == 0;
}

/* Is a backend asked by anything: the one of this name, or (NULL) any? */
static bool session_asks(const struct options *options, const char *name)
{
    bool asks = false;

    for (int kind = 0; kind < OPTIONS_POLICIES; kind++) {
        const char *asked = backend_of_policy(options, kind);

        asks |= asked != NULL && (name == NULL || session_is_name(asked, name));
    }
    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        asks |= critic_asks(options, i, name);
    return asks;
}

/* The description of policy recorded takes --split as a setting of its own, unless it has one. The
 * caller frees. */
static char *split_description(const char *description, const char *way)
{
    static const char setting[] = ",split=";
    char *text;

    if (way == NULL || strncmp(description, "recorded:", 9) != 0 ||
        strstr(description, setting) != NULL)
        return strdup(description);
    text = malloc(strlen(description) + sizeof setting + strlen(way));
    if (text != NULL)
        (void)stpcpy(stpcpy(stpcpy(text, description), setting), way);
    return text;
}

static int open_policy(struct session *session, int kind, const struct options *options,
                       struct crux_error *error)
{
    char *description = split_description(options->policy[kind], options->backends[0].split);
    int status = description == NULL ? crux_fail(error, CRUX_MEMORY, "no memory for a policy")
                                     : crux_policy_open(&session->policies[kind], description,
                                                        session->backends, error);

    free(description);
    if (status != CRUX_OK)
        return blame_port(error, status, options, (size_t)kind);
    if (kind >= CRUX_KINDS)
        return CRUX_OK;
    session->setup.policies[kind] = session->policies[kind];
    if (options->delay == NULL)
        return CRUX_OK;
    status = crux_delay_open(&session->late[kind], session->policies[kind], options->delay, error);
    if (status != CRUX_OK)
        return blame_option(error, status, "delay", options->delay);
    session->setup.policies[kind] = session->late[kind];
    return CRUX_OK;
}

/* Those that ask backends, or those that ask none. */
static int open_policies(struct session *session, const struct options *options, bool asking,
                         struct crux_error *error)
{
    int status = CRUX_OK;

    for (int kind = 0; kind < OPTIONS_POLICIES && status == CRUX_OK; kind++)
        if (options->policy[kind] != NULL && (backend_of_policy(options, kind) != NULL) == asking)
            status = open_policy(session, kind, options, error);
    return status;
}

static int open_critic(struct session *session, unsigned index, const struct options *options,
                       struct crux_error *error)
{
    const char *description = options->critic[index];
    struct crux_critic **critic = &session->critics[index];
    int status;

    if (description == NULL || strcmp(description, "none") == 0)
        return CRUX_OK;
    status =
        crux_critic_open(critic, options_critic_role(index), description, session->backends, error);
    if (status != CRUX_OK)
        return blame_port(error, status, options, OPTIONS_POLICIES + index);
    if (options->command == OPTIONS_SOLVE && !options->oracle && (*critic)->sees_reference)
        return crux_fail(error, CRUX_INVALID,
                         "--critic %s=%s looks at the reference answer and may not guide crux "
                         "solve; --oracle allows it, for an upper bound",
                         options_critic_name(index), description);
    return CRUX_OK;
}

/* Those that ask backends, or those that ask none. */
static int open_critics(struct session *session, const struct options *options, bool asking,
                        struct crux_error *error)
{
    int status = CRUX_OK;

    for (unsigned i = 0; i < OPTIONS_CRITICS && status == CRUX_OK; i++)
        if (critic_asks(options, i, NULL) == asking)
            status = open_critic(session, i, options, error);
    memcpy(session->setup.critics, session->critics, sizeof session->setup.critics);
    memcpy(session->setup.executions, session->critics + CRUX_ROLES,
           sizeof session->setup.executions);
    return status;
}

/* Those that ask backends are opened when there is a store; what is wrong with them is said before
 * that. */
static int check_critics(const struct options *options, struct crux_error *error)
{
    int status = CRUX_OK;

    for (unsigned i = 0; i < OPTIONS_CRITICS && status == CRUX_OK; i++)
        if (critic_asks(options, i, NULL)) {
            status = crux_critic_check(options_critic_role(i), options->critic[i], error);
            if (status != CRUX_OK)
                status = blame_port(error, status, options, OPTIONS_POLICIES + i);
        }
    return status;
}

/* --- backends ------------------------------------------------------------------------ */

/* Is the served model of this position asked by anything? */
static bool is_asked(const struct options *options, size_t index)
{
    const char *name = options->backends[index].name;

    return session_asks(options, name != NULL ? name : "");
}

bool session_asks_servers(const struct options *options)
{
    bool asks = session_asks(options, "http"); /* a critic's service, which no backend is named */

    for (size_t i = 0; i < options->backend_count; i++)
        asks |= is_asked(options, i) && options_has_endpoint(&options->backends[i]);
    return asks;
}

/* Is it asked in words by anything? If only for rewards, there is nothing to find out about it. */
static bool is_chatted_with(const struct options *options, size_t index)
{
    const char *name = options->backends[index].name != NULL ? options->backends[index].name : "";
    bool chats = false;

    for (int kind = 0; kind < OPTIONS_POLICIES; kind++) {
        const char *asked = backend_of_policy(options, kind);

        chats |= asked != NULL && session_is_name(asked, name);
    }
    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        chats |= critic_reaches(options, i, crux_critic_chats, name);
    return chats;
}

static void say_sentence(void *context, const char *sentence)
{
    (void)context;
    terminal_say(sentence);
}

/* What the models are: said, or known from before, or asked. */
static int find_models(struct options *options, struct crux_error *error)
{
    const char *before = options->paid.replay != NULL ? options->paid.replay : options->store;
    int status = CRUX_OK;

    if (options->paid.replay != NULL && access(options->paid.replay, F_OK) != 0)
        return crux_fail(error, CRUX_STORE, "--replay %s cannot be opened: %s",
                         options->paid.replay, strerror(errno));
    if (before != NULL)
        status = model_recall(options, before, error);
    for (size_t i = 0; i < options->backend_count && status == CRUX_OK; i++) {
        struct model_said said = {"", ""};

        if (is_chatted_with(options, i))
            status = model_find_out(options, i, &said, error);
        else if (is_asked(options, i))
            status = model_assume(options, i, error);
        if (status == CRUX_OK && said.chosen[0] != '\0' && !options->quiet)
            terminal_say(said.chosen);
        if (said.note[0] != '\0')
            terminal_say(said.note);
    }
    return status;
}

/* The account counts over the whole run what is paid for; the search would count replies of the
 * ledger, too. */
static int open_backends(struct session *session, const struct options *options,
                         struct crux_error *error)
{
    const struct crux_paying paying = {.store = session->store,
                                       .trees = session->trees,
                                       .replay = options->paid.replay,
                                       .limit_calls = options->setup.limit_calls,
                                       .limit_tokens = options->paid.limit_tokens,
                                       .limit_price = options->paid.limit_price,
                                       .in_flight = options->setup.in_flight,
                                       .say = say_sentence};
    int status = crux_backends_open(&session->backends, &paying, error);

    for (size_t i = 0; i < options->backend_count && status == CRUX_OK; i++)
        if (is_asked(options, i))
            status = model_add(session->backends, options, i, error);
    return status;
}

/* --- opening and closing -------------------------------------------------------------- */

/* Whatever is asked: a program that is started here gets no key of a server. */
static int session_hide_keys(const struct options *options, struct crux_error *error)
{
    for (size_t i = 0; i < options->backend_count; i++)
        if (options->backends[i].key_env != NULL &&
            !child_environment_hide(options->backends[i].key_env))
            return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    return CRUX_OK;
}

static bool session_searches(const struct options *options)
{
    return options->policy[CRUX_STEP] != NULL && (options->command & OPTIONS_PASSES) == 0;
}

uint64_t session_slots(const struct options *options)
{
    uint64_t most = 0;

    for (size_t i = 0; i < options->backend_count; i++) {
        const struct options_backend *backend = &options->backends[i];
        uint64_t slots = (uint64_t)backend->told_slots * backend->endpoints.count;

        most = slots > most ? slots : most;
    }
    return most;
}

uint32_t session_in_flight(uint64_t slots)
{
    return (uint32_t)(slots < OPTIONS_IN_FLIGHT_MOST ? slots : OPTIONS_IN_FLIGHT_MOST);
}

/* More than a server works on would wait there, and may come to be late. */
static void session_fit(struct session *session, struct options *options)
{
    uint64_t slots = session_slots(options);

    if (slots > 0 && !options_given(options, "in-flight"))
        options->setup.in_flight = session_in_flight(slots);
    session->setup.in_flight = options->setup.in_flight;
}

int session_open(struct session *session, struct options *options, struct crux_error *error)
{
    int status = session_hide_keys(options, error);

    *session = (struct session){.setup = options->setup};
    if (status == CRUX_OK)
        status = check_critics(options, error);
    if (status == CRUX_OK && session_asks(options, NULL))
        status = find_models(options, error);
    session_fit(session, options);
    if (status == CRUX_OK)
        status = open_policies(session, options, false, error);
    if (status == CRUX_OK)
        status = open_critics(session, options, false, error);
    if (status == CRUX_OK && !session_asks(options, NULL) && session_searches(options))
        status = crux_open(&session->search, &session->setup, error);
    if (status != CRUX_OK)
        session_close(session);
    return status;
}

int session_check(const struct options *options, struct crux_error *error)
{
    struct session session;
    int status;

    if (session_asks(options, NULL))
        return check_critics(options, error);
    /* nothing is found out where nobody is asked, so the options stay as they are */
    status = session_open(&session, (struct options *)(uintptr_t)options, error);
    if (status == CRUX_OK)
        session_close(&session);
    return status;
}

/* The one thing that can be wrong with a setup is an order that a replay cannot follow. */
static int prepare_setup(struct session *session, const struct options *options,
                         struct crux_error *error)
{
    int status = crux_backends_prepare(session->backends, &session->setup, error);

    if (status != CRUX_OK && options->paid.replay != NULL)
        return blame_option(error, status, "replay", options->paid.replay);
    return status;
}

static void report_wait(void *context, const char *sentence)
{
    const struct options *options = context;

    if (sentence == NULL) {
        (void)fputs("crux: the store can be written again: going on\n", stderr);
        return;
    }
    (void)fputs("crux: ", stderr);
    terminal_put(stderr, sentence, strlen(sentence));
    (void)fprintf(stderr,
                  "; nothing new is asked, and what has come is kept in memory and tried again for "
                  "%.6g seconds (--store-patience)\n",
                  (double)options->store_patience_ns / 1e9);
}

static void session_watch(struct crux_store *store, const struct options *options)
{
    const struct crux_store_watch watch = {options->store_patience_ns, report_wait,
                                           (void *)(uintptr_t)options};

    crux_store_watch(store, &watch);
}

int session_pay(struct session *session, const struct options *options, struct crux_store *store,
                struct crux_error *error)
{
    return session_pay_apart(session, options, store, NULL, error);
}

int session_pay_apart(struct session *session, const struct options *options,
                      struct crux_store *store, struct crux_store *trees, struct crux_error *error)
{
    int status;

    session->store = store;
    session->trees = trees;
    session->options = options;
    if (store != NULL)
        session_watch(store, options);
    if (trees != NULL)
        session_watch(trees, options);
    if (!session_asks(options, NULL))
        return CRUX_OK;
    status = open_backends(session, options, error);
    if (status == CRUX_OK)
        status = open_policies(session, options, true, error);
    if (status == CRUX_OK)
        status = open_critics(session, options, true, error);
    if (status != CRUX_OK || !session_searches(options))
        return status;
    status = prepare_setup(session, options, error);
    if (status == CRUX_OK)
        status = crux_open(&session->search, &session->setup, error);
    if (status == CRUX_OK)
        crux_backends_watch(session->backends, session->search);
    return status;
}

void session_close(struct session *session)
{
    crux_close(session->search);
    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        crux_critic_close(session->critics[i]);
    for (int kind = 0; kind < OPTIONS_POLICIES; kind++) {
        if (kind < CRUX_KINDS)
            crux_policy_close(session->late[kind]);
        crux_policy_close(session->policies[kind]);
    }
    crux_backends_close(session->backends);
    signals_close_down(); /* the store may be closed now */
    *session = (struct session){.search = NULL};
}

int session_keep(struct session *session, struct crux_store *store, const struct crux_tree *tree,
                 struct crux_error *error)
{
    return session->backends != NULL ? crux_backends_keep(session->backends, tree, error)
                                     : crux_store_keep(store, tree, error);
}

/* --- running ------------------------------------------------------------------------------ */

/* Listen to signals and, with a store, to crux ctl. A run that cannot be steered is one all the
 * same.
 */
static int session_listen(struct session *session, const struct steered *steered,
                          struct obey **obey, struct crux_error *error)
{
    const struct signals_heard heard = {.steered = steered,
                                        .store = session->store,
                                        .trees = session->trees,
                                        .grace_ns = session->options->grace_ns};
    const struct obey_setup setup = {.steered = steered,
                                     .store = session->store,
                                     .command = session->options->command_name,
                                     .requeue = session->requeue};
    struct crux_error why = {""}, said;
    int status = signals_listen(&heard, error);

    if (status != CRUX_OK || session->store == NULL)
        return status;
    if (obey_open(obey, &setup, &why) != CRUX_OK) {
        (void)crux_fail(&said, CRUX_OK, "crux ctl cannot reach this run: %s", why.text);
        terminal_say(said.text);
    }
    return CRUX_OK;
}

static void session_hush(struct obey *obey)
{
    obey_close(obey);
    signals_hush();
}

int session_search(struct session *session, struct session_source *source, struct crux_sink *sink,
                   struct crux_error *error)
{
    const struct steered steered = {.search = session->search, .backends = session->backends};
    struct obey *obey = NULL;
    int status = session_listen(session, &steered, &obey, error);

    if (status != CRUX_OK)
        return status;
    status = crux_run(session->search, &source->port, sink, error);
    session_hush(obey);
    return session->backends != NULL ? crux_backends_status(session->backends, status, error)
                                     : status;
}

static void stop_pass(void *passes)
{
    passes_stop(passes);
}

static int run_pass(struct session *session, struct passes *passes, struct passes_work *work,
                    struct crux_error *error)
{
    const struct steered steered = {.passes = passes, .backends = session->backends};
    struct obey *obey = NULL;
    int status;

    if (session->backends != NULL)
        backends_on_halt(session->backends, stop_pass, passes);
    status = session_listen(session, &steered, &obey, error);
    if (status != CRUX_OK)
        return status;
    status = passes_run(passes, work, error);
    session_hush(obey);
    if (session->backends == NULL)
        return status;
    status = crux_backends_status(session->backends, status, error);
    backends_on_halt(session->backends, NULL, NULL); /* the pass ends before they do */
    return status;
}

int session_pass(struct session *session, const struct passes_setup *setup,
                 struct passes_work *work, struct crux_error *error)
{
    struct passes_setup asked = *setup;
    struct passes *passes = NULL;
    int status;

    if (session->backends != NULL)
        asked.in_flight = backends_in_flight(session->backends, setup->in_flight);
    status = passes_open(&passes, &asked, error);
    if (status == CRUX_OK)
        status = run_pass(session, passes, work, error);
    passes_close(passes);
    return status;
}

void session_report_limit(int status, const struct crux_error *error)
{
    if (status == CRUX_LIMIT)
        terminal_say(error->text);
}
