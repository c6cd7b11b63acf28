/*
 * tree.h - searches of the tree with nothing to wait for: policy and critic answer at once.
 */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include "bench/costs.h"

/* Of setup all but the ports counts; children is the branching of the world. */
int bench_search(const struct crux_setup *setup, uint32_t runs, struct bench_figures *out,
                 struct crux_error *error);

#endif
