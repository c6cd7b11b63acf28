/*
 * setup.h - what must hold of a setup, and what the crew wants to know of it.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_SETUP_H
#define SEARCH_SETUP_H

#include "search/crux.h"

/* CRUX_OK, or CRUX_INVALID and a sentence that names the option. */
int setup_check(const struct crux_setup *setup, struct crux_error *error);

/* Does no port ever make a simulation wait? */
bool setup_is_instant(const struct crux_setup *setup);

#endif
