/*
 * runs.c - makes options of words, and searches of options, one after the other.
 */
#include "io/cli/compare/runs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/cli/begin.h"
#include "io/cli/commands.h"
#include "io/cli/options/check.h"
#include "io/cli/progress.h"
#include "io/cli/session.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"
#include "io/cli/usual.h"
#include "io/cli/window.h"
#include "io/hash.h"

static int runs_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the runs");
}

/* --- words ----------------------------------------------------------------------------- */

/* The words of a run's command. */
struct runs_words {
    char **items; /* NULL after the last */
    size_t count;
    char budget[40];
};

/* Copy the words of a flag, unless it belongs to this command alone; the next word to look at. */
static char **runs_copy_flag(struct runs_words *out, const struct options *given, char **word)
{
    size_t length = strcspn(*word + 2, "=");
    struct options_place place = {.row = NULL};
    bool known = table_find(given->table, *word + 2, length, false, &place);
    bool own = known && place.group->home == OPTIONS_OWN;
    bool two = known && place.row->metavar[0] != '\0' && (*word)[2 + length] == '\0';

    for (size_t i = 0; i < (two ? 2U : 1U) && *word != NULL; i++, word++)
        if (!own)
            out->items[out->count++] = *word;
    return word;
}

/* The user's words, and behind his flags those of the run: the last one counts. */
static bool runs_gather(struct runs_words *out, const struct options *given,
                        const struct compare_item *item, const struct compare_budget *budget)
{
    char **word = given->arguments + 2;
    size_t room = COMPARE_WORDS + 4;

    for (char **each = word; *each != NULL; each++)
        room++;
    out->items = calloc(room, sizeof *out->items);
    if (out->items == NULL)
        return false;
    while (*word != NULL && strcmp(*word, "--") != 0)
        if (strncmp(*word, "--", 2) == 0)
            word = runs_copy_flag(out, given, word);
        else
            out->items[out->count++] = *word++;
    if (!options_given(given, "order"))
        out->items[out->count++] = (char *)(uintptr_t) "--order=issued";
    for (size_t i = 0; item != NULL && i < item->word_count; i++)
        out->items[out->count++] = item->words[i];
    if (budget != NULL) {
        (void)snprintf(out->budget, sizeof out->budget, "--%s=%" PRIu32,
                       budget->tokens ? "tokens" : "calls", budget->most);
        out->items[out->count++] = out->budget;
    }
    while (*word != NULL)
        out->items[out->count++] = *word++;
    return true;
}

static int runs_parse(struct options *out, const struct options *given,
                      const struct options_command *command, const struct compare_item *item,
                      const struct compare_budget *budget, struct crux_error *error)
{
    struct runs_words words = {.items = NULL};
    int status = options_default(out, command, given->command_name, error);

    if (status == CRUX_OK && !runs_gather(&words, given, item, budget))
        status = runs_no_memory(error);
    out->others = given->others;
    if (status == CRUX_OK)
        status = options_parse(out, words.items, error);
    free(words.items);
    return status == CRUX_OK ? check_options(out, error) : status;
}

/* --- names ------------------------------------------------------------------------------- */

/* A part of a file's name that anybody can type; where something was left out a hash tells items
 * apart. */
static void runs_file_part(char *out, size_t room, const char *search)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+=.";
    char hex[HASH_HEX];
    bool changed = strlen(search) >= room - 12;
    size_t i = 0;

    for (; search[i] != '\0' && i < room - 12; i++) {
        bool plain = strchr(letters, search[i]) != NULL;

        out[i] = plain ? search[i] : '_';
        changed |= !plain;
    }
    out[i] = '\0';
    hash_hex(search, strlen(search), hex);
    if (changed)
        (void)snprintf(out + i, room - i, "-%.8s", hex);
}

static int runs_name(struct compare_run *run, const char *folder, struct crux_error *error)
{
    const char *unit = run->budget->tokens ? "tokens" : "calls";
    char part[100];

    runs_file_part(part, sizeof part, run->item->search);
    if (asprintf(&run->name, "%s, %" PRIu32 " %s", run->item->search, run->budget->most, unit) < 0)
        run->name = NULL;
    if (asprintf(&run->store, "%s/%s-%" PRIu32 "-%s.db", folder, part, run->budget->most, unit) < 0)
        run->store = NULL;
    return run->name != NULL && run->store != NULL ? CRUX_OK : runs_no_memory(error);
}

/* What cannot be is said of the run that it is about. */
static int runs_blame(const struct compare_run *run, int status, struct crux_error *error)
{
    const struct crux_error inner = *error;

    return crux_fail(error, status, "%.120s: %.380s",
                     run->name != NULL ? run->name : run->item->search, inner.text);
}

/* Runs find there what models were found to be before. */
static bool runs_set_ledger(struct options *options, const char *ledger)
{
    options->store = strdup(ledger);
    return options->store != NULL;
}

static int runs_plan_one(struct compare_runs *runs, const struct options_command *command,
                         const struct compare_item *item, const struct compare_budget *budget,
                         struct crux_error *error)
{
    struct compare_run *run = &runs->items[runs->count++];
    int status;

    run->item = item;
    run->budget = budget;
    status = runs_name(run, runs->folder, error);
    if (status == CRUX_OK)
        status = runs_parse(&run->options, runs->given, command, item, budget, error);
    if (status != CRUX_OK)
        return runs_blame(run, status, error);
    return runs_set_ledger(&run->options, runs->ledger) ? CRUX_OK : runs_no_memory(error);
}

int runs_plan(struct compare_runs *out, const struct options *given, const char *folder,
              const struct options_command *command, const struct compare_items *items,
              const struct compare_budgets *budgets, struct crux_error *error)
{
    int status;

    *out = (struct compare_runs){.given = given, .folder = folder};
    out->items = calloc(items->count * budgets->count + 1, sizeof *out->items);
    if (asprintf(&out->ledger, "%s/ledger.db", folder) < 0)
        out->ledger = NULL;
    if (out->items == NULL || out->ledger == NULL)
        return runs_no_memory(error);
    status = runs_parse(&out->common, given, command, NULL, NULL, error);
    if (status == CRUX_OK && !runs_set_ledger(&out->common, out->ledger))
        status = runs_no_memory(error);
    for (size_t i = 0; i < items->count && status == CRUX_OK; i++)
        for (size_t j = 0; items->items[i].same == i && j < budgets->count && status == CRUX_OK;
             j++)
            status = runs_plan_one(out, command, &items->items[i], &budgets->items[j], error);
    return status;
}

void runs_close(struct compare_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        options_free(&runs->items[i].options);
        free(runs->items[i].name);
        free(runs->items[i].store);
    }
    options_free(&runs->common);
    free(runs->items);
    free(runs->ledger);
    *runs = (struct compare_runs){.given = NULL};
}

/* --- problems ------------------------------------------------------------------------------ */

int runs_problems(struct compare_runs *runs, struct crux_problems *out, struct crux_error *error)
{
    int status = session_problems(out, &runs->common, error);

    for (size_t i = 0; i < runs->count && status == CRUX_OK; i++) {
        struct options *options = &runs->items[i].options;

        options->images = runs->common.images;
        status = usual_critics(options, out, error);
    }
    return status;
}

/* --- the folder and its ledger ---------------------------------------------------------------- */

static bool runs_is_empty(DIR *folder)
{
    const struct dirent *entry;

    while ((entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return false;
    return true;
}

/* Nothing is put among what somebody else has there. */
static int runs_check_folder(const struct compare_runs *runs, struct crux_error *error)
{
    DIR *folder = opendir(runs->folder);
    bool empty;

    if (folder == NULL)
        return errno == ENOENT ? CRUX_OK
                               : crux_fail(error, CRUX_STORE, "--out %.200s: %s", runs->folder,
                                           strerror(errno));
    empty = runs_is_empty(folder);
    (void)closedir(folder);
    if (empty || access(runs->ledger, F_OK) == 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_STORE,
                     "--out %.200s is a folder with something in it that is no comparison (it has "
                     "no ledger.db): name another one",
                     runs->folder);
}

static int runs_check(const struct compare_runs *runs, struct crux_error *error)
{
    int status = runs_check_folder(runs, error);

    for (size_t i = 0; i < runs->count && status == CRUX_OK; i++) {
        status = session_check(&runs->items[i].options, error);
        if (status != CRUX_OK)
            status = runs_blame(&runs->items[i], status, error);
    }
    return status;
}

/* What is common to all is opened once by itself: it finds out what models are, and asks nothing
 * else. */
static int runs_open_ledger(struct compare_runs *runs, const struct crux_problems *problems,
                            struct crux_store **out, struct crux_error *error)
{
    struct session session = {.search = NULL};
    int status = runs_check(runs, error);

    if (status == CRUX_OK)
        status = window_recall_in_flight(&runs->common, runs->ledger, error);
    if (status == CRUX_OK)
        status = session_open(&session, &runs->common, error);
    /* Servers told their slots here, and are not asked again. */
    for (size_t i = 0; i < runs->count; i++)
        runs->items[i].options.setup.in_flight = runs->common.setup.in_flight;
    if (status == CRUX_OK && mkdir(runs->folder, 0777) != 0 && errno != EEXIST)
        status =
            crux_fail(error, CRUX_STORE, "cannot make %.200s: %s", runs->folder, strerror(errno));
    if (status == CRUX_OK)
        status = crux_store_open(out, runs->ledger, true, error);
    if (status == CRUX_OK)
        status = begin_run(*out, &runs->common, problems, false, error);
    if (status == CRUX_OK)
        status = session_pay(&session, &runs->common, *out, error);
    session_close(&session);
    return status;
}

/* --- one search ---------------------------------------------------------------------------------
 */

struct runs_search {
    struct crux_sink sink;
    struct compare_run *run;
    struct session session;
    struct crux_store *ledger, *store;
    struct session_source source;
    struct progress *progress; /* while it searches */
};

static bool runs_is_open(void *context, const struct crux_problem *problem)
{
    const struct runs_search *search = context;

    return crux_store_state(search->store, problem->ordinal) == CRUX_WAITING;
}

static int runs_keep(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct runs_search *search = (struct runs_search *)self;

    if (tree->reason == CRUX_REASON_STOPPED)
        return CRUX_OK;
    progress_finished(search->progress, tree);
    return session_keep(&search->session, search->store, tree, error);
}

static int runs_go(struct runs_search *search, uint64_t problems, struct crux_error *error)
{
    const struct options *options = &search->run->options;
    struct progress_setup setup = {.problems = problems, .shown = !options->quiet};
    int status = session_pay_apart(&search->session, options, search->ledger, search->store, error);

    setup.search = search->session.search;
    setup.setup = &search->session.setup;
    setup.backends = search->session.backends;
    if (!options->quiet) {
        char sentence[240];

        (void)snprintf(sentence, sizeof sentence, "%.160s: %" PRIu64 " problems", search->run->name,
                       problems);
        terminal_say(sentence);
    }
    if (status == CRUX_OK)
        status = progress_open(&search->progress, &setup, error);
    if (status == CRUX_OK)
        status = session_search(&search->session, &search->source, &search->sink, error);
    progress_close(search->progress);
    search->progress = NULL;
    return status;
}

/* Whether answers vote is known of critics that ask no backend; others know right and wrong. */
static int runs_open_search(struct runs_search *search, const struct crux_problems *problems,
                            bool retry_failed, struct crux_error *error)
{
    struct options *options = &search->run->options;
    const struct crux_critic *outcome;
    int status = session_open(&search->session, options, error);

    if (status == CRUX_OK)
        status = crux_store_open(&search->store, search->run->store, true, error);
    if (status == CRUX_OK)
        status = begin_run(search->store, options, problems, false, error);
    if (status == CRUX_OK && retry_failed)
        status = crux_store_reopen_broken(search->store, error);
    outcome = search->session.critics[CRUX_ROLE_OUTCOME];
    search->run->votes = outcome != NULL && outcome->in_turn;
    return status;
}

static int runs_make_one(struct compare_run *run, struct crux_store *ledger,
                         const struct crux_problems *problems, bool retry_failed,
                         struct crux_error *error)
{
    struct runs_search search = {.sink = {runs_keep}, .run = run, .ledger = ledger};
    int status = runs_open_search(&search, problems, retry_failed, error);
    uint64_t waiting;

    if (status == CRUX_OK) {
        search.source = session_source_of(problems, runs_is_open, &search);
        waiting = session_count(&search.source);
        status = waiting > 0 ? runs_go(&search, waiting, error) : CRUX_OK;
    }
    session_close(&search.session);
    crux_store_close(search.store);
    if (status < 0)
        return runs_blame(run, status, error);
    return status == CRUX_OK && signals_came() ? CRUX_STOPPED : status;
}

int runs_make(struct compare_runs *runs, const struct crux_problems *problems, bool retry_failed,
              struct crux_error *error)
{
    struct crux_store *ledger = NULL;
    int status = runs_open_ledger(runs, problems, &ledger, error);

    for (size_t i = 0; i < runs->count && status == CRUX_OK; i++)
        status = runs_make_one(&runs->items[i], ledger, problems, retry_failed, error);
    crux_store_close(ledger);
    return status;
}
