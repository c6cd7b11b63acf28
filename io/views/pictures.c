/*
 * pictures.c - puts marks for pictures into texts, and takes those out that stand for none.
 */
#include "io/views/pictures.h"

#include <stdlib.h>
#include <string.h>

#define MARK      "<image>"
#define MARK_SAID "(image)"

enum { MARK_LENGTH = sizeof MARK - 1 };

static void pictures_add_piece(struct json_row *out, const char *start, const char *end, bool step)
{
    if (step)
        json_row_add_step(out, start, (size_t)(end - start));
    else
        json_row_add_text(out, start, (size_t)(end - start));
}

/* The first `most` marks stay. */
static void pictures_add_most(struct json_row *out, struct crux_text text, bool step, uint32_t most)
{
    const char *at = text.start, *end = text.start + text.length, *mark;

    while ((mark = memmem(at, (size_t)(end - at), MARK, MARK_LENGTH)) != NULL) {
        pictures_add_piece(out, at, mark, step);
        columns_add(out, most > 0 ? MARK : MARK_SAID);
        most -= most > 0;
        at = mark + MARK_LENGTH;
    }
    pictures_add_piece(out, at, end, step);
}

void pictures_add(struct json_row *out, struct crux_text text, bool step)
{
    pictures_add_most(out, text, step, 0);
}

void pictures_put_whole(struct json_row *out, const struct view_run *run, const struct path *path)
{
    struct crux_text whole;
    char *block;

    if (columns_whole(out, run, path, &block, &whole)) {
        json_row_begin_text(out);
        pictures_add(out, whole, true);
        json_row_end_text(out);
    }
    free(block);
}

void pictures_problem(struct json_row *out, const void *row, const void *item)
{
    const struct crux_problem *problem = ((const struct record_about *)row)->what->tree->problem;
    struct crux_text text = columns_problem_text(problem);
    uint32_t there = 0;

    (void)item;
    for (const char *at = text.start, *end = text.start + text.length;
         (at = memmem(at, (size_t)(end - at), MARK, MARK_LENGTH)) != NULL; at += MARK_LENGTH)
        there++;
    json_row_begin_text(out);
    for (; there < problem->image_count; there++)
        columns_add(out, MARK "\n");
    pictures_add_most(out, text, false, problem->image_count);
    json_row_end_text(out);
}
