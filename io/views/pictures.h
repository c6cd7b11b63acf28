/*
 * pictures.h - texts for readers that find a picture's place by `<image>`: verl, LLaMA-Factory.
 *
 * These want as many of that mark as a row has pictures, no more. Where the problem's own text has
 * fewer, the rest stand before it, a line each; where it has more, and wherever else the mark is
 * written, it is `(image)`.
 *
 * Pure; any thread.
 */
#ifndef IO_VIEWS_PICTURES_H
#define IO_VIEWS_PICTURES_H

#include "io/views/columns.h"

view_write pictures_problem; /* about: the problem, with a mark for each of its pictures */

/* Of a text that was begun: a piece of it that may have no mark. Step: as json_row_add_step(). */
void pictures_add(struct json_row *out, struct crux_text text, bool step);

/* As columns_put_whole(), without marks. */
void pictures_put_whole(struct json_row *out, const struct view_run *run, const struct path *path);

#endif
