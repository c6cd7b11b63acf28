/*
 * dataset.c - tells a data set of ours from other folders, by its manifest and the hashes there.
 */
#include "io/views/dataset.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/hash_file.h"
#include "io/json.h"
#include "io/views/catalogue.h"

enum { DATASET_MANIFEST_MOST = 64 * 1024 * 1024 };

/* A file as the manifest has it; the texts are the manifest's. */
struct dataset_file {
    const char *path; /* below the folder */
    int64_t bytes;
    const char *sha256;
};

struct dataset {
    const char *folder;
    struct json *manifest;
    struct dataset_file *files; /* by path */
    size_t count;
};

static int dataset_not_ours(struct crux_error *error, const char *folder, const char *what)
{
    return crux_fail(error, CRUX_STORE,
                     "%s is not replaced: %s. --force replaces an empty folder, or a data set of "
                     "crux as it was written",
                     folder, what);
}

static int dataset_no_memory(struct crux_error *error, const char *folder)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to look through %s", folder);
}

/* --- the manifest -------------------------------------------------------------------- */

/* The whole file; NULL: it is not there, is too large, or memory is out. */
static char *dataset_slurp(const char *path, size_t *length)
{
    FILE *stream = fopen(path, "re");
    char *text = NULL;
    long size = -1;

    if (stream != NULL && fseek(stream, 0, SEEK_END) == 0)
        size = ftell(stream);
    if (size >= 0 && size <= DATASET_MANIFEST_MOST)
        text = malloc((size_t)size + 1);
    if (text != NULL) {
        rewind(stream);
        *length = fread(text, 1, (size_t)size, stream);
        text[*length] = '\0';
    }
    if (stream != NULL)
        (void)fclose(stream);
    return text;
}

static int dataset_by_path(const void *a, const void *b)
{
    return strcmp(((const struct dataset_file *)a)->path, ((const struct dataset_file *)b)->path);
}

/* What is listed without a path or a hash makes nothing ours. */
static int dataset_list(struct dataset *dataset, const struct json *files, struct crux_error *error)
{
    size_t most = json_count(files);

    dataset->files = calloc(most + 1, sizeof *dataset->files);
    if (dataset->files == NULL)
        return dataset_no_memory(error, dataset->folder);
    for (size_t i = 0; i < most; i++) {
        const struct json *entry = json_at(files, i);
        const struct dataset_file file = {.path = json_as_string(json_get(entry, "path")),
                                          .bytes = json_as_integer(json_get(entry, "bytes")),
                                          .sha256 = json_as_string(json_get(entry, "sha256"))};

        if (file.path != NULL && file.sha256 != NULL)
            dataset->files[dataset->count++] = file;
    }
    qsort(dataset->files, dataset->count, sizeof *dataset->files, dataset_by_path);
    return CRUX_OK;
}

/* The manifest of a data set, or nothing listed: then no file is ours. */
static int dataset_open(struct dataset *out, const char *folder, struct crux_error *error)
{
    struct dataset dataset = {.folder = folder};
    const char *engine;
    char *path, *text;
    size_t length = 0;
    int status = CRUX_OK;

    *out = dataset;
    if (asprintf(&path, "%s/" DATASET_MANIFEST, folder) < 0)
        return dataset_no_memory(error, folder);
    text = dataset_slurp(path, &length);
    free(path);
    if (text != NULL)
        (void)json_parse(&dataset.manifest, text, length, NULL);
    free(text);
    engine = json_as_string(json_get(dataset.manifest, "engine"));
    if (engine != NULL && strncmp(engine, "crux ", 5) == 0)
        status = dataset_list(&dataset, json_get(dataset.manifest, "files"), error);
    *out = dataset;
    return status;
}

static void dataset_close(struct dataset *dataset)
{
    free(dataset->files);
    json_free(dataset->manifest);
}

/* NULL: it is not listed. */
static const struct dataset_file *dataset_find(const struct dataset *dataset, const char *path)
{
    const struct dataset_file key = {.path = path};

    return dataset->count == 0 ? NULL
                               : bsearch(&key, dataset->files, dataset->count,
                                         sizeof *dataset->files, dataset_by_path);
}

/* --- one entry of the folder ------------------------------------------------------------- */

/* Does the manifest list anything below this folder? */
static bool dataset_leads(const struct dataset *dataset, const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < dataset->count; i++)
        if (strncmp(dataset->files[i].path, path, length) == 0 &&
            dataset->files[i].path[length] == '/')
            return true;
    return false;
}

static bool dataset_unchanged(const struct dataset_file *file, const FTSENT *entry)
{
    char hex[HASH_HEX];

    return entry->fts_statp->st_size == file->bytes && hash_file(entry->fts_accpath, hex) == 0 &&
           strcmp(hex, file->sha256) == 0;
}

/* The path of an entry below the folder. */
static const char *dataset_below(const struct dataset *dataset, const FTSENT *entry)
{
    assert(strncmp(entry->fts_path, dataset->folder, strlen(dataset->folder)) == 0);
    return entry->fts_path + strlen(dataset->folder) + 1;
}

static int dataset_judge(const struct dataset *dataset, const FTSENT *entry,
                         struct crux_error *error)
{
    const char *path = dataset_below(dataset, entry);
    const struct dataset_file *file = dataset_find(dataset, path);
    char what[600];

    if (entry->fts_info == FTS_DP || (entry->fts_info == FTS_F && file == NULL &&
                                      dataset->count > 0 && strcmp(path, DATASET_MANIFEST) == 0))
        return CRUX_OK;
    if (entry->fts_info == FTS_D && dataset_leads(dataset, path))
        return CRUX_OK;
    if (entry->fts_info == FTS_F && file != NULL && dataset_unchanged(file, entry))
        return CRUX_OK;
    if (dataset->count == 0)
        (void)snprintf(what, sizeof what, "it has no " DATASET_MANIFEST " of crux, but %.300s",
                       path);
    else if (file != NULL)
        (void)snprintf(what, sizeof what, "%.300s in it was changed since it was written", path);
    else
        (void)snprintf(what, sizeof what, "%.300s in it does not belong to the data set", path);
    return dataset_not_ours(error, dataset->folder, what);
}

/* --- the folder --------------------------------------------------------------------------- */

static FTS *dataset_walk(const char *folder)
{
    char *paths[] = {(char *)(uintptr_t)folder, NULL}; /* fts only reads it */

    return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

int dataset_check(const char *folder, struct crux_error *error)
{
    struct dataset dataset;
    int status = dataset_open(&dataset, folder, error);
    FTS *walk = dataset_walk(folder);
    const FTSENT *entry;

    if (status == CRUX_OK && walk == NULL)
        status = dataset_no_memory(error, folder);
    while (status == CRUX_OK && (entry = fts_read(walk)) != NULL)
        if (entry->fts_info == FTS_DNR)
            status = crux_fail(error, CRUX_STORE, "cannot read %s: %s", entry->fts_path,
                               strerror(entry->fts_errno));
        else if (entry->fts_level > FTS_ROOTLEVEL)
            status = dataset_judge(&dataset, entry, error);
    if (walk != NULL)
        (void)fts_close(walk);
    dataset_close(&dataset);
    return status;
}

/* Is it the path of a view's file, of rows or beside them? */
static bool dataset_is_of_view(const char *path)
{
    if (fnmatch("data/*/*", path, FNM_PATHNAME) != 0)
        return false;
    for (size_t i = 0; view_at(i) != NULL; i++)
        if (view_at(i)->extra_name != NULL &&
            strcmp(strrchr(path, '/') + 1, view_at(i)->extra_name) == 0)
            return true;
    return fnmatch("data/*/[a-z_]*-00000-of-00001.*", path, FNM_PATHNAME) == 0;
}

/* A half built data set has no manifest yet: what it consists of is known by its names. */
static bool dataset_is_part(const struct dataset *dataset, const char *path)
{
    return dataset_find(dataset, path) != NULL || strcmp(path, DATASET_MANIFEST) == 0 ||
           strcmp(path, DATASET_CARD) == 0 || strcmp(path, DATASET_PAGE) == 0 ||
           dataset_is_of_view(path);
}

void dataset_remove(const char *folder)
{
    struct dataset dataset;
    FTS *walk = dataset_walk(folder);
    const FTSENT *entry;

    (void)dataset_open(&dataset, folder, NULL); /* without memory less is known as ours */
    while (walk != NULL && (entry = fts_read(walk)) != NULL)
        if (entry->fts_info == FTS_DP)
            (void)rmdir(entry->fts_accpath);
        else if (entry->fts_info == FTS_F && entry->fts_level > FTS_ROOTLEVEL &&
                 dataset_is_part(&dataset, dataset_below(&dataset, entry)))
            (void)unlink(entry->fts_accpath);
    if (walk != NULL)
        (void)fts_close(walk);
    dataset_close(&dataset);
}
