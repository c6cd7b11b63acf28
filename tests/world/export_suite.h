/*
 * export_suite.h - what the suites of crux_export() share, for Criterion: stores with the trees of
 * puzzle.h in a temporary folder, exports of them, and a look at what was written. Every program
 * that includes this has its own.
 */
#ifndef TESTS_WORLD_EXPORT_SUITE_H
#define TESTS_WORLD_EXPORT_SUITE_H

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/json.h"
#include "tests/world/puzzle.h"
#include "tests/world/sample.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PUZZLES = 4, MOST_STORES = 3 };

static const char *const both_views[] = {"critique", "trees"};

static const char *folder;
static char to[128];
static struct puzzle puzzles[PUZZLES];
static struct crux_store *stores[MOST_STORES];
static size_t store_count;
static struct crux_exported written;
static struct crux_error error;

/* --- stores ------------------------------------------------------------------------------ */

static struct crux_run run = {
    .configuration = "{\"critic\":[\"outcome=numbers\"],\"policy\":[\"step=numbers\"],\"seed\":7}",
    .settings = "{}",
    .input_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    .input_name = "puzzles.jsonl",
};

/* Another store, of all puzzles or of those that are wanted; none is finished yet. */
static inline struct crux_store *make_store(bool (*wanted)(void *context, const char *id))
{
    char name[32];

    (void)snprintf(name, sizeof name, "run%zu.db", store_count);
    stores[store_count] = puzzle_store(sample_path(name), &run, puzzles, PUZZLES, wanted);
    return stores[store_count++];
}

static inline void keep(struct crux_store *store, size_t puzzle)
{
    cr_assert_eq(crux_store_keep(store, &puzzles[puzzle].tree, &error), CRUX_OK, "%s", error.text);
}

/* A store in which every puzzle is finished. */
static inline void make_full_store(void)
{
    struct crux_store *store = make_store(NULL);

    for (size_t i = 0; i < PUZZLES; i++)
        keep(store, i);
}

static inline void set_up(void)
{
    folder = sample_folder();
    (void)snprintf(to, sizeof to, "%s/data", folder);
    for (size_t i = 0; i < PUZZLES; i++)
        puzzle_make(&puzzles[i], i);
}

static inline void tear_down(void)
{
    while (store_count > 0)
        crux_store_close(stores[--store_count]);
    sample_folder_remove();
}

/* --- exports ----------------------------------------------------------------------------- */

static inline int export_views(const char *const *views, size_t view_count, const char *place,
                               bool force)
{
    struct crux_export what = {.stores = stores,
                               .store_count = store_count,
                               .views = views,
                               .view_count = view_count,
                               .to = place,
                               .force = force};

    error.text[0] = '\0';
    return crux_export(&what, &written, &error);
}

static inline int export_to(const char *place, bool force)
{
    return export_views(both_views, 2, place, force);
}

static inline void insist_exported(const char *place)
{
    cr_assert_eq(export_to(place, false), CRUX_OK, "%s", error.text);
}

/* The whole text of a file; caller frees. */
static inline char *contents(const char *place, const char *name)
{
    char path[512], *text = NULL;
    size_t size = 0;
    FILE *in, *out = open_memstream(&text, &size);
    int c;

    (void)snprintf(path, sizeof path, "%s/%s", place, name);
    in = fopen(path, "re");
    cr_assert_not_null(in, "%s is missing", path);
    while ((c = getc(in)) != EOF)
        (void)putc(c, out);
    (void)fclose(in);
    (void)fclose(out);
    return text;
}

static inline struct json *manifest_of(const char *place)
{
    struct json *manifest = NULL;
    char *text = contents(place, "manifest.json");

    cr_assert_eq(json_parse(&manifest, text, strlen(text), &error), CRUX_OK, "%s", error.text);
    free(text);
    return manifest;
}

/* Every file has the hash that the manifest says; answers how many there are. */
static inline size_t insist_whole(const char *place)
{
    struct json *manifest = manifest_of(place);
    const struct json *files = json_get(manifest, "files");
    size_t count = json_count(files);

    for (size_t i = 0; i < count; i++) {
        const struct json *file = json_at(files, i);
        char sha256[HASH_HEX];
        char *text = contents(place, json_as_string(json_get(file, "path")));

        hash_hex(text, strlen(text), sha256);
        cr_expect_str_eq(sha256, json_as_string(json_get(file, "sha256")));
        cr_expect_eq(strlen(text), (size_t)json_as_integer(json_get(file, "bytes")));
        free(text);
    }
    json_free(manifest);
    return count;
}

/* How many entries of the folder begin so. */
static inline size_t count_entries(const char *start)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(entries)) != NULL)
        count += strncmp(entry->d_name, start, strlen(start)) == 0;
    (void)closedir(entries);
    return count;
}

static inline void put_file(const char *name)
{
    (void)sample_file(name, "mine", 4);
}

#endif
