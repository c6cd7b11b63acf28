/*
 * annotate.h - what is to be said of the paths of finished trees: a pass that asks an annotator
 * about each pair of a wrong and a right path, and keeps what it writes as findings (learnt.h).
 *
 *     tree, what is known of its paths --annotate_open()--> trees_work --> critique of each path
 *
 * The annotator is a critic that ANNOTATEs, as in a search. It is told where the wrong path goes
 * wrong, if that is known: by the tree, or by a pass that located it before. What an annotator has
 * nothing to say about is kept, too, with an empty text: it is not asked again.
 *
 * Or about paths with false details in them (inject.h), which are wrong: then the annotator is
 * shown such a path and the right one that it was made of, and is not told where the details are.
 * What it writes is a `detection` about the right path's rollout, with the share of the details
 * that it has found: the score of a detector (Critic-V's VEST).
 *
 * Ownership. The annotator, and the texts of the setup, are the caller's and outlive it.
 * Threads.   Those of its pass.
 * Errors.    CRUX_INVALID: a critic that does not annotate. A note that is not as it must be fails
 *            its path with a sentence. CRUX_MEMORY.
 */
#ifndef IO_PASSES_ANNOTATE_H
#define IO_PASSES_ANNOTATE_H

#include "io/passes/trees.h"

struct annotate;

struct annotate_setup {
    struct crux_critic *annotator;
    const char *maker;
    const char *style, *model; /* of what it writes; "" where it has none */
    bool rights;               /* right paths, too */
    bool located;              /* of wrong paths only those whose first wrong step is known */
    bool injected;             /* the paths with false details, and no others */
    uint64_t seed;
};

/* Detections of this pass, and those that this maker had written before, of the same paths. */
struct annotate_scores {
    uint64_t count, first; /* and those that name the first false detail */
    uint64_t silent;       /* the annotator had nothing to say: a score of 0 */
    double sum;            /* of the scores */
};

int annotate_open(struct annotate **out, const struct annotate_setup *setup,
                  struct crux_error *error);
void annotate_close(struct annotate *annotate); /* NULL is fine */

struct trees_work *annotate_work(struct annotate *annotate);

const struct annotate_scores *annotate_scored(const struct annotate *annotate);

#endif
