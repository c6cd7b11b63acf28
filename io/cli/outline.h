/*
 * outline.h - a finished tree in the terminal: as an outline, or the way to its best answer alone.
 *
 * Texts are printed as terminal.h does, at any depth within the width.
 *
 * Threads. One at a time, as standard output is written.
 */
#ifndef IO_CLI_OUTLINE_H
#define IO_CLI_OUTLINE_H

#include "io/crux_io.h"

struct outline_shown {
    uint32_t depth;           /* nodes that lie deeper are left out */
    unsigned width;           /* columns; 0: lines are as long as their texts */
    bool thoughts, critiques; /* what was thought before steps, what is said of paths */
};

/* With what lies beside the tree in the store. */
int outline_print(struct crux_store *store, const struct crux_tree *tree,
                  const struct outline_shown *shown, struct crux_error *error);

/* The way to the best answer, and to nothing else. */
void outline_print_path(const struct crux_tree *tree, unsigned width);

#endif
