/*
 * merge.c - merges the stores of a run's shards: one tree of each is in memory, and the one with
 * the smallest ordinal is next.
 *
 * Shards are few, so a look at every head is all the machinery there is. Which
 * option differs is found only when the hashes have said that one does.
 */
#include "io/views/merge.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"

/* --- one run? ------------------------------------------------------------------------- */

static bool same_value(const struct json *a, const struct json *b)
{
    char *x = json_text(a, false), *y = json_text(b, false);
    bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* The first option that is not the same in both, NULL: none. */
static const char *find_difference(const struct json *a, const struct json *b)
{
    const char *key = NULL;

    while ((key = json_next_key(a, key)) != NULL)
        if (!same_value(json_get(a, key), json_get(b, key)))
            return key;
    while ((key = json_next_key(b, key)) != NULL)
        if (json_get(a, key) == NULL)
            return key;
    return NULL;
}

static int name_differing_option(const struct crux_summary *a, const struct crux_summary *b,
                                 size_t position, struct crux_error *error)
{
    struct json *x = NULL, *y = NULL;
    const char *option = NULL;
    char *left = NULL, *right = NULL;

    if (json_parse(&x, a->configuration, strlen(a->configuration), NULL) == CRUX_OK &&
        json_parse(&y, b->configuration, strlen(b->configuration), NULL) == CRUX_OK)
        option = find_difference(x, y);
    if (option != NULL) {
        left = json_text(json_get(x, option), false);
        right = json_text(json_get(y, option), false);
    }
    (void)crux_fail(error, CRUX_INVALID,
                    "stores 1 and %zu are not shards of one run: the option %s differs (%s and %s)",
                    position, option != NULL ? option : "?", left != NULL ? left : "none",
                    right != NULL ? right : "none");
    free(left);
    free(right);
    json_free(x);
    json_free(y);
    return CRUX_INVALID;
}

/* Was the input of b that of a before it grew? */
static bool merge_has_outgrown(const struct crux_summary *a, const struct crux_summary *b)
{
    struct json *settings = NULL;
    const struct json *record;
    bool found = false;

    (void)json_parse(&settings, a->settings, strlen(a->settings), NULL);
    record = json_get(settings, CRUX_INPUT_EXTENSIONS);
    for (size_t i = 0; i < json_count(record); i++) {
        const char *before = json_as_string(json_get(json_at(record, i), "before"));

        found |= before != NULL && strcmp(before, b->input_sha256) == 0;
    }
    json_free(settings);
    return found;
}

static int merge_fail_shorter(size_t longer, size_t shorter, struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID,
                     "lines were added to the input of store %zu, and not yet to that of store "
                     "%zu: let this one go on with the longer file and --extend",
                     longer, shorter);
}

static int check_same_run(const struct crux_summary *a, const struct crux_summary *b,
                          size_t position, struct crux_error *error)
{
    if (merge_has_outgrown(a, b))
        return merge_fail_shorter(1, position, error);
    if (merge_has_outgrown(b, a))
        return merge_fail_shorter(position, 1, error);
    if (strcmp(a->input_sha256, b->input_sha256) != 0)
        return crux_fail(error, CRUX_INVALID,
                         "stores 1 and %zu are not shards of one run: their inputs differ (%s with "
                         "SHA-256 %.12s... and %s with %.12s...)",
                         position, a->input_name, a->input_sha256, b->input_name, b->input_sha256);
    if (strcmp(a->config_hash, b->config_hash) != 0)
        return name_differing_option(a, b, position, error);
    return CRUX_OK;
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
            status = check_same_run(&merge.shards[0].summary, &shard->summary, i + 1, error);
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

        if (next->begun_lines > 0 &&
            (first->begun_lines == 0 || next->begun_lines < first->begun_lines))
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
