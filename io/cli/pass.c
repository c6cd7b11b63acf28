/*
 * pass.c - a pass over the finished trees of a run: the store, the run's own ports, progress, and
 * what became of it.
 */
#include "io/cli/pass.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/commands.h"
#include "io/cli/options/backend.h"
#include "io/cli/options/check.h"
#include "io/cli/options/recall.h"
#include "io/cli/options/record.h"
#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/clock.h"
#include "io/hash.h"
#include "io/json.h"

/* --- options ----------------------------------------------------------------------------- */

const struct options_row pass_rows[] = {
    {"problems", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct pass_own, problems), 0,
     INT64_MAX, NULL, true,
     "Look at the trees of the first N finished problems; 0 is all of them."},
    {"estimate", "", &values_flag, OPTIONS_COMMAND, offsetof(struct pass_own, estimate), 0, 0, NULL,
     true, "Ask nothing: print how many paths there are to ask about, and what that can cost."},
    {.name = NULL}};

static const struct options_row pass_speed_rows[] = {
    {"in-flight", "N", &values_count, OPTIONS_SPEED, offsetof(struct options, setup.in_flight), 1,
     OPTIONS_IN_FLIGHT_MOST, NULL, true, "The most calls in flight."},
    {.name = NULL}};

const struct options_group pass_speed_group = {&table_topic_limits, OPTIONS_SHARED,
                                               pass_speed_rows};

static const struct options_row pass_completer_rows[] = {
    {"completer", "NAME[:ARG]", &values_text, OPTIONS_MEANING,
     offsetof(struct options, policy[OPTIONS_COMPLETER]), 0, 0, NULL, true,
     "The policy that answers, as --policy of crux generate has it: chat:BACKEND, numbers, "
     "process:COMMAND. Without it the policy that the run was searched with."},
    {.name = NULL}};

const struct options_group pass_completer_group = {&table_topic_policies, OPTIONS_SHARED,
                                                   pass_completer_rows};

void pass_defaults(struct options *options)
{
    free(options->policy[CRUX_STEP]);
    options->policy[CRUX_STEP] = NULL;
}

/* --- opening ----------------------------------------------------------------------------- */

static int pass_policy_index(const struct options *options)
{
    char *const *policies = options->policy;

    return policies[OPTIONS_COMPLETER] != NULL ? OPTIONS_COMPLETER
           : policies[CRUX_ANSWER] != NULL     ? (int)CRUX_ANSWER
                                               : (int)CRUX_STEP;
}

/* Of the run's own policies only the one that is asked: what another stands on may be gone. */
static void pass_drop_policies(struct options *options)
{
    int asked = pass_policy_index(options);

    for (int kind = 0; kind < CRUX_KINDS; kind++)
        if (kind != asked) {
            free(options->policy[kind]);
            options->policy[kind] = NULL;
        }
}

/* Pictures that problems name lie beside the file that they came from. */
static void pass_find_images(struct pass *pass)
{
    struct json *configuration = NULL;

    (void)json_parse(&configuration, pass->summary.configuration,
                     strlen(pass->summary.configuration), NULL);
    pass->options->images = json_get(configuration, "sha256.images") != NULL;
    json_free(configuration);
    pass->options->operands[0] = pass->summary.input_name;
    pass->options->operand_count = 1;
}

static int pass_open_store(struct pass *pass, struct crux_error *error)
{
    const char *path = pass->options->store;
    bool begun = false;
    int status;

    if (access(path, F_OK) != 0)
        return crux_fail(error, CRUX_STORE,
                         "%.300s: there is no such store; crux generate makes one", path);
    status = crux_store_begun(path, &begun, error);
    if (status == CRUX_OK && !begun)
        return crux_fail(error, CRUX_STORE, "%.300s is empty: no run has begun in it", path);
    if (status == CRUX_OK)
        status = crux_store_open(&pass->store, path, !pass->own->estimate, error);
    return status == CRUX_OK ? crux_store_summary(pass->store, &pass->summary, error) : status;
}

int pass_open(struct pass *pass, struct options *options, const char *noun,
              struct crux_error *error)
{
    int status;

    *pass = (struct pass){.options = options, .own = options->own, .noun = noun};
    status = pass_open_store(pass, error);
    if (status == CRUX_OK && pass->summary.finished == 0)
        status = crux_fail(error, CRUX_STORE, "%.300s has no finished tree yet", options->store);
    if (status == CRUX_OK)
        status = recall_options(options, pass->summary.configuration, pass->summary.settings,
                                options->store, error);
    if (status == CRUX_OK) {
        pass_drop_policies(options);
        status = check_backends_exist(options, error);
    }
    if (status != CRUX_OK)
        return status;
    pass_find_images(pass);
    status = session_open(&pass->session, options, error);
    if (status == CRUX_OK)
        status =
            session_pay(&pass->session, options, pass->own->estimate ? NULL : pass->store, error);
    if (status == CRUX_OK && pass->session.backends != NULL)
        crux_backends_sum(pass->session.backends, &pass->before);
    return status;
}

void pass_close(struct pass *pass)
{
    assert(pass->trees == NULL);
    session_close(&pass->session);
    crux_store_close(pass->store);
    *pass = (struct pass){.options = NULL};
}

/* --- ports ------------------------------------------------------------------------------- */

struct crux_policy *pass_policy(const struct pass *pass, struct crux_error *error)
{
    struct crux_policy *policy = pass->session.policies[pass_policy_index(pass->options)];

    if (policy == NULL)
        (void)crux_fail(error, CRUX_INVALID,
                        "%.200s records no policy that could answer: say --completer NAME",
                        pass->options->store);
    return policy;
}

const char *pass_policy_name(const struct pass *pass)
{
    return pass->options->policy[pass_policy_index(pass->options)];
}

struct crux_critic *pass_outcome(const struct pass *pass, struct crux_error *error)
{
    struct crux_critic *outcome = pass->session.critics[CRUX_ROLE_OUTCOME];

    if (outcome == NULL || outcome->in_turn) {
        (void)crux_fail(
            error, CRUX_INVALID,
            "nobody says which answers are right: name a critic that judges each answer "
            "by itself, as --critic match%s",
            outcome != NULL ? "; the one of this run compares answers with each other" : "");
        return NULL;
    }
    return outcome;
}

const char *pass_annotator_model(const struct options *options)
{
    const struct options_backend *backend;
    struct crux_text name;
    char word[64];

    if (!crux_critic_backend(CRUX_ROLE_ANNOTATE, options->critic[CRUX_ROLE_ANNOTATE], 0, &name))
        return "";
    (void)snprintf(word, sizeof word, "%.*s", (int)(name.length < 60 ? name.length : 60),
                   name.start);
    backend = options_backend(options, word);
    return backend != NULL && backend->model != NULL ? backend->model : "";
}

/* --- who finds it ------------------------------------------------------------------------ */

/* Visible ASCII only (struct crux_finding). */
static void pass_make_visible(char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            *text = '_';
}

int pass_maker(struct pass *pass, const char *what, const char *how, struct crux_error *error)
{
    char *options = record_options(pass->options, OPTIONS_MEANING);
    struct hash hash;
    char hex[HASH_HEX];

    if (options == NULL)
        return record_refuse(pass->options, OPTIONS_MEANING, error);
    hash_begin(&hash);
    hash_add(&hash, options, strlen(options) + 1);
    hash_add(&hash, how, strlen(how) + 1);
    hash_end(&hash, hex);
    free(options);
    (void)snprintf(pass->maker, sizeof pass->maker, "%.150s#%.8s", what, hex);
    pass_make_visible(pass->maker);
    return CRUX_OK;
}

/* --- the pass ---------------------------------------------------------------------------- */

static uint64_t pass_trees(const struct pass *pass)
{
    uint64_t all = pass->summary.finished, most = pass->own->problems;

    return most > 0 && most < all ? most : all;
}

static void pass_tell(void *context, const struct passes_view *view)
{
    struct pass *pass = context;
    const struct tell_items items = {.noun = "trees",
                                     .done = trees_counted(pass->trees)->trees,
                                     .all = pass_trees(pass),
                                     .in_flight = view->in_flight,
                                     .failed = view->failed};

    tell_items(&pass->tell, &items);
}

static int pass_flush(void *context, struct crux_error *error)
{
    struct pass *pass = context;

    return pass->session.backends != NULL ? crux_backends_flush(pass->session.backends, error)
                                          : CRUX_OK;
}

/* Mean tokens of a call of this run, as a guide. */
static void pass_print_tokens(const struct pass *pass, const char *what, uint64_t calls)
{
    const struct crux_summary *run = &pass->summary;

    if (run->calls == 0 || run->prompt_tokens + run->completion_tokens == 0)
        return;
    (void)printf("  %s %.3g prompt and %.3g completion tokens, price %.3g, if a call takes what "
                 "one of the search took\n",
                 what, (double)calls * (double)run->prompt_tokens / (double)run->calls,
                 (double)calls * (double)run->completion_tokens / (double)run->calls,
                 (double)calls * (double)run->price / 1e9 / (double)run->calls);
}

static int pass_estimate(struct pass *pass, struct crux_error *error)
{
    const struct trees_counts *counts = trees_counted(pass->trees);
    uint64_t least, most;
    int status = trees_estimate(pass->trees, &least, &most, error);

    if (status != CRUX_OK)
        return status;
    (void)printf("%" PRIu64 " trees, %" PRIu64 " paths to ask about, %" PRIu64
                 " that have their %s already\n",
                 counts->trees, counts->items, counts->before, pass->noun);
    (void)printf("  %" PRIu64 " to %" PRIu64 " calls, less those that the ledger knows\n", least,
                 most);
    pass_print_tokens(pass, "at least", least);
    pass_print_tokens(pass, "at most", most);
    return CRUX_OK;
}

static int pass_ask(struct pass *pass, struct crux_error *error)
{
    const struct crux_setup *search = &pass->options->setup;
    const struct passes_setup setup = {
        .in_flight = search->in_flight,
        .deadline_ns = search->deadline_ns,
        .limit_ns = search->limit_ns,
        .told = pass->options->quiet ? NULL : pass_tell,
        .context = pass,
    };
    struct crux_error later;
    int status, kept;

    pass->began_ns = clock_now_ns();
    tell_begin(&pass->tell, !pass->options->quiet, pass->session.backends);
    status = session_pass(&pass->session, &setup, trees_passes_work(pass->trees), error);
    kept = trees_end(pass->trees, status < 0 ? &later : error);
    pass->ended_ns = clock_now_ns();
    tell_clear(&pass->tell);
    return status < 0 || kept == CRUX_OK ? status : kept;
}

int pass_run(struct pass *pass, struct trees_work *work, struct crux_error *error)
{
    const struct trees_setup setup = {
        .store = pass->store,
        .work = work,
        .in_flight = pass->options->setup.in_flight,
        .limit = pass->own->problems,
        .flush = pass_flush,
        .context = pass,
    };
    int status = trees_open(&pass->trees, &setup, error);

    if (status != CRUX_OK)
        return status;
    status = pass->own->estimate ? pass_estimate(pass, error) : pass_ask(pass, error);
    pass->counts = *trees_counted(pass->trees);
    trees_close(pass->trees);
    pass->trees = NULL;
    return status;
}

/* --- what became of it ------------------------------------------------------------------- */

static void pass_print_cost(const struct pass *pass)
{
    struct crux_backend_view now = {.name = ""};
    const struct crux_backend_view *before = &pass->before;
    char duration[32];

    if (pass->session.backends != NULL)
        crux_backends_sum(pass->session.backends, &now);
    terminal_duration(pass->ended_ns - pass->began_ns, duration, sizeof duration);
    (void)printf("  paid: %" PRIu64 " calls, %" PRIu64 " prompt and %" PRIu64
                 " completion tokens, price %.6g; %" PRIu64 " of %" PRIu64
                 " samples were in the ledger; time %s\n",
                 now.calls - before->calls, now.prompt_tokens - before->prompt_tokens,
                 now.completion_tokens - before->completion_tokens,
                 (double)(now.price - before->price) / 1e9, now.known,
                 now.samples - before->samples + now.known, duration);
}

static void pass_print_counts(const struct pass *pass)
{
    const struct trees_counts *counts = &pass->counts;

    (void)printf("%" PRIu64 " trees, %" PRIu64 " paths: %" PRIu64 " have a %s now, %" PRIu64
                 " had it before, %" PRIu64 " without one, %" PRIu64 " failed\n",
                 counts->trees, counts->items + counts->before, counts->kept, pass->noun,
                 counts->before, counts->nothing, counts->failed);
    if (counts->failure[0] != '\0') {
        (void)fputs("crux: the same command asks again for those that failed; the first: ", stderr);
        terminal_put(stderr, counts->failure, strlen(counts->failure));
        (void)fputc('\n', stderr);
    }
}

int pass_report(struct pass *pass, int status, const struct crux_error *error)
{
    if (pass->own->estimate)
        return EXIT_DONE;
    pass_print_counts(pass);
    pass_print_cost(pass);
    session_report_limit(status, error);
    if (status == CRUX_LIMIT || status == CRUX_STOPPED) {
        (void)fputs("crux: what was found is kept, and the same command goes on\n", stderr);
        return status == CRUX_LIMIT ? EXIT_LIMIT : EXIT_INTERRUPTED;
    }
    return pass->counts.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
