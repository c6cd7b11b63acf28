/*
 * lessons.c - reads documents line by line, and compares operations with those in them.
 */
#include "policies/numbers/lessons.h"

#include "critics/numbers/text.h"

#include <string.h>

#define BONUS_SAME    2.0
#define BONUS_RESULT  1.0
#define BONUS_ANALOGY 0.5

/* --- reading ------------------------------------------------------------------------------- */

static uint32_t count_smaller(const struct numbers_state *state, struct rational value)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < state->count; i++)
        count += rational_compare(state->left[i], value) < 0;
    return count;
}

/* The numbers before an operation, from those it leaves. False: its result is not among them, or
 * no state has as many. */
static bool lesson_undo(const struct numbers_operation *operation, const struct numbers_state *left,
                        struct numbers_state *before)
{
    uint32_t made = 0;

    while (made < left->count && !rational_equal(left->left[made], operation->result))
        made++;
    if (made == left->count || left->count == NUMBERS_MOST)
        return false;
    memset(before, 0, sizeof *before);
    for (uint32_t i = 0; i < left->count; i++)
        if (i != made)
            numbers_insert(before, left->left[i]);
    numbers_insert(before, operation->a);
    numbers_insert(before, operation->b);
    return true;
}

static void lessons_hear_line(struct lessons *out, const char *line, size_t length)
{
    struct numbers_operation operation;
    struct numbers_state left, before;

    if (out->count == LESSONS_MOST || !numbers_line_of(line, length, &operation, &left) ||
        !lesson_undo(&operation, &left, &before))
        return;
    out->each[out->count++] = (struct lesson){.operation = operation,
                                              .count = before.count,
                                              .rank_a = count_smaller(&before, operation.a),
                                              .rank_b = count_smaller(&before, operation.b)};
}

/* Lines inside a step end in '\v'. */
static void lessons_hear(struct lessons *out, const struct crux_step *document)
{
    const char *at = document->text, *end = at + document->length;

    while (at < end) {
        const char *stop = memchr(at, '\v', (size_t)(end - at));
        size_t length = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);

        lessons_hear_line(out, at, length);
        at += length + (stop != NULL);
    }
}

void lessons_read(struct lessons *out, const struct crux_step *last)
{
    out->count = 0;
    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        if (step->kind == CRUX_DOC)
            lessons_hear(out, step);
}

/* --- comparing ------------------------------------------------------------------------------- */

static double lesson_bonus(const struct lesson *lesson, const struct numbers_state *state,
                           const struct numbers_operation *operation)
{
    const struct numbers_operation *said = &lesson->operation;

    if (said->sign != operation->sign)
        return 0.0;
    if (rational_equal(said->a, operation->a) && rational_equal(said->b, operation->b))
        return BONUS_SAME;
    if (rational_equal(said->result, operation->result))
        return BONUS_RESULT;
    return lesson->count == state->count && lesson->rank_a == count_smaller(state, operation->a) &&
                   lesson->rank_b == count_smaller(state, operation->b)
               ? BONUS_ANALOGY
               : 0.0;
}

double lessons_bonus(const struct lessons *lessons, const struct numbers_state *state,
                     const struct numbers_operation *operation)
{
    double most = 0.0;

    for (uint32_t i = 0; i < lessons->count; i++) {
        double bonus = lesson_bonus(&lessons->each[i], state, operation);

        most = bonus > most ? bonus : most;
    }
    return most;
}
