/*
 * test_whole_file.c - what io/whole_file.h promises: a file is there whole or not at all, and
 * nothing is replaced unless it may be.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/whole_file.h"
#include "tests/world/contains.h"
#include "tests/world/sample.h"

static const char *folder;
static struct crux_error why;

static void set_up(void)
{
    folder = sample_folder();
}

TestSuite(whole_file, .init = set_up, .fini = sample_folder_remove);

static void insist_file(const char *path, const char *wanted)
{
    char found[64] = "";
    FILE *file = fopen(path, "re");

    cr_assert_not_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    (void)fclose(file);
    cr_expect_str_eq(found, wanted);
}

/* Entries of the folder besides . and .. */
static int entries(void)
{
    DIR *open = opendir(folder);
    int count = -2;

    cr_assert_not_null(open);
    while (readdir(open) != NULL)
        count++;
    (void)closedir(open);
    return count;
}

/* A store is never replaced, whatever is allowed. */
Test(whole_file, spares_stores)
{
    const char *path = sample_file("run.db", "SQLite format 3", sizeof "SQLite format 3");

    cr_expect_eq(whole_file_write(path, "{}\n", 3, true, &why), CRUX_STORE);
    assert_contains(why.text, "is a store");
    insist_file(path, "SQLite format 3");
}

Test(whole_file, appears)
{
    const char *path = sample_path("new.json");

    cr_expect_eq(whole_file_check(path, false, &why), CRUX_OK);
    cr_expect_eq(whole_file_write(path, "{}\n", 3, false, &why), CRUX_OK, "%s", why.text);
    insist_file(path, "{}\n");
    cr_expect_eq(entries(), 1);
}

/* Without force what is there stays; with it, it is replaced whole. */
Test(whole_file, is_there_already)
{
    const char *path = sample_file("old.json", "old and longer", 14);

    cr_expect_eq(whole_file_check(path, false, &why), CRUX_STORE);
    assert_contains(why.text, "--force");
    cr_expect_eq(whole_file_write(path, "new", 3, false, &why), CRUX_STORE);
    insist_file(path, "old and longer");
    cr_expect_eq(whole_file_write(path, "new", 3, true, &why), CRUX_OK);
    insist_file(path, "new");
    cr_expect_eq(entries(), 1);
}

/* Whatever is no file stays, also with force. */
Test(whole_file, is_no_file)
{
    const char *path = sample_path("sub");

    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(whole_file_check(path, true, &why), CRUX_STORE);
    assert_contains(why.text, "is no file");
    cr_expect_eq(whole_file_write(path, "x", 1, true, &why), CRUX_STORE);
    cr_assert_eq(rmdir(path), 0);
    path = sample_path("link");
    cr_assert_eq(symlink("elsewhere", path), 0);
    cr_expect_eq(whole_file_check(path, true, &why), CRUX_STORE);
    cr_assert_eq(unlink(path), 0);
}

/* A folder that is not there, or is no folder, is said before any work. */
Test(whole_file, has_no_folder)
{
    cr_expect_eq(whole_file_check(sample_path("none/x"), false, &why), CRUX_STORE);
    assert_contains(why.text, "No such file");
    (void)sample_file("plain", "", 0);
    cr_expect_eq(whole_file_check(sample_path("plain/x"), false, &why), CRUX_STORE);
    assert_contains(why.text, "Not a directory");
}

/* A path without a folder lies in the working one. */
Test(whole_file, lies_here)
{
    cr_assert_eq(chdir(folder), 0);
    cr_expect_eq(whole_file_write("here", "x", 1, false, &why), CRUX_OK, "%s", why.text);
    insist_file(sample_path("here"), "x");
}

/* A place where nothing can be made. */
Test(whole_file, cannot_be_made)
{
    cr_assert_eq(whole_file_write("/proc/self/none", "x", 1, false, &why), CRUX_STORE);
    cr_expect_neq(why.text[0], '\0');
}
