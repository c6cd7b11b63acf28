/*
 * split.h - where the steps of a model's text part: the one place that says it, for served,
 * recorded and exported text.
 *
 *     model       nowhere: as the model or its stop strings cut it
 *     paragraphs  at empty lines; and before the items of a list that counts them (`1.`), or of
 *                 which at least two work something out (`=`)
 *     lines       at line breaks
 *     sentences   at the ends of sentences (full_stop.h), and of lines, if the next one does not
 *                 go on with a small letter
 *
 * A fenced block of code (fence.h) and a displayed formula ($$..$$, \[..\], \begin{..}..\end{..},
 * [asy]..[/asy]) are never cut, and a line without a full stop before a formula belongs to it.
 * An opening (opening.h), which claims nothing, belongs to what follows it; where nothing does it
 * is a step of its own.
 *
 * A step begins with its indentation, and ends behind the blanks and empty lines that follow it, so
 * the steps of a text are the text, byte for byte. Of blanks alone is no step but the only one.
 *
 * Pure; any thread; time is linear in the text. A line ends at '\n' or '\v'; steps lie in the text.
 */
#ifndef IO_SPLIT_H
#define IO_SPLIT_H

#include "io/fence.h"
#include "search/crux.h"

enum split_way { SPLIT_MODEL, SPLIT_PARAGRAPHS, SPLIT_LINES, SPLIT_SENTENCES };

/* The way of that name; false: there is none. */
bool split_way_of(enum split_way *out, const char *name);

/* One way through a text. */
struct split {
    enum split_way way;
    const char *start, *at, *end;
    struct fence fence; /* open where the first step begins */
    bool unfinished;  /* the text goes on: a formula without an end does. Set it after the beginning
                       */
    bool inside;      /* such a one was seen */
    unsigned unended; /* set of formulas of which none ends from here on */
    const char *list; /* the end of the list that was begun last ... */
    size_t indent;    /* ... whose items are in so far ... */
    bool cuts;        /* ... and are steps */
    const char *line_bare, *line_end; /* of the line whose sentences are cut */
};

/* from: the first step begins there; what is before says only whether that is in code. */
struct split split_begin(enum split_way way, struct crux_text text, size_t from);

/* False: there are no more. */
bool split_next(struct split *split, struct crux_text *step);

/* Does this text alone make no step, and belong to what follows: is it an opening, of blanks, or
 * does it end in the middle of code or of a formula? */
bool split_opens(struct crux_text step);

/* The same of a text of which the last step begins at from: in code, if what is before opened it.
 * inside: it ends in the middle of code or of a formula. */
bool split_opens_from(struct crux_text text, size_t from, bool *inside);

/* belongs[i]: step i of a path belongs with step i + 1, as one of the above, or since code or a
 * formula goes on from the one to the other. Never the last one. Steps are taken as lines. False:
 * no memory. */
bool split_joins(const struct crux_text *steps, size_t count, bool *belongs);

/* The pieces of a text that a model wrote as the output of a program of its own, which nothing has
 * run: behind a block of code a block of ```output or the like, or `Output:` with the block or the
 * lines that follow it, up to an empty one. Returns how many there are; the first room are in out,
 * in order. */
size_t split_invented(struct crux_text text, struct crux_text *out, size_t room);

#endif
