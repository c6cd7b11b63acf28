/*
 * about.c - keeps the list of features.
 */
#include "critics/linear/about.h"

#include "io/draw.h"

#include <stdlib.h>

static void linear_add(struct linear_features *out, uint64_t feature)
{
    if (out->count == out->room) {
        uint32_t room = out->room == 0 ? 256 : 2 * out->room;
        uint32_t *more = realloc(out->index, room * sizeof *more);

        if (more == NULL) {
            out->lost = true;
            return;
        }
        out->index = more;
        out->room = room;
    }
    out->index[out->count++] = (uint32_t)(draw_mix(feature) >> (64 - LINEAR_BITS));
}

void linear_add_about(struct linear_features *out, enum linear_about about, uint64_t what)
{
    linear_add(out, draw(about, what));
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void linear_sort_once(struct linear_features *out)
{
    uint32_t kept = 0;

    qsort(out->index, out->count, sizeof *out->index, by_index);
    for (uint32_t i = 0; i < out->count; i++)
        if (kept == 0 || out->index[kept - 1] != out->index[i])
            out->index[kept++] = out->index[i];
    out->count = kept;
}

void linear_features_free(struct linear_features *features)
{
    free(features->index);
    *features = (struct linear_features){.index = NULL};
}
