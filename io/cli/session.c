/*
 * session.c - what the commands that search share: ports, search, source, interrupts.
 *
 * A signal handler needs to find the search, so there is one global here, private to
 * the file, set only while a search runs. Handlers do nothing but crux_stop(),
 * write() and _exit(), which are safe there.
 */
#include "io/cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "critics/crux_critics.h"
#include "io/cli/commands.h"
#include "io/cli/model.h"
#include "io/cli/terminal.h"
#include "policies/crux_policies.h"

/* --- ports -------------------------------------------------------------------------- */

/* Put the option before a sentence that knows only what came behind its '='. */
static int blame(struct crux_error *error, int status, const char *option, const char *value)
{
    struct crux_error inner = *error;

    return crux_fail(error, status, "--%s %.80s: %.380s", option, value, inner.text);
}

static bool is_chat(const char *description)
{
    return description != NULL && strcmp(description, "chat") == 0;
}

static const char process_name[] = "process:";

static bool is_process(const char *description)
{
    return description != NULL && strncmp(description, process_name, sizeof process_name - 1) == 0;
}

/* Do its replies go through the ledger? */
static bool is_paid(const char *description)
{
    return is_chat(description) || is_process(description);
}

static bool any(const struct options *options, bool (*is)(const char *description))
{
    bool found = false;

    for (int kind = 0; kind < CRUX_KINDS; kind++)
        found |= is(options->policy[kind]);
    return found;
}

static int open_described(struct run *run, enum crux_kind kind, const struct options *options,
                          struct crux_error *error)
{
    const char *description = options->policy[kind];
    struct crux_chat chat;

    if (is_process(description))
        return crux_process_open(&run->policies[kind], description + sizeof process_name - 1,
                                 run->paid.ledger, run->paid.account, error);
    if (!is_chat(description))
        return crux_policy_open(&run->policies[kind], description, error);
    chat = model_chat(options);
    return crux_chat_open(&run->policies[kind], &chat, run->paid.served, error);
}

static int open_policy(struct run *run, enum crux_kind kind, const struct options *options,
                       struct crux_error *error)
{
    const char *description = options->policy[kind];
    int status = open_described(run, kind, options, error);

    if (status != CRUX_OK)
        return blame(error, status, "policy", description);
    run->setup.policies[kind] = run->policies[kind];
    if (options->delay == NULL)
        return CRUX_OK;
    status = crux_delay_open(&run->late[kind], run->policies[kind], options->delay, error);
    if (status != CRUX_OK)
        return blame(error, status, "delay", options->delay);
    run->setup.policies[kind] = run->late[kind];
    return CRUX_OK;
}

static int open_policies(struct run *run, const struct options *options, bool paid,
                         struct crux_error *error)
{
    int status = CRUX_OK;

    for (int kind = 0; kind < CRUX_KINDS && status == CRUX_OK; kind++)
        if (options->policy[kind] != NULL && is_paid(options->policy[kind]) == paid)
            status = open_policy(run, (enum crux_kind)kind, options, error);
    return status;
}

static int open_critic(struct run *run, enum crux_role role, const struct options *options,
                       struct crux_error *error)
{
    const char *description = options->critic[role];
    int status;

    if (description == NULL || strcmp(description, "none") == 0)
        return CRUX_OK;
    status = crux_critic_open(&run->critics[role], role, description, error);
    if (status != CRUX_OK)
        return blame(error, status, "critic", description);
    if (options->command == OPTIONS_SOLVE && !options->oracle && run->critics[role]->sees_reference)
        return crux_fail(error, CRUX_INVALID,
                         "--critic %s=%s looks at the reference answer and may not guide crux "
                         "solve; --oracle allows it, for an upper bound",
                         crux_role_name(role), description);
    return CRUX_OK;
}

static int open_critics(struct run *run, const struct options *options, struct crux_error *error)
{
    int status = CRUX_OK;

    for (int role = 0; role < CRUX_ROLES && status == CRUX_OK; role++)
        status = open_critic(run, (enum crux_role)role, options, error);
    run->setup.outcome = run->critics[CRUX_ROLE_OUTCOME];
    run->setup.execution = run->critics[CRUX_ROLE_EXECUTION];
    run->setup.value = run->critics[CRUX_ROLE_VALUE];
    run->setup.annotator = run->critics[CRUX_ROLE_ANNOTATE];
    return status;
}

/* --- opening and closing -------------------------------------------------------------- */

/* What the model is: said, or known from before, or asked. */
static int find_model(struct options *options, struct crux_error *error)
{
    const char *before = options->paid.replay != NULL ? options->paid.replay : options->store;
    char said[512];
    int status = CRUX_OK;

    if (options->paid.replay != NULL && access(options->paid.replay, F_OK) != 0)
        return crux_fail(error, CRUX_STORE, "--replay %s cannot be opened: %s",
                         options->paid.replay, strerror(errno));
    if (before != NULL)
        status = model_recall(options, before, error);
    if (status == CRUX_OK)
        status = model_find_out(options, said, sizeof said, error);
    if (status == CRUX_OK && said[0] != '\0' && !options->quiet)
        (void)fprintf(stderr, "crux: %s\n", said);
    return status;
}

int run_open(struct run *run, struct options *options, struct crux_error *error)
{
    int status = CRUX_OK;

    *run = (struct run){.setup = options->setup};
    if (any(options, is_chat))
        status = find_model(options, error);
    if (status == CRUX_OK)
        status = open_policies(run, options, false, error);
    if (status == CRUX_OK)
        status = open_critics(run, options, error);
    if (status == CRUX_OK && !any(options, is_paid))
        status = crux_open(&run->search, &run->setup, error);
    if (status != CRUX_OK)
        run_close(run);
    return status;
}

/* The account counts what is served, over the whole run; the search would count replies of the
 * ledger, too. */
static int open_paid(struct run *run, const struct options *options, struct crux_store *store,
                     struct crux_error *error)
{
    int status = paid_open(&run->paid, options, store, error);

    run->setup.limit_calls = 0;
    if (status == CRUX_OK && any(options, is_chat))
        status = paid_serve(&run->paid, options, error);
    if (status != CRUX_OK)
        return status;
    run->setup.spent_ns = paid_spent_ns(&run->paid);
    return paid_settle(&run->paid, &run->setup, error);
}

int run_pay(struct run *run, const struct options *options, struct crux_store *store,
            struct crux_error *error)
{
    int status;

    if (!any(options, is_paid))
        return CRUX_OK;
    status = open_paid(run, options, store, error);
    if (status == CRUX_OK)
        status = open_policies(run, options, true, error);
    if (status == CRUX_OK)
        status = crux_open(&run->search, &run->setup, error);
    if (status == CRUX_OK)
        paid_watch(&run->paid, run->search);
    return status;
}

void run_close(struct run *run)
{
    crux_close(run->search);
    for (int role = 0; role < CRUX_ROLES; role++)
        crux_critic_close(run->critics[role]);
    for (int kind = 0; kind < CRUX_KINDS; kind++) {
        crux_policy_close(run->late[kind]);
        crux_policy_close(run->policies[kind]);
    }
    paid_close(&run->paid);
    *run = (struct run){.search = NULL};
}

/* --- problems -------------------------------------------------------------------------- */

static int source_next(struct crux_source *self, const struct crux_problem **out,
                       struct crux_error *error)
{
    struct run_source *source = (struct run_source *)self;

    (void)error;
    while (source->left > 0 && source->next < source->problems->count) {
        const struct crux_problem *problem = &source->problems->items[source->next++];

        if (source->wanted(source->context, problem)) {
            source->left--;
            *out = problem;
            return CRUX_OK;
        }
    }
    return CRUX_END;
}

struct run_source run_source_of(const struct crux_problems *problems,
                                bool (*wanted)(void *context, const struct crux_problem *problem),
                                void *context)
{
    return (struct run_source){
        .port = {source_next},
        .problems = problems,
        .wanted = wanted,
        .context = context,
        .left = SIZE_MAX,
    };
}

size_t run_count(const struct run_source *source)
{
    size_t count = 0;

    for (size_t i = 0; i < source->problems->count; i++)
        count += source->wanted(source->context, &source->problems->items[i]);
    return count;
}

bool run_in_shard(const struct options *options, const char *id)
{
    const struct options_shard *shard = &options->shard;

    return shard->count == 0 || crux_in_shard(id, shard->index, shard->count);
}

static void report_line(void *context, const char *sentence)
{
    (void)context;
    (void)fputs("crux: skipped: ", stderr);
    terminal_put(stderr, sentence, strlen(sentence));
    (void)fputc('\n', stderr);
}

int run_problems(struct crux_problems *out, const struct options *options, struct crux_error *error)
{
    int status =
        crux_problems_read(out, options->operands[0], options->strict, report_line, NULL, error);

    if (status == CRUX_OK && out->skipped > 0)
        (void)fprintf(stderr, "crux: %zu bad lines skipped, %zu problems read\n", out->skipped,
                      out->count);
    return status;
}

/* --- interrupts --------------------------------------------------------------------------- */

static _Atomic(struct crux_search *) listening;
static atomic_bool interrupted;

static void on_interrupt(int number)
{
    static const char words[] =
        "\ncrux: finishing what is in flight; a second signal ends at once\n";
    int kept = errno; /* of whatever was interrupted */

    (void)number;
    if (atomic_exchange(&interrupted, true))
        _exit(EXIT_INTERRUPTED);
    crux_stop(atomic_load(&listening));
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0) {
        /* nobody reads: nobody needs to know */
    }
    errno = kept;
}

int run_search(struct run *run, struct run_source *source, struct crux_sink *sink,
               struct crux_error *error)
{
    struct sigaction act = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    struct sigaction before[2];
    int status;

    (void)sigemptyset(&act.sa_mask);
    atomic_store(&interrupted, false);
    atomic_store(&listening, run->search);
    (void)sigaction(SIGINT, &act, &before[0]);
    (void)sigaction(SIGTERM, &act, &before[1]);
    status = crux_run(run->search, &source->port, sink, error);
    (void)sigaction(SIGINT, &before[0], NULL);
    (void)sigaction(SIGTERM, &before[1], NULL);
    return run->paid.account != NULL ? paid_status(&run->paid, status, error) : status;
}

void run_tell_limit(int status, const struct crux_error *error)
{
    if (status == CRUX_LIMIT)
        (void)fprintf(stderr, "crux: %s\n", error->text);
}
