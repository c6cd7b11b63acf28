/*
 * box.h - the boxes in a text, for what finds the answer and what reads it.
 *
 * Boxes that stand side by side, with only a comma or `and` between, are one answer; what touches
 * a box (a minus, a power, a percent sign) is part of it. Pure; any thread.
 */
#ifndef CRITICS_MATCH_BOX_H
#define CRITICS_MATCH_BOX_H

#include "critics/match/span.h"

/* \boxed{...}: from its backslash to behind its brace, and what is in it. */
struct match_box {
    const char *start, *end; /* NULL: there is none */
    struct crux_text content;
};

/* The box that begins at at, in a text that ends at end. */
struct match_box match_box_at(const char *at, const char *end);

/* The last box that begins between from and limit. */
struct match_box match_box_last(const char *from, const char *limit, const char *end);

/* The last box with those that stand beside it, from the first to the last; alone: it is one. */
struct match_box match_box_group(struct match_span all, bool *alone);

/* Does a sentence name another box before this one: `\boxed{5} apples and`? It may be an answer as
 * well, or a step on the way. */
bool match_box_may_be_second(struct match_span all, struct match_box box);

/* One box with all that belongs to it; none: it is part of something that begins before it. */
struct crux_text match_box_whole(struct match_span all, struct match_box box);

/* Several boxes, with the name and the sign of the first. */
struct crux_text match_box_together(struct match_span all, struct match_box box);

/* Several boxes side by side as one list, `x = 1, y = -2`, in out. Returns its length; 0: there
 * is one box or none, or no room. */
size_t match_box_list(struct crux_text text, char *out, size_t room);

#endif
