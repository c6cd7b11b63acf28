/*
 * cold.h - what a search reads rarely: texts, priors, answers.
 *
 * Statistics lie in slots (tree.h); everything that people read lies here, in
 * families that blocks point to. A family is made privately by the simulation
 * that expands a node and becomes visible when the block is published; a rollout
 * when it is put on its node by the simulation that holds the node's claim.
 *
 * Who owns what.  A cold memory belongs to one lane: only its thread takes from
 *             it. All of it is forgotten at once when the tree is done.
 * Threads.    cold_take() on one memory by one thread at a time; what was taken
 *             may be read by any thread once published.
 */
#ifndef SEARCH_TREE_COLD_H
#define SEARCH_TREE_COLD_H

#include "search/crux.h"

#include <stdatomic.h>

/* What a critic said beside its number, copied. */
struct remark {
    struct crux_opinion opinion;
    double score;
    enum crux_role role;
};

/* One complete answer found below a node. */
struct rollout {
    struct rollout *next;         /* found before this one */
    const struct crux_step *step; /* ANSWER; previous is the node's step */
    uint64_t ordinal;             /* in the order of settling */
    double reward;
    const char *answer;
    enum crux_verdict verdict;
    const struct remark *remark; /* of the outcome critic; NULL: none */
};

/* What a slot is about. */
struct cold_node {
    const struct crux_step *step;       /* NULL for the root */
    float prior;                        /* normalised over the family */
    float score;                        /* of the execution critic; below 0: none */
    uint64_t path;                      /* hash of the texts of all steps up to here */
    const struct remark *scored;        /* of the critic that gave the score; NULL: none */
    const struct remark *valued;        /* of the value critic; NULL: none */
    _Atomic(struct rollout *) rollouts; /* newest first */
    _Atomic uint32_t own_visits;        /* evaluations of the node itself, and ... */
    float mean_depth;                   /* (of all at and below it; under selection BUDGET alone) */
    _Atomic uint64_t own_sum;           /* ... their values: what the audit compares with */
};

_Static_assert(sizeof(struct cold_node) <= 64, "a cold node is a line");

/* relaxed: compared after the last simulation, or read by the lane that has written it. */
static inline uint32_t node_own_visits(const struct cold_node *node)
{
    return atomic_load_explicit(&node->own_visits, memory_order_relaxed);
}

static inline uint64_t node_own_sum(const struct cold_node *node)
{
    return atomic_load_explicit(&node->own_sum, memory_order_relaxed);
}

struct family {
    uint32_t count;
    struct crux_step *steps; /* as the policy gave them, side by side */
    struct cold_node node[]; /* in order of prior */
};

struct cold_chunk;

struct cold {
    struct cold_chunk *chunks; /* newest first */
    unsigned char *next, *end;
};

/* size bytes, aligned for anything, not cleared; NULL: no memory. */
void *cold_take(struct cold *cold, size_t size);

/* A copy of length bytes with a NUL behind; NULL: no memory. */
char *cold_text(struct cold *cold, const char *text, size_t length);

/* A copy of what a critic said, with all it points to; NULL: no memory. */
const struct remark *cold_remark(struct cold *cold, const struct remark *remark);

void cold_reset(struct cold *cold); /* keeps one chunk for the next tree */
void cold_close(struct cold *cold);

/* Put a rollout on a node, once. Lock-free: several simulations of strategy `sample`
 * may do so at once. */
void cold_attach(struct cold_node *node, struct rollout *rollout);

#endif
