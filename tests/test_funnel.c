/*
 * test_funnel.c - what struct crux_funnel (io/crux_export.h) promises: how many paths are left at
 * each step of the way, by what the golden trees have, and what that has cost.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "io/json.h"
#include "io/views/funnel.h"
#include "io/views/keep.h"
#include "tests/world/contains.h"
#include "tests/world/golden.h"

static struct golden_trees golden;
static struct view_run run;
static struct crux_funnel funnel;
static struct crux_error why;

static void set_up(void)
{
    golden_make(&golden);
    run = (struct view_run){.annotator = (char *)"own"};
    funnel = (struct crux_funnel){.trees = 0};
}

TestSuite(funnel, .init = set_up);

static void add(enum golden which)
{
    cr_assert_eq(funnel_add(&funnel, &golden.all[which], &run, &why), CRUX_OK, "%s", why.text);
}

/* Answers by verdict, pairs by how they are located; a critique of no words is none. */
Test(funnel, words)
{
    static const uint64_t located[] = {2, 1, 3, 1, 0};

    add(GOLDEN_WORDS);
    cr_expect(funnel.trees == 1 && funnel.without_right + funnel.without_wrong == 0);
    cr_expect(funnel.right == 4 && funnel.wrong == 7 && funnel.unknown == 1);
    cr_expect(funnel.rights == 3 && funnel.pairs == 7);
    for (unsigned how = 0; how < LEARNT_HOWS; how++)
        cr_expect_eq(funnel.located[how], located[how], "%s: %d", learnt_how_name(how),
                     (int)funnel.located[how]);
    cr_expect_eq(funnel.annotated, 5, "%d", (int)funnel.annotated);
    cr_expect_eq(funnel.verified, 2);
    cr_expect(funnel.kept_wrong == 7 && funnel.kept_right == 3);
}

/* The tree's own critique counts, and its proof. */
Test(funnel, puzzle)
{
    add(GOLDEN_PUZZLE);
    cr_expect_eq(funnel.located[LEARNT_PROVED], 1, "%d", (int)funnel.located[LEARNT_PROVED]);
    cr_expect_eq(funnel.annotated, 1);
    cr_expect_eq(funnel.verified, 0);
}

/* Trees that nothing can be learnt from are counted by what they lack. */
Test(funnel, lacking)
{
    add(GOLDEN_UNKNOWN);
    add(GOLDEN_EMPTY);
    cr_expect(funnel.trees == 2 && funnel.without_right == 2 && funnel.without_wrong == 2);
    cr_expect(funnel.unknown == 2 && funnel.right + funnel.wrong + funnel.pairs == 0);
    add(GOLDEN_WORDS);
    cr_expect(funnel.trees == 3 && funnel.without_right == 2 && funnel.pairs == 7);
}

/* With a choice its paths are asked, each. */
Test(funnel, kept)
{
    struct keep *keep = NULL;

    cr_assert_eq(keep_open(&keep, "refined_right >= 4", &why), CRUX_OK);
    run.keep = keep_filter(keep);
    add(GOLDEN_WORDS);
    cr_expect_eq(funnel.kept_wrong, 1);
    cr_expect_eq(funnel.kept_right, 3);
    cr_expect_eq(funnel.pairs, 7);
    keep_close(keep);
    keep = NULL;
    cr_assert_eq(keep_open(&keep, "abs(-9223372036854775807 - 1) > 0", &why), CRUX_OK);
    run.keep = keep_filter(keep);
    cr_expect_eq(funnel_add(&funnel, &golden.all[GOLDEN_WORDS], &run, &why), CRUX_INVALID);
    keep_close(keep);
}

/* What the search and each pass has cost, and the same numbers as JSON. */
Test(funnel, costs)
{
    struct learnt_item items[LEARNT_KINDS][2];
    struct crux_tree tree = golden.trees[GOLDEN_UNKNOWN];
    struct view_tree what = {.tree = &tree, .learnt = {.tree = &tree}};
    struct json *object;
    char *text;

    memset(items, 0, sizeof items);
    tree.calls = 9;
    tree.prompt_tokens = 90;
    tree.completion_tokens = 900;
    tree.price = 9000;
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++) {
        for (unsigned i = 0; i < 2; i++)
            items[kind][i].cost = (struct crux_paid){kind + 1, 10 * (kind + 1), 100, i};
        what.learnt.of[kind] = (struct learnt_items){items[kind], 2, 2};
    }
    cr_assert_eq(funnel_add(&funnel, &what, &run, &why), CRUX_OK);
    cr_expect_eq(funnel.search.prompt_tokens, 90);
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++) {
        cr_expect_eq(funnel.passes[kind].calls, 2 * (kind + 1));
        cr_expect_eq(funnel.passes[kind].prompt_tokens, 20 * (kind + 1));
        cr_expect(funnel.passes[kind].completion_tokens == 200 && funnel.passes[kind].price == 1);
    }
    object = funnel_json(&funnel);
    text = json_text(object, false);
    assert_contains(text, "\"search\": {\"calls\": 9, \"prompt_tokens\": 90, "
                          "\"completion_tokens\": 900, \"price\": 9000}");
    assert_contains(text, "\"locate\": {\"calls\": 2, ");
    assert_contains(text, "\"annotate\": {\"calls\": 4, ");
    assert_contains(text, "\"verify\": {\"calls\": 6, ");
    assert_contains(text, "\"inject\": {\"calls\": 8, ");
    assert_contains(text, "\"detect\": {\"calls\": 10, ");
    assert_contains(text, "\"unknown_answers\": 2");
    assert_contains(text, "\"located\": {\"proved\": 0, \"agreed\": 0, \"estimated\": 0, "
                          "\"between\": 0, \"not\": 0}");
    free(text);
    json_free(object);
}
