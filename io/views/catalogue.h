/*
 * catalogue.h - the list of all views, by position and by name.
 *
 * Threads. Constant; any thread.
 */
#ifndef IO_VIEWS_CATALOGUE_H
#define IO_VIEWS_CATALOGUE_H

#include "io/views/view.h"

/* NULL when there is none. */
const struct view *view_at(size_t index);
const struct view *view_named(const char *name);

#endif
