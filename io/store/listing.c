/*
 * listing.c - each problem of a store with its state, its numbers and how its answers were judged.
 */
#include "io/store/store.h"

#include <string.h>

#include "io/problem_line.h"
#include "io/store/pack.h"

struct listing {
    const struct crux_store *store;
    store_each_listed *each;
    void *context;
};

static void listing_count(struct store_listed *out, const struct crux_tree *tree)
{
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        out->answers[tree->rollouts[i].verdict]++;
}

static int listing_read(struct store_listed *out, const struct store_row *row,
                        struct crux_error *error)
{
    struct crux_tree *tree = NULL;
    int status = CRUX_OK;

    if (row->frame != NULL)
        status = pack_read(&tree, row->frame, row->size, out->problem, error);
    if (status == CRUX_OK && tree != NULL)
        listing_count(out, tree);
    crux_tree_free(tree);
    return status;
}

static int listing_item(void *context, const struct store_item *item, struct crux_error *error)
{
    const struct listing *listing = context;
    struct store_listed listed = {.item = item};
    struct problem_line parsed;
    struct crux_error why = {""};
    int status = problem_line_open(&parsed, item->row.line, strlen(item->row.line), &why);

    if (status != CRUX_OK)
        return crux_fail(error, status == CRUX_MEMORY ? CRUX_MEMORY : CRUX_STORE,
                         "%s, problem `%s`: %s", listing->store->path, item->row.id, why.text);
    parsed.problem.ordinal = item->row.ordinal;
    listed.problem = &parsed.problem;
    status = listing_read(&listed, &item->row, &why);
    if (status < 0)
        (void)crux_fail(error, status, "%s, problem `%s`: %s", listing->store->path, item->row.id,
                        why.text);
    else
        status = listing->each(listing->context, &listed, error);
    problem_line_close(&parsed);
    return status;
}

int store_list(struct crux_store *store, const struct store_wanted *wanted, store_each_listed *each,
               void *context, struct crux_error *error)
{
    struct listing listing = {store, each, context};
    int status;

    store_enter(store);
    status = store->verbs->list(store, wanted, listing_item, &listing, error);
    store_leave(store);
    return status;
}

int store_refusals(struct crux_store *store, store_each_failure *each, void *context,
                   struct crux_error *error)
{
    int status;

    store_enter(store);
    status = store->verbs->refusals(store, each, context, error);
    store_leave(store);
    return status;
}
