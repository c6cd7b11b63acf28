/*
 * test_export_files.c - what crux_export() promises of single files: pictures where a problem has
 * some, what the readers of a view want beside its rows, parts, and frames.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/json.h"
#include "tests/world/export_suite.h"

TestSuite(export_files, .init = set_up, .fini = tear_down);

static bool has(const char *name, const char *text)
{
    char *found = contents(to, name);
    bool answer = strstr(found, text) != NULL;

    free(found);
    return answer;
}

static bool is_there(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", to, name);
    return access(path, F_OK) == 0;
}

/* Without a picture in any problem of the store there is no column of pictures; with one there is,
 * also while the problem that has it is not finished: rows of one run have one schema. */
Test(export_files, have_pictures_where_a_problem_has_some)
{
    make_full_store();
    insist_exported(to);
    cr_assert_not(has("data/critique/train-00000-of-00001.jsonl", "\"images\""));
    cr_assert_not(has("README.md", "name: images"));
    crux_store_close(stores[0]);
    store_count = 0;
    (void)unlink(sample_path("run0.db"));
    (void)snprintf(puzzles[3].line, sizeof puzzles[3].line,
                   "{\"id\": \"puzzle-3\", \"numbers\": [1, 1, 4, 6], \"images\": [\"a.png\"]}");
    keep(make_store(NULL), 0);
    cr_assert_eq(export_to(to, true), CRUX_OK, "%s", error.text);
    cr_assert(has("data/critique/train-00000-of-00001.jsonl", "\"images\": []"));
    cr_assert(has("README.md", "name: images"));
}

/* LLaMA-Factory wants to be told what is where, verl another ending: both are part of the data set,
 * which is replaced as a whole. */
Test(export_files, are_what_readers_want)
{
    static const char *const views[] = {"llama-factory", "verl"};

    make_full_store();
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(export_views(views, 2, to, i > 0), CRUX_OK, "%s", error.text);
        cr_assert_eq(insist_whole(to), 4);
        cr_assert(has("data/llama-factory/dataset_info.json", "\"train-00000-of-00001.jsonl\""));
        cr_assert(is_there("data/llama-factory/train-00000-of-00001.jsonl"));
        cr_assert(is_there("data/verl/train-00000-of-00001.json"));
        cr_assert_eq(count_entries(".data"), 0);
    }
}

/* They read no frames: with these views compression is refused, before anything is written. */
Test(export_files, are_not_compressed_for_readers_that_take_none)
{
    static const char *const views[] = {"trees", "verl"};
    struct crux_export what = {
        .stores = stores, .views = views, .view_count = 2, .to = to, .compress = true};

    make_full_store();
    what.store_count = store_count;
    cr_assert_eq(crux_export(&what, &written, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "verl"));
    cr_assert_eq(count_entries("data"), 0);
    what.view_count = 1;
    cr_assert_eq(crux_export(&what, &written, &error), CRUX_OK, "%s", error.text);
    cr_assert(is_there("data/trees/train-00000-of-00001.jsonl.zst"));
    cr_assert_not(is_there("data/trees/train-00000-of-00001.jsonl"));
    cr_assert_eq(count_entries(".crux-scratch"), 0);
}

struct taken {
    char *rows[PUZZLES];
    size_t count, most;
};

static int take_row(void *context, const char *row, size_t length, struct crux_error *why)
{
    struct taken *taken = context;

    if (taken->count == taken->most)
        return crux_fail(why, CRUX_FAILED, "no more than %zu", taken->most);
    taken->rows[taken->count++] = strndup(row, length);
    return CRUX_OK;
}

/* Rows one by one are the lines of the file, leave nothing on the disk, and end where their taker
 * says so. */
Test(export_files, are_not_needed_for_rows)
{
    struct crux_export what = {.stores = stores, .views = &both_views[1], .view_count = 1};
    struct taken taken = {.most = PUZZLES};
    struct crux_exported untouched = {.trees = 77};

    make_full_store();
    what.store_count = store_count;
    cr_assert_eq(crux_export_rows(&what, take_row, &taken, &written, &error), CRUX_OK, "%s",
                 error.text);
    cr_assert_eq(taken.count, PUZZLES);
    cr_assert_eq(written.rows[0], PUZZLES);
    cr_assert_eq(written.trees, PUZZLES);
    cr_assert_eq(count_entries(".data"), 0);
    cr_assert_eq(export_views(&both_views[1], 1, to, false), CRUX_OK, "%s", error.text);
    for (size_t i = 0; i < PUZZLES; i++) {
        cr_assert(has("data/trees/train-00000-of-00001.jsonl", taken.rows[i]));
        free(taken.rows[i]);
    }
    taken = (struct taken){.most = 0};
    cr_assert_eq(crux_export_rows(&what, take_row, &taken, &untouched, &error), CRUX_FAILED);
    cr_assert_str_eq(error.text, "no more than 0");
    cr_assert_eq(untouched.trees, 77);
    what.view_count = 0;
    cr_assert_eq(crux_export_rows(&what, take_row, &taken, &untouched, &error), CRUX_INVALID);
}

/* Each part tells its problems and rows; here all problems say the same, so all are in one. */
Test(export_files, are_counted_by_part)
{
    struct crux_export what = {.stores = stores,
                               .views = both_views,
                               .view_count = 2,
                               .to = to,
                               .split = "left=0.5,right=0.5"};
    size_t full, empty;

    make_full_store();
    what.store_count = store_count;
    cr_assert_eq(crux_export(&what, &written, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(written.split_count, 2);
    full = written.splits[0].problems > 0 ? 0 : 1;
    empty = 1 - full;
    cr_assert_eq(written.splits[full].problems, PUZZLES);
    cr_assert_eq(written.splits[full].rows[1], PUZZLES);
    cr_assert_eq(written.splits[empty].problems, 0);
    cr_assert_eq(written.same, PUZZLES - 1);
    cr_assert_eq(written.right[0] + written.wrong[0], written.rows[0]);
    cr_assert_eq(written.right[1] + written.wrong[1], 0);
    cr_assert_eq(insist_whole(to), 5);
    what.dedup = 1.0;
    what.force = true;
    cr_assert_eq(crux_export(&what, &written, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(written.trees, 1);
    cr_assert_eq(written.deduped, PUZZLES - 1);
    cr_assert_eq(written.unfinished, 0);
}

struct seen {
    int count;
    uint64_t ordinals[PUZZLES];
};

static int see(void *context, const struct crux_problem *problem, struct crux_error *why)
{
    struct seen *seen = context;

    (void)why;
    cr_assert_lt(seen->count, PUZZLES);
    cr_assert_not_null(problem->prompt);
    seen->ordinals[seen->count++] = problem->ordinal;
    return seen->count == 3 ? CRUX_END : CRUX_OK;
}

static int refuse(void *context, const struct crux_problem *problem, struct crux_error *why)
{
    (void)context;
    return crux_fail(why, CRUX_INPUT, "not %s", problem->id);
}

/* Every problem of a store is told in the order of the input, whatever became of it, until it is
 * enough. */
Test(export_files, problems_are_told_in_order)
{
    struct crux_store *store = make_store(NULL);
    struct seen seen = {0};

    keep(store, 1);
    cr_assert_eq(crux_store_problems(store, see, &seen, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(seen.count, 3);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(seen.ordinals[i], i);
    cr_assert_eq(crux_store_problems(store, refuse, NULL, &error), CRUX_INPUT);
    cr_assert_str_eq(error.text, "not puzzle-0");
}
