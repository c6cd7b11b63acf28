/*
 * said.h - the answer that a path gives by its own words, where no critic has named it.
 *
 * Looked for in what is part of the solution: a document that was retrieved on the way may have an
 * answer in it, and not this problem's.
 *
 * Ownership. The text is the caller's to free; NULL: no memory. "": it gives none.
 * Threads.   Any.
 */
#ifndef IO_CLI_SAID_H
#define IO_CLI_SAID_H

#include "search/crux.h"

/* Of a rollout of the tree. */
char *said_answer(const struct crux_tree *tree, uint32_t rollout);

#endif
