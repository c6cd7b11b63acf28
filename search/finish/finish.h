/*
 * finish.h - the end of a tree: audit, harvest, diverge, annotate, sink. Only here does a tree
 * become data.
 *
 *     last lane done --> harvest and diverge --> ask the annotator about every pair
 *                                                   |  late answers wake lane 0 of the tree
 *                                                   v
 *                                                all answered --> sink
 *
 * Threads. By the worker whose lane was the last one, and then by the one that runs lane 0, while
 * the others search on in other trees. An annotator may answer from any thread.
 */
#ifndef SEARCH_FINISH_FINISH_H
#define SEARCH_FINISH_FINISH_H

#include "search/admission.h"

struct crux_sink;

/* Over the run, for crux_look(). */
struct finish_counts {
    _Alignas(64) _Atomic uint64_t trees_done;
    _Atomic uint64_t trees_failed, pairs, rights, unnoted;
};

/* Begin, or go on after an answer. CRUX_PENDING: lane 0 is notified when there may be more to do.
 * Else the sink has the tree and nothing is left of it; negative: the run ends with this error. */
int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error);

#endif
