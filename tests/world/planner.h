/*
 * planner.h - a scripted world for grammar cr-planner and the strategies that go level by level.
 *
 * The policy's steps name their kind and sample, "R0", "R1", ... rationales, "Q0" queries, "D0"
 * documents, "S0" plain steps, "A0" answers. Critics score a step by a table of texts; a text that
 * is not in it has no score. An answer in place of another one is "V0", one in place of that "V1".
 * The outcome critic gives the reward of the path's last step by a table of its own, 0 where it has
 * none.
 *
 * Threads. Tables are read only. Counters are read after the search.
 */
#ifndef TESTS_WORLD_PLANNER_H
#define TESTS_WORLD_PLANNER_H

#include "tests/world/search_fixture.h"

struct planner_score {
    const char *text;
    double score;
};

struct planner {
    struct crux_policy policy;
    struct crux_critic critic, outcome;
    const struct planner_score *scores, *rewards; /* text NULL ends them */
    uint32_t complete; /* steps from this depth on are complete; 0: none is */
    uint32_t found;    /* documents that there are; the policy has no more */
    _Atomic uint32_t asked[CRUX_KINDS], scored;
};

/* A search of one problem by strategy over this world; all critics are there. */
void planner_open(struct planner *planner, struct search_fixture *fixture,
                  enum crux_strategy strategy, const struct planner_score *scores);

/* Run it; what every search promises must hold. */
void planner_run(struct search_fixture *fixture);

/* The paths of all answers, in their order, as planner_run() writes them: kinds of sub-goals as
 * "reason", "genquery", "retrieve", steps by their text, with blanks between, a line each. */
extern _Thread_local char planner_paths[8192];

#endif
