/*
 * file.h - a file of recorded answers, a JSON object per line, read into a forest.
 *
 * Threads. One.
 * Errors.  CRUX_INPUT: the file cannot be read, has no answers, or has a bad line and the plan is
 *          strict; CRUX_MEMORY.
 */
#ifndef POLICIES_RECORDED_FILE_H
#define POLICIES_RECORDED_FILE_H

#include "policies/recorded/forest.h"

/* What stands behind `recorded:`, taken apart. */
struct recorded_plan {
    char *file;          /* owned; what follows points into it or to constants */
    const char *id;      /* fields, where the user named one; NULL: the usual names */
    const char *problem; /* the prompt */
    const char *text;
    const char *answer;
    const char *weight;
    bool paragraphs; /* a step is a paragraph, not a line */
    bool strict;     /* a bad line ends the reading */
};

/* Let the forest grow from the plan's file. Bad lines are reported to complain(), a sentence for
 * each, unless the plan is strict. */
int recorded_read(struct recorded_forest *forest, const struct recorded_plan *plan,
                  void (*complain)(void *context, const char *sentence), void *context,
                  struct crux_error *error);

#endif
