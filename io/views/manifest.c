/*
 * manifest.c - writes the manifest as a JSON value: it is small, and laid out for people.
 */
#include "io/views/manifest.h"

#include "io/views/funnel.h"

#define MANIFEST_SCHEMA 2

static struct json *of_count(uint64_t count)
{
    return json_of_integer((int64_t)count);
}

static struct json *of_problems(const struct manifest *manifest)
{
    struct json *object = json_new_object();

    json_put(object, "finished", of_count(manifest->trees));
    json_put(object, "with_right", of_count(manifest->with_right));
    json_put(object, "broken", of_count(manifest->done->broken));
    json_put(object, "unfinished", of_count(manifest->done->unfinished));
    return object;
}

static struct json *of_input(const struct manifest *manifest)
{
    const struct crux_summary *summary = manifest->summary;
    struct json *object = json_new_object();

    if (manifest->done->input > 0)
        json_put(object, "problems", of_count(manifest->done->input));

    json_put(object, "sha256", json_of_string(summary->input_sha256));
    json_put(object, "skipped_lines", of_count(summary->skipped));
    if (summary->begun_lines > 0) { /* lines were added later */
        json_put(object, "begun_sha256", json_of_string(summary->begun_sha256));
        json_put(object, "begun_lines", of_count(summary->begun_lines));
    }
    return object;
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static struct json *of_rows(const struct manifest *manifest)
{
    struct json *object = json_new_object();

    for (size_t i = 0; i < manifest->output_count; i++)
        json_put(object, manifest->outputs[i].view->name,
                 of_count(manifest->done->rows[manifest->places[i]]));
    return object;
}

/* Of the views that say which rows are right and which wrong. */
static struct json *of_balance(const struct manifest *manifest)
{
    const struct crux_exported *done = manifest->done;
    struct json *object = json_new_object();

    for (size_t i = 0; i < manifest->output_count; i++) {
        struct json *sides = json_new_object();
        size_t place = manifest->places[i];

        json_put(sides, "right", of_count(done->right[place]));
        json_put(sides, "wrong", of_count(done->wrong[place]));
        if (done->right[place] + done->wrong[place] > 0)
            json_put(object, manifest->outputs[i].view->name, sides);
        else
            json_free(sides);
    }
    return object;
}

static struct json *of_splits(const struct manifest *manifest)
{
    const struct portions *portions = &manifest->sift->portions;
    struct json *object = json_new_object();

    for (size_t i = 0; i < portions->count; i++) {
        struct json *split = json_new_object(), *rows = json_new_object();

        json_put(split, "share", json_of_real(portions->shares[i] / 1e9));
        json_put(split, "problems", of_count(manifest->sift->problems[i]));
        for (size_t j = 0; j < manifest->output_count; j++)
            json_put(rows, manifest->outputs[j].view->name,
                     of_count(manifest->outputs[j].parts[i].rows));
        json_put(split, "rows", rows);
        json_put(object, portions->names[i], split);
    }
    return object;
}

/* --- what was compared
 * ---------------------------------------------------------------------------- */

static struct json *of_duplicates(const struct sift *sift)
{
    struct json *object = json_new_object();

    json_put(object, "least", json_of_real(sift_least(sift->what)));
    json_put(object, "same", of_count(sift->same));
    json_put(object, "alike", of_count(sift->alike));
    json_put(object, "left_out", of_count(sift->deduped));
    return object;
}

static struct json *of_contamination(const struct sift *sift)
{
    struct json *object = json_new_object();

    json_put(object, "least", json_of_real(sift_least(sift->what)));
    json_put(object, "against", json_clone(sift->files));
    json_put(object, "problems", of_count(sift->contaminated));
    json_put(object, "left_out", of_count(sift->decontaminated));
    json_put(object, "first", json_clone(sift->named));
    return object;
}

static struct json *of_page(const struct crux_paged *page)
{
    struct json *object = json_new_object(), *left = json_new_object();

    json_put(object, "problems", of_count(page->problems));
    json_put(object, "trees", of_count(page->bodies));
    json_put(object, "nodes", of_count(page->nodes));
    json_put(left, "trees", of_count(page->left_problems));
    json_put(left, "nodes", of_count(page->left_nodes));
    json_put(left, "rollouts", of_count(page->left_rollouts));
    json_put(object, "left_out", left);
    return object;
}

/* What the views that choose went by. */
static struct json *of_choice(const struct crux_choice *choice)
{
    struct json *object = json_new_object();

    json_put(object, "gap", json_of_real(choice->gap));
    json_put(object, "overlap", json_of_real(choice->overlap));
    json_put(object, "floor", json_of_real(choice->floor));
    json_put(object, "diverse", json_of_integer(choice->diverse));
    json_put(object, "margin", json_of_real(choice->margin));
    json_put(object, "visits", json_of_integer(choice->visits));
    json_put(object, "siblings",
             json_of_string(choice->siblings == CRUX_SIBLINGS_ONE ? "one" : "all"));
    return object;
}

char *manifest_text(const struct manifest *manifest)
{
    struct json *object = json_new_object();
    char *text;

    json_put(object, "schema", json_of_integer(MANIFEST_SCHEMA));
    json_put(object, "engine", json_of_string("crux " CRUX_VERSION));
    json_put(object, "run_id", json_of_string(manifest->run->run_id));
    json_put(object, "config_hash", json_of_string(manifest->run->config_hash));
    json_put(object, "input", of_input(manifest));
    json_put(object, "problems", of_problems(manifest));
    json_put(object, "duplicates", of_duplicates(manifest->sift));
    if (manifest->sift->foreign != NULL)
        json_put(object, "contamination", of_contamination(manifest->sift));
    json_put(object, "rows", of_rows(manifest));
    if (manifest->page != NULL)
        json_put(object, "page", of_page(manifest->page));
    json_put(object, "balance", of_balance(manifest));
    json_put(object, "splits", of_splits(manifest));
    json_put_count(object, "split_seed", manifest->sift->seed);
    json_put(object, "choice", of_choice(&manifest->run->choice));
    json_put(object, "funnel", funnel_json(&manifest->done->funnel));
    json_put(object, "files", json_clone(manifest->files));
    json_put(object, "configuration", json_clone(manifest->run->configuration));
    text = json_text(object, true);
    json_free(object);
    return text;
}
