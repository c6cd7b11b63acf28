/*
 * record.h - a path of a finished tree with all that is known of it: what most views make rows of.
 *
 *     tree, findings --record_walk()--> record, record, ... --view--> rows
 *
 * Each distinct wrong path that parts from a right one is a record `w` with the number of its pair;
 * each distinct right path a record `r`. A path is named so in all views, whatever row it is in.
 * Here is decided, once for all views, which of several findings counts, and what may become a
 * label:
 *
 *     location  as learnt_location_of() has it. It has an index only where one is known
 *     critique  the tree's own where it stands on a proof; else that of the makers' which
 * refinement speaks for most (share of right answers with it), else the first maker's; else the
 *               tree's
 *     label     of a step of a wrong path: right before the first wrong step, wrong there, unknown
 *               behind it; all unknown where no index is known, or none as certain as is asked for
 *               (view_run.least). Of a right path: right, which means what its answer is, no more
 *     support   what speaks for a right path beside its answer
 *
 * Ownership. A record and what it points to live as long as the call of each(). The tree and what
 *            lies beside it are the caller's.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_STORE: a pair does not fit its paths; the sentence names the problem.
 * CRUX_MEMORY, or what each() has returned, which ends the walk when it is negative.
 */
#ifndef IO_VIEWS_RECORD_H
#define IO_VIEWS_RECORD_H

#include "io/paths.h"
#include "io/views/view.h"

/* Of each the least over the steps, in [0, 1]; below 0: nobody says anything. */
struct record_support {
    double execution;   /* scores of the execution critic */
    double judge;       /* rewards of steps by the outcome critic (crux_opinion.steps) */
    double completions; /* share of right completions behind each probed prefix ... */
    uint32_t count;     /* ... and how many these were at the fewest */
};

struct record {
    const struct view_tree *what;
    const struct view_run *run;
    const struct paths *paths;
    char letter;     /* w or r */
    uint32_t number; /* of the pair, or of the right path */
    uint32_t rollout;
    const struct crux_pair *pair; /* NULL: a right path */
    struct path path;             /* its steps */
    struct path right;            /* of a wrong path: the right one from which it parts latest */
    size_t prefix;                /* steps that these two share; 0 of a right path */
    struct learnt_location location;
    const char *locator;             /* whose word the location is; "": the tree's, or nobody's */
    struct learnt_critique critique; /* text "": none */
    const char *annotator;           /* whose it is; "": the tree's, or nobody's */
    const struct learnt_verification *verification; /* of that critique; NULL: none */
    const char *verifier;                           /* "": nobody */
    struct record_support support;
};

typedef int record_each(void *context, const struct record *record, struct crux_error *error);

/* All records of a tree that the run's choice keeps: wrong paths, then right ones, by number. */
int record_walk(const struct view_tree *what, const struct view_run *run, record_each *each,
                void *context, struct crux_error *error);

/* Is there an index as certain as the run asks for? */
bool record_is_located(const struct record *record);

/* The label of step i of the path. */
enum crux_verdict record_label(const struct record *record, size_t i);

/* The record's rollout. */
const struct crux_rollout *record_answer(const struct record *record);

#endif
