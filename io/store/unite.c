/*
 * unite.c - the stores of one run's shards become one store, which appears whole or not at all.
 */
#include "io/store/unite.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/json.h"
#include "io/store/seals.h"
#include "io/whole_file.h"

/* --- the place --------------------------------------------------------------------------- */

/* The name of what lies beside a store. The caller frees; NULL: no memory. */
static char *unite_beside(const char *path, const char *companion)
{
    char *name = NULL;

    return asprintf(&name, "%s%s", path, companion) < 0 ? NULL : name;
}

/* Another store's log would be taken for the new one's. */
static int unite_check_beside(const char *to, struct crux_error *error)
{
    for (size_t i = 0; store_companion(i) != NULL; i++) {
        char *name = unite_beside(to, store_companion(i));
        struct stat about;
        bool there = name == NULL || lstat(name, &about) == 0;

        free(name);
        if (there)
            return crux_fail(error, CRUX_STORE,
                             "%.300s%s is there, of a store that is open or was not closed well: "
                             "remove it, with its store, or choose another name",
                             to, store_companion(i));
    }
    return CRUX_OK;
}

static void unite_clear_beside(const char *path)
{
    for (size_t i = 0; store_companion(i) != NULL; i++) {
        char *name = unite_beside(path, store_companion(i));

        if (name != NULL)
            (void)unlink(name);
        free(name);
    }
}

static int unite_check_sources(const struct unite *unite, const struct stat *to,
                               struct crux_error *error)
{
    struct stat about;

    for (size_t i = 0; i < unite->what->store_count; i++)
        if (stat(unite->what->stores[i], &about) == 0 && about.st_dev == to->st_dev &&
            about.st_ino == to->st_ino)
            return crux_fail(error, CRUX_INVALID,
                             "%.300s is one of the stores that are merged: the new one needs "
                             "another place",
                             unite->what->to);
    return CRUX_OK;
}

/* What is there is replaced if it is a store, or empty, and nobody's at the moment. Held until the
 * new one has its name. */
static int unite_check_place(const struct unite *unite, struct unite_held *old,
                             struct crux_error *error)
{
    const struct crux_merge *what = unite->what;
    struct stat about;
    int status = CRUX_OK;

    if (stat(what->to, &about) == 0)
        status = unite_check_sources(unite, &about, error);
    else
        about = (struct stat){.st_size = 0};
    if (status == CRUX_OK && what->force && S_ISREG(about.st_mode) && about.st_size > 0)
        status = unite_hold(old, what->to, error);
    crux_store_close(old->store); /* which may take away what lies beside it */
    old->store = NULL;
    return status == CRUX_OK ? unite_check_beside(what->to, error) : status;
}

/* --- what the new store says of itself ------------------------------------------------------ */

/* The settings of the store that names the run, with what is true of all of them. */
static int unite_save_settings(const struct unite *unite, struct crux_store *to,
                               struct crux_error *error)
{
    struct json *settings = NULL, *changes;
    struct sqlite_query query = sqlite_query(tables_db(to), "SELECT settings FROM run", "");
    int status = sqlite_next(&query, error);
    const char *was = status == CRUX_OK ? sqlite_text(&query, 0) : "";
    char *text;

    (void)json_parse(&settings, was, strlen(was), NULL);
    sqlite_end(&query);
    if (status != CRUX_OK)
        return status;
    json_put(settings, "shard", json_of_null());
    json_put(settings, CRUX_MERGED, unite->whole ? json_new_array() : json_clone(unite->parts));
    changes = store_order_changes(unite->changes);
    if (changes == NULL || json_count(changes) > 0)
        json_put(settings, CRUX_CHANGES, changes);
    else
        json_free(changes);
    if (unite->input > 0)
        json_put(settings, CRUX_INPUT_PROBLEMS, json_of_integer(unite->input));
    text = json_text(settings, false);
    json_free(settings);
    if (text == NULL)
        return crux_fail(error, CRUX_STORE,
                         "%.300s: the settings of its run are no JSON object, or there is no "
                         "memory",
                         unite->what->stores[0]);
    status =
        sqlite_finish(sqlite_query(tables_db(to), "UPDATE run SET settings = ?", "t", text), error);
    free(text);
    return status;
}

/* --- rows --------------------------------------------------------------------------------------
 */

static bool unite_is_as_seen(const struct unite_source *source, bool counted,
                             const struct count *count)
{
    return counted == source->counted &&
           (!counted || (count->id == source->count.id && count->commits == source->count.commits));
}

static int unite_copy_store(struct unite *unite, size_t at, struct crux_store *to,
                            struct crux_error *error)
{
    const struct unite_source *source = &unite->sources[at];
    struct count count = {.id = 0};
    struct unite_held held;
    bool counted;
    int status = unite_hold(&held, source->path, error);

    if (status != CRUX_OK)
        return status;
    status = unite_count(held.store, &counted, &count, error);
    if (status == CRUX_OK && !unite_is_as_seen(source, counted, &count))
        status = crux_fail(error, CRUX_STORE,
                           "%.300s was written while it was being merged: try again", source->path);
    if (status == CRUX_OK)
        status = unite_copy(unite, at, held.store, to, error);
    unite_release(&held);
    return status;
}

/* All in one transaction, which begins by making the tables. */
static int unite_fill(struct unite *unite, struct crux_store *to, struct crux_error *error)
{
    struct sqlite *db = tables_db(to);
    int status = seals_begin(to, db, error);

    if (status != CRUX_OK)
        return status;
    for (size_t i = 0; i < unite->what->store_count && status == CRUX_OK; i++)
        status = unite_copy_store(unite, i, to, error);
    if (status == CRUX_OK)
        status = unite_save_settings(unite, to, error);
    status = seals_commit(to, db, status, error);
    return status == CRUX_OK ? sqlite_share(db, error) : status; /* as every store is */
}

/* --- the proof ----------------------------------------------------------------------------------
 */

/* Has it every problem that was seen, in the state that was seen? */
static int unite_check_marks(struct unite *unite, const struct crux_store *made,
                             struct crux_error *error)
{
    bool same = made->mark_count == unite->mark_count;

    for (size_t i = 0; i < unite->mark_count && same; i++) {
        same = made->marks[i].ordinal == unite->marks[i].ordinal &&
               made->marks[i].state == (enum crux_problem_state)unite->marks[i].state;
        unite->merged.done += unite->marks[i].state != CRUX_WAITING;
    }
    unite->merged.problems = made->mark_count;
    if (same)
        return CRUX_OK;
    return crux_fail(error, CRUX_STORE,
                     "%.300s would have other problems than the stores that are merged: %zu, not "
                     "%zu",
                     unite->what->to, made->mark_count, unite->mark_count);
}

/* What was not written to the end when the store was closed shows here. */
static int unite_check_made(struct unite *unite, const char *partial, struct crux_error *error)
{
    struct crux_store *made = NULL;
    int64_t trees = 0;
    int status = unite_check_beside(partial, error);

    if (status != CRUX_OK)
        return crux_fail(error, CRUX_STORE,
                         "%.300s could not be written to its end: is the disk full?",
                         unite->what->to);
    status = crux_store_open(&made, partial, false, error);
    if (status == CRUX_OK)
        status = unite_check_marks(unite, made, error);
    if (status == CRUX_OK)
        status = sqlite_number(tables_db(made), "SELECT count(*) FROM tree", &trees, error);
    if (status == CRUX_OK && (uint64_t)trees != unite->merged.done)
        status = crux_fail(
            error, CRUX_STORE, "%.300s would have %lld trees for %llu problems that are done",
            unite->what->to, (long long)trees, (unsigned long long)unite->merged.done);
    crux_store_close(made);
    return status;
}

/* --- all
 * ------------------------------------------------------------------------------------------ */

static int unite_write(struct unite *unite, const char *partial, struct crux_error *error)
{
    struct crux_store *backend = NULL, *to = NULL;
    int status;

    unite_clear_beside(partial); /* of one who was killed */
    status = tables_make(&backend, partial, error);
    if (status == CRUX_OK)
        status = store_complete(&to, backend, error);
    if (status == CRUX_OK)
        status = unite_fill(unite, to, error);
    crux_store_close(to);
    if (status == CRUX_OK)
        status = unite_check_made(unite, partial, error);
    unite_clear_beside(partial);
    return status;
}

static int unite_make(struct unite *unite, struct crux_error *error)
{
    const struct crux_merge *what = unite->what;
    struct unite_held old = {.lock = -1};
    struct whole_file whole;
    int status = unite_check_place(unite, &old, error);

    if (status == CRUX_OK)
        status = whole_file_begin(&whole, what->to, what->force, WHOLE_FILE_ANY, error);
    if (status == CRUX_OK) {
        status = unite_look(unite, error);
        if (status == CRUX_OK)
            status = unite_write(unite, whole.partial, error);
        status = whole_file_end(&whole, status, error);
    }
    unite_release(&old);
    return status;
}

int crux_merge(const struct crux_merge *what, struct crux_merged *out, struct crux_error *error)
{
    struct unite unite = {.what = what};
    int status = CRUX_OK;

    if (what->store_count == 0 || what->to == NULL)
        return crux_fail(error, CRUX_INVALID, "a merge needs a store and a name for the new one");
    unite.sources = calloc(what->store_count, sizeof *unite.sources);
    if (unite.sources == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %zu stores", what->store_count);
    status = unite_make(&unite, error);
    if (status == CRUX_OK)
        *out = unite.merged;
    json_free(unite.parts);
    json_free(unite.changes);
    free(unite.marks);
    free(unite.sources);
    return status;
}
