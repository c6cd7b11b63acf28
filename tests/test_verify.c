/*
 * test_verify.c - what io/passes/verify.h promises: which critique is tried with which words, what
 * is counted, what is known of it without asking, on stores of both kinds.
 *
 * The refiner answers by what it is told: a script has letters (letters.h) for each critique.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/verify.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/letters.h"
#include "tests/world/store_fixture.h"

TestSuite(verify, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(verify_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

enum { MOST_ASKED = 40 };

/* What the refiner says, and what it was asked. */
static struct {
    struct crux_policy policy; /* first */
    struct letters letters;    /* whose critic judges */
    const struct letters_row *rows;
    char log[2000]; /* of each call: `a/b<critique> 3; ` */
    uint64_t seeds[MOST_ASKED];
    uint32_t asked;
} refiner;

static struct grown grown;
static struct crux_store *store;
static struct trees_counts counts;

/* --- the refiner ------------------------------------------------------------------------------ */

static const char *told_of(const struct crux_call *call)
{
    return call->revision->critique != NULL ? call->revision->critique : "-";
}

static void log_path(const struct crux_step *last)
{
    if (last == NULL)
        return;
    log_path(last->previous);
    (void)strcat(strcat(refiner.log, last->previous != NULL ? "/" : ""), last->text);
}

static void log_call(const struct crux_call *call)
{
    char entry[200];

    cr_assert(refiner.asked < MOST_ASKED && strlen(refiner.log) < sizeof refiner.log - 300);
    log_path(call->revision->answer);
    (void)snprintf(entry, sizeof entry, "<%s> %u; ", told_of(call), call->count);
    (void)strcat(refiner.log, entry);
    refiner.seeds[refiner.asked++] = call->seed;
}

static const char *letters_told(const struct crux_call *call)
{
    const struct letters_row *row = refiner.rows;

    while (row->steps != NULL && strcmp(row->steps, told_of(call)) != 0)
        row++;
    return row->steps != NULL ? row->letters : "W";
}

static int revise(struct crux_port *self, struct crux_call *call)
{
    static const char *const texts[] = {"R", "W", "U", "X"};
    const char *letters = letters_told(call);
    struct crux_proposal *proposals = calloc(call->count, sizeof *proposals);

    (void)self;
    cr_assert(call->verb == CRUX_PROPOSE && call->kind == CRUX_ANSWER && call->revision != NULL);
    cr_assert_null(call->state.last);
    log_call(call);
    for (uint32_t i = 0; i < call->count; i++)
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            if (texts[j][0] == letters[i < strlen(letters) ? i : strlen(letters) - 1])
                proposals[i] =
                    (struct crux_proposal){.text = texts[j], .prior = 1, .terminal = true};
    if (letters[0] == 'F') {
        free(proposals);
        call->reply.sentence = "the refiner would not";
        return CRUX_FAILED;
    }
    call->reply.count = call->count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    call->reply.prompt_tokens = 5;
    return CRUX_DONE;
}

static void give_back(struct crux_port *self, struct crux_reply *reply)
{
    (void)self;
    free(reply->owner);
}

static void begin_refining(const struct letters_row *rows)
{
    memset(&refiner, 0, sizeof refiner);
    letters_open(&refiner.letters, rows);
    refiner.rows = rows;
    refiner.policy = (struct crux_policy){
        .port = {.name = "scripted", .instant = true, .ask = revise, .release = give_back},
        .revises = true};
}

/* --- trees and what is said of them ----------------------------------------------------------- */

static void keep_tree(void)
{
    cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
}

/* A right path and so many wrong ones, w1/x w2/x ..., which are rollouts from 1 on. */
static void begin_tree(size_t item, uint32_t wrong)
{
    static const char *const texts[] = {"w1\nx", "w2\nx", "w3\nx"};

    grown_begin(&grown, &store_fixture.problems.items[item]);
    grown_right(&grown, grown_answer(&grown, 0, "a\nb", CRUX_RIGHT));
    for (uint32_t i = 0; i < wrong; i++)
        (void)grown_pair(&grown, grown_answer(&grown, 0, texts[i], CRUX_WRONG), 0, 0);
}

static void put(size_t item, uint32_t rollout, const char *maker, const char *kind, char *json)
{
    const struct crux_finding finding = {.problem = store_fixture.problems.items[item].ordinal,
                                         .about = CRUX_ABOUT_ROLLOUT,
                                         .path = rollout,
                                         .maker = maker,
                                         .kind = kind,
                                         .json = json};

    cr_assert_not_null(json);
    cr_assert_eq(crux_store_put_findings(store, &finding, 1, &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    free(json);
}

static void put_claim(size_t item, uint32_t rollout, const char *maker, const char *text,
                      int64_t step, enum crux_verdict verdict)
{
    const struct crux_paid cost = {.calls = 1};
    const struct learnt_critique critique = {.style = "s",
                                             .model = "",
                                             .text = text,
                                             .error_type = "",
                                             .corrected_step = "",
                                             .method = "",
                                             .step = step,
                                             .verdict = verdict};

    put(item, rollout, maker, LEARNT_CRITIQUE, learnt_critique_json(&critique, &cost));
}

static void put_critique(size_t item, uint32_t rollout, const char *maker, const char *text)
{
    put_claim(item, rollout, maker, text, -1, CRUX_UNKNOWN);
}

static void put_location(size_t item, uint32_t rollout, int64_t step)
{
    const struct crux_paid cost = {.calls = 1};
    const struct learnt_location location = {
        .how = LEARNT_ESTIMATED, .step = step, .from = -1, .to = -1, .why = ""};

    put(item, rollout, "locator", LEARNT_LOCATION, learnt_location_json(&location, &cost));
}

/* --- the pass --------------------------------------------------------------------------------- */

static const struct verify_setup usual = {.maker = "m", .with = 3, .without = 3, .control = 3};

static struct verify *begin_verify(struct verify_setup setup)
{
    struct verify *verify = NULL;

    setup.refiner = &refiner.policy;
    setup.outcome = &refiner.letters.critic;
    cr_assert_eq(verify_open(&verify, &setup, &store_fixture.why), CRUX_OK);
    return verify;
}

static void run(const struct verify_setup *setup, uint64_t limit)
{
    struct verify *verify = begin_verify(*setup);
    const struct passes_setup asking = {.in_flight = 2};
    const struct trees_setup over = {
        .store = store, .in_flight = 2, .limit = limit, .work = verify_work(verify)};
    struct passes *passes;
    struct trees *trees;

    refiner.log[0] = '\0';
    refiner.asked = 0;
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_open(&passes, &asking, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_run(passes, trees_passes_work(trees), &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    passes_close(passes);
    cr_assert_eq(trees_end(trees, &store_fixture.why), CRUX_OK);
    counts = *trees_counted(trees);
    trees_close(trees);
    verify_close(verify);
}

/* What lies beside a tree. */
static struct found {
    struct crux_tree *tree;
    struct learnt learnt;
} found;

static void forget(void)
{
    learnt_free(&found.learnt);
    crux_tree_free(found.tree);
    found.tree = NULL;
}

static void read_back(size_t item)
{
    uint64_t ordinal = store_fixture.problems.items[item].ordinal;

    forget();
    cr_assert_eq(crux_store_next(store, (int64_t)ordinal - 1, &found.tree, &store_fixture.why),
                 CRUX_OK);
    cr_assert_eq(found.tree->problem->ordinal, ordinal);
    found.learnt.tree = found.tree;
    cr_assert_eq(
        crux_store_findings(store, ordinal, learnt_take, &found.learnt, &store_fixture.why),
        CRUX_OK, "%s", store_fixture.why.text);
    learnt_sort(&found.learnt);
}

/* The verification of what a maker says of a rollout. */
static const struct learnt_item *verified(uint32_t rollout, const char *critique)
{
    size_t count;
    const struct learnt_item *items =
        learnt_of(&found.learnt, LEARNT_VERIFICATIONS, rollout, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].verification.critique, critique) == 0)
            return &items[i];
    cr_assert_fail("no verification of %s about %u", critique, rollout);
    return NULL;
}

static void insist_count(struct learnt_count count, uint32_t right, uint32_t of)
{
    cr_expect(count.right == right && count.of == of, "%u of %u", count.right, count.of);
}

static void done(void)
{
    forget();
    crux_store_close(store);
    store = NULL;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static const struct letters_row rows[] = {{"one", "RRW"}, {"two", "RWU"}, {"-", "WRW"},
                                          {"X", "RXR"},   {"F", "F"},     {NULL, NULL}};

/* Three arms for each critique; what has no verdict counts nowhere; the cost is that of all. */
ON_BOTH(verify, arms)
{
    const struct learnt_item *item;

    store = store_fixture_begin();
    begin_tree(0, 2);
    keep_tree();
    put_critique(0, 1, "by", "one");
    put_critique(0, 2, "by", "two");
    begin_refining(rows);
    run(&usual, 0);
    cr_expect_eq(refiner.asked, 6);
    assert_contains(refiner.log, "w1/x<one> 3; ");
    assert_contains(refiner.log, "w1/x<-> 3; ");
    assert_contains(refiner.log, "w1/x<two> 3; ");
    assert_contains(refiner.log, "w2/x<one> 3; ");
    cr_expect(counts.items == 2 && counts.kept == 2 && counts.failed + counts.nothing == 0);
    read_back(0);
    item = verified(1, "by");
    insist_count(item->verification.with, 2, 3);
    insist_count(item->verification.without, 1, 3);
    insist_count(item->verification.control, 1, 2);
    cr_expect_str_eq(item->verification.foreign, "a/w0001");
    cr_expect(item->cost.calls == 3 && item->cost.prompt_tokens == 15);
    cr_expect_eq(strncmp(item->maker, "m/", 2), 0);
    item = verified(2, "by");
    insist_count(item->verification.with, 1, 2);
    insist_count(item->verification.control, 2, 3);
    cr_expect_str_eq(item->verification.foreign, "a/w0000");
    run(&usual, 0);
    cr_expect(refiner.asked == 0 && counts.before == 2 && counts.items == 0);
    done();
}

/* An arm of no answers is not asked for. */
ON_BOTH(verify, arms_left_out)
{
    struct verify_setup setup = usual;

    store = store_fixture_begin();
    begin_tree(0, 2);
    keep_tree();
    put_critique(0, 1, "by", "one");
    put_critique(0, 2, "by", "two");
    begin_refining(rows);
    setup.without = setup.control = 0;
    run(&setup, 0);
    cr_expect_eq(refiner.asked, 2);
    read_back(0);
    insist_count(verified(1, "by")->verification.with, 2, 3);
    insist_count(verified(1, "by")->verification.without, 0, 0);
    insist_count(verified(1, "by")->verification.control, 0, 0);
    done();
}

/* What says nothing, and what is said of a right path, is not tried. */
ON_BOTH(verify, nothing_to_try)
{
    store = store_fixture_begin();
    begin_tree(0, 1);
    keep_tree();
    put_critique(0, 1, "by", "");
    put_critique(0, 0, "by", "fine");
    begin_refining(rows);
    run(&usual, 0);
    cr_expect(refiner.asked == 0 && counts.items == 0 && counts.trees == 1);
    done();
}

/* The path that is revised may have no step. */
ON_BOTH(verify, empty_answer)
{
    store = store_fixture_begin();
    begin_tree(0, 0);
    (void)grown_pair(&grown, grown_answer(&grown, 0, "", CRUX_WRONG), 0, 0);
    keep_tree();
    put_critique(0, 1, "by", "one");
    begin_refining(rows);
    run(&usual, 0);
    assert_contains(refiner.log, "<one> 3; ");
    cr_expect_eq(counts.kept, 1);
    done();
}

/* Of the critiques of a path those answers are shared that are told none: the same question, which
 * the ledger knows. Else each question has a seed of its own, and with another seed another. */
ON_BOTH(verify, shared)
{
    struct verify_setup setup = usual;
    uint64_t all[MOST_ASKED];
    size_t same = 0;

    store = store_fixture_begin();
    begin_tree(0, 2);
    keep_tree();
    put_critique(0, 1, "by", "one");
    put_critique(0, 1, "other", "two");
    put_critique(0, 2, "by", "two");
    begin_refining(rows);
    setup.control = 0;
    run(&setup, 0);
    cr_assert_eq(refiner.asked, 6);
    memcpy(all, refiner.seeds, sizeof all);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = i + 1; j < 6; j++)
            same += all[i] == all[j];
    cr_expect_eq(same, 1);
    setup.seed = 9;
    setup.maker = "n";
    run(&setup, 0);
    cr_assert_eq(refiner.asked, 6);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            cr_expect_neq(all[i], refiner.seeds[j]);
    done();
}

/* --- what the control is told ----------------------------------------------------------------- */

/* The next of the same maker that reads otherwise: not another's, not the same words. */
ON_BOTH(verify, foreign)
{
    store = store_fixture_begin();
    begin_tree(0, 3);
    keep_tree();
    put_critique(0, 1, "by", "one");
    put_critique(0, 2, "by", "one");
    put_critique(0, 3, "by", "two");
    put_critique(0, 1, "other", "three");
    put_critique(0, 2, "other", "three");
    begin_refining(rows);
    run(&usual, 0);
    read_back(0);
    cr_expect_str_eq(verified(1, "by")->verification.foreign, "a/w0002");
    cr_expect_str_eq(verified(2, "by")->verification.foreign, "a/w0002");
    cr_expect_str_eq(verified(3, "by")->verification.foreign, "a/w0000");
    cr_expect_str_eq(verified(1, "other")->verification.foreign, "");
    insist_count(verified(1, "other")->verification.control, 0, 0);
    insist_count(verified(1, "other")->verification.without, 1, 3);
    done();
}

static void keep_earlier(void)
{
    store = store_fixture_begin();
    begin_tree(0, 1);
    keep_tree();
    put_critique(0, 1, "by", "two");
    put_critique(0, 1, "other", "one");
    begin_tree(1, 1);
    keep_tree();
    put_critique(1, 1, "other", "three");
    begin_tree(2, 1);
    keep_tree();
    put_critique(2, 1, "by", "last");
    put_critique(2, 1, "other", "last");
    put_critique(2, 1, "third", "last");
}

static void insist_earlier(void)
{
    read_back(0);
    cr_expect_str_eq(verified(1, "by")->verification.foreign, "");
    read_back(1);
    cr_expect_str_eq(verified(1, "other")->verification.foreign, "a/w0000");
    insist_count(verified(1, "other")->verification.control, 2, 3);
    read_back(2);
    cr_expect_str_eq(verified(1, "by")->verification.foreign, "a/w0000");
    insist_count(verified(1, "by")->verification.control, 1, 2);
    cr_expect_str_eq(verified(1, "other")->verification.foreign, "b/w0000");
    insist_count(verified(1, "other")->verification.control, 0, 3);
    cr_expect_str_eq(verified(1, "third")->verification.foreign, "");
}

/* A maker that has no other in a tree: what it said of the last tree before of which it had any. */
ON_BOTH(verify, foreign_of_an_earlier_tree)
{
    keep_earlier();
    begin_refining(rows);
    run(&usual, 0);
    cr_expect_eq(counts.kept, 6);
    insist_earlier();
    done();
}

/* A pass that goes on where another has ended chooses the same. */
ON_BOTH(verify, goes_on)
{
    keep_earlier();
    begin_refining(rows);
    run(&usual, 1);
    cr_expect_eq(counts.kept, 2);
    run(&usual, 2);
    cr_expect(counts.kept == 1 && counts.before == 2);
    run(&usual, 0);
    cr_expect(counts.kept == 3 && counts.before == 3);
    insist_earlier();
    done();
}

/* --- what is known without asking ------------------------------------------------------------- */

/* The answer is wrong: who says so is right. A step is judged where one is known. */
ON_BOTH(verify, claims)
{
    static const struct {
        int64_t step, located;
        enum crux_verdict says, verdict_is, step_is;
    } table[] = {
        {1, 1, CRUX_WRONG, CRUX_RIGHT, CRUX_RIGHT},
        {0, 1, CRUX_RIGHT, CRUX_WRONG, CRUX_WRONG},
        {-1, 1, CRUX_UNKNOWN, CRUX_UNKNOWN, CRUX_UNKNOWN},
        {1, -1, CRUX_WRONG, CRUX_RIGHT, CRUX_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct learnt_verification *is;

        if (i > 0)
            store_fixture_tear_down(), store_fixture_set_up_in_memory();
        store = store_fixture_begin();
        begin_tree(0, 1);
        keep_tree();
        put_claim(0, 1, "by", "one", table[i].step, table[i].says);
        if (table[i].located >= 0)
            put_location(0, 1, table[i].located);
        begin_refining(rows);
        run(&usual, 0);
        read_back(0);
        is = &verified(1, "by")->verification;
        cr_expect_eq(is->verdict_is, table[i].verdict_is, "row %zu", i);
        cr_expect_eq(is->step_is, table[i].step_is, "row %zu", i);
        done();
    }
}

/* The tree's own critique is tried beside those of makers; it says that the answer is wrong. */
ON_BOTH(verify, own)
{
    const struct learnt_item *item;

    store = store_fixture_begin();
    begin_tree(0, 2);
    grown.pairs[0].critique = "one";
    grown.pairs[0].first_error = 1;
    grown.pairs[1].critique = "two";
    keep_tree();
    put_critique(0, 1, "by", "three");
    put_location(0, 1, 1);
    begin_refining(rows);
    run(&usual, 0);
    read_back(0);
    item = verified(1, "");
    cr_expect_str_eq(item->maker, "m/own");
    cr_expect_str_eq(item->verification.foreign, "a/w0001");
    insist_count(item->verification.with, 2, 3);
    cr_expect_eq(item->verification.verdict_is, CRUX_RIGHT);
    cr_expect_eq(item->verification.step_is, CRUX_RIGHT);
    cr_expect_eq(verified(2, "")->verification.step_is, CRUX_UNKNOWN);
    cr_expect_str_neq(verified(1, "by")->maker, "m/own");
    done();
}

/* --- what fails ------------------------------------------------------------------------------- */

/* What fails has no finding, says why, and is asked again; what did not fail is not. */
ON_BOTH(verify, failures)
{
    static const struct letters_row mended[] = {{"F", "R"}, {"X", "R"}, {NULL, NULL}};

    store = store_fixture_begin();
    begin_tree(0, 3);
    keep_tree();
    put_critique(0, 1, "by", "one");
    put_critique(0, 2, "other", "F");
    put_critique(0, 3, "third", "X");
    begin_refining(rows);
    run(&usual, 0);
    cr_expect(counts.kept == 1 && counts.failed == 2 && counts.nothing == 0);
    cr_expect(strstr(counts.failure, "the refiner would not") != NULL ||
                  strstr(counts.failure, "the critic would not") != NULL,
              "%s", counts.failure);
    assert_contains(counts.failure, "problem a, answer ");
    read_back(0);
    cr_expect_eq(found.learnt.of[LEARNT_VERIFICATIONS].count, 1);
    begin_refining(mended);
    run(&usual, 0);
    cr_expect(counts.kept == 2 && counts.before == 1 && refiner.asked == 4);
    cr_expect_null(strstr(refiner.log, "w1/x"));
    read_back(0);
    insist_count(verified(2, "other")->verification.with, 3, 3);
    done();
}

/* Two arms that fail are one failure. */
ON_BOTH(verify, fails_twice)
{
    static const struct letters_row none[] = {{"one", "F"}, {"-", "F"}, {NULL, NULL}};

    store = store_fixture_begin();
    begin_tree(0, 1);
    keep_tree();
    put_critique(0, 1, "by", "one");
    begin_refining(none);
    run(&usual, 0);
    cr_expect(counts.failed == 1 && counts.kept == 0 && refiner.asked == 2);
    done();
}

/* Who cannot revise is not asked at all. */
ON_BOTH(verify, who_cannot)
{
    struct verify_setup setup = usual;
    struct verify *verify = NULL;

    begin_refining(rows);
    refiner.policy.revises = false;
    setup.refiner = &refiner.policy;
    setup.outcome = &refiner.letters.critic;
    cr_expect_eq(verify_open(&verify, &setup, &store_fixture.why), CRUX_INVALID);
    cr_expect_null(verify);
    assert_contains(store_fixture.why.text, "policy scripted revises no answers");
    verify_close(NULL);
}

/* An estimate is the answers of all arms, and asks nobody. */
ON_BOTH(verify, estimate)
{
    struct verify *verify;
    struct trees_setup over = {.in_flight = 2};
    struct verify_setup setup = usual;
    struct trees *trees;
    uint64_t least, most;

    keep_earlier();
    begin_refining(rows);
    setup.with = 4;
    setup.control = 2;
    verify = begin_verify(setup);
    over.store = store;
    over.work = verify_work(verify);
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(trees_estimate(trees, &least, &most, &store_fixture.why), CRUX_OK);
    cr_expect_eq(least, 6 * (4 + 3) + 3 * 2);
    cr_expect(most == least && refiner.asked == 0);
    trees_close(trees);
    verify_close(verify);
    done();
}
