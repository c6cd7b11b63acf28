/*
 * harvest.h - a live tree becomes a finished one.
 *
 * Reads the tree after its last simulation: one walk to count, one to write.
 * Texts are not copied: they stay in the lanes' cold memory, which lives until
 * the place takes its next problem. The arrays are the caller's to free with
 * harvest_free(), also after a failure.
 */
#ifndef SEARCH_FINISH_HARVEST_H
#define SEARCH_FINISH_HARVEST_H

#include "search/open_tree.h"

/* Nodes with their targets, and rollouts. *out has none before. */
int harvest(const struct open_tree *open, struct crux_tree *out, struct crux_error *error);

/* The path with most visits, also of a nameless world, where choices are all there is. */
int harvest_best(const struct open_tree *open, struct crux_tree *out, struct crux_error *error);

void harvest_free(struct crux_tree *tree);

#endif
