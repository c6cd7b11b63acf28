/*
 * mixed.h - a critic for files that have both puzzles of numbers and questions in words: each
 * problem goes to the one that can check it.
 *
 * Ownership. It owns both and closes them with itself.
 * Threads.   As both.
 */
#ifndef CRITICS_MIXED_H
#define CRITICS_MIXED_H

#include "critics/crux_critics.h"

/* JUDGE: puzzles by `numbers`, all others by that critic, which is taken, also on failure.
 * CRUX_INVALID: it does not answer at once. */
int mixed_outcome_new(struct crux_critic **out, struct crux_critic *others,
                      struct crux_error *error);

/* ANNOTATE: pairs of puzzles by `numbers`; nothing is said of others. */
int mixed_annotate_new(struct crux_critic **out, struct crux_error *error);

#endif
