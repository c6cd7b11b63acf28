/*
 * tally.c - walks through a run's finished trees and counts.
 */
#include "io/cli/compare/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tallying {
    struct tally *tally;
    const struct tally_setup *setup;
};

static int tally_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to count what was solved");
}

static int tally_by_ordinal(const void *key, const void *item)
{
    uint64_t wanted = *(const uint64_t *)key,
             ordinal = ((const struct crux_problem *)item)->ordinal;

    return (wanted > ordinal) - (wanted < ordinal);
}

/* A tree out of a store has a problem of its own: what names it there is its ordinal. */
static size_t tally_index(const struct tally_setup *setup, const struct crux_tree *tree)
{
    const struct crux_problems *problems = setup->problems;
    const struct crux_problem *problem =
        bsearch(&tree->problem->ordinal, problems->items, problems->count, sizeof *problems->items,
                tally_by_ordinal);

    assert(problem != NULL);
    return (size_t)(problem - problems->items);
}

static void tally_cost(struct tally *tally, const struct crux_tree *tree)
{
    tally->calls += tree->calls;
    tally->prompt_tokens += tree->prompt_tokens;
    tally->completion_tokens += tree->completion_tokens;
    tally->price += tree->price;
    tally->search_ns += tree->search_ns;
}

/* Is what a rule picks of the first answers right? */
static bool tally_is_right(const struct tallying *tallying, const struct referee_view *view,
                           enum crux_pick_rule rule, uint32_t first)
{
    const struct crux_pick how = {rule, first, tallying->setup->alpha};
    uint32_t picked = crux_pick(&view->tree, &how);

    return picked != CRUX_NO_NODE && view->verdicts[picked] == CRUX_RIGHT;
}

static bool tally_any_right(const struct referee_view *view, uint32_t first)
{
    uint32_t i = 0;

    while (i < first && i < view->tree.rollout_count && view->verdicts[i] != CRUX_RIGHT)
        i++;
    return i < first && i < view->tree.rollout_count;
}

static void tally_picks(struct tallying *tallying, const struct referee_view *view)
{
    struct tally *tally = tallying->tally;
    size_t index = tally_index(tallying->setup, &view->tree);

    for (size_t i = 0; i < tallying->setup->pick_count; i++) {
        bool right = tally_is_right(tallying, view, tallying->setup->picks[i], 0);

        tally->right[i][index] = right;
        tally->solved[i] += right;
    }
    tally->oracle += tally_any_right(view, UINT32_MAX);
}

static void tally_gaps(struct tallying *tallying, const struct referee_view *view)
{
    struct tally *tally = tallying->tally;

    for (size_t i = 0; i < tally->gap_count; i++) {
        struct tally_gap *gap = &tally->gaps[i];

        for (int rule = 0; rule < CRUX_PICK_RULES; rule++)
            gap->solved[rule] +=
                tally_is_right(tallying, view, (enum crux_pick_rule)rule, gap->answers);
        gap->solved[TALLY_ORACLE] += tally_any_right(view, gap->answers);
    }
}

static int tally_tree(struct tallying *tallying, const struct crux_tree *tree,
                      struct crux_error *error)
{
    struct referee_view view = {.said = NULL};
    int status;

    tally_cost(tallying->tally, tree);
    if (!referee_knows(tree->problem))
        return CRUX_OK;
    status = referee_look(tallying->setup->referee, tree, &view, error);
    if (status == CRUX_OK) {
        tally_picks(tallying, &view);
        tally_gaps(tallying, &view);
    }
    referee_view_free(&view);
    return status;
}

static int tally_walk(struct crux_store *store, struct tallying *tallying,
                      int (*each)(struct tallying *tallying, const struct crux_tree *tree,
                                  struct crux_error *error),
                      struct crux_error *error)
{
    struct crux_tree *tree = NULL;
    int64_t after = -1;
    int status;

    while ((status = crux_store_next(store, after, &tree, error)) == CRUX_OK) {
        after = (int64_t)tree->problem->ordinal;
        status = each(tallying, tree, error);
        crux_tree_free(tree);
        if (status != CRUX_OK)
            return status;
    }
    return status == CRUX_END ? CRUX_OK : status;
}

/* --- how many answers there are -------------------------------------------------------- */

static int tally_most(struct tallying *tallying, const struct crux_tree *tree,
                      struct crux_error *error)
{
    (void)error;
    if (tree->rollout_count > tallying->tally->most)
        tallying->tally->most = tree->rollout_count;
    return CRUX_OK;
}

/* 1, 2, 4, ... and all of them. */
static void tally_plan_gaps(struct tally *tally)
{
    for (uint64_t answers = 1; answers < tally->most && tally->gap_count < TALLY_GAPS - 1;
         answers *= 2)
        tally->gaps[tally->gap_count++] = (struct tally_gap){.answers = (uint32_t)answers};
    if (tally->most > 0)
        tally->gaps[tally->gap_count++] = (struct tally_gap){.answers = tally->most};
}

/* --- the whole ---------------------------------------------------------------------------- */

static int tally_prepare(struct tallying *tallying, struct crux_store *store,
                         struct crux_error *error)
{
    const struct tally_setup *setup = tallying->setup;
    struct tally *tally = tallying->tally;
    int status = CRUX_OK;

    for (size_t i = 0; i < setup->problems->count; i++) {
        const struct crux_problem *problem = &setup->problems->items[i];

        tally->of += referee_knows(problem);
        tally->failed += crux_store_state(store, problem->ordinal) == CRUX_BROKEN;
    }
    for (size_t i = 0; i < setup->pick_count; i++) {
        tally->right[i] = calloc(setup->problems->count + 1, sizeof *tally->right[i]);
        if (tally->right[i] == NULL)
            return tally_no_memory(error);
    }
    if (setup->gaps)
        status = tally_walk(store, tallying, tally_most, error);
    tally_plan_gaps(tally);
    return status;
}

int tally_read(struct tally *out, const char *store, const struct tally_setup *setup,
               struct crux_error *error)
{
    struct tallying tallying = {out, setup};
    struct crux_store *trees = NULL;
    int status = crux_store_open(&trees, store, false, error);

    *out = (struct tally){.of = 0};
    assert(setup->pick_count <= TALLY_PICKS);
    if (status == CRUX_OK)
        status = tally_prepare(&tallying, trees, error);
    if (status == CRUX_OK)
        status = tally_walk(trees, &tallying, tally_tree, error);
    crux_store_close(trees);
    return status;
}

void tally_free(struct tally *tally)
{
    for (size_t i = 0; i < TALLY_PICKS; i++)
        free(tally->right[i]);
    *tally = (struct tally){.of = 0};
}
