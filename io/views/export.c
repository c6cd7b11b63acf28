/*
 * export.c - finished trees become a data set folder, in one pass.
 *
 * All views are written side by side, a row at a time, so that no data set has to
 * fit into memory and all views show the same trees also while a run goes on.
 * Then the card, then the manifest, which knows the hashes of the others; and only
 * then the folder takes its name.
 */
#include "io/crux_io.h"

#include <stdlib.h>
#include <string.h>

#include "io/views/card.h"
#include "io/views/catalogue.h"
#include "io/views/complete.h"
#include "io/views/dataset.h"
#include "io/views/folder.h"
#include "io/views/funnel.h"
#include "io/views/keep.h"
#include "io/views/merge.h"

#define MANIFEST_SCHEMA 1

/* A view's file while it is written. */
struct output {
    struct card_view about;
    struct folder_file file;
};

struct export
{
    const struct crux_export *what;
    struct merge merge;
    struct view_run run;
    struct folder folder;
    struct view_out out; /* the same for all views */
    struct output outputs[CRUX_VIEWS_MOST];
    struct json *files; /* of the manifest */
    struct crux_exported done;
    uint64_t with_right;
};

/* --- what is asked for ----------------------------------------------------------------- */

static int unknown_view(const char *name, struct crux_error *error)
{
    char names[256] = "";
    size_t used = 0;

    for (size_t i = 0; view_at(i) != NULL && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 view_at(i)->name);
    return crux_fail(error, CRUX_INVALID, "there is no view '%s'; there are %s", name, names);
}

static int find_views(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;

    if (what->store_count == 0 || what->view_count == 0 || what->view_count > CRUX_VIEWS_MOST)
        return crux_fail(error, CRUX_INVALID, "an export needs a store and 1 to %d views",
                         CRUX_VIEWS_MOST);
    for (size_t i = 0; i < what->view_count; i++) {
        export->outputs[i].about.view = view_named(what->views[i]);
        if (export->outputs[i].about.view == NULL)
            return unknown_view(what->views[i], error);
        for (size_t j = 0; j < i; j++)
            if (export->outputs[j].about.view == export->outputs[i].about.view)
                return crux_fail(error, CRUX_INVALID, "the view %s is named twice", what->views[i]);
    }
    return CRUX_OK;
}

/* --- rows ---------------------------------------------------------------------------------- */

static int write_row(void *context, const char *row, size_t length, enum view_side side,
                     struct crux_error *error)
{
    struct output *output = context;
    int status = folder_write(&output->file, row, length, error);

    (void)side;
    if (status == CRUX_OK)
        status = folder_write(&output->file, "\n", 1, error);
    output->about.rows += status == CRUX_OK;
    return status;
}

static int write_tree(struct export *export, const struct crux_tree *tree, struct crux_error *error)
{
    struct view_tree what = {.tree = NULL};
    int status = view_tree_open(&what, export->merge.from, tree, error);

    if (status == CRUX_OK)
        status = funnel_add(&export->done.funnel, &what, &export->run, error);
    for (size_t i = 0; status == CRUX_OK && i < export->what->view_count; i++) {
        export->out.context = &export->outputs[i];
        status = view_rows(export->outputs[i].about.view, &what, &export->run, &export->out, error);
    }
    view_tree_close(&what);
    export->done.trees++;
    export->with_right += tree->right_count > 0;
    return status;
}

/* --- files ------------------------------------------------------------------------------- */

/* Close a file and remember it for the manifest, while that is not written. */
static int end_file(struct export *export, struct folder_file *file, const char *name,
                    struct crux_error *error)
{
    uint64_t bytes = file->bytes;
    char sha256[HASH_HEX];
    int status = folder_end(file, sha256, error);
    struct json *entry = json_new_object();

    json_put(entry, "path", json_of_string(name));
    json_put(entry, "bytes", json_of_integer((int64_t)bytes));
    json_put(entry, "sha256", json_of_string(sha256));
    json_add(export->files, entry);
    return status;
}

static void name_data(char *out, size_t size, const struct view *view)
{
    (void)snprintf(out, size, CARD_DATA_FILE, view->name);
}

static int begin_views(struct export *export, struct crux_error *error)
{
    int status = CRUX_OK;
    char name[256];

    for (size_t i = 0; status == CRUX_OK && i < export->what->view_count; i++) {
        name_data(name, sizeof name, export->outputs[i].about.view);
        status = folder_begin(&export->folder, name, &export->outputs[i].file, error);
    }
    return status;
}

static int check_stop(const struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;

    if (what->stopped == NULL || !what->stopped())
        return CRUX_OK;
    return crux_fail(error, CRUX_STOPPED, "the export was stopped; nothing of it is left");
}

static int write_views(struct export *export, struct crux_error *error)
{
    const struct crux_tree *tree;
    int status;

    while ((status = merge_next(&export->merge, &tree, error)) == CRUX_OK) {
        status = write_tree(export, tree, error);
        if (status == CRUX_OK)
            status = check_stop(export, error);
        if (status != CRUX_OK)
            return status;
    }
    return status == CRUX_END ? CRUX_OK : status;
}

static int end_views(struct export *export, struct crux_error *error)
{
    int status = CRUX_OK;
    char name[256];

    for (size_t i = 0; status == CRUX_OK && i < export->what->view_count; i++) {
        struct output *output = &export->outputs[i];

        output->about.bytes = output->file.bytes;
        export->done.rows[i] = output->about.rows;
        name_data(name, sizeof name, output->about.view);
        status = end_file(export, &output->file, name, error);
    }
    return status;
}

/* Problems that are missing, from what the stores said before the first tree was read: a
 * problem that was finished since is in, and none is missing twice. */
static int count_missing(struct export *export, struct crux_error *error)
{
    struct complete complete;
    int status;

    if (export->done.trees == 0)
        return crux_fail(error, CRUX_STORE, "nothing to export: no problem is finished yet");
    status = complete_look(&complete, &export->merge, export->done.trees, error);
    if (status != CRUX_OK)
        return status;
    export->done.broken = complete.broken;
    export->done.unfinished = complete.unfinished;
    export->done.input = complete.input;
    memcpy(export->done.lacks, complete.lacks, sizeof export->done.lacks);
    return CRUX_OK;
}

/* A whole file, with a line's end at its end. */
static int write_text(struct export *export, const char *name, const char *text,
                      struct crux_error *error)
{
    struct folder_file file = {.stream = NULL};
    int status;

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to write %s", name);
    status = folder_begin(&export->folder, name, &file, error);
    if (status == CRUX_OK)
        status = folder_write(&file, text, strlen(text), error);
    if (status == CRUX_OK && text[strlen(text) - 1] != '\n')
        status = folder_write(&file, "\n", 1, error);
    if (status == CRUX_OK)
        return end_file(export, &file, name, error);
    folder_drop(&file);
    return status;
}

static int write_card(struct export *export, struct crux_error *error)
{
    struct card_view views[CRUX_VIEWS_MOST];
    struct card card = {
        .run = &export->run,
        .views = views,
        .view_count = export->what->view_count,
        .trees = export->done.trees,
        .with_right = export->with_right,
        .broken = export->done.broken,
        .unfinished = export->done.unfinished,
    };
    char *text;
    int status;

    for (size_t i = 0; i < card.view_count; i++)
        views[i] = export->outputs[i].about;
    text = card_text(&card);
    status = write_text(export, DATASET_CARD, text, error);
    free(text);
    return status;
}

/* --- the manifest --------------------------------------------------------------------------- */

static struct json *of_problems(const struct export *export)
{
    struct json *object = json_new_object();

    json_put(object, "finished", json_of_integer((int64_t) export->done.trees));
    json_put(object, "with_right", json_of_integer((int64_t) export->with_right));
    json_put(object, "broken", json_of_integer((int64_t) export->done.broken));
    json_put(object, "unfinished", json_of_integer((int64_t) export->done.unfinished));
    return object;
}

static struct json *of_input(const struct export *export)
{
    const struct crux_summary *summary = merge_summary(&export->merge);
    struct json *object = json_new_object();

    if (export->done.input > 0)
        json_put(object, "problems", json_of_integer((int64_t) export->done.input));

    json_put(object, "sha256", json_of_string(summary->input_sha256));
    json_put(object, "skipped_lines", json_of_integer((int64_t)summary->skipped));
    if (summary->begun_lines > 0) { /* lines were added later */
        json_put(object, "begun_sha256", json_of_string(summary->begun_sha256));
        json_put(object, "begun_lines", json_of_integer((int64_t)summary->begun_lines));
    }
    return object;
}

static struct json *of_views(const struct export *export)
{
    struct json *object = json_new_object();

    for (size_t i = 0; i < export->what->view_count; i++)
        json_put(object, export->outputs[i].about.view->name,
                 json_of_integer((int64_t) export->done.rows[i]));
    return object;
}

/* What was moved into the manifest is gone from the export. */
static struct json *view_export_take(struct json **value)
{
    struct json *taken = *value;

    *value = NULL;
    return taken;
}

static int write_manifest(struct export *export, struct crux_error *error)
{
    struct json *manifest = json_new_object();
    char *text;
    int status;

    json_put(manifest, "schema", json_of_integer(MANIFEST_SCHEMA));
    json_put(manifest, "engine", json_of_string("crux " CRUX_VERSION));
    json_put(manifest, "run_id", json_of_string(export->run.run_id));
    json_put(manifest, "config_hash", json_of_string(export->run.config_hash));
    json_put(manifest, "input", of_input(export));
    json_put(manifest, "problems", of_problems(export));
    json_put(manifest, "rows", of_views(export));
    json_put(manifest, "funnel", funnel_json(&export->done.funnel));
    json_put(manifest, "files", view_export_take(&export->files));
    json_put(manifest, "configuration", view_export_take(&export->run.configuration));
    text = json_text(manifest, true);
    json_free(manifest);
    status = write_text(export, DATASET_MANIFEST, text, error);
    free(text);
    return status;
}

/* --- the whole ----------------------------------------------------------------------- */

/* Which paths become rows, and which indices labels. */
static int choose_paths(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    enum learnt_how least = LEARNT_ESTIMATED;

    if (what->located != NULL)
        while (least < LEARNT_HOWS && strcmp(what->located, learnt_how_name(least)) != 0)
            least++;
    if (least == LEARNT_HOWS)
        return crux_fail(error, CRUX_INVALID,
                         "an index is known as estimated, agreed or proved, and not '%.60s'",
                         what->located);
    export->run.least = least;
    return what->keep_if == NULL ? CRUX_OK : keep_open(&export->run.keep, what->keep_if, error);
}

static int open_export(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    int status = find_views(export, error);

    if (status == CRUX_OK)
        status = merge_open(&export->merge, what->stores, what->store_count, error);
    if (status == CRUX_OK)
        status = view_run_open(&export->run, merge_summary(&export->merge), error);
    if (status == CRUX_OK)
        status = choose_paths(export, error);
    if (status == CRUX_OK)
        status = folder_open(&export->folder, what->to, what->force, error);
    return status;
}

static void close_export(struct export *export)
{
    for (size_t i = 0; i < CRUX_VIEWS_MOST; i++)
        folder_drop(&export->outputs[i].file);
    folder_close(&export->folder);
    view_out_close(&export->out);
    keep_close(export->run.keep);
    view_run_close(&export->run);
    merge_close(&export->merge);
    json_free(export->files);
}

/* In this order; the first that fails is the last. */
static int (*const stages[])(struct export *export, struct crux_error *error) = {
    open_export, begin_views, write_views, end_views, count_missing, write_card, write_manifest};

int crux_export(const struct crux_export *what, struct crux_exported *out, struct crux_error *error)
{
    struct export export = {.what = what,
                            .folder = {.lock = -1},
                            .out = {.emit = write_row},
                            .files = json_new_array()};
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < sizeof stages / sizeof stages[0]; i++)
        status = stages[i](&export, error);
    if (status == CRUX_OK)
        status = check_stop(&export, error);
    if (status == CRUX_OK)
        status = folder_place(&export.folder, error);
    if (status == CRUX_OK)
        *out = export.done;
    close_export(&export);
    return status;
}
