/*
 * export.c - finished trees become a data set folder, in one pass; or rows of one view, one by one.
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
#include "io/views/manifest.h"
#include "io/views/merge.h"
#include "io/views/output.h"
#include "io/views/sift.h"

#define EXPORT_PAGE "html" /* among the views the one without rows */

struct export
{
    const struct crux_export *what;
    const struct view *views[CRUX_VIEWS_MOST]; /* of rows */
    size_t places[CRUX_VIEWS_MOST];            /* of these among all that are asked for */
    size_t view_count;
    bool page;         /* is asked for, too ... */
    size_t page_place; /* ... at this place */
    struct merge merge;
    struct view_run run;
    struct keep *keep; /* what run.keep is; NULL: none */
    struct folder folder;
    struct sift sift;
    struct output outputs[CRUX_VIEWS_MOST];
    struct view_out out;  /* the same for all views */
    struct json *files;   /* of the manifest */
    crux_export_row *row; /* who takes the rows, in place of a folder; NULL: a folder */
    void *row_context;
    struct crux_exported done;
    uint64_t trees, with_right; /* also those that are left out */
};

/* --- what is asked for ----------------------------------------------------------------- */

static int unknown_view(const char *name, struct crux_error *error)
{
    char names[256] = "";
    size_t used = 0;

    for (size_t i = 0; view_at(i) != NULL && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s, ", view_at(i)->name);
    return crux_fail(error, CRUX_INVALID, "there is no view '%s'; there are %s" EXPORT_PAGE, name,
                     names);
}

static int export_find_view(struct export *export, size_t place, struct crux_error *error)
{
    const char *name = export->what->views[place];
    const struct view *view = view_named(name);

    for (size_t i = 0; i < place; i++)
        if (strcmp(export->what->views[i], name) == 0)
            return crux_fail(error, CRUX_INVALID, "the view %s is named twice", name);
    if (strcmp(name, EXPORT_PAGE) == 0) {
        export->page = true;
        export->page_place = place;
        return CRUX_OK;
    }
    if (view == NULL)
        return unknown_view(name, error);
    if (export->what->compress && view->plain_only)
        return crux_fail(error, CRUX_INVALID,
                         "the view %s is read by a loader that takes no compressed files: "
                         "export it by itself, without --compress",
                         name);
    export->places[export->view_count] = place;
    export->views[export->view_count++] = view;
    return CRUX_OK;
}

static int find_views(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    int status = CRUX_OK;

    if (what->store_count == 0 || what->view_count == 0 || what->view_count > CRUX_VIEWS_MOST)
        return crux_fail(error, CRUX_INVALID, "an export needs a store and 1 to %d views",
                         CRUX_VIEWS_MOST);
    for (size_t i = 0; i < what->view_count && status == CRUX_OK; i++)
        status = export_find_view(export, i, error);
    return status;
}

static int look_for_image(void *context, const struct crux_problem *problem,
                          struct crux_error *error)
{
    bool *found = context;

    (void)error;
    *found = problem->image_count > 0;
    return *found ? CRUX_END : CRUX_OK;
}

/* Whether rows have a column of pictures is known before the first one: of all problems, so that it
 * stays while a run goes on. */
static int look_for_images(struct export *export, struct crux_error *error)
{
    bool found = false;
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && !found && i < export->what->store_count; i++)
        status = crux_store_problems(export->what->stores[i], look_for_image, &found, error);
    export->run.images = found;
    return status;
}

/* --- rows ---------------------------------------------------------------------------------- */

static int write_rows(struct export *export, const struct crux_tree *tree, size_t portion,
                      struct crux_error *error)
{
    struct view_tree what = {.tree = NULL};
    int status = view_tree_open(&what, export->merge.from, tree, error);

    if (status == CRUX_OK)
        status = funnel_add(&export->done.funnel, &what, &export->run, error);
    for (size_t i = 0; status == CRUX_OK && i < export->view_count; i++) {
        export->outputs[i].portion = portion;
        export->out.context = export->row != NULL ? (void *)export : &export->outputs[i];
        status = view_rows(export->views[i], &what, &export->run, &export->out, error);
    }
    view_tree_close(&what);
    export->done.trees++;
    return status;
}

static int write_tree(struct export *export, const struct crux_tree *tree, struct crux_error *error)
{
    bool goes = true;
    size_t portion = 0;
    int status = CRUX_OK;

    if (export->sift.what != NULL)
        status = sift_problem(&export->sift, tree->problem, &goes, &portion, error);

    export->trees++;
    export->with_right += tree->right_count > 0;
    return status == CRUX_OK && goes ? write_rows(export, tree, portion, error) : status;
}

static int check_stop(const struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;

    if (what->stopped == NULL || !what->stopped())
        return CRUX_OK;
    if (export->row != NULL)
        return crux_fail(error, CRUX_STOPPED, "the export was stopped after %llu trees",
                         (unsigned long long)export->trees);
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

/* --- files ------------------------------------------------------------------------------- */

/* For the manifest. */
static void list_file(struct export *export, const char *name, uint64_t bytes,
                      const char sha256[HASH_HEX])
{
    struct json *entry = json_new_object();

    json_put(entry, "path", json_of_string(name));
    json_put_count(entry, "bytes", bytes);
    json_put(entry, "sha256", json_of_string(sha256));
    json_add(export->files, entry);
}

/* A whole file, with a line's end at its end. */
static int write_text(struct export *export, const char *name, const char *text,
                      struct crux_error *error)
{
    struct folder_file file = {.stream = NULL};
    char sha256[HASH_HEX];
    uint64_t bytes;
    int status;

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to write %s", name);
    status = folder_begin(&export->folder, name, &file, error);
    if (status == CRUX_OK)
        status = folder_write(&file, text, strlen(text), error);
    if (status == CRUX_OK && text[strlen(text) - 1] != '\n')
        status = folder_write(&file, "\n", 1, error);
    bytes = file.bytes;
    if (status == CRUX_OK)
        status = folder_end(&file, sha256, error);
    else
        folder_drop(&file);
    if (status == CRUX_OK)
        list_file(export, name, bytes, sha256);
    return status;
}

static int begin_views(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    int status = CRUX_OK;

    export->out.emit = output_row;
    for (size_t i = 0; status == CRUX_OK && i < export->view_count; i++)
        status = output_begin(&export->outputs[i], export->views[i], &export->sift.portions,
                              &export->folder, what->compress, error);
    return status;
}

/* What the readers of a view want beside its rows. */
static int write_extra(struct export *export, const struct output *output, struct crux_error *error)
{
    struct view_file files[PORTIONS_MOST];
    char name[OUTPUT_PATH], *text;
    int status;

    if (output->view->extra_name == NULL)
        return CRUX_OK;
    for (size_t i = 0; i < output->part_count; i++)
        files[i] = (struct view_file){output->parts[i].split, output_name(&output->parts[i]),
                                      output->parts[i].rows, export->run.images};
    (void)snprintf(name, sizeof name, "data/%s/%s", output->view->name, output->view->extra_name);
    text = output->view->extra_text(files, output->part_count);
    status = write_text(export, name, text, error);
    free(text);
    return status;
}

static int end_views(struct export *export, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < export->view_count; i++) {
        struct output *output = &export->outputs[i];

        status = output_end(output, error);
        for (size_t j = 0; status == CRUX_OK && j < output->part_count; j++)
            list_file(export, output->parts[j].path, output->parts[j].size,
                      output->parts[j].sha256);
        if (status == CRUX_OK)
            status = write_extra(export, output, error);
    }
    return status;
}

/* --- the page ------------------------------------------------------------------------------ */

static int export_put_page(void *context, const char *bytes, size_t length,
                           struct crux_error *error)
{
    return folder_write(context, bytes, length, error);
}

/* Of the whole run, whatever is left out of the rows. */
static int write_page(struct export *export, struct crux_error *error)
{
    struct folder_file file = {.stream = NULL};
    const struct crux_page page = {.stores = export->what->stores,
                                   .store_count = export->what->store_count,
                                   .nodes = export->what->page_nodes,
                                   .stopped = export->what->stopped,
                                   .put = export_put_page,
                                   .context = &file};
    char sha256[HASH_HEX];
    uint64_t bytes;
    int status;

    if (!export->page)
        return CRUX_OK;
    status = folder_begin(&export->folder, DATASET_PAGE, &file, error);
    if (status == CRUX_OK)
        status = crux_page_write(&page, &export->done.paged, error);
    bytes = file.bytes;
    if (status == CRUX_OK)
        status = folder_end(&file, sha256, error);
    else
        folder_drop(&file);
    if (status == CRUX_OK)
        list_file(export, DATASET_PAGE, bytes, sha256);
    return status;
}

/* --- what was done ---------------------------------------------------------------------------- */

/* Problems that are missing, from what the stores said before the first tree was read: a
 * problem that was finished since is in, and none is missing twice. */
static int count_missing(struct export *export, struct crux_error *error)
{
    struct complete complete;
    int status = complete_look(&complete, &export->merge, export->trees, error);

    if (status == CRUX_OK && export->trees == 0 && export->row == NULL)
        status = complete_none(&complete, error);
    if (status != CRUX_OK)
        return status;
    export->done.broken = complete.broken;
    export->done.unfinished = complete.unfinished;
    export->done.input = complete.input;
    memcpy(export->done.lacks, complete.lacks, sizeof export->done.lacks);
    return CRUX_OK;
}

static void export_count_rows(struct crux_exported *done, size_t view, const struct output *output)
{
    for (size_t i = 0; i < output->part_count; i++) {
        done->rows[view] += output->parts[i].rows;
        done->right[view] += output->parts[i].right;
        done->wrong[view] += output->parts[i].wrong;
        done->splits[i].rows[view] = output->parts[i].rows;
    }
}

static void export_count_alike(struct export *export)
{
    const struct sift *sift = &export->sift;
    struct crux_exported *done = &export->done;

    done->same = sift->same;
    done->alike = sift->alike;
    done->deduped = sift->deduped;
    done->contaminated = sift->contaminated;
    done->decontaminated = sift->decontaminated;
    memcpy(done->contaminated_with, sift->contaminated_with, sizeof done->contaminated_with);
}

static int count_done(struct export *export, struct crux_error *error)
{
    const struct sift *sift = &export->sift;
    struct crux_exported *done = &export->done;

    for (size_t i = 0; i < export->view_count; i++)
        export_count_rows(done, export->places[i], &export->outputs[i]);
    if (export->page)
        done->rows[export->page_place] = done->paged.bodies;
    export_count_alike(export);
    done->split_count = sift->portions.count;
    for (size_t i = 0; i < sift->portions.count; i++) {
        memcpy(done->splits[i].name, sift->portions.names[i], sizeof done->splits[i].name);
        done->splits[i].problems = sift->problems[i];
    }
    return count_missing(export, error);
}

static int write_card(struct export *export, struct crux_error *error)
{
    const struct card card = {
        .run = &export->run,
        .outputs = export->outputs,
        .output_count = export->view_count,
        .page = export->page ? &export->done.paged : NULL,
        .sift = &export->sift,
        .trees = export->trees,
        .with_right = export->with_right,
        .broken = export->done.broken,
        .unfinished = export->done.unfinished,
    };
    char *text = card_text(&card);
    int status = write_text(export, DATASET_CARD, text, error);

    free(text);
    return status;
}

static int write_manifest(struct export *export, struct crux_error *error)
{
    const struct manifest manifest = {
        .run = &export->run,
        .summary = merge_summary(&export->merge),
        .done = &export->done,
        .sift = &export->sift,
        .outputs = export->outputs,
        .places = export->places,
        .output_count = export->view_count,
        .page = export->page ? &export->done.paged : NULL,
        .trees = export->trees,
        .with_right = export->with_right,
        .files = export->files,
    };
    char *text = manifest_text(&manifest);
    int status = write_text(export, DATASET_MANIFEST, text, error);

    free(text);
    return status;
}

/* --- the whole ----------------------------------------------------------------------- */

/* Which paths become rows, and which indices labels. */
static int choose_paths(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    enum learnt_how least = LEARNT_ESTIMATED;
    int status;

    if (what->located != NULL)
        while (least < LEARNT_HOWS && strcmp(what->located, learnt_how_name(least)) != 0)
            least++;
    if (least == LEARNT_HOWS)
        return crux_fail(error, CRUX_INVALID,
                         "an index is known as estimated, agreed or proved, and not '%.60s'",
                         what->located);
    export->run.least = least;
    export->run.injected = what->injected;
    if (what->choice != NULL)
        export->run.choice = *what->choice;
    if (what->keep_if == NULL)
        return CRUX_OK;
    status = keep_open(&export->keep, what->keep_if, error);
    export->run.keep = status == CRUX_OK ? keep_filter(export->keep) : NULL;
    return status;
}

static int open_trees(struct export *export, struct crux_error *error)
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
        status = look_for_images(export, error);
    return status;
}

static int open_export(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    int status = open_trees(export, error);

    if (status == CRUX_OK)
        status = folder_open(&export->folder, what->to, what->force, error);
    if (status == CRUX_OK)
        status = sift_open(&export->sift, what, export->run.seed, export->folder.parent, error);
    return status;
}

/* --- rows without a folder -------------------------------------------------------------- */

static int check_rows(const struct crux_export *what, struct crux_error *error)
{
    const char *wrong = what->view_count != 1 ? "are of one view, which has to be named"
                        : strcmp(what->views[0], "html") == 0 ? "are of a view that has some"
                        : what->split != NULL                 ? "cannot be split"
                        : what->compress                      ? "are not compressed"
                                                              : NULL;

    return wrong == NULL ? CRUX_OK : crux_fail(error, CRUX_INVALID, "rows in one stream %s", wrong);
}

/* A view_emit; context is the export. The one output has no file, and counts. */
static int stream_row(void *context, const char *row, size_t length, enum view_side side,
                      struct crux_error *error)
{
    struct export *export = context;

    export->outputs[0].parts->rows++;
    export->outputs[0].parts->right += side == VIEW_RIGHT;
    export->outputs[0].parts->wrong += side == VIEW_WRONG;
    return export->row(export->row_context, row, length, error);
}

/* Looking for problems that are alike takes memory for each: only who asks for it pays. */
static int open_rows(struct export *export, struct crux_error *error)
{
    const struct crux_export *what = export->what;
    const char *folder = getenv("TMPDIR");
    int status = check_rows(what, error);

    if (status == CRUX_OK)
        status = open_trees(export, error);
    if (status == CRUX_OK &&
        (what->dedup != 0.0 || what->against_count > 0 || what->drop_contaminated))
        status = sift_open(&export->sift, what, export->run.seed,
                           folder != NULL && *folder != '\0' ? folder : "/tmp", error);
    export->outputs[0].part_count = 1;
    export->out.emit = stream_row;
    return status;
}

static int export_count_stream(struct export *export, struct crux_error *error)
{
    export_count_rows(&export->done, 0, &export->outputs[0]);
    export_count_alike(export);
    return count_missing(export, error);
}

static void close_export(struct export *export)
{
    for (size_t i = 0; i < CRUX_VIEWS_MOST; i++)
        output_drop(&export->outputs[i]);
    sift_close(&export->sift);
    folder_close(&export->folder);
    view_out_close(&export->out);
    keep_close(export->keep);
    view_run_close(&export->run);
    merge_close(&export->merge);
    json_free(export->files);
}

typedef int export_stage(struct export *export, struct crux_error *error);

static export_stage *const stages[] = {open_export, begin_views, write_views, end_views,
                                       write_page,  count_done,  write_card,  write_manifest};
static export_stage *const row_stages[] = {open_rows, write_views, export_count_stream};

/* Stages in their order, the first that fails is the last; then the folder takes its name. */
static int export_run_stages(struct export *export, export_stage *const each[], size_t count,
                             struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < count; i++)
        status = each[i](export, error);
    if (status == CRUX_OK)
        status = check_stop(export, error);
    if (status == CRUX_OK && export->row == NULL)
        status = folder_place(&export->folder, error);
    return status;
}

static int export_begin(struct export **out, const struct crux_export *what,
                        struct crux_error *error)
{
    struct export *export = calloc(1, sizeof *export);

    if (export == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an export");
    export->what = what;
    export->folder.lock = -1;
    *out = export;
    return CRUX_OK;
}

static int export_end(struct export *export, int status, struct crux_exported *out)
{
    if (status == CRUX_OK)
        *out = export->done;
    close_export(export);
    free(export);
    return status;
}

int crux_export(const struct crux_export *what, struct crux_exported *out, struct crux_error *error)
{
    struct export *export = NULL;
    int status = export_begin(&export, what, error);

    if (status != CRUX_OK)
        return status;
    export->files = json_new_array();
    return export_end(
        export, export_run_stages(export, stages, sizeof stages / sizeof *stages, error), out);
}

int crux_export_rows(const struct crux_export *what, crux_export_row *row, void *context,
                     struct crux_exported *out, struct crux_error *error)
{
    struct export *export = NULL;
    int status = export_begin(&export, what, error);

    if (status != CRUX_OK)
        return status;
    export->row = row;
    export->row_context = context;
    return export_end(
        export,
        export_run_stages(export, row_stages, sizeof row_stages / sizeof *row_stages, error), out);
}
