/*
 * matter.h - what a critique is about: a problem, a wrong path, a right one, and what is known of
 * them, in texts of its own.
 *
 * Steps are those of crux_path_steps(), in which lines end as the world ends them ('\n', where a
 * tree has '\v').
 *
 * Ownership. A matter owns its copies; problem and texts of the tree outlive it.
 * Threads.   Never changed once it is made: any thread.
 */
#ifndef CRITICS_ANNOTATE_MATTER_H
#define CRITICS_ANNOTATE_MATTER_H

#include "search/crux.h"

struct annotate_path {
    struct crux_text *steps;
    uint32_t count;
    char *memory;
};

struct annotate_matter {
    const struct crux_problem *problem;
    struct annotate_path wrong, right;
    bool has_wrong;           /* else the right one is what is looked at */
    uint32_t prefix;          /* steps that both have */
    uint32_t located;         /* the first wrong step; as many as there are steps: one is missing;
                                 CRUX_NO_STEP: not known */
    const char *right_answer; /* the right path's final answer; "": none */
};

/* False: no memory. */
bool annotate_matter_open(struct annotate_matter *out, const struct crux_tree *tree,
                          const struct crux_pair *pair);
void annotate_matter_close(struct annotate_matter *matter); /* a zeroed one too */

/* The path that is judged. */
const struct annotate_path *annotate_matter_path(const struct annotate_matter *matter);

/* How many of its steps are looked at one by one: those up to the located one, or all. */
uint32_t annotate_matter_looked(const struct annotate_matter *matter);

#endif
