/*
 * result.h - what `crux solve` prints for a problem: its best answer, how it is graded, what it has
 * cost.
 *
 * Ownership. result_read() makes what result_end() frees; texts are the caller's to free.
 * Threads.   Any; nothing is shared.
 * Errors.    CRUX_MEMORY, or NULL.
 */
#ifndef IO_CLI_RESULT_H
#define IO_CLI_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "search/crux.h"

/* How the answer is chosen, and how it is printed. */
struct result_choice {
    const struct crux_critic *outcome; /* NULL: none */
    int pick;                          /* 0: the usual way; else a rule + 1 */
    double alpha;                      /* of --pick bom */
    bool oracle;
    unsigned width; /* columns of a line for people; 0: as long as it is, but for the way to an
                       answer, whose lines are cut to 80 */
};

struct result {
    const struct crux_tree *tree;
    const struct crux_rollout *best; /* NULL: no complete answer */
    double reward;                   /* its own, or its answer's share of the votes */
    bool graded;                     /* by a reference answer that the search has not seen */
    enum crux_verdict grade;
    char *answer; /* as the critic named it, or as the path says it */
    struct crux_text *steps;
    size_t step_count;
};

int result_read(struct result *result, const struct result_choice *choice,
                const struct crux_tree *tree);
void result_end(struct result *result);

/* One line of JSON; or lines for people, the last of them without its end. */
char *result_json(const struct result_choice *choice, const struct result *result);
char *result_text(const struct result_choice *choice, const struct result *result);

#endif
