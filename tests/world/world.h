/*
 * world.h - a scripted world for tests: every path, every answer and every fault
 * follows from a number.
 *
 * A problem is a tree of words: each node has `branching` children named after
 * their index, complete at `depth`. Its answers are right or wrong by a hash of
 * their words.
 *
 * Threads. Ports may be asked from anywhere. Counters are read after the search.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "search/crux.h"

#include <stdatomic.h>

struct world_script {
    uint32_t branching, depth;
    uint32_t right_of;  /* one answer in right_of is right */
    uint32_t fail_of;   /* one call in fail_of fails permanently; 0: none */
    uint32_t dead_of;   /* one state in dead_of is a dead end; 0: none */
    bool meet;          /* paths of the same words in another order lead to equal states */
    bool repeats;       /* asked again, the policy says its first word again */
    bool opinions;      /* critics say more than a number: world_opinion_judges() and a sentence */
    bool knows_entropy; /* the policy tells entropies: */
    double entropy;     /* d times this at depth d */
    double bad_score;   /* not 0: what the critic answers in place of a reward */
    const char *bad_text; /* not NULL: what the policy proposes */
};

struct world {
    struct crux_policy policy;
    struct crux_critic outcome, value, execution;
    struct world_script script;
    _Atomic uint64_t proposals, answers, judged, scored, failed;
    _Atomic uint64_t outstanding; /* replies given and not released */
};

/* How many judges stand behind a number of a critic that has opinions; one reward of a step, the
 * number itself, comes with it. None say nothing. */
uint32_t world_opinion_judges(double score);

void world_open(struct world *world, const struct world_script *script);

/* Problems named p0, p1, ... and a sink that checks every tree and keeps a digest. */
struct world_source {
    struct crux_source source;
    uint32_t count, next;
    struct crux_problem *problems;
};
void world_source_open(struct world_source *source, uint32_t count);
/* The same problem under those ids; its texts stay the caller's. */
void world_source_open_like(struct world_source *source, const struct crux_problem *problem,
                            uint32_t count);
void world_source_close(struct world_source *source);

struct world_sink {
    struct crux_sink sink;
    _Atomic uint64_t trees, stopped, failed, simulations, calls, pairs, rights, rollouts;
    _Atomic uint64_t violations;
    _Atomic uint64_t digest; /* of all finished trees, whatever their order */
    int answer;              /* what finished() returns */
};
void world_sink_open(struct world_sink *sink);

/* A hash of everything in a finished tree but its times. */
uint64_t world_digest(const struct crux_tree *tree);

#endif
