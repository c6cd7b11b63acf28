/*
 * solution.h - the steps that a critic looks at: those of a path, then those of a candidate.
 *
 * A step of the path is one step; a candidate that is a whole answer has one on each of its lines.
 * So they are counted as the finished tree counts them (crux_path_steps()), and a reward for each
 * has its place. A query or a document has all that led to it before it; an answer and a rationale
 * stand behind reasoning alone (CR-Planner's D_Rationale, arXiv 2410.01428).
 *
 * Ownership. A solution owns copies of the texts, in which lines end as the world ends them ('\n').
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_SOLUTION_H
#define CRITICS_SOLUTION_H

#include "search/crux.h"

struct solution {
    struct crux_text *steps;
    size_t count;
    size_t before; /* of them in the path, in front of the candidate's own */
    char *memory;
};

/* False: no memory. candidate brings its path; NULL: a solution without a step. */
bool solution_open(struct solution *out, const struct crux_step *candidate);
void solution_close(struct solution *solution); /* a zeroed one too */

/* The steps from this one on, with between behind each but the last. Ends in a NUL, the caller
 * frees; NULL: no memory. */
char *solution_text(const struct solution *solution, size_t from, const char *between);

#endif
