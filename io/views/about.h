/*
 * about.h - what a row about a whole tree is about: its first wrong answer and its first right one.
 *
 * Pure; any thread.
 */
#ifndef IO_VIEWS_ABOUT_H
#define IO_VIEWS_ABOUT_H

#include "io/views/record.h"

/* In the order in which answers settled; of unknown verdict none. */
struct record_about about_tree(const struct view_tree *what, const struct view_run *run);

#endif
