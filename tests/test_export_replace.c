/*
 * test_export_replace.c - what crux_export() promises of what lies at its place already: it
 * replaces what is its own, known by its content, and touches nothing else.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/world/export_suite.h"

static const char *const one_view[] = {"critique"};

TestSuite(export, .init = set_up, .fini = tear_down);

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
