/*
 * diverge.h - where right and wrong paths part.
 *
 * Works on the texts of whole paths, steps of nodes and lines of rollouts alike: paths
 * of equal text count once, and two paths share a step when it reads the same,
 * whatever blanks stand at its ends.
 * For each distinct wrong path the pair names the right path that shares the most
 * steps with it; of several the one with fewest steps, then the one whose node
 * has the lowest number. Or it names the reference, one right path for all: the one that the search
 * has selected (MMC, arXiv 2504.11009).
 * Where one of the two is the beginning of the other, they part nowhere: no pair.
 *
 * Where two texts part nobody knows yet that anything is wrong: they may differ in wording. So no
 * pair has a first wrong step here; an annotator that can prove one writes it down.
 */
#ifndef SEARCH_FINISH_DIVERGE_H
#define SEARCH_FINISH_DIVERGE_H

#include "search/crux.h"

/* Fill in pairs and rights of a harvested tree that has none yet, and why there are no pairs;
 * arrays by malloc(). */
int diverge(struct crux_tree *tree, enum crux_pairs with, struct crux_error *error);

#endif
