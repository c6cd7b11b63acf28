/*
 * referee.h - is an answer right? For those who grade a search when it is over.
 *
 * Puzzles of numbers are judged by critic numbers, which is exact; other problems by their
 * reference answer (crux_grade()). Of a problem with neither, nobody can tell. What guided the
 * search has no say in it.
 *
 * Ownership. referee_close() takes what failed and what is zeroed, too.
 * Threads.   One at a time.
 * Errors.    CRUX_MEMORY, and what the critic says.
 */
#ifndef IO_CLI_COMPARE_REFEREE_H
#define IO_CLI_COMPARE_REFEREE_H

#include "search/crux.h"

struct referee {
    struct crux_critic *numbers;
};

int referee_open(struct referee *out, struct crux_error *error);
void referee_close(struct referee *referee);

/* Can it tell of this problem? */
bool referee_knows(const struct crux_problem *problem);

/* A tree with its answers named and its verdicts known. */
struct referee_view {
    struct crux_tree tree;   /* as the store has it; its rollouts with answers found in their paths
                                where the critic that guided the search has named none */
    unsigned char *verdicts; /* enum crux_verdict of each rollout */
    struct crux_rollout *named;
    char **said; /* by rollout; NULL: not looked for */
};

int referee_look(const struct referee *referee, const struct crux_tree *tree,
                 struct referee_view *out, struct crux_error *error);
void referee_view_free(struct referee_view *view);

#endif
