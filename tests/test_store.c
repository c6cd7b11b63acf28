/*
 * test_store.c - what crux_io.h promises of stores, one promise per test.
 *
 * A run and its trees kept and read back. How a run goes on, and several at once, are in
 * test_store_resume.c; what can stand between a program and its store in test_store_refused.c.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/store/store.h"
#include "tests/world/contains.h"
#include "tests/world/heap.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

TestSuite(store, .init = store_fixture_set_up, .fini = store_fixture_tear_down, .timeout = 120);
TestSuite(store_in_memory, .init = store_fixture_set_up_in_memory, .fini = store_fixture_tear_down,
          .timeout = 120);

/* --- what is kept --------------------------------------------------------- */

/* A tree that was kept is read back by its problem's id, problem and all. */
ON_BOTH(store, keeps_a_tree)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree tree = store_fixture_tree(0, CRUX_REASON_BUDGET, "");
    struct crux_tree *back = NULL;

    cr_assert_eq(crux_store_keep(store, &tree, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(crux_store_read(store, "a", &back, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert(sample_same(&tree, back));
    crux_tree_free(back);
    crux_store_close(store);
}

/* States follow what was kept; a problem that nobody knows is waiting. */
ON_BOTH(store, states)
{
    struct crux_store *store = store_fixture_begin();

    cr_assert_eq(crux_store_state(store, 0), CRUX_WAITING);
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_STOP, ""), CRUX_OK);
    cr_assert_eq(store_fixture_keep(store, 1, CRUX_REASON_FAILED, "no answer"), CRUX_OK);
    cr_assert_eq(store_fixture_keep(store, 2, CRUX_REASON_STOPPED, ""), CRUX_OK);
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
        cr_assert_eq(crux_store_state(store, 2), CRUX_BROKEN);
        cr_assert_eq(crux_store_state(store, 3), CRUX_WAITING);
        cr_assert_eq(crux_store_state(store, 1), CRUX_WAITING);
        cr_assert_eq(crux_store_state(store, UINT64_MAX), CRUX_WAITING);
        crux_store_close(store);
        store = store_fixture_open(again == 0);
    }
    crux_store_close(store);
}

/* Finished trees come in the order of the input, whatever the order in which they
 * were kept; broken and waiting problems are left out. */
ON_BOTH(store, each_in_order)
{
    struct crux_store *store = store_fixture_begin();
    struct store_fixture_seen seen = {"", CRUX_OK};

    (void)store_fixture_keep(store, 2, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_FAILED, "x");
    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_each(store, store_fixture_see, &seen, &store_fixture.why), CRUX_OK);
    cr_assert_str_eq(seen.text, "a c ");
    crux_store_close(store);
}

/* A listener that has had enough ends the walk with its own status. */
ON_BOTH(store, each_ends_early)
{
    struct crux_store *store = store_fixture_begin();
    struct store_fixture_seen seen = {"", CRUX_INVALID};

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_each(store, store_fixture_see, &seen, &store_fixture.why),
                 CRUX_INVALID);
    cr_assert_str_eq(seen.text, "a ");
    crux_store_close(store);
}

/* The same walk can be pulled, from any place on. */
ON_BOTH(store, next)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree *tree = NULL;

    (void)store_fixture_keep(store, 2, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_FAILED, "x");
    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_next(store, -1, &tree, &store_fixture.why), CRUX_OK);
    cr_assert_eq(tree->problem->ordinal, 0);
    crux_tree_free(tree);
    cr_assert_eq(crux_store_next(store, 0, &tree, &store_fixture.why), CRUX_OK);
    cr_assert_eq(tree->problem->ordinal, 3);
    crux_tree_free(tree);
    cr_assert_eq(crux_store_next(store, 3, &tree, &store_fixture.why), CRUX_END);
    crux_store_close(store);
}

/* Finished trees without pairs are counted by why they have none; failures and those with pairs are
 * not among them. */
ON_BOTH(store, why_there_are_no_pairs)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree tree = store_fixture_tree(0, CRUX_REASON_BUDGET, "");
    struct crux_summary sum;

    tree.pair_count = 0;
    tree.unpaired = CRUX_NO_WRONG;
    cr_assert_eq(crux_store_keep(store, &tree, &store_fixture.why), CRUX_OK);
    tree = store_fixture_tree(1, CRUX_REASON_FAILED, "no right path");
    tree.pair_count = 0;
    cr_assert_eq(crux_store_keep(store, &tree, &store_fixture.why), CRUX_OK);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    for (int i = 0; i < CRUX_UNPAIREDS; i++)
        cr_assert_eq(sum.unpaired[i], i == CRUX_NO_WRONG, "%d", i);
    crux_store_close(store);
}

/* The summary adds up what was kept; what was found is that of finished problems, as in an
 * export. */
ON_BOTH(store, summary)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_summary sum;

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_FAILED, "x");
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert(sum.waiting == 1 && sum.finished == 1 && sum.broken == 1 && sum.skipped == 3);
    cr_assert(sum.simulations == 18 && sum.calls == 14 && sum.price == -34);
    cr_assert(sum.prompt_tokens == 10000000000 && sum.completion_tokens == 72);
    cr_assert(sum.pairs == 2 && sum.rights == 1 && sum.with_right == 1);
    cr_assert(sum.reasons[CRUX_REASON_BUDGET] == 1 && sum.reasons[CRUX_REASON_FAILED] == 1);
    cr_assert_eq(sum.reasons[CRUX_REASON_STOP], 0);
    cr_assert_str_eq(sum.configuration, store_fixture_run.configuration);
    cr_assert_str_eq(sum.settings, store_fixture_run.settings);
    cr_assert_str_eq(sum.input_sha256, store_fixture_run.input_sha256);
    cr_assert_str_eq(sum.input_name, store_fixture_run.input_name);
    crux_store_close(store);
}

/* A run is named after its configuration and its input, by a hash that anyone can
 * compute. */
ON_BOTH(store, names_of_a_run)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_summary sum;
    char text[300], hex[HASH_HEX];

    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    hash_hex(store_fixture_run.configuration, strlen(store_fixture_run.configuration), hex);
    cr_assert_str_eq(sum.config_hash, hex);
    (void)snprintf(text, sizeof text, "%s\n%s", store_fixture_run.configuration,
                   store_fixture_run.input_sha256);
    hash_hex(text, strlen(text), hex);
    cr_assert_eq(strlen(sum.run_id), 16);
    cr_assert_eq(strncmp(sum.run_id, hex, 16), 0);
    crux_store_close(store);
}

/* Before a run has begun there is a summary of nothing. */
ON_BOTH(store, summary_of_nothing)
{
    struct crux_store *store = store_fixture_open(true);
    struct crux_summary sum;

    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(sum.waiting + sum.finished + sum.broken + sum.simulations, 0);
    cr_assert_str_eq(sum.configuration, "");
    cr_assert_str_eq(sum.run_id, "");
    crux_store_close(store);
}

static int see_failure(void *context, const char *sentence, uint64_t count)
{
    struct store_fixture_seen *seen = context;

    (void)sprintf(seen->text + strlen(seen->text), "%llu %s; ", (unsigned long long)count,
                  sentence);
    return seen->end;
}

/* Failures are reported by cause, the most frequent first, until the listener has had
 * enough. */
ON_BOTH(store, failures)
{
    struct crux_store *store = store_fixture_begin();
    struct store_fixture_seen all = {"", 0}, one = {"", 5};

    (void)store_fixture_keep(store, 0, CRUX_REASON_FAILED, "a rare one");
    (void)store_fixture_keep(store, 1, CRUX_REASON_FAILED, "out of words");
    (void)store_fixture_keep(store, 2, CRUX_REASON_FAILED, "out of words");
    cr_assert_eq(crux_store_failures(store, see_failure, &all, &store_fixture.why), CRUX_OK);
    cr_assert_str_eq(all.text, "2 out of words; 1 a rare one; ");
    cr_assert_eq(crux_store_failures(store, see_failure, &one, &store_fixture.why), 5);
    cr_assert_str_eq(one.text, "2 out of words; ");
    crux_store_close(store);
}

/* Broken problems can wait again, as if they had never been tried. */
ON_BOTH(store, reopen_broken)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_summary sum;
    struct crux_tree *tree = NULL;

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    (void)store_fixture_keep(store, 1, CRUX_REASON_FAILED, "x");
    cr_assert_eq(crux_store_reopen_broken(store, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(crux_store_state(store, 2), CRUX_WAITING);
    cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert(sum.waiting == 2 && sum.broken == 0 && sum.simulations == 9);
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_INPUT);
    cr_assert_eq(store_fixture_keep(store, 1, CRUX_REASON_STOP, ""), CRUX_OK);
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_OK);
    crux_tree_free(tree);
    crux_store_close(store);
}

/* A finished tree is not rewritten, not even by itself. */
ON_BOTH(store, finished_once)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree *tree = NULL;

    (void)store_fixture_keep(store, 0, CRUX_REASON_PROBE, "");
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_BUDGET, ""), CRUX_STORE);
    assert_contains(store_fixture.why.text, "`a`, and finished trees are not rewritten");
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_PROBE, ""), CRUX_STORE);
    cr_assert_eq(crux_store_read(store, "a", &tree, &store_fixture.why), CRUX_OK);
    cr_assert_eq(tree->reason, CRUX_REASON_PROBE);
    crux_tree_free(tree);
    crux_store_close(store);
}

/* A broken problem kept again has the newer tree. */
ON_BOTH(store, kept_again)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree *tree = NULL;

    (void)store_fixture_keep(store, 0, CRUX_REASON_FAILED, "x");
    (void)store_fixture_keep(store, 0, CRUX_REASON_PROBE, "");
    cr_assert_eq(crux_store_read(store, "a", &tree, &store_fixture.why), CRUX_OK);
    cr_assert_eq(tree->reason, CRUX_REASON_PROBE);
    cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
    crux_tree_free(tree);
    crux_store_close(store);
}

/* An id that is not there is answered with those beside it; one that is there and
 * waits is distinguished. */
ON_BOTH(store, unknown_ids)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_tree *tree = NULL;

    cr_assert_eq(crux_store_read(store, "bb", &tree, &store_fixture.why), CRUX_INPUT);
    assert_contains(store_fixture.why.text, "has no problem `bb`; next to it stand `b`, `c`");
    cr_assert_eq(crux_store_read(store, "b", &tree, &store_fixture.why), CRUX_INPUT);
    assert_contains(store_fixture.why.text, "problem `b` in ");
    assert_contains(store_fixture.why.text, "waiting");
    cr_assert_null(tree);
    crux_store_close(store);
}

/* A tree of a problem that the run does not have is refused, and so is one whose
 * place belongs to another. */
ON_BOTH(store, foreign_trees)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_problem foreign = {.id = "z", .prompt = "?", .ordinal = 1};
    struct crux_tree tree = sample_tree(&foreign);

    cr_assert_eq(crux_store_keep(store, &tree, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "no problem `z`");
    foreign.ordinal = 2;
    cr_assert_eq(crux_store_keep(store, &tree, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "another problem than `z`");
    cr_assert_eq(crux_store_state(store, 2), CRUX_WAITING);
    crux_store_close(store);
}

static const struct crux_pulse pulse = {.view = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12, 0},
                                        .started_ns = 13,
                                        .now_ns = 14,
                                        .waiting_at_start = 15};

/* The last pulse is what readers see of a process that lives; one that has ended,
 * or closed its store, runs no more. */
ON_BOTH(store, pulse)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_pulse beat = pulse;
    struct crux_summary sum;

    beat.process = getpid();
    cr_assert_eq(crux_store_pulse(store, &pulse, &store_fixture.why), CRUX_OK);
    cr_assert_eq(crux_store_pulse(store, &beat, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert_arr_eq(&sum.pulse, &beat, sizeof beat);
    beat.process = fork();
    if (beat.process == 0)
        _exit(0);
    (void)waitpid((pid_t)beat.process, NULL, 0);
    cr_assert_eq(crux_store_pulse(store, &beat, &store_fixture.why), CRUX_OK);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert_eq(sum.pulse.process, 0);
    beat.process = getpid();
    cr_assert_eq(crux_store_pulse(store, &beat, &store_fixture.why), CRUX_OK);
    crux_store_close(store);

    store = store_fixture_open(false);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert_eq(sum.pulse.process, 0);
    cr_assert_eq(sum.pulse.view.price, -12);
    crux_store_close(store);
}

/* --- what a run tells of itself beside its store -------------------------------------------- */

static void assert_told(const struct crux_store *store, const char *text)
{
    char *told = store_told(store);

    if (text == NULL)
        cr_assert_null(told, "%s", told);
    else
        cr_assert_str_eq(told, text);
    free(told);
}

static const char *beside(const char *ending)
{
    static char path[300];

    (void)snprintf(path, sizeof path, "%s%s", store_fixture.path, ending);
    return path;
}

/* All of it or what was there, whatever lies in the way; and a reader says nothing. */
Test(store, tells_of_a_run)
{
    struct crux_store *store = store_fixture_begin(), *reader = store_fixture_open(false);
    static char text[100000];

    assert_told(reader, NULL);
    store_tell(store, "{}");
    assert_told(reader, "{}\n");
    store_tell(reader, "mine");
    assert_told(reader, "{}\n");
    cr_assert_eq(mkdir(beside(STORE_TOLD_NEXT), 0700), 0);
    store_tell(store, "[]");
    assert_told(reader, "{}\n");
    cr_assert_eq(rmdir(beside(STORE_TOLD_NEXT)), 0);
    memset(text, 'x', sizeof text - 1); /* more than anybody would tell */
    store_tell(store, text);
    {
        char *told = store_told(reader);

        cr_assert_eq(strlen(told), 65536);
        free(told);
    }
    store_tell(store, NULL);
    assert_told(reader, NULL);
    cr_assert_eq(mkdir(beside(STORE_TOLD), 0700), 0);
    store_tell(store, "{}");
    cr_assert_neq(access(beside(STORE_TOLD_NEXT), F_OK), 0);
    cr_assert_eq(rmdir(beside(STORE_TOLD)), 0);
    crux_store_close(reader);
    crux_store_close(store);
}

/* A full disk takes nothing from what was told before, and leaves no half of what is new. */
Test(store, tells_nothing_on_a_full_disk)
{
    struct crux_store *store = store_fixture_begin();
    static char text[30000];
    struct rlimit limit, before;

    memset(text, 'x', sizeof text - 1);
    store_tell(store, "{}");
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (rlim_t room = 0; room < 3; room++) {
        limit = before;
        limit.rlim_cur = room * 10000;
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        store_tell(store, room == 0 ? "short" : text);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_told(store, "{}\n");
        cr_assert_neq(access(beside(STORE_TOLD_NEXT), F_OK), 0);
    }
    crux_store_close(store);
}

/* One whose file is gone says nothing; nor does one without memory. */
Test(store, tells_nothing_of_a_store_that_is_gone)
{
    struct crux_store *store = store_fixture_begin();

    store_tell(store, "{}");
    if (heap_can_fail()) {
        heap_fail(1);
        assert_told(store, NULL);
        cr_assert(heap_has_failed());
        heap_fail(0);
    }
    cr_assert_eq(rename(store_fixture.path, beside("-elsewhere")), 0);
    store_tell(store, "[]");
    assert_told(store, NULL);
    cr_assert_eq(rename(beside("-elsewhere"), store_fixture.path), 0);
    assert_told(store, "{}\n");
    crux_store_close(store);
}
