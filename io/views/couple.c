/*
 * couple.c - a wrong answer and its right one, as one row.
 */
#include "io/views/couple.h"

#include <assert.h>

double couple_margin(const struct record *record)
{
    const struct crux_rollout *rollouts = record->about.what->tree->rollouts;

    assert(record->pair != NULL);
    return rollouts[record->pair->right].reward - rollouts[record->pair->wrong].reward;
}

int couple_put(void *context, const struct record *record, struct crux_error *error)
{
    struct view_out *out = context;

    if (record->pair == NULL || record->path.count == 0 || record->right.count == 0 ||
        couple_margin(record) <= 0.0)
        return CRUX_OK;
    return view_put(out, record, VIEW_NEITHER, error);
}

void couple_chosen(struct json_row *out, const void *row, const void *item)
{
    const struct record *record = row;

    (void)item;
    columns_put_whole(out, record->about.run, &record->right);
}

/* The number of a right path is its place in the list of those, which is sorted. */
void couple_chosen_id(struct json_row *out, const void *row, const void *item)
{
    const struct record *record = row;
    const struct crux_tree *tree = record->about.what->tree;
    uint32_t low = 0, high = tree->right_count;

    (void)item;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (tree->rights[middle] < record->pair->right)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < tree->right_count && tree->rights[low] == record->pair->right)
        view_path_id(out, tree->problem, 'r', low);
    else
        view_text(out, "");
}
