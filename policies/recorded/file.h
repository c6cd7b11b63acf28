/*
 * file.h - a file of recorded answers, a JSON object per line, read into a forest.
 *
 * Threads. One.
 * Errors.  CRUX_INPUT: the file cannot be read, has no answers, or has a bad line and the plan is
 *          strict; CRUX_MEMORY.
 */
#ifndef POLICIES_RECORDED_FILE_H
#define POLICIES_RECORDED_FILE_H

#include "io/split.h"
#include "policies/recorded/forest.h"

/* What stands behind `recorded:`, taken apart. */
struct recorded_plan {
    char *file;          /* owned; what follows points into it or to constants */
    const char *id;      /* fields, where the user named one; NULL: the usual names */
    const char *problem; /* the prompt */
    const char *text;
    const char *answer;
    const char *weight;
    enum split_way split; /* how a text is cut into steps ... */
    bool split_given;     /* ... and so is an answer that is a list of steps */
    bool strict;          /* a bad line ends the reading */
};

/* Let the forest grow from the plan's file. Bad lines are reported to complain(), a sentence for
 * each, unless the plan is strict. */
int recorded_read(struct recorded_forest *forest, const struct recorded_plan *plan,
                  void (*complain)(void *context, const char *sentence), void *context,
                  struct crux_error *error);

#endif
