/*
 * test_inject_pass.c - what io/passes/inject.h promises, and annotate.h of injected paths: who is
 * asked for what, what becomes a wrong path, what is not asked again, on stores of both kinds.
 *
 * Injector and annotator answer with a note that a test has written; an answer is wrong if there is
 * an `x` in it, and nobody knows whether one with a `?` is.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "io/passes/annotate.h"
#include "io/passes/inject.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/store_fixture.h"

TestSuite(inject_pass, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(inject_pass_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

/* What it says, and what it was asked. */
static struct {
    struct crux_critic critic; /* first */
    struct crux_note note;
    bool silent, fails, judges_nothing;
    uint32_t asked, details, most, least, prefix;
    char judged[100];
} said;

static struct grown grown;
static struct crux_store *store;
static struct trees_counts counts;
static struct learnt learnt;
static struct crux_tree *read_back;

static int judge_answer(struct crux_call *call)
{
    static struct crux_outcome outcome;
    const char *text = call->candidates[0].text;

    cr_assert_eq(call->count, 1);
    (void)strncpy(said.judged, text, sizeof said.judged - 1);
    outcome = (struct crux_outcome){.verdict = strchr(text, '?') != NULL   ? CRUX_UNKNOWN
                                               : strchr(text, 'x') != NULL ? CRUX_WRONG
                                                                           : CRUX_RIGHT,
                                    .answer = "nine"};
    call->reply.outcomes = said.judges_nothing ? NULL : &outcome;
    call->reply.count = 1;
    return CRUX_DONE;
}

static int say(struct crux_port *self, struct crux_call *call)
{
    (void)self;
    if (call->verb == CRUX_JUDGE)
        return judge_answer(call);
    said.asked++;
    said.details = call->details;
    said.least = call->details < said.least ? call->details : said.least;
    said.most = call->details > said.most ? call->details : said.most;
    said.prefix = call->pair->prefix;
    call->reply.prompt_tokens = 5;
    if (said.fails) {
        call->reply.sentence = "it is gone";
        return CRUX_FAILED;
    }
    call->reply.note = said.silent ? NULL : &said.note;
    return CRUX_DONE;
}

static void begin_saying(const char *text)
{
    memset(&said, 0, sizeof said);
    said.critic = (struct crux_critic){.port = {.name = "said", .instant = true, .ask = say},
                                       .verbs = 1U << CRUX_ANNOTATE | 1U << CRUX_JUDGE,
                                       .injects = true};
    said.least = UINT32_MAX;
    said.note = (struct crux_note){.first_error = CRUX_NO_STEP,
                                   .text = text,
                                   .error_type = "",
                                   .corrected_step = "",
                                   .method = ""};
}

/* A tree with two right paths of two steps, and one right path without steps of its own. */
static void keep_tree(void)
{
    grown_begin(&grown, &store_fixture.problems.items[0]);
    grown_right(&grown, grown_answer(&grown, 0, "a\nb", CRUX_RIGHT));
    grown_right(&grown, grown_answer(&grown, 0, "c\nd", CRUX_RIGHT));
    store = store_fixture_begin();
    cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK);
}

static void run_work(struct trees_work *work)
{
    const struct passes_setup asking = {.in_flight = 2};
    const struct trees_setup over = {.store = store, .in_flight = 2, .work = work};
    struct passes *passes;
    struct trees *trees;

    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_open(&passes, &asking, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_run(passes, trees_passes_work(trees), &store_fixture.why), CRUX_OK, "%s",
                 store_fixture.why.text);
    passes_close(passes);
    cr_assert_eq(trees_end(trees, &store_fixture.why), CRUX_OK);
    counts = *trees_counted(trees);
    trees_close(trees);
    learnt_free(&learnt);
    crux_tree_free(read_back);
    cr_assert_eq(crux_store_next(store, -1, &read_back, &store_fixture.why), CRUX_OK);
    learnt.tree = read_back;
    cr_assert_eq(crux_store_findings(store, read_back->problem->ordinal, learnt_take, &learnt,
                                     &store_fixture.why),
                 CRUX_OK, "%s", store_fixture.why.text);
    learnt_sort(&learnt);
}

static struct inject_counts inject_pass(uint32_t paths, uint32_t least, uint32_t most)
{
    const struct inject_setup setup = {.injector = &said.critic,
                                       .outcome = &said.critic,
                                       .maker = "maker",
                                       .model = "m",
                                       .paths = paths,
                                       .least = least,
                                       .most = most,
                                       .seed = 3};
    struct inject_counts counted;
    struct inject *inject;

    cr_assert_eq(inject_open(&inject, &setup, &store_fixture.why), CRUX_OK);
    run_work(inject_work(inject));
    counted = *inject_counted(inject);
    inject_close(inject);
    return counted;
}

static struct annotate_scores detect_pass(void)
{
    const struct annotate_setup setup = {.annotator = &said.critic,
                                         .maker = "detector",
                                         .style = "s",
                                         .model = "",
                                         .injected = true};
    struct annotate_scores scores;
    struct annotate *annotate;

    cr_assert_eq(annotate_open(&annotate, &setup, &store_fixture.why), CRUX_OK);
    run_work(annotate_work(annotate));
    scores = *annotate_scored(annotate);
    annotate_close(annotate);
    return scores;
}

static void done(void)
{
    learnt_free(&learnt);
    crux_tree_free(read_back);
    read_back = NULL;
    crux_store_close(store);
    store = NULL;
}

#define PUT(step)                                                                                  \
    "{\"steps\": [\"a\", \"" step                                                                  \
    "\"], \"details\": [{\"step\": 2, \"original\": \"b\", \"false\": \"" step "\"}]}"

/* Wrong now: a wrong path, which is not made twice. */
ON_BOTH(inject_pass, wrong)
{
    struct inject_counts counted;
    const struct learnt_item *item;

    keep_tree();
    begin_saying(PUT("x\\ny"));
    counted = inject_pass(1, 1, 5);
    cr_expect(counted.wrong == 1 && counted.details == 1 && said.asked == 1);
    cr_expect(counted.right + counted.unknown + counted.unusable == 0);
    cr_expect(said.details >= 1 && said.details <= 5);
    cr_expect_str_eq(said.judged, "a\nx\vy");
    item = learnt_by(&learnt, LEARNT_INJECTIONS, 0, "maker");
    cr_assert_not_null(item);
    cr_expect_eq(item->injection.verdict, CRUX_WRONG);
    cr_expect_str_eq(item->injection.answer, "nine");
    cr_expect_str_eq(item->injection.model, "m");
    cr_expect_str_eq(item->injection.path.steps.texts[1], "x\ny");
    cr_expect_eq(item->injection.path.details[0].step, 1);
    cr_expect(item->cost.calls == 1 && item->cost.prompt_tokens == 5);
    counted = inject_pass(1, 1, 5);
    cr_expect(said.asked == 1 && counted.wrong == 0 && counts.before == 1);
    (void)inject_pass(0, 2, 2);
    cr_expect(said.asked == 2 && said.details == 2 && counts.kept == 1);
    done();
}

/* Still right, not known, nothing usable: kept out, and not asked again. */
ON_BOTH(inject_pass, no_wrong_path)
{
    static const struct {
        const char *text;
        uint64_t right, unknown, unusable;
    } rows[] = {{PUT("y"), 2, 0, 0}, {PUT("x?"), 0, 2, 0}, {"", 0, 0, 2}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inject_counts counted;
        struct annotate_scores scores;

        if (i > 0)
            store_fixture_tear_down(), store_fixture_set_up_in_memory();
        keep_tree();
        begin_saying(rows[i].text);
        counted = inject_pass(0, 1, 1);
        cr_expect(counted.right == rows[i].right && counted.unknown == rows[i].unknown);
        cr_expect(counted.unusable == rows[i].unusable && counted.wrong == 0);
        cr_expect(counts.nothing == 2 && counts.kept == 0 && said.asked == 2);
        (void)inject_pass(0, 1, 1);
        cr_expect_eq(said.asked, 2);
        scores = detect_pass();
        cr_expect(scores.count == 0 && said.asked == 2);
        done();
    }
}

/* What fails, and what is no path with false details, has no finding and is asked again. */
ON_BOTH(inject_pass, failures)
{
    static const char *const texts[] = {
        "{",
        "[]",
        "{\"steps\": [], \"details\": []}",
        "{\"steps\": [\"a\"], \"details\": []}",
    };

    keep_tree();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        begin_saying(texts[i]);
        (void)inject_pass(1, 1, 1);
        cr_expect(counts.failed == 1 && counts.kept + counts.nothing == 0);
        assert_contains(counts.failure, "no path with false details");
    }
    begin_saying(NULL);
    (void)inject_pass(1, 1, 1);
    assert_contains(counts.failure, "note has no text");
    begin_saying(PUT("x"));
    said.judges_nothing = true;
    (void)inject_pass(1, 1, 1);
    assert_contains(counts.failure, "no verdict for the answer");
    said.judges_nothing = false;
    said.fails = true;
    (void)inject_pass(1, 1, 1);
    assert_contains(counts.failure, "it is gone");
    said.fails = false;
    cr_expect_eq(inject_pass(1, 1, 1).wrong, 1);
    done();
}

/* A detector is shown the wrong path and not told where; its critique is none of the right path's.
 */
ON_BOTH(inject_pass, detection)
{
    struct annotate_scores scores;
    const struct learnt_detection *found;
    size_t count;

    keep_tree();
    begin_saying(PUT("x"));
    (void)inject_pass(0, 1, 1);
    begin_saying("Step 2 is off.");
    said.note.first_error = 1;
    scores = detect_pass();
    cr_expect(scores.count == 2 && scores.first == 2 && scores.silent == 0 && scores.sum == 2.0);
    cr_expect(said.asked == 2 && said.prefix == 1 && said.details == 0);
    cr_expect_eq(learnt.of[LEARNT_DETECTIONS].count, 2);
    found = &learnt_of(&learnt, LEARNT_DETECTIONS, 0, &count)->detection;
    cr_expect_str_eq(found->injection, "maker");
    cr_expect_str_eq(found->critique.text, "Step 2 is off.");
    cr_expect(found->score == 1.0 && found->first && found->critique.step == 1);
    cr_expect_null(learnt_of(&learnt, LEARNT_CRITIQUES, 0, &count));
    scores = detect_pass();
    cr_expect(said.asked == 2 && scores.count == 2 && scores.sum == 2.0, "counted from the store");
    done();
}

/* Nothing to say is a score of 0, and a finding. */
ON_BOTH(inject_pass, silence)
{
    struct annotate_scores scores;

    keep_tree();
    begin_saying(PUT("x"));
    (void)inject_pass(1, 1, 1);
    said.silent = true;
    scores = detect_pass();
    cr_expect(scores.count == 1 && scores.silent == 1 && scores.sum == 0.0 && scores.first == 0);
    (void)detect_pass();
    cr_expect_eq(said.asked, 2);
    done();
}

ON_BOTH(inject_pass, who_cannot)
{
    struct inject_setup setup = {.injector = &said.critic, .least = 1, .most = 1};
    struct inject *inject;

    begin_saying("");
    said.critic.injects = false;
    cr_expect_eq(inject_open(&inject, &setup, &store_fixture.why), CRUX_INVALID);
    assert_contains(store_fixture.why.text, "critic said puts no false details");
}
