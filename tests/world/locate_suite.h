/*
 * locate_suite.h - what the tests of `crux locate`'s pass share: a tree that is grown by hand,
 * policies of which it is written down which completions are right (letters.h), the pass over it,
 * and what must be said of a path afterwards.
 *
 * Threads. One test at a time.
 */
#ifndef TESTS_WORLD_LOCATE_SUITE_H
#define TESTS_WORLD_LOCATE_SUITE_H

#include <criterion/criterion.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/passes/figures.h"
#include "io/passes/locate.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/late_port.h"
#include "tests/world/letters.h"
#include "tests/world/store_fixture.h"

enum { ENOUGH = 36 }; /* wrong completions are dead at 0.1 */

static struct grown grown;
static struct letters weak, strong;
static struct trees_counts counts;
static struct locate_counts found;
static struct crux_store *store;
static struct learnt learnt;
static struct crux_tree *read_back;

/* Policy weak has searched; strong is not asked unless there are two completers. */
static inline struct locate_setup setup_of(const struct letters_row *rows)
{
    letters_open(&weak, rows);
    return (struct locate_setup){.maker = "test",
                                 .completers = {{&weak.policy, true}, {&strong.policy, false}},
                                 .completer_count = 1,
                                 .outcome = &weak.critic,
                                 .seed = 5,
                                 .below = 0.1,
                                 .most = 64};
}

static inline struct locate_setup setup_of_two(const struct letters_row *rows,
                                               const struct letters_row *strong_rows)
{
    struct locate_setup setup = setup_of(rows);

    letters_open(&strong, strong_rows);
    setup.completer_count = 2;
    return setup;
}

/* The first problem's tree. */
static inline void begin(void)
{
    grown_begin(&grown, &store_fixture.problems.items[0]);
}

static inline void keep(void)
{
    if (store == NULL)
        store = store_fixture_begin();
    cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK);
}

/* One pass over the store's trees, whatever becomes of it. */
static inline int pass(const struct locate_setup *setup, uint32_t in_flight)
{
    const struct passes_setup asking = {.in_flight = in_flight};
    struct trees_setup over = {.store = store, .in_flight = in_flight};
    struct passes *passes;
    struct locate *locate;
    struct trees *trees;
    int status;

    cr_assert_eq(locate_open(&locate, setup, &store_fixture.why), CRUX_OK);
    over.work = locate_work(locate);
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_open(&passes, &asking, &store_fixture.why), CRUX_OK);
    status = passes_run(passes, trees_passes_work(trees), &store_fixture.why);
    passes_close(passes);
    cr_assert_eq(trees_end(trees, &store_fixture.why), CRUX_OK);
    counts = *trees_counted(trees);
    found = *locate_counted(locate);
    trees_close(trees);
    locate_close(locate);
    cr_expect_eq(weak.outstanding + strong.outstanding, 0, "replies are not given back");
    return status;
}

/* What is known of the first tree now. */
static inline void look(void)
{
    learnt_free(&learnt);
    crux_tree_free(read_back);
    cr_assert_eq(crux_store_next(store, -1, &read_back, &store_fixture.why), CRUX_OK);
    learnt.tree = read_back;
    cr_assert_eq(crux_store_findings(store, read_back->problem->ordinal, learnt_take, &learnt,
                                     &store_fixture.why),
                 CRUX_OK, "%s", store_fixture.why.text);
    learnt_sort(&learnt);
}

static inline void locate(const struct locate_setup *setup)
{
    keep();
    cr_assert_eq(pass(setup, 1), CRUX_OK, "%s", store_fixture.why.text);
    look();
}

static inline void done(void)
{
    learnt_free(&learnt);
    crux_tree_free(read_back);
    read_back = NULL;
    crux_store_close(store);
    store = NULL;
}

static inline const struct learnt_location *of(uint32_t rollout)
{
    const struct learnt_item *item = learnt_by(&learnt, LEARNT_LOCATIONS, rollout, "test");

    cr_assert_not_null(item, "nothing is known of answer %u", rollout);
    return &item->location;
}

/* "0:0=1/2 1:3=0/36": completer, prefix, right, of. */
static inline void insist_probes(uint32_t rollout, const char *expected)
{
    const struct learnt_location *location = of(rollout);
    char text[1000] = "", word[60];

    for (size_t i = 0; i < location->probe_count; i++) {
        const struct learnt_probe *probe = &location->probes[i];
        struct figures_share share = figures_exact(probe->right, probe->of);

        (void)snprintf(word, sizeof word, "%s%u:%u=%u/%u", i == 0 ? "" : " ", probe->completer,
                       probe->prefix, probe->right, probe->of);
        (void)strcat(text, word);
        cr_expect(fabs(probe->low - share.low) < 1e-9 && fabs(probe->high - share.high) < 1e-9);
        cr_expect_leq(probe->from_tree, probe->of);
    }
    cr_expect_str_eq(text, expected);
}

static inline void insist(uint32_t rollout, enum learnt_how how, int64_t step, enum locate_why why)
{
    const struct learnt_location *location = of(rollout);

    cr_expect_eq(location->how, how, "it is %s", learnt_how_name(location->how));
    cr_expect_eq(location->step, step, "step %d", (int)location->step);
    cr_expect_str_eq(location->why, locate_why(why));
}

/* A path a/b/c/d that is wrong, and one that is right from the beginning: both from the root. */
static inline uint32_t four_steps(void)
{
    uint32_t right, wrong;

    begin();
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    wrong = grown_answer(&grown, 0, "a\nb\nc\nd", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    return wrong;
}

/* Steps that a right path shares are not wrong: the search begins behind them. */
static inline uint32_t share_two(void)
{
    uint32_t a, b, right, wrong;

    begin();
    a = grown_node(&grown, 0, "a");
    b = grown_node(&grown, a, "b");
    right = grown_answer(&grown, b, "r", CRUX_RIGHT);
    wrong = grown_answer(&grown, a, "b\nc\nd", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 2);
    return wrong;
}

#endif
