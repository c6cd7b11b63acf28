/*
 * test_export.c - what crux_export() promises: a whole folder or none, the same
 * bytes for the same trees, shards merged, and plain words when it cannot be.
 *
 * Stores are real ones in a temporary folder; their trees are tests/world/puzzle.h.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/json.h"
#include "tests/world/puzzle.h"
#include "tests/world/sample.h"

enum { PUZZLES = 4, MOST_STORES = 3 };

static const char *const both_views[] = {"critique", "trees"};
static const char *const one_view[] = {"critique"};

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

static bool is_even(void *context, const char *id)
{
    (void)context;
    return (id[strlen(id) - 1] - '0') % 2 == 0;
}

static bool is_odd(void *context, const char *id)
{
    return !is_even(context, id);
}

/* Another store, of all puzzles or of those that are wanted; none is finished yet. */
static struct crux_store *make_store(bool (*wanted)(void *context, const char *id))
{
    char name[32];

    (void)snprintf(name, sizeof name, "run%zu.db", store_count);
    stores[store_count] = puzzle_store(sample_path(name), &run, puzzles, PUZZLES, wanted);
    return stores[store_count++];
}

static void keep(struct crux_store *store, size_t puzzle)
{
    cr_assert_eq(crux_store_keep(store, &puzzles[puzzle].tree, &error), CRUX_OK, "%s", error.text);
}

/* A store in which every puzzle is finished. */
static void make_full_store(void)
{
    struct crux_store *store = make_store(NULL);

    for (size_t i = 0; i < PUZZLES; i++)
        keep(store, i);
}

static void set_up(void)
{
    folder = sample_folder();
    (void)snprintf(to, sizeof to, "%s/data", folder);
    for (size_t i = 0; i < PUZZLES; i++)
        puzzle_make(&puzzles[i], i);
}

static void tear_down(void)
{
    while (store_count > 0)
        crux_store_close(stores[--store_count]);
    sample_folder_remove();
}

/* --- exports ----------------------------------------------------------------------------- */

static int export_views(const char *const *views, size_t view_count, const char *place, bool force)
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

static int export_to(const char *place, bool force)
{
    return export_views(both_views, 2, place, force);
}

static void insist_exported(const char *place)
{
    cr_assert_eq(export_to(place, false), CRUX_OK, "%s", error.text);
}

/* The whole text of a file; caller frees. */
static char *contents(const char *place, const char *name)
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

static struct json *manifest_of(const char *place)
{
    struct json *manifest = NULL;
    char *text = contents(place, "manifest.json");

    cr_assert_eq(json_parse(&manifest, text, strlen(text), &error), CRUX_OK, "%s", error.text);
    free(text);
    return manifest;
}

/* A number of the manifest's member. */
static int64_t manifest_number(const char *place, const char *member, const char *name)
{
    struct json *manifest = manifest_of(place);
    int64_t number = json_as_integer(json_get(json_get(manifest, member), name));

    json_free(manifest);
    return number;
}

/* Every file has the hash that the manifest says; answers how many there are. */
static size_t insist_whole(const char *place)
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

static void insist_same(const char *left, const char *right)
{
    static const char *const names[] = {"README.md", "manifest.json",
                                        "data/critique/train-00000-of-00001.jsonl",
                                        "data/trees/train-00000-of-00001.jsonl"};

    for (size_t i = 0; i < 4; i++) {
        char *a = contents(left, names[i]), *b = contents(right, names[i]);

        cr_expect_str_eq(a, b, "%s differs", names[i]);
        free(a);
        free(b);
    }
}

/* How many entries of the folder begin so. */
static size_t count_entries(const char *start)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(entries)) != NULL)
        count += strncmp(entry->d_name, start, strlen(start)) == 0;
    (void)closedir(entries);
    return count;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void put_file(const char *name)
{
    (void)sample_file(name, "mine", 4);
}

/* --- the folder ------------------------------------------------------------------------------ */

TestSuite(export, .init = set_up, .fini = tear_down);

/* A folder has a card, a manifest, and a file of rows for each view. */
Test(export, writes_card_manifest_and_rows)
{
    char *card;

    make_full_store();
    insist_exported(to);
    cr_assert_eq(insist_whole(to), 3);
    card = contents(to, "README.md");
    cr_expect_eq(strncmp(card, "---\nlicense:", 12), 0);
    free(card);
    cr_assert_eq(count_entries("data"), 1);
    cr_assert_eq(count_entries(".data"), 0);
}

/* Counts are those of the rows, to the caller, in the manifest and in the files. */
Test(export, counts_rows)
{
    char *rows;

    make_full_store();
    insist_exported(to);
    cr_expect_eq(written.trees, PUZZLES);
    cr_expect_eq(written.rows[0], 4 * PUZZLES);
    cr_expect_eq(written.rows[1], PUZZLES);
    cr_expect_eq(manifest_number(to, "rows", "critique"), 4 * PUZZLES);
    cr_expect_eq(manifest_number(to, "rows", "trees"), PUZZLES);
    cr_expect_eq(manifest_number(to, "problems", "with_right"), PUZZLES);
    rows = contents(to, "data/critique/train-00000-of-00001.jsonl");
    cr_expect_eq(count_lines(rows), 4 * PUZZLES);
    free(rows);
}

/* Only the views that are asked for are written. */
Test(export, writes_only_what_is_asked_for)
{
    make_full_store();
    cr_assert_eq(export_views(&both_views[1], 1, to, false), CRUX_OK, "%s", error.text);
    cr_expect_eq(insist_whole(to), 2);
    cr_expect_neq(access(sample_path("data/data/critique"), F_OK), 0);
}

/* A view that there is not, and one named twice, are refused by name. */
Test(export, refuses_views_that_cannot_be)
{
    const char *const unknown[] = {"critique", "critic"}, *const twice[] = {"trees", "trees"};

    make_full_store();
    cr_assert_eq(export_views(unknown, 2, to, false), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "critic"));
    cr_expect_not_null(strstr(error.text, "trees"));
    cr_assert_eq(export_views(twice, 2, to, false), CRUX_INVALID);
    cr_assert_eq(export_views(twice, 0, to, false), CRUX_INVALID);
    cr_assert_eq(count_entries("data"), 0);
}

/* A text may hold any character; a row stays one line also for readers that end a
 * line at U+2028, U+2029 or U+0085. */
Test(export, keeps_a_row_on_one_line)
{
    struct json *row = NULL;
    char *rows;

    puzzles[0].problem.prompt = "a\xe2\x80\xa8"
                                "b\xe2\x80\xa9\xc2\x85\xc3\x85 \"c\"\n\xe2\x82\xac";
    puzzles[0].problem.line = "{\"id\": \"puzzle-0\", \"problem\": \"a\xe2\x80\xa8"
                              "b\xe2\x80\xa9\xc2\x85\xc3\x85 \\\"c\\\"\\n\xe2\x82\xac\"}";
    keep(make_store(NULL), 0);
    insist_exported(to);
    rows = contents(to, "data/trees/train-00000-of-00001.jsonl");
    cr_expect_eq(count_lines(rows), 1);
    cr_expect_null(strstr(rows, "\xe2\x80\xa8"));
    cr_expect_null(strstr(rows, "\xe2\x80\xa9"));
    cr_expect_null(strstr(rows, "\xc2\x85"));
    cr_assert_eq(json_parse(&row, rows, strlen(rows), &error), CRUX_OK, "%s", error.text);
    cr_expect_str_eq(json_as_string(json_get(row, "prompt")), puzzles[0].problem.prompt);
    json_free(row);
    free(rows);
}

/* --- what is there already ------------------------------------------------------------------- */

/* What is there is refused without force, and not touched. */
Test(export, refuses_what_is_there)
{
    make_full_store();
    cr_assert_eq(mkdir(to, 0755), 0);
    put_file("data/file");
    cr_assert_eq(export_to(to, false), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, to));
    cr_expect_not_null(strstr(error.text, "--force"));
    cr_expect_eq(access(sample_path("data/file"), F_OK), 0);
    cr_expect_eq(count_entries(".data"), 0);
}

/* With force a data set of ours is replaced, and nothing of it stays. */
Test(export, replaces_a_data_set_with_force)
{
    make_full_store();
    insist_exported(to);
    cr_assert_eq(export_views(one_view, 1, to, true), CRUX_OK, "%s", error.text);
    cr_expect_eq(insist_whole(to), 2);
    cr_expect_neq(access(sample_path("data/data/trees"), F_OK), 0);
    cr_expect_eq(count_entries(".data"), 0);
}

/* With force an empty folder is taken, and so is a place where nothing is. */
Test(export, takes_an_empty_folder_with_force)
{
    make_full_store();
    cr_assert_eq(mkdir(to, 0755), 0);
    cr_assert_eq(export_to(to, true), CRUX_OK, "%s", error.text);
    cr_assert_eq(export_to(sample_path("fresh"), true), CRUX_OK, "%s", error.text);
}

/* Force does not replace a folder that is no data set, nor a file, nor a link. */
Test(export, does_not_replace_what_is_not_ours)
{
    make_full_store();
    cr_assert_eq(mkdir(to, 0755), 0);
    put_file("data/thesis.tex");
    cr_expect_eq(export_to(to, true), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "manifest.json"));
    cr_expect_eq(access(sample_path("data/thesis.tex"), F_OK), 0);
    put_file("file");
    cr_expect_eq(export_to(sample_path("file"), true), CRUX_STORE);
    cr_assert_eq(symlink(to, sample_path("link")), 0);
    cr_expect_eq(export_to(sample_path("link"), true), CRUX_STORE);
}

/* Refused with force, and what was put there is there still. */
static void insist_kept(const char *name)
{
    cr_expect_eq(export_to(to, true), CRUX_STORE, "%s", name);
    cr_expect_not_null(strstr(error.text, name + strlen("data/")), "%s", error.text);
    cr_expect_eq(access(sample_path(name), F_OK), 0, "%s is gone", name);
    cr_expect_eq(count_entries(".data"), 0);
}

/* A data set in which something else lies, a store, a clone's files, is not replaced. */
Test(export, keeps_what_was_put_into_a_data_set)
{
    static const char *const foreign[] = {"data/run.db", "data/.git", "data/data/trees/notes.md",
                                          "data/data/trees/train-00001-of-00002.jsonl"};

    make_full_store();
    insist_exported(to);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        put_file(foreign[i]);
        insist_kept(foreign[i]);
        cr_assert_eq(unlink(sample_path(foreign[i])), 0);
    }
    cr_assert_eq(export_to(to, true), CRUX_OK, "%s", error.text);
}

/* Nor is one with an empty folder or a link in it, nor one whose card was written anew. */
Test(export, keeps_a_data_set_that_was_changed)
{
    make_full_store();
    insist_exported(to);
    cr_assert_eq(mkdir(sample_path("data/mine"), 0755), 0);
    insist_kept("data/mine");
    cr_assert_eq(rmdir(sample_path("data/mine")), 0);
    cr_assert_eq(symlink("README.md", sample_path("data/link")), 0);
    insist_kept("data/link");
    cr_assert_eq(unlink(sample_path("data/link")), 0);
    put_file("data/README.md");
    insist_kept("data/README.md");
}

/* A manifest of somebody else's, a web page's, makes no folder ours; nor does a broken one. */
Test(export, knows_its_own_manifest)
{
    static const char *const others[] = {
        "{\"name\": \"page\", \"files\": [{\"path\": \"a\"}]}", "{\"engine\": \"crux 9\"}",
        "{\"engine\": \"crux 9\", \"files\": [{\"path\": \"a\"}, 3]}", "no JSON", ""};

    make_full_store();
    cr_assert_eq(mkdir(to, 0755), 0);
    put_file("data/a");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        FILE *manifest = fopen(sample_path("data/manifest.json"), "w");

        (void)fputs(others[i], manifest);
        (void)fclose(manifest);
        cr_expect_eq(export_to(to, true), CRUX_STORE, "%s", others[i]);
        cr_expect_not_null(strstr(error.text, "no manifest.json of crux"), "%s", error.text);
        cr_expect_eq(access(sample_path("data/a"), F_OK), 0);
    }
}

/* What a killed export has left goes but for what somebody put into it. */
Test(export, removes_no_more_than_its_own)
{
    make_full_store();
    cr_assert_eq(mkdir(sample_path(".data.partial-1"), 0755), 0);
    put_file(".data.partial-1/README.md");
    put_file(".data.partial-1/thesis.tex");
    insist_exported(to);
    cr_expect_neq(access(sample_path(".data.partial-1/README.md"), F_OK), 0);
    cr_expect_eq(access(sample_path(".data.partial-1/thesis.tex"), F_OK), 0);
}

/* A place may be written with '/' at its end; one without a name is refused. */
Test(export, wants_a_name)
{
    char place[160];

    make_full_store();
    (void)snprintf(place, sizeof place, "%s//", to);
    insist_exported(place);
    cr_expect_eq(insist_whole(to), 3);
    (void)snprintf(place, sizeof place, "%s/..", to);
    cr_expect_eq(export_to(place, true), CRUX_INVALID);
    cr_expect_eq(export_to("/", true), CRUX_INVALID);
    cr_expect_eq(export_to("", true), CRUX_INVALID);
}

/* What a killed export has left is removed by the next one of the same name; what
 * another is building, and what belongs to another name, stays. */
Test(export, removes_what_killed_exports_left)
{
    DIR *builder;

    make_full_store();
    cr_assert_eq(mkdir(sample_path(".data.partial-1"), 0755), 0);
    put_file(".data.partial-1/README.md");
    cr_assert_eq(mkdir(sample_path(".data.partial-2"), 0755), 0);
    builder = opendir(sample_path(".data.partial-2"));
    cr_assert_eq(flock(dirfd(builder), LOCK_EX), 0);
    cr_assert_eq(mkdir(sample_path(".data.partial-1x"), 0755), 0);
    cr_assert_eq(mkdir(sample_path(".data2.partial-1"), 0755), 0);
    insist_exported(to);
    cr_expect_neq(access(sample_path(".data.partial-1"), F_OK), 0);
    cr_expect_eq(access(sample_path(".data.partial-2"), F_OK), 0);
    cr_expect_eq(access(sample_path(".data.partial-1x"), F_OK), 0);
    cr_expect_eq(access(sample_path(".data2.partial-1"), F_OK), 0);
    (void)closedir(builder);
}

/* --- the same bytes -------------------------------------------------------------------------- */

/* Rows follow the order of the input, whatever the order in which trees were finished. */
Test(export, same_trees_give_the_same_bytes)
{
    char other[128];
    struct crux_store *store;

    (void)snprintf(other, sizeof other, "%s/other", folder);
    make_full_store();
    insist_exported(to);
    crux_store_close(stores[--store_count]);
    cr_assert_eq(rename(sample_path("run0.db"), other), 0);
    (void)unlink(other);
    run.settings = "{\"workers\":8}";
    run.input_name = "elsewhere/puzzles.jsonl";
    store = make_store(NULL);
    for (size_t i = PUZZLES; i-- > 0;) {
        puzzles[i].tree.search_ns = 1;
        puzzles[i].tree.arena_bytes = 2;
        keep(store, i);
    }
    insist_exported(other);
    insist_same(to, other);
}

/* Shards of a run give the bytes of the run that was never divided. */
Test(export, merges_shards_in_the_order_of_the_input)
{
    char other[128];

    (void)snprintf(other, sizeof other, "%s/other", folder);
    make_full_store();
    insist_exported(to);
    crux_store_close(stores[0]);
    store_count = 0;
    (void)unlink(sample_path("run0.db"));
    keep(make_store(is_odd), 3);
    keep(stores[0], 1);
    keep(make_store(is_even), 0);
    keep(stores[1], 2);
    insist_exported(other);
    insist_same(to, other);
}

/* Stores of different runs are no shards, and the option that differs is named. */
Test(export, names_the_option_that_differs)
{
    const char *configuration = run.configuration;

    keep(make_store(is_even), 0);
    run.configuration =
        "{\"critic\":[\"outcome=numbers\"],\"policy\":[\"step=numbers\"],\"seed\":8}";
    keep(make_store(is_odd), 1);
    run.configuration = configuration;
    cr_assert_eq(export_to(to, false), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "seed differs (7 and 8)"), "%s", error.text);
    cr_expect_eq(count_entries(".data"), 0);
}

/* An option that only one of them knows differs too. */
Test(export, names_the_option_that_only_one_has)
{
    const char *configuration = run.configuration;

    keep(make_store(is_even), 0);
    run.configuration =
        "{\"critic\":[\"outcome=numbers\"],\"novel\":1,\"policy\":[\"step=numbers\"]"
        ",\"seed\":7}";
    keep(make_store(is_odd), 1);
    run.configuration = configuration;
    cr_assert_eq(export_to(to, false), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "novel differs (none and 1)"), "%s", error.text);
}

/* Stores of different inputs are no shards either. */
Test(export, refuses_shards_of_different_inputs)
{
    keep(make_store(is_even), 0);
    run.input_sha256 = "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34";
    keep(make_store(is_odd), 1);
    cr_assert_eq(export_to(to, false), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "inputs differ"), "%s", error.text);
}

/* A problem that is finished in two stores is refused by name. */
Test(export, refuses_a_problem_that_is_there_twice)
{
    keep(make_store(NULL), 2);
    keep(make_store(is_even), 2);
    cr_assert_eq(export_to(to, false), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "puzzle-2"), "%s", error.text);
    cr_expect_eq(count_entries(".data"), 0);
    cr_expect_eq(count_entries("data"), 0);
}

/* --- what is missing -----------------------------------------------------------------------------
 */

/* Problems that wait and problems whose calls failed are not in it, and are counted. */
Test(export, counts_what_is_missing)
{
    struct crux_store *store = make_store(NULL);

    keep(store, 2);
    puzzles[1].tree = (struct crux_tree){.problem = &puzzles[1].problem,
                                         .reason = CRUX_REASON_FAILED,
                                         .node_count = 1,
                                         .nodes = puzzles[1].nodes,
                                         .failure = "no answer"};
    keep(store, 1);
    insist_exported(to);
    cr_expect_eq(written.trees, 1);
    cr_expect_eq(written.broken, 1);
    cr_expect_eq(written.unfinished, 2);
    cr_expect_eq(manifest_number(to, "problems", "broken"), 1);
    cr_expect_eq(manifest_number(to, "problems", "unfinished"), 2);
}

/* Where no problem is finished there is nothing to export. */
Test(export, refuses_a_store_without_a_finished_tree)
{
    (void)make_store(NULL);
    cr_assert_eq(export_to(to, false), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "no problem is finished"), "%s", error.text);
    cr_expect_eq(count_entries(".data"), 0);
    cr_expect_eq(count_entries("data"), 0);
}

/* --- what goes wrong
 * -------------------------------------------------------------------------------- */

/* A place that cannot be written is named. */
Test(export, names_a_place_that_cannot_be_written)
{
    make_full_store();
    cr_assert_eq(export_to(sample_path("no/such/place"), false), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "no/such/.place.partial-"), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
}

/* When the disk takes no more, the file is named and nothing is left behind. */
Test(export, leaves_nothing_when_the_disk_is_full)
{
    struct rlimit little = {256, RLIM_INFINITY}, all;

    make_full_store();
    insist_exported(sample_path("before"));
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    cr_expect_eq(export_to(to, false), CRUX_STORE);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    cr_expect_not_null(strstr(error.text, ".jsonl: File too large"), "%s", error.text);
    cr_expect_eq(count_entries(".data"), 0);
    cr_expect_eq(count_entries("data"), 0);
}

static int stops;

static bool stop_at_the_second(void)
{
    return ++stops >= 2;
}

/* A stop is seen between two trees, and nothing of the folder is left. */
Test(export, leaves_nothing_when_stopped)
{
    const char *const views[] = {"trees"};
    struct crux_export what = {
        .stores = stores, .views = views, .view_count = 1, .to = to, .stopped = stop_at_the_second};

    make_full_store();
    insist_exported(sample_path("before"));
    what.store_count = store_count;
    stops = 0;
    cr_assert_eq(crux_export(&what, &written, &error), CRUX_STOPPED, "%s", error.text);
    cr_assert_eq(stops, 2);
    cr_expect_eq(count_entries(".data"), 0);
    cr_expect_eq(count_entries("data"), 0);
}

/* A child that exports again and again, now two views, now one. */
static void export_for_ever(void)
{
    struct crux_store *store = NULL;

    store_count = 0;
    if (crux_store_open(&store, sample_path("run0.db"), false, NULL) != CRUX_OK)
        _exit(1);
    stores[store_count++] = store;
    for (size_t views = 1;; views = 3 - views)
        if (export_views(both_views, views, to, true) != CRUX_OK)
            _exit(2);
}

/* Killed at any instant, an export leaves a whole folder in its place, and the next
 * one cleans up. */
Test(export, leaves_a_whole_folder_when_killed, .timeout = 60)
{
    make_full_store();
    insist_exported(to);
    for (unsigned i = 0; i < 40; i++) {
        pid_t child = fork();
        size_t files;
        int status;

        if (child == 0)
            export_for_ever();
        (void)usleep(3000 + 1777 * i);
        cr_assert_eq(kill(child, SIGKILL), 0);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status), "the child ended by itself with %d", WEXITSTATUS(status));
        files = insist_whole(to);
        cr_assert(files == 2 || files == 3);
        cr_assert_leq(count_entries(".data"), 1);
    }
    cr_assert_eq(export_to(to, true), CRUX_OK, "%s", error.text);
    cr_assert_eq(count_entries(".data"), 0);
}
