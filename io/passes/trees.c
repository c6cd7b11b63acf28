/*
 * trees.c - opens finished trees, hands out the questions about their paths, keeps what is found.
 */
#include "io/passes/trees.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"

enum { TREES_BATCH = 256 }; /* findings that are kept in one transaction, or those of one tree */

struct trees {
    struct passes_work passes; /* first: the pass's work is its trees */
    struct trees_setup setup;
    struct trees_counts counts;
    struct trees_tree *open;         /* in no order */
    struct trees_item *first, *last; /* ready to be asked about */
    uint64_t open_items, in_flight;
    int64_t after;                 /* ordinal of the tree that was opened last */
    bool ended;                    /* there is no other tree */
    struct crux_finding *findings; /* of whole trees, not kept yet; with their texts */
    size_t finding_count, finding_room;
};

/* --- items ------------------------------------------------------------------------------------ */

bool trees_wants_by(struct trees_tree *tree, uint32_t rollout, const char *maker)
{
    struct trees *trees = tree->of;

    if (learnt_by(&tree->learnt, trees->setup.work->kind, rollout, maker) == NULL)
        return true;
    trees->counts.before++;
    return false;
}

bool trees_wants(struct trees_tree *tree, uint32_t rollout)
{
    return trees_wants_by(tree, rollout, tree->of->setup.work->maker);
}

static void trees_make_ready(struct trees *trees, struct trees_item *item)
{
    if (item->ready)
        return;
    item->ready = true;
    item->next_ready = NULL;
    if (trees->first == NULL)
        trees->first = item;
    else
        trees->last->next_ready = item;
    trees->last = item;
}

void trees_wake(struct trees_item *item)
{
    assert(!item->done);
    trees_make_ready(item->of->of, item);
}

void trees_add(struct trees_tree *tree, struct trees_item *item, uint32_t rollout)
{
    assert(rollout < tree->tree->rollout_count);
    item->of = tree;
    item->rollout = rollout;
    if (tree->items == NULL)
        tree->items = item;
    else
        tree->last->next = item;
    tree->last = item;
    tree->left++;
    tree->of->open_items++;
    tree->of->counts.items++;
    trees_make_ready(tree->of, item);
}

/* --- keeping ---------------------------------------------------------------------------------- */

static int trees_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a pass over trees");
}

static void trees_forget_findings(struct trees *trees)
{
    for (size_t i = 0; i < trees->finding_count; i++) {
        free((void *)(uintptr_t)trees->findings[i].json);
        free((void *)(uintptr_t)trees->findings[i].maker);
    }
    trees->finding_count = 0;
}

/* The replies first: a finding stands on them. */
static int trees_keep(struct trees *trees, struct crux_error *error)
{
    const struct trees_setup *setup = &trees->setup;
    int status = CRUX_OK;

    if (trees->finding_count == 0)
        return CRUX_OK;
    if (setup->flush != NULL)
        status = setup->flush(setup->context, error);
    if (status == CRUX_OK)
        status =
            crux_store_put_findings(setup->store, trees->findings, trees->finding_count, error);
    trees_forget_findings(trees);
    return status;
}

static bool trees_push(struct trees *trees, const struct crux_finding *finding)
{
    size_t room = trees->finding_room == 0 ? TREES_BATCH : trees->finding_room * 2;
    struct crux_finding *grown;

    if (trees->finding_count == trees->finding_room) {
        grown = realloc(trees->findings, room * sizeof *grown);
        if (grown == NULL)
            return false;
        trees->findings = grown;
        trees->finding_room = room;
    }
    trees->findings[trees->finding_count] = *finding;
    trees->findings[trees->finding_count].maker = strdup(finding->maker); /* outlives its item */
    if (trees->findings[trees->finding_count].maker == NULL)
        return false;
    trees->finding_count++;
    return true;
}

static void trees_note_failure(struct trees *trees, const struct trees_item *item)
{
    if (trees->counts.failed++ == 0)
        (void)snprintf(trees->counts.failure, sizeof trees->counts.failure,
                       "problem %.100s, answer %u: %.250s", item->of->tree->problem->id,
                       item->rollout, item->failure);
}

static int trees_conclude(struct trees *trees, struct trees_item *item, struct crux_error *error)
{
    struct trees_work *work = trees->setup.work;
    struct crux_finding finding = {.problem = item->of->tree->problem->ordinal,
                                   .about = CRUX_ABOUT_ROLLOUT,
                                   .path = item->rollout,
                                   .maker = item->maker != NULL ? item->maker : work->maker,
                                   .kind = learnt_kind_name(work->kind)};
    char *json = NULL;
    int status;

    if (item->failure != NULL) {
        trees_note_failure(trees, item);
        return CRUX_OK;
    }
    status = work->finding(work, item, &json, error);
    if (status != CRUX_OK)
        return status;
    trees->counts.nothing += json == NULL || item->empty;
    trees->counts.kept += json != NULL && !item->empty;
    finding.json = json;
    if (json == NULL || trees_push(trees, &finding))
        return CRUX_OK;
    free(json);
    return trees_no_memory(error);
}

static void trees_drop(struct trees *trees, struct trees_tree *tree)
{
    struct trees_item *item, *next;

    for (item = tree->items; item != NULL; item = next) {
        next = item->next;
        free(item->failure);
        trees->setup.work->free_item(item);
        trees->open_items--;
    }
    if (tree->previous != NULL)
        tree->previous->next = tree->next;
    else if (trees->open == tree)
        trees->open = tree->next;
    if (tree->next != NULL)
        tree->next->previous = tree->previous;
    paths_close(&tree->paths);
    learnt_free(&tree->learnt);
    crux_tree_free(tree->tree);
    free(tree);
}

/* All items of a tree are done. */
static int trees_finish(struct trees *trees, struct trees_tree *tree, struct crux_error *error)
{
    int status = CRUX_OK;

    for (struct trees_item *item = tree->items; item != NULL && status == CRUX_OK;
         item = item->next)
        status = trees_conclude(trees, item, error);
    trees_drop(trees, tree);
    if (status == CRUX_OK && trees->finding_count >= TREES_BATCH)
        status = trees_keep(trees, error);
    return status;
}

/* --- trees ------------------------------------------------------------------------------------ */

static int trees_look(struct trees *trees, struct trees_tree *tree, struct crux_error *error)
{
    struct trees_work *work = trees->setup.work;
    int status;

    tree->learnt.tree = tree->tree;
    status = crux_store_findings(trees->setup.store, tree->tree->problem->ordinal, learnt_take,
                                 &tree->learnt, error);
    if (status == CRUX_OK)
        status = paths_open(&tree->paths, tree->tree, error);
    if (status != CRUX_OK)
        return status;
    learnt_sort(&tree->learnt);
    return work->items(work, tree, error);
}

static int trees_open_next(struct trees *trees, struct crux_error *error)
{
    struct trees_tree *tree;
    int status;

    if (trees->setup.limit > 0 && trees->counts.trees >= trees->setup.limit) {
        trees->ended = true;
        return CRUX_OK;
    }
    tree = calloc(1, sizeof *tree);
    if (tree == NULL)
        return trees_no_memory(error);
    status = crux_store_next(trees->setup.store, trees->after, &tree->tree, error);
    if (status != CRUX_OK) {
        free(tree);
        trees->ended = status == CRUX_END;
        return trees->ended ? CRUX_OK : status;
    }
    trees->after = (int64_t)tree->tree->problem->ordinal;
    trees->counts.trees++;
    tree->of = trees;
    tree->next = trees->open;
    if (tree->next != NULL)
        tree->next->previous = tree;
    trees->open = tree;
    status = trees_look(trees, tree, error);
    if (status == CRUX_OK && tree->left == 0)
        trees_drop(trees, tree);
    return status;
}

/* --- what it would be --------------------------------------------------------------------------
 */

static void trees_add_estimates(struct trees *trees, uint64_t *least, uint64_t *most)
{
    struct trees_work *work = trees->setup.work;
    uint64_t low, high;

    for (const struct trees_item *item = trees->open->items; item != NULL; item = item->next) {
        work->estimate(work, item, &low, &high);
        *least += low;
        *most += high;
    }
}

int trees_estimate(struct trees *trees, uint64_t *least, uint64_t *most, struct crux_error *error)
{
    int status = CRUX_OK;

    *least = *most = 0;
    while (status == CRUX_OK && !trees->ended) {
        status = trees_open_next(trees, error);
        trees->first = NULL; /* nothing is asked */
        if (status != CRUX_OK || trees->open == NULL)
            continue;
        trees_add_estimates(trees, least, most);
        trees_drop(trees, trees->open);
    }
    return status;
}

/* --- the work of a pass ------------------------------------------------------------------------
 */

static struct trees_item *trees_take_ready(struct trees *trees)
{
    struct trees_item *item = trees->first;

    assert(item->ready);
    trees->first = item->next_ready;
    item->ready = false;
    return item;
}

/* Ask about the first item that is ready. CRUX_PENDING: that one has nothing to ask now. */
static int trees_ask(struct trees *trees, struct passes_question **out, struct crux_error *error)
{
    struct trees_work *work = trees->setup.work;
    struct trees_item *item = trees_take_ready(trees);
    int status = work->next(work, item, out, error);

    if (status == CRUX_OK) {
        (*out)->about = item;
        trees->in_flight++;
        trees_make_ready(trees, item);
        return CRUX_OK;
    }
    if (status != CRUX_END)
        return status;
    assert(!item->done);
    item->done = true;
    item->of->left--;
    status = item->of->left == 0 ? trees_finish(trees, item->of, error) : CRUX_OK;
    return status == CRUX_OK ? CRUX_PENDING : status;
}

static int trees_pass_next(struct passes_work *self, struct passes_question **out,
                           struct crux_error *error)
{
    struct trees *trees = (struct trees *)(void *)self;
    int status = CRUX_PENDING;

    while (status == CRUX_PENDING) {
        if (trees->first != NULL) {
            status = trees_ask(trees, out, error);
        } else if (!trees->ended && trees->open_items < UINT64_C(2) * trees->setup.in_flight) {
            status = trees_open_next(trees, error);
            status = status == CRUX_OK ? CRUX_PENDING : status;
        } else {
            assert(trees->in_flight > 0 || (trees->ended && trees->open_items == 0));
            return trees->in_flight > 0 ? CRUX_PENDING : CRUX_END;
        }
    }
    return status;
}

static int trees_pass_answered(struct passes_work *self, struct passes_question *question,
                               int status, struct crux_error *error)
{
    struct trees *trees = (struct trees *)(void *)self;
    struct trees_item *item = question->about;

    assert(trees->in_flight > 0);
    trees->in_flight--;
    trees_make_ready(trees, item);
    return trees->setup.work->answered(trees->setup.work, item, question, status, error);
}

static void trees_set_places(struct passes_work *self, uint32_t in_flight)
{
    struct trees *trees = (struct trees *)(void *)self;

    trees->setup.in_flight = in_flight;
}

/* --- opening and closing -----------------------------------------------------------------------
 */

int trees_open(struct trees **out, const struct trees_setup *setup, struct crux_error *error)
{
    struct trees *trees = calloc(1, sizeof *trees);

    assert(setup->in_flight > 0 && setup->work->kind < LEARNT_KINDS);
    if (trees == NULL)
        return trees_no_memory(error);
    trees->passes = (struct passes_work){trees_pass_next, trees_pass_answered, trees_set_places};
    trees->setup = *setup;
    trees->after = -1;
    *out = trees;
    return CRUX_OK;
}

void trees_close(struct trees *trees)
{
    struct trees_tree *tree, *next;

    if (trees == NULL)
        return;
    for (tree = trees->open; tree != NULL; tree = next) {
        next = tree->next;
        trees_drop(trees, tree);
    }
    trees_forget_findings(trees);
    free(trees->findings);
    free(trees);
}

struct passes_work *trees_passes_work(struct trees *trees)
{
    return &trees->passes;
}

int trees_end(struct trees *trees, struct crux_error *error)
{
    return trees_keep(trees, error);
}

const struct trees_counts *trees_counted(const struct trees *trees)
{
    return &trees->counts;
}
