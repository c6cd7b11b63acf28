/*
 * test_record.c - what io/views/record.h and tally.h promise beside the rows of
 * test_views_golden.c: what counts as known, how completions are counted, and that nobody is asked
 * more than he says.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "io/views/columns.h"
#include "tests/world/contains.h"
#include "tests/world/golden.h"

enum { MOST_RECORDS = 16 };

static struct golden_trees golden;
static struct view_run run;
static struct record records[MOST_RECORDS]; /* what they point to is gone, but for the tree's */
static bool located[MOST_RECORDS], labelled[MOST_RECORDS];
static size_t labels[MOST_RECORDS];
static enum crux_verdict last[MOST_RECORDS]; /* label of the last step that has one */
static struct learnt_count counts[MOST_RECORDS][4];
static size_t count;
static int ends_with;

static void set_up(void)
{
    golden_make(&golden);
    run = (struct view_run){.annotator = (char *)"own"};
    count = 0;
    ends_with = CRUX_OK;
}

TestSuite(record, .init = set_up);

static int take(void *context, const struct record *record, struct crux_error *error)
{
    (void)context;
    (void)error;
    cr_assert_lt(count, MOST_RECORDS);
    records[count] = *record;
    located[count] = record_is_located(record);
    labelled[count] = record_is_labelled(record);
    labels[count] = labelled[count] ? record_labels(record) : 0;
    last[count] = labels[count] > 0 ? record_label(record, labels[count] - 1) : CRUX_UNKNOWN;
    for (size_t i = 0; i < record->path.count && i < 4; i++)
        counts[count][i] = record->counts[i];
    count++;
    return ends_with;
}

static void walk(enum golden which)
{
    struct crux_error error = {""};

    count = 0;
    cr_assert_eq(record_walk(&golden.all[which], &run, take, NULL, &error), CRUX_OK, "%s",
                 error.text);
}

static void insist_count(size_t record, size_t step, uint32_t right, uint32_t of)
{
    cr_expect_eq(counts[record][step].right, right, "record %zu, step %zu: %u right", record, step,
                 counts[record][step].right);
    cr_expect_eq(counts[record][step].of, of, "record %zu, step %zu: of %u", record, step,
                 counts[record][step].of);
}

/* Wrong paths, then right ones, each by its number; a tree without any has none. */
Test(record, walks_in_order)
{
    walk(GOLDEN_WORDS);
    cr_assert_eq(count, 10);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(records[i].letter, i < 7 ? 'w' : 'r');
        cr_expect_eq(records[i].number, i < 7 ? i : i - 7);
    }
    walk(GOLDEN_UNKNOWN);
    cr_assert_eq(count, 0);
    walk(GOLDEN_EMPTY);
    cr_assert_eq(count, 0);
}

/* What each() returns ends the walk. */
Test(record, ends_when_told)
{
    struct crux_error error = {""};

    ends_with = CRUX_MEMORY;
    cr_assert_eq(record_walk(&golden.all[GOLDEN_WORDS], &run, take, NULL, &error), CRUX_MEMORY);
    cr_assert_eq(count, 1);
}

/* An index that is known less certainly than the run asks for is no label. */
Test(record, is_as_certain_as_is_asked_for)
{
    static const enum learnt_how hows[] = {LEARNT_NOT, LEARNT_ESTIMATED, LEARNT_AGREED,
                                           LEARNT_PROVED};
    static const bool known[][3] = {
        {true, true, false}, {true, true, false}, {false, true, false}, {false, false, false}};

    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
        run.least = hows[i];
        walk(GOLDEN_WORDS);
        for (size_t j = 0; j < 3; j++)
            cr_expect_eq(located[j], known[i][j], "%s: w%zu", learnt_how_name(hows[i]), j);
        walk(GOLDEN_PUZZLE);
        cr_expect(located[0]);
        cr_expect_not(located[1]);
    }
}

/* Labels end with the first wrong step; those of a right path with its last step. */
Test(record, labels_what_is_known)
{
    walk(GOLDEN_WORDS);
    cr_expect_eq(labels[0], 2);
    cr_expect_eq(last[0], CRUX_WRONG);
    cr_expect_eq(labels[1], 1);
    cr_expect_eq(last[1], CRUX_WRONG);
    cr_expect_not(labelled[2], "between is not known");
    cr_expect_not(labelled[3]);
    cr_expect_not(labelled[5], "two makers differ");
    cr_expect_eq(labels[7], 3);
    cr_expect_eq(last[7], CRUX_RIGHT);
}

/* A right path has labels unless something says that one of its steps is wrong. */
Test(record, doubts_right_paths)
{
    static const bool sound[] = {false, true, false, false, true};

    walk(GOLDEN_DOUBTS);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(labelled[2 + i], sound[i], "r%zu", i);
        cr_expect_eq(record_text(&records[2 + i])[0] != '\0', sound[i], "r%zu: what is said", i);
    }
}

/* A right answer behind the step that completions found says that it was not the first wrong one;
 * the probes stay. A step that the right path shares is likewise none. */
Test(record, believes_the_tree)
{
    walk(GOLDEN_DOUBTS);
    cr_expect_not(located[0]);
    cr_expect_eq(records[0].location.how, LEARNT_NOT);
    cr_expect_eq(records[0].location.step, -1);
    assert_contains(records[0].location.why, "right answer behind");
    cr_expect_eq(records[0].location.probe_count, 2);
    cr_expect(located[1], "what is proved is not weighed");
}

/* An opening claims nothing, so it is not the first wrong step, whatever completions say. */
Test(record, finds_no_error_in_an_opening)
{
    static const char *const texts[] = {"Let's think step by step.", "**Solution**", "So we have:"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct crux_node nodes[7];

        memcpy(nodes, golden.trees[GOLDEN_WORDS].nodes, sizeof nodes);
        nodes[5].text = texts[i];
        golden.trees[GOLDEN_WORDS].nodes = nodes;
        walk(GOLDEN_WORDS);
        cr_expect(located[0]);
        cr_expect_not(located[1], "%s", texts[i]);
        cr_expect_eq(records[1].location.how, LEARNT_NOT);
        assert_contains(records[1].location.why, "claims nothing");
        golden_make(&golden);
    }
}

/* Of a step the larger of two counts: a probe's behind it, or the tree's answers through it, of
 * which none is of unknown verdict; where the tree has no node the path alone. */
Test(record, counts_completions)
{
    walk(GOLDEN_WORDS);
    insist_count(0, 0, 5, 8);
    insist_count(0, 1, 0, 32);
    insist_count(0, 2, 0, 1);
    insist_count(2, 0, 2, 7);
    insist_count(2, 1, 0, 2);
    insist_count(2, 2, 0, 32);
    insist_count(3, 0, 0, 1);
    insist_count(7, 0, 2, 7);
    insist_count(7, 1, 2, 2);
}

/* Probes of the second completer are in no count: it is another policy. */
Test(record, counts_one_completer)
{
    struct learnt_probe probes[] = {{1, 1, 9, 99, 0, 0.0, 0.25}, {0, 1, 1, 9, 0, 0.0, 0.5}};
    struct learnt_item item = {
        .rollout = 1, .maker = "m", .location = {LEARNT_NOT, -1, -1, -1, "", probes, 2}};

    golden.all[GOLDEN_WORDS].learnt.of[LEARNT_LOCATIONS] = (struct learnt_items){&item, 1, 0};
    walk(GOLDEN_WORDS);
    insist_count(0, 0, 1, 9);
}

/* Of several critiques that with which most answers were right; of equally good ones the first; one
 * that calls the answer right is none, and the tree's own is better than nothing. */
Test(record, takes_the_critique_that_helps)
{
    walk(GOLDEN_WORDS);
    cr_expect_str_eq(records[0].annotator, "critique:style=mmc");
    cr_expect_str_eq(records[0].verifier, "verify=chat:more");
    cr_expect_str_eq(record_annotator(&records[0]), "critique:style=mmc");
    golden.all[GOLDEN_WORDS].learnt.of[LEARNT_VERIFICATIONS].count = 0;
    walk(GOLDEN_WORDS);
    cr_expect_str_eq(records[0].annotator, "critique:style=blind");
    cr_expect_null(records[0].verification);
    cr_expect_str_eq(records[2].annotator, "");
    cr_expect_str_eq(record_annotator(&records[2]), "own");
    cr_expect_str_eq(record_text(&records[2]), "Nothing is to be divided.");
    cr_expect_str_eq(record_text(&records[3]), "", "an empty one is none");
}

/* A pair that does not fit its paths ends the walk, with a sentence that names the problem. */
Test(record, refuses_a_pair_that_does_not_fit)
{
    struct crux_error error = {""};

    golden.puzzle.pairs[0].prefix = 4;
    cr_assert_eq(record_walk(&golden.all[GOLDEN_PUZZLE], &run, take, NULL, &error), CRUX_STORE);
    assert_contains(error.text, "puzzle-1");
    golden_make(&golden);
    golden.puzzle.pairs[0].first_error = 3;
    cr_assert_eq(record_walk(&golden.all[GOLDEN_PUZZLE], &run, take, NULL, &error), CRUX_STORE);
}

/* The tally of a node is of answers of known verdict whose steps go through it, whether they are
 * nodes or lines; and it names the first of each kind. */
Test(record, tallies_nodes)
{
    struct tally tally = {.of = NULL};
    struct paths paths;
    struct crux_error error = {""};

    cr_assert_eq(paths_open(&paths, golden.all[GOLDEN_WORDS].tree, &error), CRUX_OK);
    cr_assert_eq(tally_open(&tally, &paths, &error), CRUX_OK);
    cr_expect_eq(tally.of[0].of, 11);
    cr_expect_eq(tally.of[0].right, 4);
    cr_expect_eq(tally.of[0].first[0], 1);
    cr_expect_eq(tally.of[0].first[1], 0);
    cr_expect_eq(tally.of[2].of, 2, "a rollout's lines are nodes");
    cr_expect_eq(tally.of[5].of, 1, "an unknown answer is not counted");
    cr_expect_eq(tally.of[5].first[1], CRUX_NO_NODE);
    cr_expect_float_eq(tally_value(&tally.of[2]), 1.0, 0.0);
    cr_expect_float_eq(tally_value(&(struct tally_node){0, 0, {0, 0}}), 0.0, 0.0);
    tally_close(&tally);
    paths_close(&paths);
}
