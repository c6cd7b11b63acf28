/*
 * quoted.h - does a text quote another one?
 *
 * A quotation is a piece of the other text between marks (`...`, "...", “...”, $...$), or three
 * words of it in a row, or all of a text of fewer. Words are compared without the marks around them
 * and in whatever case.
 *
 * Pure; any thread.
 */
#ifndef IO_QUOTED_H
#define IO_QUOTED_H

#include "search/crux.h"

/* Is there a quotation of a step in the text? */
bool quoted_in(const char *text, struct crux_text step);

/* Likewise, but fewer than three words must stand between marks. */
bool quoted_clearly(const char *text, struct crux_text step);

/* The next word of a text, without what stands around it, which is taken away; length 0: there is
 * no other. Marks alone are a word. */
struct crux_text quoted_next_word(struct crux_text *text);
bool quoted_same_word(struct crux_text a, struct crux_text b);

/* What may stand around a word and does not belong to it. */
bool quoted_is_mark(char c);

#endif
