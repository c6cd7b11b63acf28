/*
 * keep.h - which paths become rows: an expression over what is known of a path (`--keep-if`).
 *
 *     "refined_right >= 3 and refined > refined_without" --keep_open()--> keep_takes(record)
 *
 * The expression is one of SQLite: comparisons, and, or, not, arithmetic, `in`, `is null`. Its
 * names are those of the table in keep.c (crux_keep_name()): NULL stands for what
 * nobody knows. What it cannot tell (NULL) leaves a wrong path out and a right one in, for a filter
 * on critiques says nothing of paths that have none; to ask for something of right paths say `and
 * NAME is not null`.
 *
 * Ownership. keep_open() copies the expression.
 * Threads.   One at a time.
 * Errors.    CRUX_INVALID: SQLite does not understand the expression, or a name; the sentence says
 *            which, and lists the names.
 */
#ifndef IO_VIEWS_KEEP_H
#define IO_VIEWS_KEEP_H

#include "io/views/record.h"

struct keep;

int keep_open(struct keep **out, const char *expression, struct crux_error *error);
void keep_close(struct keep *keep); /* NULL is fine */

/* For struct view_run, which need not know what it is. */
struct view_filter *keep_filter(struct keep *keep);

/* CRUX_OK with *out, or CRUX_INVALID: it cannot be computed for this path. */
int keep_takes(struct keep *keep, const struct record *record, bool *out, struct crux_error *error);

#endif
