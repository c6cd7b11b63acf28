/*
 * grown.h - finished trees for tests of passes, written step by step.
 *
 *     grown_begin(&grown, &problem);
 *     a = grown_node(&grown, 0, "a");
 *     right = grown_answer(&grown, a, "b\nc", CRUX_RIGHT);
 *     wrong = grown_answer(&grown, 0, "x", CRUX_WRONG);
 *     grown_pair(&grown, wrong, right, 0);
 *
 * An answer has a canonical form, "7" or "8", unless it is taken away. Texts are the caller's.
 */
#ifndef TESTS_WORLD_GROWN_H
#define TESTS_WORLD_GROWN_H

#include "search/crux.h"

enum { GROWN_MOST = 256 };

struct grown {
    struct crux_tree tree; /* first */
    struct crux_node nodes[GROWN_MOST];
    struct crux_rollout rollouts[GROWN_MOST];
    struct crux_pair pairs[GROWN_MOST];
    uint32_t rights[GROWN_MOST];
};

void grown_begin(struct grown *grown, const struct crux_problem *problem);
uint32_t grown_node(struct grown *grown, uint32_t parent, const char *text);
uint32_t grown_answer(struct grown *grown, uint32_t node, const char *text,
                      enum crux_verdict verdict);

/* Several times the same. */
void grown_answers(struct grown *grown, uint32_t node, const char *text, enum crux_verdict verdict,
                   uint32_t times);

/* The wrong path shares its first steps with the right one; nothing is proved. */
struct crux_pair *grown_pair(struct grown *grown, uint32_t wrong, uint32_t right, uint32_t prefix);
void grown_right(struct grown *grown, uint32_t rollout);

#endif
