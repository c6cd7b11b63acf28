/*
 * boundary.h - where a step ends, and whose the bytes around that place are.
 *
 * At stop strings, or with a cap (MMC, arXiv 2504.11009: 30 tokens) after whatever came. A stop
 * string is taken apart into three pieces, which are all of it, in this order:
 *
 *     before    the step's that it ends:     ". " ends a sentence, and belongs to it
 *     between   nobody's; it stands between any two steps, and is the same for all stop strings:
 *               "\n\n", "\n"
 *     after     the next step's:             "Step " of "\nStep ", a mark that begins it
 *
 * between is the longest run of blanks with which all stop strings begin; with a cap it is empty.
 * Of what is left, blanks and what begins with another character belong to the step before, and
 * what has a word behind its blanks to the step that follows. So the steps with between in between
 * are the model's own text, byte for byte.
 *
 * Which stop string it was is seen where the server keeps it in the text, and else known if there
 * is only one. The mark of an only one is written for the model, as the beginning of its next step;
 * of several the model writes its own.
 *
 * Pure; any thread. The texts of a boundary are its maker's.
 */
#ifndef POLICIES_CHAT_BOUNDARY_H
#define POLICIES_CHAT_BOUNDARY_H

#include "io/chat/prompt.h"
#include "io/split.h"
#include "search/crux.h"

struct chat_boundary {
    const char *stops[CHAT_STOPS];
    uint32_t count;
    uint32_t cap; /* tokens; 0: none */
    enum split_way
        way; /* but for SPLIT_MODEL, steps part by its rules: then, as with a cap, nothing
                is between two of them, and stop strings are the step's that they end */
};

/* What stands between two steps; a piece of the first stop string. */
struct crux_text boundary_between(const struct chat_boundary *boundary);

/* The number of bytes of a stop string that belong to the step before it. */
size_t boundary_before(const struct chat_boundary *boundary, const char *stop);

/* The text with which the model is made to begin the step behind last (NULL: the first): part of
 * that step. */
const char *boundary_opening(const struct chat_boundary *boundary, const struct crux_step *last);

/* The bytes that belong to a step of which it is known only that some stop string ended it. */
struct crux_text boundary_closing(const struct chat_boundary *boundary);

/* The first stop string from start to end, of two at one place the longer; NULL: none. */
const char *boundary_find(const struct chat_boundary *boundary, const char *start, const char *end,
                          const char **which);

/* Behind the blanks at a text's beginning; behind the rest of its first line and empty lines after
 * it, but not behind the blanks in front of what is said then. */
const char *boundary_said(const char *text);
const char *boundary_said_line(const char *text);

/* Blanks of a text in a store, where '\v' is a line break. */
bool boundary_is_blank(char c);

#endif
