/*
 * completions.h - some answers from one place, judged: how many of them are right?
 *
 *     completions_begin() -> completions_next(): the policy -> completions_answered()
 *                         -> completions_next(): the outcome critic -> completions_answered()
 *                         -> completions_done(): right, of
 *
 * From the root, behind some steps of a path, or as revisions of an answer (crux_revision). What
 * the critic cannot tell counts nowhere. Samples are numbered: to ask for more, begin again with
 * the next number as the first; the same number is the same question, in whatever batch it comes.
 *
 * Ownership. All that the question points to is the caller's and stays until it is done. Texts of
 *            the answers are kept until completions_free(), which takes a zeroed struct, too.
 * Threads.   Those of its pass (passes.h).
 * Errors.    CRUX_MEMORY. A call that failed for good, or a reply that is not as it must be, is no
 * error: `failure` says why, and what was counted is not all.
 */
#ifndef IO_PASSES_COMPLETIONS_H
#define IO_PASSES_COMPLETIONS_H

#include "io/learnt.h"
#include "io/passes/passes.h"

/* What is asked for; the caller's. */
struct completions_order {
    struct crux_policy *policy;
    struct crux_critic *outcome;
    struct crux_state state;              /* where answers begin; key and choices are not needed */
    const struct crux_revision *revision; /* what they are to be better than; NULL: nothing */
    uint64_t seed;                        /* of the place; samples draw theirs from it */
    uint32_t first, count;                /* numbers of the samples */
};

struct completions {
    struct passes_question question; /* first: a question is its completions */
    struct completions_order order;
    uint32_t right, of;
    struct crux_paid cost;   /* of the policy's calls, and of a critic's that are paid for */
    char *failure;           /* of the call that failed for good; NULL: none */
    struct crux_step *steps; /* the answers, of kind ANSWER; NULL: none have come */
    uint32_t count;
    enum { COMPLETIONS_PROPOSE, COMPLETIONS_JUDGE, COMPLETIONS_DONE } stage;
    bool waits; /* the question is in flight, or was when its pass was stopped */
};

/* Zeroed or freed before. The samples of one call are order.count or fewer, as policies answer. */
void completions_begin(struct completions *completions, const struct completions_order *order);

/* The next question; CRUX_PENDING: it is in flight; CRUX_END: all is done. */
int completions_next(struct completions *completions, struct passes_question **out);

int completions_answered(struct completions *completions, int status, struct crux_error *error);

bool completions_done(const struct completions *completions);

/* Not while its pass may still be answered. */
void completions_free(struct completions *completions);

#endif
