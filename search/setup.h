/*
 * setup.h - what the crew wants to know of a setup that search.c has checked.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_SETUP_H
#define SEARCH_SETUP_H

#include "search/crux.h"

/* Does no port ever make anybody wait? */
bool setup_is_instant(const struct crux_setup *setup);

#endif
