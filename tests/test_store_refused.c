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
#include "io/store/count.h"
#include "tests/world/contains.h"
#include "tests/world/deep.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

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
    assert_contains(store_fixture.why.text, "version 99; this program reads versions 1 to 3");
    by_hand(store_fixture.path, "DROP TABLE store; CREATE TABLE store(other TEXT)");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "no such column");
}

/* A store of another version names both versions. */
Test(refused, another_version)
{
    crux_store_close(store_fixture_begin());
    by_hand(store_fixture.path, "UPDATE store SET version = 4");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text,
                    "run.db is a store of version 4; this program reads versions 1 to 3");
    cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE);
    assert_contains(store_fixture.why.text,
                    "run.db is a store of version 4; this program reads versions 1 to 3");
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
    cr_assert_eq(store_fixture_refusal("/dev/zero", true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "it is no file");
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

/* A row that was changed behind our back is refused by its place; the others are not. */
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
    assert_contains(store_fixture.why.text, "run.db: it is damaged: row 0 of table tree is not ");
    cr_assert_null(tree);
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_OK);
    crux_tree_free(tree);
    crux_store_close(store);
    by_hand(store_fixture.path, "DELETE FROM tree WHERE ordinal = 0");
    store = store_fixture_open(false);
    cr_assert_eq(crux_store_read(store, "a", &tree, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "problem `a` is done, and its tree is not there");
    crux_store_close(store);
}

/* --- what is not as it was written ------------------------------------------------------- */

/* Whatever is changed, or gone, in a table that is read at once is told by everybody who opens the
 * store, and by the row's place or the number of rows. */
Test(refused, damaged_tables)
{
    static const struct {
        const char *sql, *sentence;
    } harms[] = {
        {"UPDATE run SET settings = '{\"workers\": 3}'", "row 1 of table run is not "},
        {"DELETE FROM run", "table run has 0 rows, and 1 were written"},
        {"UPDATE problem SET line = '{}' WHERE ordinal = 2", "row 2 of table problem is not "},
        {"DELETE FROM problem WHERE ordinal = 2", "table problem has 2 rows, and 3 were written"},
        {"UPDATE pulse SET pairs = pairs + 1", "row 1 of table pulse is not "},
        {"UPDATE store SET writing = 1", "row 3 of table store is not "},
        {"UPDATE seals SET count = 2 WHERE name = 'problem'", "row problem of table seals is not "},
        {"DELETE FROM seals WHERE name = 'problem'", "table problem has 3 rows, and -1 were"},
        {"UPDATE store SET version = 2", "it says that it is of version 2, and is not"},
        {"DROP TABLE seals", "it says that it is of version 3, and is not"},
    };
    struct crux_pulse pulse = {.process = 0};

    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        struct crux_store *store = store_fixture_begin();

        cr_assert_eq(crux_store_pulse(store, &pulse, &store_fixture.why), CRUX_OK);
        crux_store_close(store);
        by_hand(store_fixture.path, harms[i].sql);
        cr_assert_eq(store_fixture_refusal(store_fixture.path, false), CRUX_STORE, "%s",
                     harms[i].sql);
        assert_contains(store_fixture.why.text, harms[i].sentence);
        cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
        assert_contains(store_fixture.why.text, harms[i].sentence);
        cr_assert_eq(unlink(store_fixture.path), 0);
    }
}

/* Every table of a new store is sealed and counted, whoever adds one. */
Test(refused, no_table_without_seals)
{
    crux_store_close(store_fixture_begin());
    by_hand(store_fixture.path,
            "CREATE TEMP TABLE found(name CHECK(0)); INSERT INTO found"
            " SELECT name FROM sqlite_schema AS t WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            " AND (NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'seal')"
            " OR name NOT IN ('store', 'seals') AND name NOT IN (SELECT name FROM seals))");
}

/* --- two names, and a log that is not there ---------------------------------------------- */

/* Begin a run, keep a tree, and die. */
static void write_and_die(void)
{
    pid_t child = fork();

    if (child == 0) {
        (void)store_fixture_keep(store_fixture_begin(), 0, CRUX_REASON_BUDGET, "");
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
}

/* A file with two names is not written: the log would belong to one of them. It is read while
 * nothing stands in a log. */
Test(refused, a_second_name)
{
    crux_store_close(store_fixture_begin());
    cr_assert_eq(link(store_fixture.path, sample_path("second.db")), 0);
    cr_assert_eq(store_fixture_refusal(store_fixture.path, true), CRUX_STORE);
    assert_contains(store_fixture.why.text, "run.db has 2 names (hard links)");
    crux_store_close(store_fixture_open(false));
    cr_assert_eq(unlink(sample_path("second.db")), 0);
    write_and_die();
    cr_assert_eq(link(store_fixture.path, sample_path("second.db")), 0);
    cr_assert_eq(store_fixture_refusal(sample_path("second.db"), false), CRUX_STORE);
    assert_contains(store_fixture.why.text, "second.db was being written when its program was ");
    crux_store_close(store_fixture_open(false));
}

/* A store without the log that its killed writer left is no fresh store and no older one: readers
 * and writers say so, until the user says that it is lost. */
Test(refused, a_store_without_its_log)
{
    write_and_die();
    cr_assert_eq(rename(store_fixture.path, sample_path("moved.db")), 0);
    for (int write = 0; write < 2; write++) {
        cr_assert_eq(store_fixture_refusal(sample_path("moved.db"), write), CRUX_STORE);
        assert_contains(store_fixture.why.text, "moved.db-wal) is not beside it");
    }
    (void)sample_file("moved.db-count", "", 0);
    (void)strcpy(store_fixture.path, sample_path("moved.db"));
    crux_store_close(store_fixture_begin());
}

static int to_be_mounted(const char *file)
{
    struct crux_store *store = NULL;

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || mount(file, file, NULL, MS_BIND, NULL) != 0)
        return -1;
    return crux_store_open(&store, file, true, &store_fixture.why) == CRUX_STORE &&
           strstr(store_fixture.why.text, "run.db is a mount of its own") != NULL;
}

/* A file that is mounted alone has its log elsewhere. */
Test(refused, a_mounted_file)
{
    int status = 0;
    pid_t child;

    crux_store_close(store_fixture_begin());
    child = fork();
    if (child == 0)
        _exit(to_be_mounted(store_fixture.path) + 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 0)
        cr_skip_test("nothing can be mounted here");
    cr_assert_eq(WEXITSTATUS(status), 2);
}

/* One wrong bit in any frame of a killed writer's log is told, with the replies that the last
 * commit had; also when the count file was not copied along. */
Test(refused, a_damaged_log)
{
    enum { ROOM = 1 << 20, HEAD = 32, FRAME = 24 + 4096 };
    const size_t flips = is_deep() ? 80 : 6;
    char *log = malloc(ROOM);
    size_t length, used = HEAD; /* what stands behind is of an earlier use of the file */
    FILE *file;

    write_and_die();
    file = fopen(sample_path("run.db-wal"), "rb");
    length = fread(log, 1, ROOM, file);
    (void)fclose(file);
    while (used + FRAME <= length && memcmp(log + used + 8, log + 16, 8) == 0)
        used += FRAME;
    for (size_t i = 0; i < flips; i++) {
        size_t at = i * (used - 1) / (flips - 1);

        log[at] ^= (char)(1 << i % 8);
        (void)sample_file("run.db-wal", log, length);
        log[at] ^= (char)(1 << i % 8);
        (void)unlink(sample_path("run.db-shm"));
        cr_assert_eq(store_fixture_refusal(store_fixture.path, i % 3 == 0), CRUX_STORE, "byte %zu",
                     at);
        assert_contains(store_fixture.why.text, "the last commit had 0 replies, and 0 are left");
        if (i == flips / 2)
            cr_assert_eq(unlink(sample_path("run.db-count")), 0);
    }
    (void)sample_file("run.db-wal", log, length);
    crux_store_close(store_fixture_begin());
    free(log);
}

/* A kill leaves the frames of a commit that was under way, whole but for their checksums. Where the
 * count file says that the store has all commits it is no loss; without it nobody knows. */
Test(refused, a_commit_under_way_is_not_lost)
{
    struct count has = {.id = 7, .commits = 1};
    struct count_beside beside = {.file = COUNT_SAYS,
                                  .says = has,
                                  .log = true,
                                  .lost_commits = 1,
                                  .lost = {.id = 7, .commits = 2}};

    cr_assert_null(count_lost(&beside, &has));
    beside.says.commits = 2;
    cr_assert_eq(count_lost(&beside, &has), &beside.says);
    beside.says.id = 8;
    cr_assert_eq(count_lost(&beside, &has), &beside.lost);
    beside.file = COUNT_MISSING;
    cr_assert_eq(count_lost(&beside, &has), &beside.lost);
    beside.file = COUNT_SILENT;
    cr_assert_null(count_lost(&beside, &has));
    beside = (struct count_beside){.file = COUNT_SAYS, .lost_commits = 1, .lost = has};
    cr_assert_null(count_lost(&beside, NULL));
    beside.one_bit = true;
    cr_assert_eq(count_lost(&beside, NULL), &beside.lost);
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
    assert_contains(store_fixture.why.text, "run.db: the limit of a file's size is reached");
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
