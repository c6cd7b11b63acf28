/*
 * export.c - `crux export`: finished trees become a data set folder.
 *
 * All the work is in crux_export(); here names become stores and views, and what was
 * written is reported, with what is still missing.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/export_stream.h"
#include "io/cli/options/values.h"
#include "io/cli/paged.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"

struct export_options {
    struct options_list stores, views, against;
    char *to, *split, *keep_if, *located;
    int64_t split_seed; /* below 0: the run's */
    int64_t nodes;
    double dedup;
    struct crux_choice choice;
    bool force, partial, injected, drop_contaminated, compress;
};

struct export
{
    struct crux_store *stores[OPTIONS_LISTED];
    const char *views[CRUX_VIEWS_MOST];
    struct crux_export what;
};

static int open_stores(struct export *export, const struct export_options *own,
                       struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < own->stores.count; i++) {
        status = crux_store_open(&export->stores[i], own->stores.items[i], false, error);
        export->what.store_count += status == CRUX_OK;
    }
    return status;
}

/* Those that were asked for, or all there are. */
static void choose_views(struct export *export, const struct export_options *own)
{
    size_t count = 0;

    for (; count < own->views.count; count++)
        export->views[count] = own->views.items[count];
    if (count == 0)
        while (count < CRUX_VIEWS_MOST && crux_view_name(count) != NULL) {
            export->views[count] = crux_view_name(count);
            count++;
        }
    export->what.view_count = count;
}

/* One stage, and what has been paid for it. */
static void export_tell_cost(const char *what, const struct crux_paid *paid)
{
    if (paid->calls > 0)
        (void)fprintf(stderr,
                      "crux:     %-9s %" PRIu64 " calls, %" PRIu64 " prompt and %" PRIu64
                      " completion tokens, price %.6g\n",
                      what, paid->calls, paid->prompt_tokens, paid->completion_tokens,
                      (double)paid->price / 1e9);
}

static void export_tell_funnel(const struct crux_funnel *funnel)
{
    static const char *const passes[] = {"locate", "annotate", "verify", "inject", "detect"};
    const uint64_t *located = funnel->located;

    (void)fprintf(stderr,
                  "crux: %" PRIu64 " right and %" PRIu64 " wrong answers, %" PRIu64
                  " unknown; %" PRIu64 " trees without a right one, %" PRIu64
                  " without a wrong one\n",
                  funnel->right, funnel->wrong, funnel->unknown, funnel->without_right,
                  funnel->without_wrong);
    (void)fprintf(stderr,
                  "crux: %" PRIu64 " pairs; first wrong step: %" PRIu64 " proved, %" PRIu64
                  " agreed, %" PRIu64 " estimated, %" PRIu64 " between, %" PRIu64 " not known\n",
                  funnel->pairs, located[4], located[3], located[2], located[1], located[0]);
    (void)fprintf(stderr,
                  "crux: %" PRIu64 " annotated, %" PRIu64 " verified; kept %" PRIu64
                  " wrong and %" PRIu64 " right paths\n",
                  funnel->annotated, funnel->verified, funnel->kept_wrong, funnel->kept_right);
    export_tell_cost("search", &funnel->search);
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
        export_tell_cost(passes[i], &funnel->passes[i]);
}

static bool export_is_page(const char *view)
{
    return strcmp(view, "html") == 0;
}

static void export_tell_page(const struct crux_paged *page)
{
    char text[PAGED_TELL];

    (void)fprintf(stderr, "crux:   html         %s\n", paged_tell(text, page));
}

static void export_tell_rows(const struct export *export, const struct crux_exported *written)
{
    for (size_t i = 0; i < export->what.view_count; i++) {
        if (export_is_page(export->views[i])) {
            export_tell_page(&written->paged);
            continue;
        }
        (void)fprintf(stderr, "crux:   %-12s %" PRIu64 " rows", export->views[i], written->rows[i]);
        if (written->right[i] + written->wrong[i] > 0)
            (void)fprintf(stderr, ", %" PRIu64 " right and %" PRIu64 " wrong", written->right[i],
                          written->wrong[i]);
        (void)fputs("\n", stderr);
    }
}

/* A part without rows of a view is told: nothing can be loaded from it. */
static void export_tell_splits(const struct export *export, const struct crux_exported *written)
{
    if (written->split_count < 2)
        return;
    for (size_t i = 0; i < written->split_count; i++)
        (void)fprintf(stderr, "crux:   %-12s %" PRIu64 " problems%s\n", written->splits[i].name,
                      written->splits[i].problems,
                      written->splits[i].problems > 0
                          ? ""
                          : ": its files are empty, and the card does not offer them");
    for (size_t i = 0; i < written->split_count; i++)
        for (size_t j = 0; j < export->what.view_count; j++)
            if (written->splits[i].problems > 0 && written->splits[i].rows[j] == 0 &&
                !export_is_page(export->views[j]))
                (void)fprintf(stderr,
                              "crux: %s has no rows of %s: its file is empty, and the card "
                              "does not offer it\n",
                              written->splits[i].name, export->views[j]);
}

static void export_tell_alike(const struct export *export, const struct crux_exported *written)
{
    if (written->same + written->alike > 0)
        (void)fprintf(stderr,
                      "crux: %" PRIu64 " problems say what an earlier one says, and %" PRIu64
                      " nearly so; %s\n",
                      written->same, written->alike,
                      export->what.dedup > 0.0 ? "they were left out"
                                               : "they are in it: --dedup leaves them out");
    if (export->what.against_count > 0)
        (void)fprintf(stderr, "crux: %" PRIu64 " problems are like one of the files given%s%s\n",
                      written->contaminated, written->contaminated > 0 ? "; " : "",
                      written->contaminated == 0       ? ""
                      : export->what.drop_contaminated ? "they were left out"
                                                       : "they are in it: --drop-contaminated "
                                                         "leaves them out");
    if (written->contaminated_with[0] != '\0') {
        (void)fputs("crux:   ", stderr);
        terminal_put(stderr, written->contaminated_with, strlen(written->contaminated_with));
        (void)fputs(written->contaminated > 5 ? " ...\n" : "\n", stderr);
    }
}

static void export_tell(const struct export *export, const struct crux_exported *written)
{
    const char *to = strcmp(export->what.to, "-") == 0 ? "standard output" : export->what.to;

    (void)fputs("crux: wrote ", stderr);
    terminal_put(stderr, to, strlen(to));
    (void)fprintf(stderr, " from %" PRIu64 " trees\n", written->trees);
    export_tell_rows(export, written);
    export_tell_splits(export, written);
    export_tell_alike(export, written);
    export_tell_funnel(&written->funnel);
    if (written->lacks[0] != '\0') {
        (void)fputs("crux: it lacks ", stderr);
        terminal_put(stderr, written->lacks, strlen(written->lacks));
        (void)fputs("\n", stderr);
    }
    if (written->unfinished > 0)
        (void)fprintf(stderr, "crux: %" PRIu64 " problems still wait and are not in it\n",
                      written->unfinished);
    if (written->broken > 0)
        (void)fprintf(stderr, "crux: %" PRIu64 " problems failed and are not in it\n",
                      written->broken);
}

static int export_run(struct options *options, struct crux_error *error)
{
    const struct export_options *own = options->own;
    struct export export = {.what = {.to = own->to,
                                     .force = own->force,
                                     .keep_if = own->keep_if,
                                     .located = own->located,
                                     .injected = own->injected,
                                     .choice = &own->choice,
                                     .stopped = signals_came,
                                     .split = own->split,
                                     .split_seed = own->split_seed < 0 ? NULL : &own->split_seed,
                                     .dedup = own->dedup,
                                     .against_count = own->against.count,
                                     .drop_contaminated = own->drop_contaminated,
                                     .compress = own->compress,
                                     .page_nodes = (uint64_t)own->nodes}};
    struct crux_exported written = {.trees = 0};
    bool streams = strcmp(own->to, "-") == 0;
    int status;

    export.what.stores = export.stores;
    export.what.views = export.views;
    export.what.against = (const char *const *)own->against.items;
    choose_views(&export, own);
    status = open_stores(&export, own, error);
    if (status == CRUX_OK)
        status = streams ? export_stream(&export.what, &written, error)
                         : crux_export(&export.what, &written, error);
    if (status == CRUX_OK)
        export_tell(&export, &written);
    for (size_t i = 0; i < export.what.store_count; i++)
        crux_store_close(export.stores[i]);
    if (status == CRUX_STOPPED) {
        (void)fprintf(stderr, "crux: %s\n", error->text);
        return EXIT_INTERRUPTED;
    }
    if (status == CRUX_OK && written.lacks[0] != '\0' && !own->partial)
        return EXIT_SOME_FAILED;
    return status;
}

static const char *const export_siblings[] = {"all", "one", NULL};

static const struct options_row export_rows[] = {
    {"store", "RUN.db", &values_list, OPTIONS_COMMAND, offsetof(struct export_options, stores), 0,
     0, NULL, true,
     "A run's store. May be repeated: the shards of one run are merged in the order of the input."},
    {"to", "DIR", &values_text, OPTIONS_COMMAND, offsetof(struct export_options, to), 0, 0, NULL,
     true,
     "The data set folder to write. It is built beside its place and renamed when complete. -: the "
     "rows of one --view as JSON lines on standard output, a tree after the other as it is read; "
     "without --split and --compress."},
    {"view", "NAME", &values_list, OPTIONS_COMMAND, offsetof(struct export_options, views), 0, 0,
     NULL, true,
     "A view to write. May be repeated. The default is every view but html, which has no rows: "
     "index.html in DIR, a page that shows the run in a browser."},
    {"nodes", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct export_options, nodes), 1,
     1000000000, NULL, true,
     "View html: how many nodes of trees the page holds. They are taken in the order of the input; "
     "of a tree that is too large the best path, the paths of pairs, then what was visited most. "
     "What is left out is counted on the page."},
    {"keep-if", "EXPRESSION", &values_text, OPTIONS_COMMAND,
     offsetof(struct export_options, keep_if), 0, 0, NULL, true,
     "Which paths become rows, in views whose rows are about paths: an expression of SQLite over "
     "side, how, step, steps, critique, annotator, points_at, refined, refined_right, refined_of, "
     "refined_without, refined_control, verdict_right, step_right, execution, judge, completions "
     "and reward, as 'refined_right >= 3 and refined > refined_without'. What is not known is "
     "null; an expression that is null leaves a wrong path out and a right one in."},
    {"located", "HOW", &values_text, OPTIONS_COMMAND, offsetof(struct export_options, located), 0,
     0, NULL, true,
     "How a first wrong step must be known to become a label: estimated (the default: by "
     "completions of one policy), agreed (of two) or proved."},
    {"injected", "", &values_flag, OPTIONS_COMMAND, offsetof(struct export_options, injected), 0, 0,
     NULL, true,
     "Also the paths that crux inject has put false details into, in the views critique and "
     "critique-sft: with `source` injected, and without a first wrong step."},
    {"gap", "D", &values_real, OPTIONS_COMMAND, offsetof(struct export_options, choice.gap), 0, 1,
     NULL, true, "View preference: two steps are a pair when their values are D or more apart."},
    {"overlap", "T", &values_real, OPTIONS_COMMAND, offsetof(struct export_options, choice.overlap),
     0, 1, NULL, true,
     "View preference: no pair where of the words of the step that has fewer more than the share T "
     "are in both. View sft: nor two such answers with --diverse."},
    {"floor", "V", &values_real, OPTIONS_COMMAND, offsetof(struct export_options, choice.floor), 0,
     1, NULL, true, "View preference: the better step has at least the value V."},
    {"diverse", "N", &values_count, OPTIONS_COMMAND,
     offsetof(struct export_options, choice.diverse), 1, UINT32_MAX, NULL, true,
     "View sft: up to N right answers to a problem, each as different from the others as can be."},
    {"margin", "D", &values_real, OPTIONS_COMMAND, offsetof(struct export_options, choice.margin),
     0, 1, NULL, true,
     "View ranking: the value of the lower step is lower by D or more; 0: by anything."},
    {"visits", "N", &values_count, OPTIONS_COMMAND, offsetof(struct export_options, choice.visits),
     1, 1000000, NULL, true, "View ranking: only steps with at least N visits."},
    {"siblings", "WHICH", &values_choice, OPTIONS_COMMAND,
     offsetof(struct export_options, choice.siblings), 0, 0, export_siblings, true,
     "View ranking: the best of a family of steps against all lower ones, or against one, the next "
     "lower."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct export_options, force), 0, 0, NULL,
     true, "Replace the folder if it exists."},
    {"split", "NAME=SHARE,...", &values_text, OPTIONS_COMMAND,
     offsetof(struct export_options, split), 0, 0, NULL, true,
     "Split the problems, for instance train=0.9,test=0.1: a file a part and view. A problem is in "
     "one part, by a hash of its id; one that is like an earlier one is where that is."},
    {"split-seed", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct export_options, split_seed),
     -1, INT64_MAX, NULL, true, "Another split of the same shares. -1: the run's seed."},
    {"dedup", "T", &values_real, OPTIONS_COMMAND, offsetof(struct export_options, dedup), 0, 1,
     NULL, true,
     "Leave out problems that are like an earlier one: of their sets of three words in a row the "
     "share T is common. 1: those that say the same. With 0 they are counted only, from 0.8 on."},
    {"against", "FILE", &values_list, OPTIONS_COMMAND, offsetof(struct export_options, against), 0,
     0, NULL, true,
     "Count and name the problems that are like one of this file, a benchmark for instance. May be "
     "repeated. Files are read as problems are."},
    {"drop-contaminated", "", &values_flag, OPTIONS_COMMAND,
     offsetof(struct export_options, drop_contaminated), 0, 0, NULL, true, "Leave these out."},
    {"compress", "", &values_flag, OPTIONS_COMMAND, offsetof(struct export_options, compress), 0, 0,
     NULL, true, "Seal each file of rows as one zstd frame."},
    {"partial", "", &values_flag, OPTIONS_COMMAND, offsetof(struct export_options, partial), 0, 0,
     NULL, true, "End with 0 also where shards or problems are lacking."},
    {.name = NULL}};

static const struct options_group export_group = {&table_topic_output, OPTIONS_OWN, export_rows};

static void export_defaults(struct options *options)
{
    struct export_options *own = options->own;

    own->split_seed = -1;
    own->nodes = CRUX_PAGE_NODES;
    own->choice = crux_choice_default();
}

static const struct options_group *const export_groups[] = {&export_group, &table_config,
                                                            &table_help, NULL};

const struct command export_command = {
    .name = "export",
    .options = {OPTIONS_EXPORT, export_groups, sizeof(struct export_options), export_defaults},
    .operands = "--store RUN.db --to DIR",
    .needs = {"store", "to"},
    .summary = "write views of finished trees as a data set folder",
    .description =
        "Writes each view as JSON lines into DIR/data/VIEW, with a card (README.md) and a "
        "manifest, so that Hugging Face datasets loads the folder as it stands. The view "
        "critique has for every wrong path the right path from which it parts latest, the first "
        "wrong step where that is known, and what to do instead; the view processbench has whole "
        "solutions whose first wrong step is known; the view trees has every tree whole.\n"
        "The folder is built beside its place and renamed when it is complete. The same trees "
        "give the same bytes. A store may be exported while its run goes on: what is finished by "
        "then is in it. Shards that are not among the stores and problems without a tree are "
        "named, and the exit status is then 6, or 0 with --partial.\n"
        "With --to - the rows of one view go to standard output instead, as many as there are, "
        "none "
        "if nothing is finished yet. Only one tree is in memory at a time. At a damaged tree the "
        "stream ends, "
        "and the exit status says so: what came before is good.\n"
        "Problems that say the same, or nearly, are counted, and so are rows about what is right "
        "and "
        "what is wrong; the card and the manifest tell.",
    .examples = "crux export --store run.db --to data24\n"
                "crux export --store a.db --store b.db --to data24 --view critique --force\n"
                "crux export --store run.db --to set --split train=0.9,test=0.1 --dedup 0.8\n"
                "crux export --store run.db --to look --view html\n"
                "crux export --store run.db --to - --view trees | head -n 1",
    .exits = {EXIT_STORE, EXIT_CHECK, EXIT_SOME_FAILED, EXIT_INTERRUPTED},
    .signals = COMMANDS_WAIT,
    .run = export_run,
};
