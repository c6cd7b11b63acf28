/*
 * test_passes_memory.c - passes over trees when memory runs out: each allocation of a pass fails
 * once, the first, then the second, until none is left. Each time the pass says so and keeps
 * nothing of its tree, or does without; and the next one finds what it always finds.
 *
 * Under a sanitizer there is nothing to see here: its heap never fails.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/annotate.h"
#include "io/passes/locate.h"
#include "io/passes/verify.h"
#include "tests/world/grown.h"
#include "tests/world/heap.h"
#include "tests/world/store_fixture.h"

TestSuite(passes_memory, .init = store_fixture_set_up, .fini = store_fixture_tear_down);

enum { MOST_FAILURES = 5000, MOST_SAMPLES = 64 };

/* --- ports that take no memory ---------------------------------------------------------------- */

/* The first step of the wrong path is gone on with rightly, and nothing else is. */
static bool is_right(const struct crux_call *call)
{
    const struct crux_step *last = call->state.last;

    return call->revision != NULL || (last != NULL && last->depth == 1);
}

static int answer(struct crux_port *self, struct crux_call *call)
{
    static struct crux_proposal proposals[MOST_SAMPLES];

    (void)self;
    for (uint32_t i = 0; i < call->count && i < MOST_SAMPLES; i++)
        proposals[i] = (struct crux_proposal){
            .text = is_right(call) ? "R" : "W", .prior = 1, .terminal = true};
    call->reply.count = call->count < MOST_SAMPLES ? call->count : MOST_SAMPLES;
    call->reply.proposals = proposals;
    return CRUX_DONE;
}

static int judge(struct crux_call *call)
{
    static struct crux_outcome outcomes[MOST_SAMPLES];

    for (uint32_t i = 0; i < call->count; i++)
        outcomes[i].verdict = call->candidates[i].text[0] == 'R' ? CRUX_RIGHT : CRUX_WRONG;
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    return CRUX_DONE;
}

static int speak(struct crux_port *self, struct crux_call *call)
{
    static const uint8_t steps[] = {CRUX_RIGHT, CRUX_WRONG, CRUX_UNKNOWN};
    static struct crux_note note = {.first_error = CRUX_NO_STEP,
                                    .text = "So.",
                                    .error_type = "",
                                    .corrected_step = "",
                                    .method = "",
                                    .steps = steps,
                                    .step_count = 3};

    (void)self;
    if (call->verb == CRUX_JUDGE)
        return judge(call);
    call->reply.note = &note;
    return CRUX_DONE;
}

static struct crux_policy policy = {.port = {.name = "answers", .instant = true, .ask = answer},
                                    .revises = true};
static struct crux_critic critic = {.port = {.name = "speaks", .instant = true, .ask = speak},
                                    .verbs = 1U << CRUX_JUDGE | 1U << CRUX_ANNOTATE};

/* --- a pass ----------------------------------------------------------------------------------- */

/* One of the three, open; its work and how to close it. */
struct pass {
    struct locate *locate;
    struct annotate *annotate;
    struct verify *verify;
    struct trees_work *work;
};

typedef int pass_open(struct pass *out, const char *maker);

static int open_locate(struct pass *out, const char *maker)
{
    const struct locate_setup setup = {.maker = maker,
                                       .completers = {{.policy = &policy}},
                                       .completer_count = 1,
                                       .outcome = &critic,
                                       .below = 0.3,
                                       .most = 20,
                                       .rights = true};
    int status = locate_open(&out->locate, &setup, &store_fixture.why);

    if (status == CRUX_OK)
        out->work = locate_work(out->locate);
    return status;
}

static int open_annotate(struct pass *out, const char *maker)
{
    const struct annotate_setup setup = {
        .annotator = &critic, .maker = maker, .style = "", .model = "", .rights = true};
    int status = annotate_open(&out->annotate, &setup, &store_fixture.why);

    if (status == CRUX_OK)
        out->work = annotate_work(out->annotate);
    return status;
}

static int open_verify(struct pass *out, const char *maker)
{
    const struct verify_setup setup = {.refiner = &policy,
                                       .outcome = &critic,
                                       .maker = maker,
                                       .with = 2,
                                       .without = 2,
                                       .control = 2};
    int status = verify_open(&out->verify, &setup, &store_fixture.why);

    if (status == CRUX_OK)
        out->work = verify_work(out->verify);
    return status;
}

static struct crux_store *store;

/* CRUX_OK with what was kept, or what went wrong. */
static int run(pass_open *open, const char *maker, uint64_t *kept)
{
    const struct passes_setup asking = {.in_flight = 2};
    struct trees_setup over = {.store = store, .in_flight = 2};
    struct passes *passes = NULL;
    struct trees *trees = NULL;
    struct pass pass = {.work = NULL};
    int status = open(&pass, maker);

    over.work = pass.work;
    if (status == CRUX_OK)
        status = trees_open(&trees, &over, &store_fixture.why);
    if (status == CRUX_OK)
        status = passes_open(&passes, &asking, &store_fixture.why);
    if (status == CRUX_OK)
        status = passes_run(passes, trees_passes_work(trees), &store_fixture.why);
    passes_close(passes);
    if (status == CRUX_OK)
        status = trees_end(trees, &store_fixture.why);
    if (status == CRUX_OK)
        *kept = trees_counted(trees)->kept;
    trees_close(trees);
    locate_close(pass.locate);
    annotate_close(pass.annotate);
    verify_close(pass.verify);
    return status;
}

static int count_maker(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    uint64_t *count = context;

    (void)error;
    *count += strncmp(finding->maker, "pass", 4) == 0;
    return CRUX_OK;
}

static uint64_t findings(void)
{
    uint64_t count = 0;

    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(crux_store_findings(store, store_fixture.problems.items[i].ordinal,
                                         count_maker, &count, &store_fixture.why),
                     CRUX_OK);
    return count;
}

/* Two trees of two wrong paths, with a critique of each. */
static void keep_trees(void)
{
    static struct grown grown;

    store = store_fixture_begin();
    for (size_t i = 0; i < 2; i++) {
        grown_begin(&grown, &store_fixture.problems.items[i]);
        grown_right(&grown, grown_answer(&grown, 0, "a\nb\nR", CRUX_RIGHT));
        for (uint32_t j = 0; j < 2; j++)
            grown_pair(&grown, grown_answer(&grown, 0, j == 0 ? "a\nx\nW" : "y\nz\nW", CRUX_WRONG),
                       0, j == 0)
                ->critique = j == 0 ? "It is x." : "It is y.";
        cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK);
    }
}

/* A pass that failed has kept nothing; one that did without has all. */
static void fail_everywhere(pass_open *open)
{
    uint64_t all = 0, kept = 0, before;
    uint32_t failures = 0;
    bool failed = true;
    char maker[32];

    if (!heap_can_fail())
        cr_skip_test("allocations cannot be made to fail here");
    keep_trees();
    cr_assert_eq(run(open, "undisturbed", &all), CRUX_OK);
    cr_assert_gt(all, 3);
    for (; failed && failures < MOST_FAILURES; failures++) {
        int status;

        (void)snprintf(maker, sizeof maker, "pass%u", failures);
        before = findings();
        heap_fail(failures + 1);
        status = run(open, maker, &kept);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert(status == CRUX_OK || (failed && store_fixture.why.text[0] != '\0'), "%u: %d: %s",
                  failures, status, store_fixture.why.text);
        cr_assert(status == CRUX_OK || status == CRUX_MEMORY || status == CRUX_STORE, "%u: %s",
                  failures, store_fixture.why.text);
        cr_assert_eq(findings() - before > 0, status == CRUX_OK, "%u", failures);
        cr_assert(status != CRUX_OK || kept == all, "%u", failures);
    }
    cr_expect_gt(failures, 20, "%u", failures);
    cr_assert_lt(failures, MOST_FAILURES);
    crux_store_close(store);
}

Test(passes_memory, locate)
{
    fail_everywhere(open_locate);
}

Test(passes_memory, annotate)
{
    fail_everywhere(open_annotate);
}

Test(passes_memory, verify)
{
    fail_everywhere(open_verify);
}
