/*
 * funnel.h - counts how many paths are left at each step of the way from answers to examples
 * (struct crux_funnel of crux_io.h).
 *
 * Threads. One at a time.
 * Errors.  As records have them.
 */
#ifndef IO_VIEWS_FUNNEL_H
#define IO_VIEWS_FUNNEL_H

#include "io/views/record.h"

/* Add a tree. With run->keep each of its paths is asked. */
int funnel_add(struct crux_funnel *funnel, const struct view_tree *what, const struct view_run *run,
               struct crux_error *error);

struct json *funnel_json(const struct crux_funnel *funnel);

#endif
