/*
 * diverge.c - sort all paths by their steps; then neighbours share the most.
 *
 * In sorted order the steps that a path shares with another only get fewer with
 * distance, so the nearest right path before or behind a wrong one parts from it
 * latest, and those that part there too stand side by side.
 */
#include "search/diverge.h"

#include <stdlib.h>
#include <string.h>

struct line {
    const struct crux_text *steps;
    uint32_t count;
    uint32_t rollout;
    uint32_t node;
    uint8_t verdict;
};

static int compare_text(struct crux_text a, struct crux_text b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.start, b.start, shorter);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static uint32_t shared(const struct line *a, const struct line *b)
{
    uint32_t i = 0;

    while (i < a->count && i < b->count && compare_text(a->steps[i], b->steps[i]) == 0)
        i++;
    return i;
}

static int compare_steps(const struct line *a, const struct line *b)
{
    uint32_t at = shared(a, b);

    if (at < a->count && at < b->count)
        return compare_text(a->steps[at], b->steps[at]);
    return (a->count > b->count) - (a->count < b->count);
}

static int by_steps(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    int order = compare_steps(a, b);

    return order != 0 ? order : (a->rollout > b->rollout) - (a->rollout < b->rollout);
}

static int by_rollout(const void *x, const void *y)
{
    const struct line *a = x, *b = y;

    return (a->rollout > b->rollout) - (a->rollout < b->rollout);
}

/* --- lines --------------------------------------------------------------------- */

struct lines {
    struct line *line;
    struct crux_text *steps;
    uint32_t count;
};

static size_t count_steps(const struct crux_tree *tree)
{
    size_t steps = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++)
        steps += crux_path_steps(tree, i, NULL, 0);
    return steps;
}

/* Paths with a verdict, sorted, equal ones once. */
static int make_lines(const struct crux_tree *tree, struct lines *lines)
{
    size_t room = count_steps(tree), used = 0;

    lines->line = calloc(tree->rollout_count + 1u, sizeof *lines->line);
    lines->steps = calloc(room + 1, sizeof *lines->steps);
    if (lines->line == NULL || lines->steps == NULL)
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        struct line line = {&lines->steps[used], 0, i, tree->rollouts[i].node,
                            tree->rollouts[i].verdict};

        if (line.verdict == CRUX_UNKNOWN)
            continue;
        line.count = (uint32_t)crux_path_steps(tree, i, &lines->steps[used], room - used);
        used += line.count;
        lines->line[lines->count++] = line;
    }
    qsort(lines->line, lines->count, sizeof *lines->line, by_steps);
    return CRUX_OK;
}

static void drop_equal(struct lines *lines)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < lines->count; i++)
        if (kept == 0 || compare_steps(&lines->line[kept - 1], &lines->line[i]) != 0)
            lines->line[kept++] = lines->line[i];
    lines->count = kept;
}

/* --- pairs ------------------------------------------------------------------------ */

static bool better_right(const struct line *a, const struct line *b)
{
    if (b == NULL || a->count != b->count)
        return b == NULL || a->count < b->count;
    return a->node != b->node ? a->node < b->node : a->rollout < b->rollout;
}

/* In one direction from `from`, the best right path that shares most with it. */
static const struct line *look(const struct lines *lines, uint32_t from, int step, uint32_t *most,
                               const struct line *best)
{
    const struct line *wrong = &lines->line[from];

    for (int64_t i = (int64_t)from + step; i >= 0 && i < (int64_t)lines->count; i += step) {
        const struct line *other = &lines->line[i];
        uint32_t same = shared(wrong, other);

        if (best != NULL && same < *most)
            break;
        if (other->verdict != CRUX_RIGHT)
            continue;
        if (best == NULL || same > *most || better_right(other, best))
            best = other;
        *most = same;
    }
    return best;
}

static struct crux_pair pair_of(const struct lines *lines, uint32_t wrong, bool *found)
{
    uint32_t most = 0;
    const struct line *right = look(lines, wrong, -1, &most, NULL);

    right = look(lines, wrong, 1, &most, right);
    *found = right != NULL;
    if (right == NULL)
        return (struct crux_pair){0};
    return (struct crux_pair){
        .wrong = lines->line[wrong].rollout,
        .right = right->rollout,
        .prefix = most,
        .first_error = most,
        .critique = "",
        .error_type = "",
        .corrected_step = "",
        .method = "",
    };
}

/* Two paths of which one is the beginning of the other part nowhere: a checker
 * that says so of complete answers cannot be learnt from. */
static bool parts(const struct lines *lines, uint32_t wrong, const struct crux_pair *pair)
{
    return pair->prefix < lines->line[wrong].count;
}

static int by_wrong(const void *x, const void *y)
{
    const struct crux_pair *a = x, *b = y;

    return (a->wrong > b->wrong) - (a->wrong < b->wrong);
}

static int put_pairs(struct crux_tree *tree, const struct lines *lines)
{
    struct crux_pair *pairs = calloc(lines->count + 1u, sizeof *pairs);
    uint32_t count = 0;

    if (pairs == NULL)
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < lines->count; i++) {
        bool found = false;

        if (lines->line[i].verdict != CRUX_WRONG)
            continue;
        pairs[count] = pair_of(lines, i, &found);
        count += found && parts(lines, i, &pairs[count]);
    }
    qsort(pairs, count, sizeof *pairs, by_wrong);
    tree->pairs = pairs;
    tree->pair_count = count;
    return CRUX_OK;
}

static int put_rights(struct crux_tree *tree, struct lines *lines)
{
    uint32_t *rights = calloc(lines->count + 1u, sizeof *rights);
    uint32_t count = 0;

    if (rights == NULL)
        return CRUX_MEMORY;
    qsort(lines->line, lines->count, sizeof *lines->line, by_rollout);
    for (uint32_t i = 0; i < lines->count; i++)
        if (lines->line[i].verdict == CRUX_RIGHT)
            rights[count++] = lines->line[i].rollout;
    tree->rights = rights;
    tree->right_count = count;
    return CRUX_OK;
}

int diverge(struct crux_tree *tree, struct crux_error *error)
{
    struct lines lines = {NULL, NULL, 0};
    int status = make_lines(tree, &lines);

    if (status == CRUX_OK) {
        drop_equal(&lines);
        status = put_pairs(tree, &lines);
    }
    if (status == CRUX_OK)
        status = put_rights(tree, &lines);
    free(lines.line);
    free(lines.steps);
    return status == CRUX_OK
               ? CRUX_OK
               : crux_fail(error, status, "no memory to compare %u paths", tree->rollout_count);
}
