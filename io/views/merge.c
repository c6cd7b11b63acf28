/*
 * merge.c - merges the stores of a run's shards: one tree of each is in memory, and the one with
 * the smallest ordinal is next.
 *
 * Shards are few, so a look at every head is all the machinery there is.
 */
#include "io/views/merge.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/shards.h"

/* --- one run? ------------------------------------------------------------------------- */

static int merge_check_shard(const struct merge *merge, size_t at, struct crux_error *error)
{
    char other[40], both[60];

    (void)snprintf(other, sizeof other, "store %zu", at + 1);
    (void)snprintf(both, sizeof both, "stores 1 and %zu", at + 1);
    return shards_check_pair(&merge->shards[0].summary, &merge->shards[at].summary,
                             &(struct shards_pair){"store 1", other, both}, error);
}

int merge_open(struct merge *out, struct crux_store *const *stores, size_t count,
               struct crux_error *error)
{
    struct merge merge = {.shards = calloc(count + 1, sizeof *merge.shards), .count = count};
    int status = CRUX_OK;

    if (merge.shards == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %zu stores", count);
    for (size_t i = 0; status == CRUX_OK && i < count; i++) {
        struct merge_shard *shard = &merge.shards[i];

        *shard = (struct merge_shard){.store = stores[i], .after = -1};
        status = crux_store_summary(shard->store, &shard->summary, error);
        if (status == CRUX_OK)
            status = merge_check_shard(&merge, i, error);
    }
    if (status == CRUX_OK)
        *out = merge;
    else
        merge_close(&merge);
    return status;
}

void merge_close(struct merge *merge)
{
    for (size_t i = 0; i < merge->count && merge->shards != NULL; i++)
        crux_tree_free(merge->shards[i].head);
    crux_tree_free(merge->current);
    free(merge->shards);
    *merge = (struct merge){.shards = NULL};
}

const struct crux_summary *merge_summary(const struct merge *merge)
{
    const struct crux_summary *first = &merge->shards[0].summary;

    for (size_t i = 1; i < merge->count; i++) {
        const struct crux_summary *next = &merge->shards[i].summary;

        if (shards_names_run(next, first))
            first = next;
    }
    return first;
}

/* --- in order ----------------------------------------------------------------------------- */

static int fill(struct merge_shard *shard, struct crux_error *error)
{
    int status;

    if (shard->head != NULL || shard->ended)
        return CRUX_OK;
    status = crux_store_next(shard->store, shard->after, &shard->head, error);
    if (status == CRUX_END) {
        shard->ended = true;
        return CRUX_OK;
    }
    if (status == CRUX_OK)
        shard->after = (int64_t)shard->head->problem->ordinal;
    return status;
}

/* The shard whose head comes next; NULL: none has a head. */
static int view_merge_choose(const struct merge *merge, struct merge_shard **out,
                             struct crux_error *error)
{
    struct merge_shard *first = NULL;

    for (size_t i = 0; i < merge->count; i++) {
        struct merge_shard *shard = &merge->shards[i];

        if (shard->head == NULL)
            continue;
        if (first != NULL && shard->after == first->after)
            return crux_fail(error, CRUX_INVALID,
                             "problem %s is finished in stores %zu and %zu: which tree is meant?",
                             shard->head->problem->id, (size_t)(first - merge->shards) + 1, i + 1);
        if (first == NULL || shard->after < first->after)
            first = shard;
    }
    *out = first;
    return CRUX_OK;
}

int merge_next(struct merge *merge, const struct crux_tree **out, struct crux_error *error)
{
    struct merge_shard *next = NULL;
    int status = CRUX_OK;

    crux_tree_free(merge->current);
    merge->current = NULL;
    for (size_t i = 0; status == CRUX_OK && i < merge->count; i++)
        status = fill(&merge->shards[i], error);
    if (status == CRUX_OK)
        status = view_merge_choose(merge, &next, error);
    if (status != CRUX_OK)
        return status;
    if (next == NULL)
        return CRUX_END;
    merge->current = next->head;
    merge->from = next->store;
    next->head = NULL;
    *out = merge->current;
    return CRUX_OK;
}
