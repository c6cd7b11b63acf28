/*
 * golden.h - finished trees made by hand, with what passes have learnt of them: all that a view
 * must get right at its edges.
 *
 * Words: a word problem with a reference answer. Names and steps beyond ASCII, blanks at the ends
 * of a step, steps of several lines, a node with one child, an answer that is a node's own (an
 * empty rollout), two rollouts of one path, one of unknown verdict, a path of one step, the tag of
 * Math-Shepherd, a step that two rows rate differently. Wrong paths whose error is estimated,
 * agreed, between two steps, not known, and named differently by two makers. Critiques by several
 * makers, verified or not, with verdicts on steps that are the labels and that are not.
 *
 * Puzzle: a puzzle of numbers with a proof (puzzle.h).
 *
 * Doubts: right paths against whose steps something speaks, of each kind, and some where it is not
 * enough; an estimate that the tree refutes; a proof by a pass; invented output; pictures; no
 * reference answer.
 *
 * Unknown: answers, and of none is it known whether it is right. Empty: a root and nothing else.
 *
 * Ownership. They point into the struct and into constants: it is made in its place and not copied.
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "io/views/view.h"
#include "tests/world/puzzle.h"

enum golden { GOLDEN_WORDS, GOLDEN_PUZZLE, GOLDEN_DOUBTS, GOLDEN_UNKNOWN, GOLDEN_EMPTY, GOLDENS };

struct golden_trees {
    struct puzzle puzzle;
    struct crux_tree trees[GOLDENS];
    struct view_tree all[GOLDENS];
};

void golden_make(struct golden_trees *out);

#endif
