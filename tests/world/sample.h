/*
 * sample.h - one finished tree with something of everything, and files to hold it.
 *
 * The tree is written by hand: a right path and two wrong ones, one of them a
 * rollout of several lines, every field of every row different from its neighbours'.
 * It belongs to whatever problem it is given.
 *
 * Ownership. Trees point into constants and into the caller's problem. A folder and
 *            its files are the caller's to remove, with sample_folder_remove().
 */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "search/crux.h"

struct crux_tree sample_tree(const struct crux_problem *problem);

/* Two trees, and their problems, are alike in everything that is packed. */
bool sample_same(const struct crux_tree *a, const struct crux_tree *b);

/* A new folder, where a flush to the disk costs nothing if there is such a place; the answer is
 * good until the next one is made. */
const char *sample_folder(void);
void sample_folder_remove(void);

/* The path of name in that folder; the answer is good for four calls more. */
const char *sample_path(const char *name);

/* Write size bytes to name in that folder and answer its path. */
const char *sample_file(const char *name, const void *bytes, size_t size);

#endif
