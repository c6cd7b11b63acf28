/*
 * test_unite.c - what crux_merge.h promises of stores, row by row: who has which problem, what was
 * paid for twice, what moves; and how a run goes on in a merged store.
 *
 * The command, whole runs, files that are no stores, kills and full disks are
 * tests/cli/test_merge.py.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/store/store.h"
#include "tests/world/contains.h"
#include "tests/world/heap.h"
#include "tests/world/json_heap.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

enum { UNITE_STORES = 3 };

static char paths[UNITE_STORES][200], merged_path[200];
static const char *const named[UNITE_STORES] = {paths[0], paths[1], paths[2]};
static struct crux_merged merged;
static struct crux_error why;
static unsigned looks;

static void unite_set_up(void)
{
    store_fixture_set_up();
    for (int i = 0; i < UNITE_STORES; i++) {
        char name[20];

        (void)snprintf(name, sizeof name, "%d.db", i + 1);
        (void)strcpy(paths[i], sample_path(name));
    }
    (void)strcpy(merged_path, sample_path("all.db"));
}

TestSuite(unite, .init = unite_set_up, .fini = store_fixture_tear_down, .timeout = 120);
TestSuite(merged_run, .init = store_fixture_set_up, .fini = store_fixture_tear_down,
          .timeout = 120);
TestSuite(merged_run_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down, .timeout = 120);

/* --- stores to merge ---------------------------------------------------------------------- */

static bool is_listed(void *context, const char *id)
{
    return strstr(context, id) != NULL;
}

/* With the problems whose ids are in the list. */
static struct crux_store *begun(const char *path, const char *settings, const char *ids)
{
    struct crux_run run = store_fixture_run;
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, path, true, &why);

    run.settings = settings;
    if (status == CRUX_OK)
        status = crux_store_begin(store, &run, &store_fixture.problems, is_listed,
                                  (void *)(uintptr_t)ids, &why);
    cr_assert_eq(status, CRUX_OK, "%s", why.text);
    return store;
}

static struct crux_store *whole(int number)
{
    return begun(paths[number], "{\"input-problems\": 3, \"shard\": null}", "abc");
}

static struct crux_store *part(int number, const char *ids)
{
    char settings[80];

    (void)snprintf(settings, sizeof settings, "{\"input-problems\": 3, \"shard\": \"%d/3\"}",
                   number + 1);
    return begun(paths[number], settings, ids);
}

static void note(struct crux_store *store, uint64_t problem, const char *maker)
{
    const struct crux_finding finding = {
        .problem = problem, .maker = maker, .kind = "test", .json = "{}"};

    cr_assert_eq(crux_store_put_findings(store, &finding, 1, &why), CRUX_OK, "%s", why.text);
}

static int merge_as(size_t count, bool (*stopped)(void))
{
    const struct crux_merge what = {
        .stores = named, .store_count = count, .to = merged_path, .stopped = stopped};

    return crux_merge(&what, &merged, &why);
}

static void assert_merged(size_t count)
{
    cr_assert_eq(merge_as(count, NULL), CRUX_OK, "%s", why.text);
    cr_assert_eq(crux_store_check(merged_path, NULL, NULL, &why), CRUX_OK, "%s", why.text);
}

static void assert_not_merged(size_t count, int status, const char *says)
{
    cr_assert_eq(merge_as(count, NULL), status, "%s", why.text);
    assert_contains(why.text, says);
    cr_assert_neq(access(merged_path, F_OK), 0);
}

static struct crux_store *open_merged(bool write)
{
    struct crux_store *store = NULL;

    cr_assert_eq(crux_store_open(&store, merged_path, write, &why), CRUX_OK, "%s", why.text);
    return store;
}

/* --- problems ------------------------------------------------------------------------------- */

static int note_maker(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    (void)error;
    (void)strcat(strcat(context, finding->maker), " ");
    return CRUX_OK;
}

/* A problem is taken from where it is done, finished before failed, with what is known about it
 * there; of those that wait the first is taken. */
Test(unite, each_problem_has_one_source)
{
    struct crux_store *one = whole(0), *other = whole(1), *all;
    struct crux_lack lack;
    char makers[100] = "";

    cr_assert_eq(store_fixture_keep(one, 0, CRUX_REASON_BUDGET, ""), CRUX_OK);
    cr_assert_eq(store_fixture_keep(one, 1, CRUX_REASON_FAILED, "no answer"), CRUX_OK);
    cr_assert_eq(store_fixture_keep(other, 1, CRUX_REASON_BUDGET, ""), CRUX_OK);
    cr_assert_eq(store_fixture_keep(other, 2, CRUX_REASON_FAILED, "no answer either"), CRUX_OK);
    note(one, 0, "one");
    note(other, 2, "other");
    crux_store_close(one);
    crux_store_close(other);
    assert_merged(2);
    cr_assert_eq(merged.problems, 3U);
    cr_assert_eq(merged.done, 3U);
    cr_assert_eq(merged.findings, 2U);
    all = open_merged(false);
    cr_assert_eq(crux_store_state(all, 0), CRUX_FINISHED);
    cr_assert_eq(crux_store_state(all, 2), CRUX_FINISHED);
    cr_assert_eq(crux_store_state(all, 3), CRUX_BROKEN);
    cr_assert_eq(crux_store_findings(all, 0, note_maker, makers, &why), CRUX_OK);
    cr_assert_eq(crux_store_findings(all, 2, note_maker, makers, &why), CRUX_OK);
    cr_assert_str_eq(makers, "one other ");
    cr_assert_eq(crux_lacking(&all, 1, &lack, &why), CRUX_OK);
    cr_assert_eq(lack.finished, 2U);
    cr_assert_eq(lack.broken, 1U);
    cr_assert_str_eq(lack.lacks, "problems c");
    crux_store_close(all);
}

/* Whose tree is meant where two stores have one, nobody can say. */
Test(unite, a_problem_is_finished_once)
{
    for (int i = 0; i < 2; i++) {
        struct crux_store *store = whole(i);

        cr_assert_eq(store_fixture_keep(store, 1, CRUX_REASON_BUDGET, ""), CRUX_OK);
        crux_store_close(store);
    }
    assert_not_merged(2, CRUX_INVALID, "problem `b` (row 2 of table problem) is finished in");
    assert_contains(why.text, paths[0]);
    assert_contains(why.text, paths[1]);
}

/* Shards and problems that are not there are told by what the store remembers; a set of shards of
 * which one is merged already is whole all the same. */
Test(unite, tells_what_lacks)
{
    static const char *const ids[] = {"a", "b", "c"};
    struct crux_store *all;
    struct crux_lack lack;

    for (int i = 0; i < UNITE_STORES; i++) {
        struct crux_store *store = part(i, ids[i]);

        cr_assert_eq(store_fixture_keep(store, (size_t)i, CRUX_REASON_BUDGET, ""), CRUX_OK);
        crux_store_close(store);
    }
    assert_merged(2);
    all = open_merged(false);
    cr_assert_eq(crux_lacking(&all, 1, &lack, &why), CRUX_OK);
    cr_assert_eq(lack.input, 3U);
    cr_assert_str_eq(lack.lacks, "shards 3/3");
    crux_store_close(all);
    cr_assert_eq(rename(merged_path, paths[0]), 0);
    cr_assert_eq(rename(paths[2], paths[1]), 0);
    assert_merged(2);
    all = open_merged(false);
    cr_assert_eq(crux_lacking(&all, 1, &lack, &why), CRUX_OK);
    cr_assert_str_eq(lack.lacks, "");
    cr_assert_eq(lack.finished, 3U);
    crux_store_close(all);
    cr_assert_eq(crux_lacking(NULL, 0, &lack, &why), CRUX_INVALID);
}

/* Parts of another number are no parts of the first one's; what lacks of both kinds is told. */
Test(unite, parts_of_two_numbers)
{
    struct crux_store *stores[2] = {
        part(0, "a"), begun(paths[1], "{\"input-problems\": 3, \"shard\": \"2/2\"}", "b")};
    struct crux_lack lack;

    cr_assert_eq(crux_lacking(stores, 2, &lack, &why), CRUX_OK, "%s", why.text);
    cr_assert_str_eq(lack.lacks, "shards 2/3, 3/3; problems a, b");
    crux_store_close(stores[0]);
    crux_store_close(stores[1]);
}

/* A list in words ends where it would be too long. */
Test(unite, many_lacking_shards)
{
    struct crux_store *store =
        begun(paths[0], "{\"input-problems\": 3, \"shard\": \"2/65536\"}", "a");
    struct crux_lack lack;

    cr_assert_eq(crux_lacking(&store, 1, &lack, &why), CRUX_OK, "%s", why.text);
    assert_contains(lack.lacks, "shards 1/65536, 3/65536, ");
    assert_contains(lack.lacks, "11/65536 and 65525 more; problems a");
    crux_store_close(store);
}

/* --- the ledger ---------------------------------------------------------------------------------
 */

static void unite_key(unsigned char key[STORE_KEY], unsigned char number)
{
    memset(key, number, STORE_KEY);
}

static void pay(struct crux_store *store, unsigned char number, const char *text, uint32_t tokens)
{
    unsigned char key[STORE_KEY];
    const struct store_reply reply = {.key = key,
                                      .backend = "chat",
                                      .problem = 2,
                                      .text = text,
                                      .length = strlen(text),
                                      .prompt = tokens,
                                      .completion = 1,
                                      .price = 1000 * (int64_t)tokens,
                                      .first = true};
    bool known = false;

    unite_key(key, number);
    cr_assert_eq(store->verbs->ledger_put_reply(store, &reply, &known, &why), CRUX_OK);
    cr_assert(!known);
}

static void intend_and_refuse(struct crux_store *store, unsigned char number, const char *body)
{
    unsigned char key[STORE_KEY];
    const struct account_sum worst = {.calls = 1, .prompt = 10, .completion = 20, .price = 30};
    const struct store_intent intent = {key, "chat", STORE_NO_PROBLEM, &worst};
    const struct store_refusal refusal = {.keys = key,
                                          .samples = 1,
                                          .backend = "chat",
                                          .problem = 2,
                                          .body = body,
                                          .length = strlen(body),
                                          .cost = {.calls = 1, .prompt = 7, .price = 8},
                                          .why = body};
    int64_t intended = 0;

    unite_key(key, number);
    cr_assert_eq(store->verbs->ledger_put_intent(store, &intent, &intended, &why), CRUX_OK);
    cr_assert_eq(store->verbs->ledger_put_refusal(store, &refusal, &why), CRUX_OK);
}

static void begin_to_pay(struct crux_store *store)
{
    cr_assert_eq(store->verbs->ledger_open(store, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(store->verbs->ledger_begin(store, true, &why), CRUX_OK, "%s", why.text);
}

static void end_to_pay(struct crux_store *store)
{
    cr_assert_eq(store->verbs->ledger_put_lasted(store, 5, &why), CRUX_OK);
    cr_assert_eq(store->verbs->ledger_end(store, CRUX_OK, &why), CRUX_OK, "%s", why.text);
    crux_store_close(store);
}

static int take_text(void *context, const struct store_reply *reply, struct crux_error *error)
{
    (void)error;
    (void)snprintf(context, 20, "%.*s", (int)reply->length, reply->text);
    return CRUX_OK;
}

static int take_body(void *context, const struct store_refusal *refusal, struct crux_error *error)
{
    (void)error;
    cr_expect_eq(refusal->cost.prompt, 7U);
    cr_expect_eq(refusal->samples, 1U);
    (void)snprintf(context, 20, "%.*s %s", (int)refusal->length, refusal->body, refusal->why);
    return CRUX_OK;
}

static void assert_says(struct crux_store *store, unsigned char number, const char *text)
{
    unsigned char key[STORE_KEY];
    char found[20] = "";

    unite_key(key, number);
    cr_assert_eq(store->verbs->ledger_find(store, key, take_text, found, &why), CRUX_OK, "%s",
                 why.text);
    cr_assert_str_eq(found, text);
}

static bool count_key(void *context, const unsigned char *key)
{
    (void)key;
    ++*(unsigned *)context;
    return true;
}

/* What three stores have paid for one question is paid, and the first answers it. */
Test(unite, one_reply_answers_and_all_are_paid)
{
    static const char *const says[] = {"yes", "yes", "no"};
    struct store_costs costs = {.each = NULL};
    struct crux_store *all;
    unsigned keys = 0;

    for (int i = 0; i < UNITE_STORES; i++) {
        struct crux_store *store = part(i, &"abc"[i]);

        begin_to_pay(store);
        pay(store, (unsigned char)(i + 1), "own", 1);
        pay(store, 9, says[i], 10 * (uint32_t)(i + 1));
        end_to_pay(store);
    }
    assert_merged(UNITE_STORES);
    cr_assert_eq(merged.replies, 6U);
    cr_assert_eq(merged.twice, 2U);
    cr_assert_eq(merged.differ, 1U);
    all = open_merged(false);
    cr_assert_eq(all->verbs->ledger_open(all, &why), CRUX_OK, "%s", why.text);
    assert_says(all, 9, "yes");
    for (int i = 1; i <= UNITE_STORES; i++)
        assert_says(all, (unsigned char)i, "own");
    cr_assert_eq(all->verbs->ledger_keys(all, count_key, &keys, &why), CRUX_OK);
    cr_assert_eq(keys, 6U);
    cr_assert_eq(all->verbs->ledger_costs(all, &costs, &why), CRUX_OK);
    cr_assert_eq(costs.paid.calls, 6U);
    cr_assert_eq(costs.paid.samples, 6U);
    cr_assert_eq(costs.paid.prompt, 63U);
    cr_assert_eq(costs.paid.price, 63000);
    cr_assert_eq(costs.lasted_ns, 15);
    crux_store_close(all);
}

/* The numbers of each store begin at 1: what hangs together by them still does, and a session that
 * follows counts on behind them. */
Test(unite, numbers_move_together)
{
    static const char *const bodies[] = {"first", "second", "third"};
    struct store_costs costs = {.each = NULL};
    struct crux_store *all;

    for (int i = 0; i < UNITE_STORES; i++) {
        struct crux_store *store = part(i, &"abc"[i]);

        begin_to_pay(store);
        intend_and_refuse(store, (unsigned char)(i + 1), bodies[i]);
        end_to_pay(store);
    }
    assert_merged(UNITE_STORES);
    all = open_merged(true);
    cr_assert_eq(all->verbs->ledger_open(all, &why), CRUX_OK, "%s", why.text);
    for (int i = 1; i <= UNITE_STORES; i++) {
        unsigned char key[STORE_KEY];
        char body[20] = "", expected[20];

        unite_key(key, (unsigned char)i);
        (void)snprintf(expected, sizeof expected, "%s %s", bodies[i - 1], bodies[i - 1]);
        cr_assert_eq(all->verbs->ledger_find_refusal(all, key, take_body, body, &why), CRUX_OK);
        cr_assert_str_eq(body, expected);
    }
    cr_assert_eq(all->verbs->ledger_costs(all, &costs, &why), CRUX_OK);
    cr_assert_eq(costs.refused.prompt, 21U);
    cr_assert_eq(costs.unsettled.completion, 60U);
    cr_assert_eq(costs.paid.calls, 6U);
    cr_assert_eq(all->verbs->ledger_begin(all, true, &why), CRUX_OK, "%s", why.text);
    intend_and_refuse(all, 4, "fourth");
    pay(all, 5, "fifth", 1);
    end_to_pay(all);
    cr_assert_eq(crux_store_check(merged_path, NULL, NULL, &why), CRUX_OK, "%s", why.text);
}

/* What was changed while shards were written is told in its order. */
Test(unite, changes_come_in_their_order)
{
    static const char *const changes[] = {"{\"at_ns\": 3}", "{\"at_ns\": 2}", "{\"at_ns\": 1}"};
    struct crux_summary summary;
    struct crux_store *all;

    for (int i = 0; i < UNITE_STORES; i++) {
        struct crux_store *store = part(i, &"abc"[i]);

        cr_assert_eq(store_note_change(store, changes[i], &why), CRUX_OK, "%s", why.text);
        crux_store_close(store);
    }
    assert_merged(UNITE_STORES);
    all = open_merged(false);
    cr_assert_eq(crux_store_summary(all, &summary, &why), CRUX_OK);
    assert_contains(summary.settings, "[{\"at_ns\": 1}, {\"at_ns\": 2}, {\"at_ns\": 3}]");
    crux_store_close(all);
}

/* --- what comes in between
 * ------------------------------------------------------------------------ */

static void two_parts(void)
{
    crux_store_close(part(0, "ab"));
    crux_store_close(part(1, "c"));
}

/* The second store is written when the first is being copied. */
static bool write_in_between(void)
{
    const struct crux_pulse pulse = {.now_ns = 1};
    struct crux_store *store = NULL;

    if (looks++ > 0)
        return false;
    cr_assert_eq(crux_store_open(&store, paths[1], true, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(crux_store_pulse(store, &pulse, &why), CRUX_OK);
    crux_store_close(store);
    return false;
}

Test(unite, what_changes_meanwhile_is_refused)
{
    two_parts();
    cr_assert_eq(merge_as(2, write_in_between), CRUX_STORE);
    assert_contains(why.text, "was written while it was being merged: try again");
    cr_assert_neq(access(merged_path, F_OK), 0);
    cr_assert_eq(merge_as(2, write_in_between), CRUX_OK, "%s", why.text);
}

static bool stop_later(void)
{
    return looks++ == 15;
}

Test(unite, stops_when_it_is_told)
{
    two_parts();
    cr_assert_eq(merge_as(2, stop_later), CRUX_STOPPED);
    assert_contains(why.text, "stopped; ");
    cr_assert_neq(access(merged_path, F_OK), 0);
}

Test(unite, needs_stores_a_name_and_settings)
{
    const struct crux_merge nothing = {.to = merged_path}, nowhere = {named, 1, NULL, false, NULL};

    cr_assert_eq(crux_merge(&nothing, &merged, &why), CRUX_INVALID);
    cr_assert_eq(crux_merge(&nowhere, &merged, &why), CRUX_INVALID);
    crux_store_close(begun(paths[0], "no JSON", "abc"));
    assert_not_merged(1, CRUX_STORE, "the settings of its run are no JSON object");
}

/* --- memory ------------------------------------------------------------------------------------
 */

enum { UNITE_FAILURES = 20000 };

/* Each allocation of a merge fails once, also those of its JSON: nothing is written, or all of it.
 */
Test(unite, memory_runs_out)
{
    uint32_t failures = 0;
    bool failed = true;

    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
    for (int i = 0; i < 2; i++) {
        struct crux_store *store = part(i, &"abc"[i]);

        cr_assert_eq(store_fixture_keep(store, (size_t)i, CRUX_REASON_BUDGET, ""), CRUX_OK);
        cr_assert_eq(store_note_change(store, "{\"at_ns\": 1}", &why), CRUX_OK);
        begin_to_pay(store);
        pay(store, 9, "yes", 1);
        end_to_pay(store);
    }
    json_heap_fails_too();
    while (failed) {
        int status;

        heap_fail(++failures);
        status = merge_as(2, NULL);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert_eq(access(merged_path, F_OK) == 0, status == CRUX_OK, "%u: %s", failures,
                     why.text);
        cr_assert(failed || status == CRUX_OK, "%s", why.text);
        if (status == CRUX_OK) {
            struct crux_store *all = open_merged(false);
            struct crux_summary summary;

            cr_assert_eq(crux_store_check(merged_path, NULL, NULL, &why), CRUX_OK, "%s", why.text);
            cr_assert_eq(crux_store_summary(all, &summary, &why), CRUX_OK);
            assert_contains(summary.settings, "\"merged\": [\"1/3\", \"2/3\"]");
            assert_contains(summary.settings, "\"changes\": [{\"at_ns\": 1}, {\"at_ns\": 1}]");
            assert_contains(summary.settings, "\"input-problems\": 3");
            crux_store_close(all);
            cr_assert_eq(unlink(merged_path), 0);
        }
        cr_assert_lt(failures, UNITE_FAILURES);
    }
    cr_assert_gt(failures, 10);
}

/* What lacks is told in full, or not at all. */
Test(unite, lacking_without_memory)
{
    struct crux_store *stores[2] = {part(0, "a"), part(1, "b")};
    struct crux_lack lack;
    uint32_t failures = 0;
    bool failed = true;

    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
    json_heap_fails_too();
    while (failed) {
        int status;

        heap_fail(++failures);
        status = crux_lacking(stores, 2, &lack, &why);
        failed = heap_has_failed();
        heap_fail(0);
        if (status == CRUX_OK)
            cr_assert_str_eq(lack.lacks, "shards 3/3; problems a, b", "%u: %s", failures,
                             lack.lacks);
        else
            cr_assert(failed && status == CRUX_MEMORY, "%u: %d %s", failures, status, why.text);
        cr_assert_lt(failures, UNITE_FAILURES);
    }
    cr_assert_gt(failures, 10);
    crux_store_close(stores[0]);
    crux_store_close(stores[1]);
}

/* --- a run goes on in a merged store -------------------------------------------------------------
 */

/* Problems that lack are added, those that are there stay, and then it is a store as any other. */
ON_BOTH(merged_run, goes_on_with_all_problems)
{
    struct crux_run run = store_fixture_run;
    struct crux_store *store = store_fixture_open(true);
    struct crux_summary summary;

    run.settings = "{\"merged\": [\"1/3\"], \"shard\": null}";
    cr_assert_eq(
        crux_store_begin(store, &run, &store_fixture.problems, is_listed, (void *)"ac", &why),
        CRUX_OK);
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_BUDGET, ""), CRUX_OK);
    cr_assert_eq(crux_store_summary(store, &summary, &why), CRUX_OK);
    cr_assert_eq(summary.waiting, 1U);
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(
            crux_store_begin(store, &store_fixture_run, &store_fixture.problems, NULL, NULL, &why),
            CRUX_OK, "%s", why.text);
        cr_assert_eq(crux_store_summary(store, &summary, &why), CRUX_OK);
        cr_assert_eq(summary.waiting, 2U);
        cr_assert_eq(summary.finished, 1U);
        cr_assert_str_eq(summary.settings, store_fixture_run.settings);
    }
    crux_store_close(store);
}
