/*
 * find.h - the boxes in a text, for what finds the answer and what reads it.
 */
#ifndef CRITICS_MATCH_FIND_H
#define CRITICS_MATCH_FIND_H

#include "critics/match/answer.h"

/* \boxed{...}: from its backslash to behind its brace, and what is in it. */
struct match_box {
    const char *start, *end; /* NULL: there is none */
    struct crux_text content;
};

/* The box that begins at at, in a text that ends at end. */
struct match_box match_box_at(const char *at, const char *end);

/* Several boxes side by side as one list, `x = 1, y = -2`, in out. Returns its length; 0: there
 * is one box or none, or no room. */
size_t match_box_list(struct crux_text text, char *out, size_t room);

#endif
