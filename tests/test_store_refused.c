/*
 * test_store_refused.c - what stands between a program and its store, and is named:
 * files that are no store of ours, folders that may not be written, no room.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

static void assert_contains(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "`%s` is not in: %s", part, text);
}

/* Run SQL by hand, as another program would. */
static void by_hand(const char *file, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    cr_assert_eq(sqlite3_open(file, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &message), SQLITE_OK, "%s", message);
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
}

TestSuite(refused, .init = store_fixture_set_up, .fini = store_fixture_tear_down, .timeout = 120);
TestSuite(room, .init = store_fixture_set_up, .fini = store_fixture_tear_down, .timeout = 120);

/* --- files that are no store of ours ---------------------------------------------- */

/* A problem without its line could not be read back: a run with one does not begin. */
Test(refused, problems_without_lines)
{
    struct crux_problem items[] = {{.id = "a", .line = "{}"}, {.id = "b", .ordinal = 1}};
    struct crux_problems problems = {.items = items, .count = 2};
    struct crux_store *store = store_fixture_open(true);

    cr_assert_eq(
        crux_store_begin(store, &store_fixture_run, &problems, NULL, NULL, &store_fixture.why),
        CRUX_INVALID);
    assert_contains(store_fixture.why.text, "problem `b` came without its line");
    crux_store_close(store);
}

/* What is no database is left as it is, by writers too. */
Test(refused, no_database)
{
    static const char text[] = "{\"id\": \"a\", \"problem\": \"this is no SQLite file at all\"}\n";
    const char *file = sample_file("text", text, sizeof text);
    struct stat status;

    cr_assert_eq(store_fixture_refusal(file, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "text: it is no SQLite database");
    cr_assert_eq(store_fixture_refusal(file, false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "text: it is no SQLite database");
    cr_assert_eq(stat(file, &status), 0);
    cr_assert_eq(status.st_size, sizeof text);
}

/* Another program's database is left as it is, also when it has a table of our name. */
Test(refused, another_programs_database)
{
    by_hand(store_fixture.path, "CREATE TABLE pulse(process); INSERT INTO pulse VALUES(7)");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "is a SQLite database, but no store of crux");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    by_hand(store_fixture.path,
            "CREATE TABLE probe AS SELECT 1 / (process = 7) AS sound FROM pulse;"
            "CREATE TABLE store(version); INSERT INTO store SELECT 99 FROM probe WHERE sound");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "version 99; this program reads versions 1 to 2");
    by_hand(store_fixture.path, "DROP TABLE store; CREATE TABLE store(other TEXT)");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "no such column");
}

/* A store of another version names both versions. */
Test(refused, another_version)
{
    crux_store_close(store_fixture_begin());
    by_hand(store_fixture.path, "UPDATE store SET version = 3");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text,
                    "run.db is a store of version 3; this program reads versions 1 to 2");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    assert_contains(store_fixture.why.text,
                    "run.db is a store of version 3; this program reads versions 1 to 2");
}

/* A file that is not there is made by a writer, and by nobody else. */
Test(refused, nothing_there)
{
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db cannot be opened: No such file or directory");
    cr_assert_neq(access(store_fixture.path, F_OK), 0);
    (void)sample_file("run.db", "", 0);
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db is empty");
    crux_store_close(store_fixture_begin());
}

/* A folder, a store_fixture.path into nowhere, and a name that means something else to SQLite. */
Test(refused, strange_paths)
{
    cr_assert_eq(store_fixture_refusal(sample_path("."), true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "Is a directory");
    cr_assert_eq(store_fixture_refusal(sample_path("."), false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "it is no file");
    cr_assert_eq(store_fixture_refusal(sample_path("none/run.db"), true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "No such file or directory");
    cr_assert_eq(store_fixture_refusal("/proc/run.db", true), CRUX_STORE);
    cr_assert_eq(store_fixture_refusal("", true), CRUX_STORE);
    cr_assert_eq(chdir(sample_path(".")), 0);
    (void)strcpy(store_fixture.path, ":memory:");
    crux_store_close(store_fixture_begin());
    cr_assert_eq(access(":memory:", F_OK), 0);
}

/* Let nobody write into the folder, us included. */
static void close_folder(void)
{
    cr_assert_eq(chmod(sample_path("."), 0555), 0);
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
}

static void open_folder(void)
{
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    cr_assert_eq(chmod(sample_path("."), 0700), 0);
}

/* A folder that may not be written has no room for a new store. */
Test(refused, unwritable_folder)
{
    close_folder();
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text,
                    "run.db cannot be opened for writing: Permission denied");
    open_folder();
}

/* A finished store is read where nothing can be written. */
Test(refused, reading_in_an_unwritable_folder)
{
    struct crux_store *store = store_fixture_begin();
    struct store_fixture_seen seen = {"", CRUX_OK};

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    crux_store_close(store);
    close_folder();
    store = store_fixture_open(false);
    cr_assert_eq(crux_store_each(store, store_fixture_see, &seen, &store_fixture.why), CRUX_OK,
                 "%s", store_fixture.why.text);
    cr_assert_str_eq(seen.text, "a ");
    crux_store_close(store);
    open_folder();
}

/* What a writer that died left beside its store is not passed over in silence. */
Test(refused, a_log_in_an_unwritable_folder)
{
    char index[210];
    pid_t child = fork();

    if (child == 0) {
        (void)store_fixture_keep(store_fixture_begin(), 0, CRUX_REASON_BUDGET, "");
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
    (void)snprintf(index, sizeof index, "%s-shm", store_fixture.path);
    cr_assert_eq(unlink(index), 0);
    close_folder();
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db has a log beside it");
    open_folder();
}

/* A tree that was changed behind our back is refused by name; the others are not. */
Test(refused, a_damaged_tree)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree *tree = NULL;

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_BUDGET, "");
    crux_store_close(store);
    by_hand(store_fixture.path, "UPDATE tree SET frame = x'28b52ffd' WHERE ordinal = 0");
    store = store_fixture_open(false);
    cr_assert_eq(crux_store_read(store, "a", &tree, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db, problem `a`: the packed tree is ");
    cr_assert_null(tree);
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_OK);
    crux_tree_free(tree);
    crux_store_close(store);
    by_hand(store_fixture.path, "UPDATE problem SET line = '{}'");
    store = store_fixture_open(false);
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "field `id`");
    crux_store_close(store);
}

/* --- no room ------------------------------------------------------------------------- */

/* Keep trees until one fails, and answer how. */
static int keep_until_it_fails(struct crux_store *store)
{
    enum { LONG = 1 << 20 };
    char *text = malloc(LONG + 1);
    struct crux_node node = {.parent = CRUX_NO_NODE, .text = text};
    struct crux_tree tree = store_fixture_tree(1, CRUX_REASON_FAILED, ""); /* to be kept again */
    uint32_t noise = 1;
    int status;

    tree.node_count = 1;
    tree.rollout_count = tree.pair_count = tree.right_count = 0;
    tree.nodes = &node;
    for (int i = 0; i < LONG; i++) { /* what zstd cannot make small */
        noise = noise * 1664525 + 1013904223;
        text[i] = (char)(33 + (noise >> 24) % 90);
    }
    text[LONG] = '\0';
    do
        status = crux_store_keep(store, &tree, &store_fixture.why);
    while (status == CRUX_OK && ++tree.simulations < 100);
    free(text);
    return status;
}

static bool has_first_tree(struct crux_store *store)
{
    struct crux_tree *tree = NULL;
    int status = crux_store_read(store, "a", &tree, &store_fixture.why);

    crux_tree_free(tree);
    return status == CRUX_OK;
}

/* A file that may not grow is an error with its name, and nothing kept is lost. */
Test(room, no_larger_file)
{
    struct rlimit limit = {400 << 10, 400 << 10};
    struct crux_store *store = store_fixture_begin();

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(keep_until_it_fails(store), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db cannot be read or written: ");
    cr_assert(has_first_tree(store), "%s", store_fixture.why.text);
    crux_store_close(store);
    store = store_fixture_open(false);
    cr_assert(has_first_tree(store), "%s", store_fixture.why.text);
    crux_store_close(store);
}

static bool write_to(const char *file, const char *text)
{
    FILE *out = fopen(file, "w");

    return out != NULL && fputs(text, out) >= 0 && fclose(out) == 0;
}

/* A file system of our own, small enough to fill; false: not here. */
static bool mount_small(const char *folder)
{
    char users[32], groups[32];

    (void)snprintf(users, sizeof users, "0 %d 1", (int)geteuid());
    (void)snprintf(groups, sizeof groups, "0 %d 1", (int)getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_to("/proc/self/setgroups", "deny") &&
           write_to("/proc/self/uid_map", users) && write_to("/proc/self/gid_map", groups) &&
           mount("none", folder, "tmpfs", 0, "size=600k") == 0;
}

enum { FILLED, NO_MOUNT, NOT_BEGUN, NOT_FULL, NOT_NAMED, LOST, LOST_LATER };

/* In a process of its own, since only a process with one thread can have its own
 * file systems. */
static int fill_small_disk(const char *folder)
{
    char file[200];
    struct crux_store *store = NULL;

    (void)snprintf(file, sizeof file, "%s/run.db", folder);
    if (!mount_small(folder))
        return NO_MOUNT;
    if (crux_store_open(&store, file, true, &store_fixture.why) != CRUX_OK ||
        crux_store_begin(store, &store_fixture_run, &store_fixture.problems, NULL, NULL,
                         &store_fixture.why) != CRUX_OK ||
        store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "") != CRUX_OK)
        return NOT_BEGUN;
    if (keep_until_it_fails(store) != CRUX_STORE)
        return NOT_FULL;
    if (strstr(store_fixture.why.text, "run.db: the disk is full") == NULL)
        return NOT_NAMED;
    if (!has_first_tree(store))
        return LOST;
    crux_store_close(store);
    if (crux_store_open(&store, file, true, &store_fixture.why) != CRUX_OK ||
        !has_first_tree(store))
        return LOST_LATER;
    crux_store_close(store);
    return FILLED;
}

/* A full disk is called so; nothing kept is lost. */
Test(room, full_disk)
{
    const char *small = sample_path("small");
    int status = 0;
    pid_t child;

    cr_assert_eq(mkdir(small, 0700), 0);
    child = fork();
    if (child == 0)
        _exit(fill_small_disk(small));
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNT)
        cr_skip_test("no small file system can be made here");
    cr_assert_eq(WEXITSTATUS(status), FILLED, "it ended with %d", WEXITSTATUS(status));
}
