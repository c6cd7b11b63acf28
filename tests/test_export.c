/*
 * test_export.c - what crux_export() promises: a whole folder or none, the same
 * bytes for the same trees, shards merged, and plain words when it cannot be. What
 * becomes of what lies at the place already is in test_export_replace.c.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/json.h"
#include "tests/world/export_suite.h"

static bool is_even(void *context, const char *id)
{
    (void)context;
    return (id[strlen(id) - 1] - '0') % 2 == 0;
}

static bool is_odd(void *context, const char *id)
{
    return !is_even(context, id);
}

/* A number of the manifest's member. */
static int64_t manifest_number(const char *place, const char *member, const char *name)
{
    struct json *manifest = manifest_of(place);
    int64_t number = json_as_integer(json_get(json_get(manifest, member), name));

    json_free(manifest);
    return number;
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

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
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

/* --- what is missing ------------------------------------------------------------------ */

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

/* --- what goes wrong --------------------------------------------------------------- */

/* A place that cannot be written is named. */
Test(export, names_a_place_that_cannot_be_written)
{
    make_full_store();
    cr_assert_eq(export_to(sample_path("no/such/place"), false), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "no/such/.place.partial-"), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "No such file"), "%s", error.text);
}

/* When the disk takes no more, the file is named and nothing is left behind: neither of the folder
 * nor of what is written for the time of the export alone. */
Test(export, leaves_nothing_when_the_disk_is_full)
{
    static const struct {
        rlim_t limit;
        const char *sentence;
    } disks[] = {{256, "problems that were seen: File too large"},
                 {2048, ".jsonl: File too large"}};
    struct rlimit all;

    make_full_store();
    insist_exported(sample_path("before"));
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
    for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
        const struct rlimit little = {disks[i].limit, RLIM_INFINITY};

        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
        cr_expect_eq(export_to(to, false), CRUX_STORE);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
        cr_expect_not_null(strstr(error.text, disks[i].sentence), "%s", error.text);
        cr_expect_eq(count_entries(".data"), 0);
        cr_expect_eq(count_entries("data"), 0);
        cr_expect_eq(count_entries(".crux-scratch"), 0);
    }
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
