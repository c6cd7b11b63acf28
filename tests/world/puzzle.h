/*
 * puzzle.h - one finished tree made by hand, small enough to know by heart.
 *
 *     1 1 4 6 -> 24                      visits value
 *     0  the problem                        8   0.5
 *     1    4 * 6 = 24 (left: 1 1 24)        5   0.75
 *     2      24 * 1 = 24 (left: 1 24)       3   1.0
 *     3    1 + 1 = 2 (left: 2 4 6)          3   0.25
 *
 *     rollout 0  at 2: 24 * 1 = 24 (left: 24)                          right
 *     rollout 1  at 2: 24 - 1 = 23 (left: 23)                          wrong
 *     rollout 2  at 3: 2 + 4 = 6 (left: 6 6), 6 + 6 = 12 (left: 12)    wrong
 *     rollout 3  at 1: 24 * 1 = 24 (left: 1 24), 24 / 1 = 24 (left: 24) right
 *     rollout 4  at 1: 1 - 1 = 0 (left: 0 24), 0 * 24 = 0 (left: 0)    unknown
 *
 *     pair 0  rollouts 1 and 0, two steps shared, the third is wrong, with a critique
 *     pair 1  rollouts 2 and 0, no step shared, the second is wrong, without a critique
 *
 * A struct puzzle points into itself: it is made in its place and not copied. Stores
 * are the caller's to close.
 */
#ifndef TESTS_PUZZLE_H
#define TESTS_PUZZLE_H

#include "io/crux_io.h"

struct puzzle {
    char id[32], line[128];
    struct crux_problem problem;
    struct crux_node nodes[4];
    struct crux_rollout rollouts[5];
    struct crux_pair pairs[2];
    uint32_t rights[2];
    struct crux_tree tree;
};

/* Problem puzzle-ORDINAL. */
void puzzle_make(struct puzzle *out, uint64_t ordinal);

/* A new store at path in which a run over count puzzles has begun, or over those of them
 * that are wanted (NULL: all). */
struct crux_store *puzzle_store(const char *path, const struct crux_run *run,
                                const struct puzzle *puzzles, size_t count,
                                bool (*wanted)(void *context, const char *id));

#endif
