/*
 * test_annotate_pass.c - what io/passes/annotate.h promises of a tree's own paths: about which an
 * annotator is asked, what it is told, what is kept of its words, on stores of both kinds.
 *
 * Of paths with false details test_inject_pass.c tells.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/annotate.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/store_fixture.h"

TestSuite(annotate_pass, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(annotate_pass_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

/* What it says, and what it was asked. */
static struct {
    struct crux_critic critic; /* first */
    struct crux_note note;
    const char *sentence; /* of a call that fails */
    bool silent, fails;
    uint32_t asked;
    char
        log[500]; /* of each call: `w1@0 `, or `w1@- ` where no step is told; `r0 ` of right ones */
} said;

static struct grown grown;
static struct crux_store *store;
static struct trees_counts counts;
static struct learnt learnt;
static struct crux_tree *read_back;

static int say(struct crux_port *self, struct crux_call *call)
{
    const struct crux_pair *pair = call->pair;
    char step[16] = "-", entry[40];

    (void)self;
    cr_assert(call->verb == CRUX_ANNOTATE && call->count == 1 && call->tree != NULL);
    if (pair->first_error != CRUX_NO_STEP)
        (void)snprintf(step, sizeof step, "%u", pair->first_error);
    if (pair->wrong == CRUX_NO_NODE)
        (void)snprintf(entry, sizeof entry, "r%u ", pair->right);
    else
        (void)snprintf(entry, sizeof entry, "w%u@%s ", pair->wrong, step);
    cr_assert_lt(strlen(said.log) + strlen(entry), sizeof said.log);
    (void)strcat(said.log, entry);
    said.asked++;
    call->reply.prompt_tokens = 5;
    if (said.fails) {
        call->reply.sentence = said.sentence;
        return CRUX_FAILED;
    }
    call->reply.note = said.silent ? NULL : &said.note;
    return CRUX_DONE;
}

static void begin_saying(const char *text)
{
    memset(&said, 0, sizeof said);
    said.critic = (struct crux_critic){.port = {.name = "said", .instant = true, .ask = say},
                                       .verbs = 1U << CRUX_ANNOTATE};
    said.note = (struct crux_note){.first_error = CRUX_NO_STEP,
                                   .text = text,
                                   .error_type = "",
                                   .corrected_step = "",
                                   .method = ""};
}

/* Right 0 and 1; wrong 2, 3 and 4, of two steps each, and of these 4 is proved. */
static void keep_tree(void)
{
    struct crux_pair *pair;

    grown_begin(&grown, &store_fixture.problems.items[0]);
    grown_right(&grown, grown_answer(&grown, 0, "a\nb", CRUX_RIGHT));
    grown_right(&grown, grown_answer(&grown, 0, "c\nd", CRUX_RIGHT));
    (void)grown_pair(&grown, grown_answer(&grown, 0, "a\nx", CRUX_WRONG), 0, 1);
    pair = grown_pair(&grown, grown_answer(&grown, 0, "y\nx", CRUX_WRONG), 0, 0);
    pair->first_error = 0; /* a claim of the run's own critic */
    pair->critique = "It claims.";
    pair = grown_pair(&grown, grown_answer(&grown, 0, "z\nx", CRUX_WRONG), 0, 0);
    pair->first_error = 1;
    pair->exact = true;
    store = store_fixture_begin();
    cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK);
}

static void locate(uint32_t rollout, const struct learnt_location *location)
{
    const struct crux_paid cost = {.calls = 1};
    char *json = learnt_location_json(location, &cost);
    const struct crux_finding finding = {.about = CRUX_ABOUT_ROLLOUT,
                                         .path = rollout,
                                         .maker = "locator",
                                         .kind = LEARNT_LOCATION,
                                         .json = json};

    cr_assert_eq(crux_store_put_findings(store, &finding, 1, &store_fixture.why), CRUX_OK);
    free(json);
}

static const struct annotate_setup usual = {
    .annotator = &said.critic, .maker = "maker", .style = "s", .model = "m"};

static void run(const struct annotate_setup *setup)
{
    const struct passes_setup asking = {.in_flight = 2};
    struct trees_setup over = {.store = store, .in_flight = 2};
    struct annotate *annotate;
    struct passes *passes;
    struct trees *trees;

    said.asked = 0;
    said.log[0] = '\0';
    cr_assert_eq(annotate_open(&annotate, setup, &store_fixture.why), CRUX_OK);
    over.work = annotate_work(annotate);
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_open(&passes, &asking, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_run(passes, trees_passes_work(trees), &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    passes_close(passes);
    cr_assert_eq(trees_end(trees, &store_fixture.why), CRUX_OK);
    counts = *trees_counted(trees);
    trees_close(trees);
    annotate_close(annotate);
    learnt_free(&learnt);
    crux_tree_free(read_back);
    cr_assert_eq(crux_store_next(store, -1, &read_back, &store_fixture.why), CRUX_OK);
    learnt.tree = read_back;
    cr_assert_eq(crux_store_findings(store, read_back->problem->ordinal, learnt_take, &learnt,
                                     &store_fixture.why),
                 CRUX_OK, "%s", store_fixture.why.text);
    learnt_sort(&learnt);
}

static const struct learnt_critique *kept(uint32_t rollout, const char *maker)
{
    const struct learnt_item *item = learnt_by(&learnt, LEARNT_CRITIQUES, rollout, maker);

    return item != NULL ? &item->critique : NULL;
}

static void done(void)
{
    learnt_free(&learnt);
    crux_tree_free(read_back);
    read_back = NULL;
    crux_store_close(store);
    store = NULL;
}

/* What is proved or located is told; a claim of another critic is not, nor is a range. */
ON_BOTH(annotate_pass, what_is_told)
{
    const struct learnt_location between = {LEARNT_BETWEEN, -1, 0, 1, "so", NULL, 0};
    const struct learnt_location found = {LEARNT_ESTIMATED, 1, -1, -1, "", NULL, 0};

    keep_tree();
    begin_saying("so");
    run(&usual);
    cr_expect_str_eq(said.log, "w2@- w3@- w4@1 ");
    cr_expect(counts.kept == 3 && counts.nothing + counts.failed == 0);
    locate(2, &found);
    locate(3, &between);
    run(&(struct annotate_setup){&said.critic, "other", "s", "m", .seed = 1});
    cr_expect_str_eq(said.log, "w2@1 w3@- w4@1 ");
    done();
}

/* Only what is located; right paths, too. */
ON_BOTH(annotate_pass, which_paths)
{
    struct annotate_setup setup = usual;

    keep_tree();
    begin_saying("so");
    setup.located = true;
    run(&setup);
    cr_expect_str_eq(said.log, "w4@1 ");
    setup.rights = true;
    run(&setup);
    cr_expect_str_eq(said.log, "r0 r1 ");
    cr_expect_not_null(kept(0, "maker"));
    setup.located = false;
    run(&setup);
    cr_expect_str_eq(said.log, "w2@- w3@- ");
    cr_expect_eq(counts.before, 3);
    run(&setup);
    cr_expect(said.asked == 0 && counts.before == 5 && counts.items == 0);
    done();
}

/* All that a note says is kept as it was said. */
ON_BOTH(annotate_pass, what_is_kept)
{
    static const uint8_t steps[] = {CRUX_RIGHT, CRUX_WRONG};
    const struct learnt_critique *critique;

    keep_tree();
    begin_saying("Step 2:\nno \xe2\x88\x92.");
    said.note.first_error = 1;
    said.note.error_type = "arithmetic";
    said.note.corrected_step = "b\vc";
    said.note.method = "recomputed";
    said.note.verdict = CRUX_WRONG;
    said.note.steps = steps;
    said.note.step_count = 2;
    run(&usual);
    critique = kept(2, "maker");
    cr_assert_not_null(critique);
    cr_expect_str_eq(critique->text, "Step 2:\nno \xe2\x88\x92.");
    cr_expect_str_eq(critique->style, "s");
    cr_expect_str_eq(critique->model, "m");
    cr_expect_str_eq(critique->error_type, "arithmetic");
    cr_expect_str_eq(critique->corrected_step, "b\vc");
    cr_expect_str_eq(critique->method, "recomputed");
    cr_expect(critique->step == 1 && critique->verdict == CRUX_WRONG && critique->step_count == 2);
    cr_expect_eq(critique->steps[1], CRUX_WRONG);
    cr_expect_eq(learnt_by(&learnt, LEARNT_CRITIQUES, 2, "maker")->cost.prompt_tokens, 5);
    done();
}

/* Nothing to say is kept, too, whether there is a note or none: nobody is asked again. */
ON_BOTH(annotate_pass, silence)
{
    keep_tree();
    for (int none = 0; none < 2; none++) {
        struct annotate_setup setup = usual;

        setup.maker = none != 0 ? "mute" : "blank";
        begin_saying("");
        said.silent = none != 0;
        run(&setup);
        cr_expect(counts.nothing == 3 && counts.kept + counts.failed == 0);
        cr_assert_not_null(kept(2, setup.maker));
        cr_expect_str_eq(kept(2, setup.maker)->text, "");
        cr_expect_eq(kept(2, setup.maker)->step, -1);
        run(&setup);
        cr_expect(said.asked == 0 && counts.before == 3);
    }
    done();
}

/* A note about a path that is not this one, or with no text in it, is none. */
ON_BOTH(annotate_pass, notes_that_do_not_fit)
{
    static const uint8_t steps[] = {CRUX_RIGHT, CRUX_WRONG, CRUX_WRONG};
    static const char *const no_text = "a\xff";
    struct annotate_setup setup = usual;

    keep_tree();
    setup.rights = true;
    for (int i = 0; i < 11; i++) {
        begin_saying("so");
        said.note.first_error = i == 0 ? 2 : CRUX_NO_STEP;
        said.note.steps = i == 1 || i == 2 ? steps : NULL;
        said.note.step_count = i == 1 ? 3 : 1;
        said.note.text = i == 3 ? NULL : i == 4 ? no_text : "so";
        said.note.error_type = i == 5 ? NULL : i == 6 ? "two\nlines" : "";
        said.note.corrected_step = i == 7 ? NULL : i == 8 ? no_text : "";
        said.note.method = i == 9 ? NULL : i == 10 ? "two\rlines" : "";
        run(&setup);
        cr_expect(counts.failed == 5 && counts.kept + counts.nothing == 0, "note %d", i);
        assert_contains(counts.failure, "not as it must be");
        cr_expect_eq(learnt.of[LEARNT_CRITIQUES].count, 0);
    }
    done();
}

/* A right path has no wrong step: who points at one has not looked at it. */
ON_BOTH(annotate_pass, right_paths_have_no_wrong_step)
{
    struct annotate_setup setup = usual;

    keep_tree();
    begin_saying("so");
    said.note.first_error = 1;
    setup.rights = true;
    run(&setup);
    cr_expect(counts.failed == 2 && counts.kept == 3);
    cr_expect_null(kept(0, "maker"));
    done();
}

/* A call that fails says why, or that it did, and its path is asked about again. */
ON_BOTH(annotate_pass, failures)
{
    keep_tree();
    begin_saying("so");
    said.fails = true;
    run(&usual);
    cr_expect_eq(counts.failed, 3);
    assert_contains(counts.failure, "problem a, answer 2: the annotator's call failed");
    said.sentence = "it is gone";
    run(&usual);
    assert_contains(counts.failure, "it is gone");
    cr_expect_eq(said.asked, 3);
    said.fails = false;
    run(&usual);
    cr_expect(counts.kept == 3 && said.asked == 3 && counts.before == 0);
    done();
}

/* Each maker has its own words about a path. */
ON_BOTH(annotate_pass, makers)
{
    struct annotate_setup setup = usual;
    size_t count;

    keep_tree();
    begin_saying("one");
    run(&setup);
    begin_saying("two");
    setup.maker = "other";
    run(&setup);
    cr_expect_eq(said.asked, 3);
    (void)learnt_of(&learnt, LEARNT_CRITIQUES, 2, &count);
    cr_expect_eq(count, 2);
    cr_expect_str_eq(kept(2, "maker")->text, "one");
    cr_expect_str_eq(kept(2, "other")->text, "two");
    done();
}

/* A call for each path, and nobody is asked. */
ON_BOTH(annotate_pass, estimate)
{
    struct trees_setup over = {.in_flight = 2};
    struct annotate *annotate;
    struct trees *trees;
    uint64_t least, most;

    keep_tree();
    begin_saying("so");
    cr_assert_eq(annotate_open(&annotate, &usual, &store_fixture.why), CRUX_OK);
    over.store = store;
    over.work = annotate_work(annotate);
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(trees_estimate(trees, &least, &most, &store_fixture.why), CRUX_OK);
    cr_expect(least == 3 && most == 3 && said.asked == 0);
    trees_close(trees);
    annotate_close(annotate);
    done();
}

ON_BOTH(annotate_pass, who_cannot)
{
    struct annotate *annotate = NULL;

    begin_saying("");
    said.critic.verbs = 1U << CRUX_JUDGE;
    cr_expect_eq(annotate_open(&annotate, &usual, &store_fixture.why), CRUX_INVALID);
    cr_expect_null(annotate);
    assert_contains(store_fixture.why.text, "critic said writes no critiques");
}
