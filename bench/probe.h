/*
 * probe.h - what the search's own inner loop costs on this machine.
 *
 * All that is timed lies in the nearest cache, so the figures are a lower bound of what a
 * simulation does at every level of a tree.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include "search/crux.h"

/* In nanoseconds; each is the least of many rounds. */
struct bench_probe {
    double scan_ns;        /* looking at eight children more */
    double level_ns;       /* a level with an only child: selection, and the key of its state */
    double mark_ns;        /* one change of a node's word */
    double shared_mark_ns; /* the same in a tree that lanes share */
    double block_ns;       /* a new block for eight children, taken and first written */
};

/* Takes well below a second. Of setup only counts how children are chosen. */
int bench_probe(struct bench_probe *out, const struct crux_setup *setup, struct crux_error *error);

#endif
