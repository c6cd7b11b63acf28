/*
 * test_findings.c - what is learnt about finished trees later lies beside them.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/store/store.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

static struct crux_store *store;

/* The problems a and b, at the ordinals 0 and 2, are finished; c waits. */
static void finish_two(void)
{
    store = store_fixture_begin();
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_BUDGET, ""), CRUX_OK);
    cr_assert_eq(store_fixture_keep(store, 1, CRUX_REASON_BUDGET, ""), CRUX_OK);
}

static void set_up(void)
{
    store_fixture_set_up();
    finish_two();
}

static void set_up_in_memory(void)
{
    store_fixture_set_up_in_memory();
    finish_two();
}

static void tear_down(void)
{
    crux_store_close(store);
    store_fixture_tear_down();
}

TestSuite(findings, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(findings_in_memory, .init = set_up_in_memory, .fini = tear_down, .timeout = 60);

static struct crux_finding finding(enum crux_about about, uint32_t path, const char *json)
{
    return (struct crux_finding){
        .about = about, .path = path, .maker = "judge:small", .kind = "score", .json = json};
}

static int put(struct crux_finding one)
{
    return crux_store_put_findings(store, &one, 1, &store_fixture.why);
}

/* Each is written as "about path maker kind json;". */
static int list_finding(void *context, const struct crux_finding *found, struct crux_error *error)
{
    char *list = context;
    size_t used = strlen(list);

    (void)error;
    (void)snprintf(list + used, 400 - used, "%d %u %s %s %s;", (int)found->about, found->path,
                   found->maker, found->kind, found->json);
    return CRUX_OK;
}

static void assert_findings(uint64_t problem, const char *want)
{
    char list[400] = "";

    cr_assert_eq(crux_store_findings(store, problem, list_finding, list, &store_fixture.why),
                 CRUX_OK, "%s", store_fixture.why.text);
    cr_assert_str_eq(list, want);
}

static void assert_refused(struct crux_finding one, int status, const char *part)
{
    cr_assert_eq(put(one), status);
    cr_assert_not_null(strstr(store_fixture.why.text, part), "`%s` is not in: %s", part,
                       store_fixture.why.text);
    assert_findings(0, "");
}

/* What a query on the file gives; the answer is good until the next one. */
static const char *by_hand(const char *sql)
{
    static char text[4096];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    cr_assert_eq(sqlite3_open(store_fixture.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    (void)snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return text;
}

/* --- what is kept ---------------------------------------------------------------- */

/* They come tree by tree and in one order, whatever the order in which they were put. */
ON_BOTH(findings, in_order)
{
    struct crux_finding all[5];

    for (int i = 0; i < 5; i++)
        all[i] = finding(CRUX_ABOUT_ROLLOUT, 1, "{}");
    all[0].kind = "verified";
    all[1].maker = "annotator";
    all[2].path = 0;
    all[3] = finding(CRUX_ABOUT_TREE, 0, "{\"difficulty\": 3}");
    all[4].problem = 2;
    cr_assert_eq(crux_store_put_findings(store, all, 5, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 10, "{\"a\": 1}")), CRUX_OK);
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 9, "{}")), CRUX_OK);
    assert_findings(0, "0 0 judge:small score {\"difficulty\": 3};"
                       "1 9 judge:small score {};"
                       "1 10 judge:small score {\"a\": 1};"
                       "2 0 judge:small score {};"
                       "2 1 annotator score {};"
                       "2 1 judge:small verified {};");
    assert_findings(2, "2 1 judge:small score {};");
    assert_findings(3, "");
}

/* The same again changes nothing; another text replaces what was there. */
ON_BOTH(findings, put_again)
{
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 1, "{\"score\": 0.5}")), CRUX_OK);
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 1, "{\"score\": 0.5}")), CRUX_OK);
    assert_findings(0, "1 1 judge:small score {\"score\": 0.5};");
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 1, "{\"score\": 0.25}")), CRUX_OK);
    assert_findings(0, "1 1 judge:small score {\"score\": 0.25};");
}

/* They are there when the store is opened again, for readers too. */
ON_BOTH(findings, are_kept)
{
    cr_assert_eq(put(finding(CRUX_ABOUT_TREE, 0, "{\"text\": \"caf\xc3\xa9\"}")), CRUX_OK);
    crux_store_close(store);
    store = store_fixture_open(false);
    assert_findings(0, "0 0 judge:small score {\"text\": \"caf\xc3\xa9\"};");
}

/* A finding about a tree that is of another kind than those that a summary adds up is no damage. */
Test(findings, summed_up)
{
    struct crux_finding restarts =
        finding(CRUX_ABOUT_TREE, 0, "{\"continued\": 7, \"restarts\": 3}");
    struct crux_summary summary;

    restarts.kind = "restarts";
    cr_assert_eq(put(finding(CRUX_ABOUT_TREE, 0, "{\"continued\": 1, \"restarts\": 1}")), CRUX_OK);
    cr_assert_eq(put(restarts), CRUX_OK);
    cr_assert_eq(crux_store_summary(store, &summary, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(summary.continued, 7U);
    cr_assert_eq(summary.restarts, 3U);
}

/* What is known of a tree from the first is kept with it, or not at all; with one that failed,
 * which is not finished, nothing is. */
ON_BOTH(findings, kept_with_their_tree)
{
    struct crux_finding two[2] = {finding(CRUX_ABOUT_NODE, 1, "{\"a\": 1}"),
                                  finding(CRUX_ABOUT_ROLLOUT, 0, "{}")};
    struct crux_tree tree = store_fixture_tree(2, CRUX_REASON_FAILED, "x");

    two[0].problem = two[1].problem = 3;
    cr_assert_eq(store_keep(store, &tree, two, 2, &store_fixture.why), CRUX_OK);
    assert_findings(3, "");
    cr_assert_eq(crux_store_reopen_broken(store, &store_fixture.why), CRUX_OK);
    tree = store_fixture_tree(2, CRUX_REASON_BUDGET, "");
    cr_assert_eq(store_keep(store, &tree, two, 2, &store_fixture.why), CRUX_OK);
    assert_findings(3, "1 1 judge:small score {\"a\": 1};2 0 judge:small score {};");
    two[0].json = "{}";
    cr_assert_eq(store_keep(store, &tree, two, 2, &store_fixture.why), CRUX_STORE);
    assert_findings(3, "1 1 judge:small score {\"a\": 1};2 0 judge:small score {};");
}

/* Not a byte of a tree changes, nor does its problem. */
Test(findings, leave_the_tree_alone)
{
    static const char sql[] = "SELECT group_concat(hex(frame) || state || line || simulations)"
                              " FROM tree JOIN problem USING(ordinal)";
    char before[4096];

    (void)strcpy(before, by_hand(sql));
    cr_assert_gt(strlen(before), 500U);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(put(finding(CRUX_ABOUT_ROLLOUT, i, "{\"exact\": true}")), CRUX_OK);
    cr_assert_eq(put(finding(CRUX_ABOUT_ROLLOUT, 0, "{\"exact\": false}")), CRUX_OK);
    cr_assert_str_eq(by_hand(sql), before);
}

static int stop_at_first(void *context, const struct crux_finding *found, struct crux_error *error)
{
    uint32_t *path = context;

    *path = found->path;
    return crux_fail(error, CRUX_INVALID, "enough");
}

/* A listener that has had enough ends the walk with its own status. */
ON_BOTH(findings, walk_ends_early)
{
    uint32_t path = 0;

    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 7, "{}")), CRUX_OK);
    cr_assert_eq(put(finding(CRUX_ABOUT_NODE, 8, "{}")), CRUX_OK);
    cr_assert_eq(crux_store_findings(store, 0, stop_at_first, &path, &store_fixture.why),
                 CRUX_INVALID);
    cr_assert_eq(path, 7U);
    cr_assert_not_null(strstr(store_fixture.why.text, ": enough"), "%s", store_fixture.why.text);
}

/* --- what is refused --------------------------------------------------------------- */

/* What is no finding is named, and nothing is kept. */
ON_BOTH(findings, refused)
{
    struct crux_finding bad = finding(CRUX_ABOUT_NODE, 1, "[1]");

    assert_refused(bad, CRUX_INVALID, "json: expected a JSON object");
    bad.json = "{\"open\": ";
    assert_refused(bad, CRUX_INVALID, "json: expected a JSON object");
    bad = finding(CRUX_ABOUT_NODE, 1, "{}");
    bad.maker = "two words";
    assert_refused(bad, CRUX_INVALID, "maker: expected");
    bad.maker = "";
    assert_refused(bad, CRUX_INVALID, "maker: expected");
    bad = finding(CRUX_ABOUT_NODE, 1, "{}");
    bad.kind = NULL;
    assert_refused(bad, CRUX_INVALID, "kind: expected");
    assert_refused(finding(CRUX_ABOUT_TREE, 1, "{}"), CRUX_INVALID, "path: expected 0");
}

/* Only what is finished can be known better: a problem that waits, or is not there, cannot. */
ON_BOTH(findings, only_of_finished_trees)
{
    struct crux_finding bad = finding(CRUX_ABOUT_TREE, 0, "{}");

    bad.problem = 3;
    assert_refused(bad, CRUX_INVALID, "expected a finished problem, found ordinal 3");
    cr_assert_eq(store_fixture_keep(store, 2, CRUX_REASON_FAILED, "x"), CRUX_OK);
    assert_refused(bad, CRUX_INVALID, "expected a finished problem, found ordinal 3");
    bad.problem = 1;
    assert_refused(bad, CRUX_INVALID, "found ordinal 1");
}

/* One that is refused takes those beside it with it. */
ON_BOTH(findings, all_or_none)
{
    struct crux_finding two[2] = {finding(CRUX_ABOUT_NODE, 1, "{}"),
                                  finding(CRUX_ABOUT_NODE, 2, "1")};

    cr_assert_eq(crux_store_put_findings(store, two, 2, &store_fixture.why), CRUX_INVALID);
    cr_assert_not_null(strstr(store_fixture.why.text, "finding 1 for "));
    assert_findings(0, "");
}

/* A reader puts none. */
ON_BOTH(findings, not_by_a_reader)
{
    crux_store_close(store);
    store = store_fixture_open(false);
    assert_refused(finding(CRUX_ABOUT_NODE, 1, "{}"), CRUX_STORE, "open for reading");
}

/* A writer killed at any instant leaves what it said was kept, and of a batch all or none. */
Test(findings, after_kill)
{
    uint32_t before = 0;

    crux_store_close(store);
    for (int round = 0; round < 10; round++) {
        uint32_t count = 0, said = 0, one;
        int ends[2];
        pid_t child;

        cr_assert_eq(pipe(ends), 0);
        child = fork();
        if (child == 0) {
            store = store_fixture_open(true);
            for (one = (uint32_t)round * 100000;; one += 2) {
                struct crux_finding two[2] = {finding(CRUX_ABOUT_NODE, one, "{}"),
                                              finding(CRUX_ABOUT_NODE, one + 1, "{}")};

                if (crux_store_put_findings(store, two, 2, NULL) != CRUX_OK ||
                    write(ends[1], &one, sizeof one) != sizeof one)
                    _exit(1);
            }
        }
        (void)close(ends[1]);
        (void)usleep((useconds_t)(5000 + round * 3000));
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        while (read(ends[0], &one, sizeof one) == sizeof one)
            said += 2;
        (void)close(ends[0]);
        (void)sscanf(by_hand("SELECT count(*) FROM finding"), "%u", &count);
        cr_assert_eq(count % 2, 0U);
        cr_assert_geq(count, before + said);
        before = count;
    }
    store = store_fixture_open(true);
}
