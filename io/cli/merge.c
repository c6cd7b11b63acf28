/*
 * merge.c - `crux merge`: the stores of a run's shards become one store.
 *
 * All the work is in crux_merge(); here what came of it is reported, with what is still missing.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"
#include "io/json.h"

struct merge_options {
    struct options_files stores;
    char *to;
    bool force, partial;
};

/* --- what came of it ------------------------------------------------------------------------ */

static int merge_print_json(const struct merge_options *own, const struct crux_merged *merged,
                            const struct crux_lack *lack, struct crux_error *error)
{
    struct json *object = json_new_object();
    char *text;

    json_put(object, "store", json_of_words(own->to));
    json_put_count(object, "stores", own->stores.count);
    json_put_count(object, "input", lack->input);
    json_put_count(object, "problems", merged->problems);
    json_put_count(object, "finished", lack->finished);
    json_put_count(object, "failed", lack->broken);
    json_put_count(object, "waiting", lack->unfinished);
    json_put_count(object, "findings", merged->findings);
    json_put_count(object, "replies", merged->replies);
    json_put_count(object, "paid_twice", merged->twice);
    json_put_count(object, "differ", merged->differ);
    json_put(object, "lacks", json_of_string(lack->lacks));
    text = json_text(object, false);
    json_free(object);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to report the merge");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

static void merge_tell(const struct merge_options *own, const struct crux_merged *merged,
                       const struct crux_lack *lack)
{
    (void)fputs("crux: wrote ", stderr);
    terminal_put(stderr, own->to, strlen(own->to));
    (void)fprintf(stderr,
                  " from %zu stores: %" PRIu64 " problems, %" PRIu64 " finished, %" PRIu64
                  " failed, %" PRIu64 " waiting; %" PRIu64 " replies, %" PRIu64 " findings\n",
                  own->stores.count, merged->problems, lack->finished, lack->broken,
                  lack->unfinished, merged->replies, merged->findings);
    if (merged->twice > 0)
        (void)fprintf(stderr,
                      "crux: %" PRIu64 " replies were paid for in two shards (%" PRIu64
                      " of them say something else there): those of the first one answer from now "
                      "on, and crux cost counts both\n",
                      merged->twice, merged->differ);
}

/* What is lacking is told in any case; it is nobody's JSON. */
static void merge_tell_lacks(const struct crux_lack *lack)
{
    if (lack->lacks[0] == '\0')
        return;
    (void)fputs("crux: it lacks ", stderr);
    terminal_put(stderr, lack->lacks, strlen(lack->lacks));
    (void)fputs("\n", stderr);
}

/* What the new store says. */
static int merge_look(const char *to, struct crux_lack *out, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, to, false, error);

    if (status == CRUX_OK)
        status = crux_lacking(&store, 1, out, error);
    crux_store_close(store);
    return status;
}

static int merge_run(struct options *options, struct crux_error *error)
{
    const struct merge_options *own = options->own;
    const struct crux_merge what = {.stores = (const char *const *)own->stores.items,
                                    .store_count = own->stores.count,
                                    .to = own->to,
                                    .force = own->force,
                                    .stopped = signals_came};
    struct crux_merged merged = {.problems = 0};
    struct crux_lack lack;
    int status = crux_merge(&what, &merged, error);

    if (status == CRUX_STOPPED) {
        terminal_say(error->text);
        return EXIT_INTERRUPTED;
    }
    if (status == CRUX_OK)
        status = merge_look(own->to, &lack, error);
    if (status != CRUX_OK)
        return status;
    if (options->json)
        status = merge_print_json(own, &merged, &lack, error);
    else
        merge_tell(own, &merged, &lack);
    merge_tell_lacks(&lack);
    return status == CRUX_OK && lack.lacks[0] != '\0' && !own->partial ? EXIT_SOME_FAILED : status;
}

static const struct options_row merge_rows[] = {
    {"store", "RUN.db", &values_files, OPTIONS_COMMAND, offsetof(struct merge_options, stores), 0,
     0, NULL, true, "The store of a shard; one for each."},
    {"to", "ALL.db", &values_text, OPTIONS_COMMAND, offsetof(struct merge_options, to), 0, 0, NULL,
     true, "The store to write. It is built beside its place and renamed when it is whole."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct merge_options, force), 0, 0, NULL,
     true, "Replace a store that is there and that nobody writes."},
    {"partial", "", &values_flag, OPTIONS_COMMAND, offsetof(struct merge_options, partial), 0, 0,
     NULL, true, "End with 0 also where shards or problems are lacking."},
    {.name = NULL}};

static const struct options_group merge_group = {&table_topic_output, OPTIONS_OWN, merge_rows};

static const struct options_group *const merge_groups[] = {&merge_group, &table_json, &table_config,
                                                           &table_help, NULL};

const struct command merge_command = {
    .name = "merge",
    .options = {OPTIONS_MERGE, merge_groups, sizeof(struct merge_options), NULL},
    .operands = "--store A.db --store B.db ... --to ALL.db",
    .needs = {"store", "to"},
    .summary = "make one store of those of a run's shards",
    .description =
        "Unites the stores that crux generate --shard has written: trees, ledgers with all that "
        "was paid, and what passes have learnt. The new store exports the same bytes as one run "
        "would have, and crux generate without --shard goes on in it: problems whose shard was "
        "not there are added then. What crux verify has counted may differ: its control is told "
        "a critique of another path, and that is of another problem where its own has no other; "
        "each shard knows its own problems alone.\n"
        "Shards that are not among the stores and problems without a tree are named, and the exit "
        "status is then 6, or 0 with --partial; the store is written all the same. Nothing is "
        "written where a store is none, is damaged, is being written, is of another run or input, "
        "is there twice, or where a problem is finished in two of them. A store of an earlier "
        "version is read as it stands.\n"
        "A question that two shards have paid for is answered by the first one's reply from then "
        "on; the other one stays in the ledger, and crux cost counts both.",
    .examples = "crux merge --store 1.db --store 2.db --to all.db\n"
                "crux merge $(printf -- '--store %s ' shard-*.db) --to all.db\n"
                "crux generate game24.jsonl --store all.db",
    .exits = {EXIT_STORE, EXIT_CHECK, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_WAIT,
    .run = merge_run,
};
