/*
 * diverge.c - pairing each wrong path with the right one that parts from it latest, by sorting; or
 * with one reference for all.
 *
 * In sorted order the steps that a path shares with another only get fewer with
 * distance. So one sweep in each direction, with the right paths behind it grouped by
 * how many steps they share with where it stands, finds for every wrong path those
 * that part from it latest, in time that grows with the number of paths alone.
 */
#include "search/finish/diverge.h"

#include <assert.h>
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
    struct line selected; /* by the search, if it is right; without steps: it is not */
    uint32_t count;
};

static size_t count_steps(const struct crux_tree *tree)
{
    size_t steps = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++)
        steps += crux_path_steps(tree, i, NULL, 0);
    return steps;
}

static bool diverge_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Two steps read the same whatever blanks stand at their ends. */
static void drop_blanks(struct crux_text *steps, uint32_t count)
{
    for (struct crux_text *step = steps; step < steps + count; step++) {
        for (; step->length > 0 && diverge_is_blank(*step->start); step->length--)
            step->start++;
        while (step->length > 0 && diverge_is_blank(step->start[step->length - 1]))
            step->length--;
    }
}

/* Paths with a verdict, sorted. best: the one that was selected. */
static int make_lines(const struct crux_tree *tree, uint32_t best, struct lines *lines)
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
        drop_blanks(&lines->steps[used], line.count);
        used += line.count;
        lines->line[lines->count++] = line;
        if (i == best && line.verdict == CRUX_RIGHT)
            lines->selected = line;
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

/* Right paths that share as many steps with the path at hand. */
struct group {
    uint32_t shared;
    const struct line *parting; /* the best of those that go on elsewhere */
    const struct line *whole;   /* the one that is nothing but the shared steps */
};

static void absorb(struct group *group, const struct line *right)
{
    assert(right == NULL || right->count >= group->shared);
    if (right == NULL)
        return;
    if (right->count == group->shared)
        group->whole = right;
    else if (better_right(right, group->parting))
        group->parting = right;
}

/* From `left` to its neighbour, which shares `same` steps with it: a path that
 * shared more with left now shares that number. The stack keeps the groups, most shared on top. */
static uint32_t move_on(struct group *stack, uint32_t top, const struct line *left, uint32_t same)
{
    struct group group = {same, NULL, NULL};

    assert(same <= left->count);
    while (top > 0 && stack[top - 1].shared >= same) {
        top--;
        absorb(&group, stack[top].parting);
        absorb(&group, stack[top].whole);
    }
    if (left->verdict == CRUX_RIGHT)
        absorb(&group, left);
    if (group.parting != NULL || group.whole != NULL)
        stack[top++] = group;
    return top;
}

static void keep_deepest(struct group *best, const struct group *found)
{
    bool none = best->parting == NULL && best->whole == NULL;

    assert(found->parting != NULL || found->whole != NULL);
    if (none || found->shared > best->shared) {
        *best = *found;
    } else if (found->shared == best->shared) {
        absorb(best, found->parting);
        absorb(best, found->whole);
    }
}

/* For every line, the right paths on one side that share most with it. */
static void diverge_sweep(const struct lines *lines, bool upwards, struct group *best,
                          struct group *stack)
{
    uint32_t top = 0;

    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t at = upwards ? i : lines->count - 1 - i;
        const struct line *line = &lines->line[at];

        if (top > 0)
            keep_deepest(&best[at], &stack[top - 1]);
        if (i + 1 < lines->count)
            top = move_on(stack, top, line, shared(line, upwards ? line + 1 : line - 1));
    }
}

/* Two paths of which one is the beginning of the other part nowhere: a checker
 * that says so of complete answers cannot be learnt from. */
static bool parts(const struct line *wrong, const struct group *best)
{
    return best->parting != NULL && best->shared < wrong->count;
}

static struct crux_pair pair_of(const struct line *wrong, const struct group *best)
{
    assert(wrong->verdict == CRUX_WRONG && best->parting->verdict == CRUX_RIGHT);
    return (struct crux_pair){
        .wrong = wrong->rollout,
        .right = best->parting->rollout,
        .prefix = best->shared,
        .first_error = CRUX_NO_STEP,
        .critique = "",
        .error_type = "",
        .corrected_step = "",
        .method = "",
    };
}

static int by_wrong(const void *x, const void *y)
{
    const struct crux_pair *a = x, *b = y;

    return (a->wrong > b->wrong) - (a->wrong < b->wrong);
}

/* For every line, the reference and how many steps they share. */
static void diverge_refer(const struct lines *lines, const struct line *reference,
                          struct group *best)
{
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t same = shared(reference, &lines->line[i]);

        best[i] = (struct group){same, same < reference->count ? reference : NULL, NULL};
    }
}

/* The line of this path or of one with the same steps, if it is right; else NULL. */
static const struct line *diverge_line_of(const struct lines *lines, const struct line *path)
{
    for (uint32_t i = 0; i < lines->count; i++)
        if (compare_steps(&lines->line[i], path) == 0)
            return lines->line[i].verdict == CRUX_RIGHT ? &lines->line[i] : NULL;
    return NULL;
}

/* With which right paths each line may be paired. False: there is no reference. */
static bool diverge_find(const struct lines *lines, enum crux_pairs with, struct group *best,
                         struct group *stack)
{
    const struct line *reference;

    if (with == CRUX_PAIRS_NEAREST) {
        diverge_sweep(lines, true, best, stack);
        diverge_sweep(lines, false, best, stack);
        return true;
    }
    reference = lines->selected.steps != NULL ? diverge_line_of(lines, &lines->selected) : NULL;
    if (reference != NULL)
        diverge_refer(lines, reference, best);
    return reference != NULL;
}

static enum crux_unpaired diverge_unpaired(const struct lines *lines, bool found)
{
    bool right = false, wrong = false;

    for (uint32_t i = 0; i < lines->count; i++) {
        right |= lines->line[i].verdict == CRUX_RIGHT;
        wrong |= lines->line[i].verdict == CRUX_WRONG;
    }
    if (!right || !wrong)
        return right ? CRUX_NO_WRONG : wrong ? CRUX_NO_RIGHT : CRUX_NO_VERDICT;
    return found ? CRUX_NO_PARTING : CRUX_NO_REFERENCE;
}

static int put_pairs(struct crux_tree *tree, const struct lines *lines, enum crux_pairs with)
{
    struct crux_pair *pairs = calloc(lines->count + 1u, sizeof *pairs);
    struct group *best = calloc(2u * lines->count + 1u, sizeof *best);
    uint32_t count = 0;
    bool found;

    assert(tree->pairs == NULL);
    tree->pairs = pairs;
    if (pairs == NULL || best == NULL) {
        free(best);
        return CRUX_MEMORY;
    }
    found = diverge_find(lines, with, best, best + lines->count);
    for (uint32_t i = 0; i < lines->count; i++)
        if (lines->line[i].verdict == CRUX_WRONG && parts(&lines->line[i], &best[i]))
            pairs[count++] = pair_of(&lines->line[i], &best[i]);
    qsort(pairs, count, sizeof *pairs, by_wrong);
    tree->pair_count = count;
    tree->unpaired = count > 0 ? CRUX_PAIRED : diverge_unpaired(lines, found);
    free(best);
    return CRUX_OK;
}

static int put_rights(struct crux_tree *tree, struct lines *lines)
{
    uint32_t *rights = calloc(lines->count + 1u, sizeof *rights);
    uint32_t count = 0;

    assert(tree->rights == NULL);
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

int diverge(struct crux_tree *tree, enum crux_pairs with, struct crux_error *error)
{
    struct lines lines = {.count = 0};
    uint32_t best = with == CRUX_PAIRS_REFERENCE ? crux_best_rollout(tree) : CRUX_NO_NODE;
    int status = make_lines(tree, best, &lines);

    if (status == CRUX_OK) {
        drop_equal(&lines);
        status = put_pairs(tree, &lines, with);
    }
    if (status == CRUX_OK)
        status = put_rights(tree, &lines);
    free(lines.line);
    free(lines.steps);
    return status == CRUX_OK
               ? CRUX_OK
               : crux_fail(error, status, "no memory to compare %u paths", tree->rollout_count);
}
