/*
 * evaluate.h - how good is a critic? A pass over a labelled set: `crux eval critic`.
 *
 *     labelled --evaluate_open()--> work of a pass --passes_run()--> evaluate_put() --> JSON
 *
 * Solutions. A critic that SCOREs is asked about each step behind the steps before it, one that
 * JUDGEs about the whole solution. The first wrong step, as the critic has it, is the first whose
 * score is below the threshold: by the step's own SCORE, or by what a JUDGE says of each step
 * beside its verdict (crux_opinion.steps). Where a score before that is unknown, so is the first
 * wrong step.
 *     wrong, right  of the solutions with and without a wrong step, the share of which the critic
 *                   named the label: accuracy on both, with Wilson's interval
 *     f1            their harmonic mean, ProcessBench's figure; its interval is a bootstrap over
 *                   problems
 *     answers       of a JUDGE: of the wrong and the right final answers, the share whose verdict
 *                   says so
 *     calibration   expected error: of the scores of steps up to the first wrong one, as what lies
 *                   behind it has no label; and of a JUDGE's rewards
 * What is unknown counts as not right, and is counted besides. A solution whose call failed for
 * good counts nowhere, and is named.
 *
 * Pairs. Both answers are candidates of one call, in one order and in the other, each call with a
 * seed of its own. Of a JUDGE the rewards are compared; when both verdicts are unknown and the
 * rewards are equal, it said nothing.
 *     accuracy      share of the pairs whose chosen answer got more in both orders (J1,
 *                   arXiv 2505.10320)
 *     orders        share of those whose chosen one got more as the first, and as the second
 *     agreement     share of those, known in both orders, whose two verdicts do not contradict
 *     ipi, tov      Sage's figures (figures.h), their mean over the questions of up to
 *                   FIGURES_ANSWERS answers, over the pairs of the set
 *
 * The result is one JSON object, which `crux help eval` describes. It has no time and no retry: the
 * same critic with the same replies gives the same bytes.
 *
 * Ownership. What is evaluated, and the critic, are the caller's and outlive it.
 * Threads.   As passes.h says; the rest by one thread.
 * Errors.    CRUX_INVALID: a critic that neither scores nor judges. CRUX_MEMORY.
 */
#ifndef IO_PASSES_EVALUATE_H
#define IO_PASSES_EVALUATE_H

#include "io/json.h"
#include "io/passes/labelled.h"
#include "io/passes/passes.h"

struct evaluate;

struct evaluate_setup {
    const struct labelled *set;
    struct crux_critic *critic;
    enum crux_verb verb; /* SCORE or JUDGE: what the critic's role asks for */
    double threshold;    /* 0 .. 1: below it a step is wrong */
    uint64_t seed;
};

int evaluate_open(struct evaluate **out, const struct evaluate_setup *setup,
                  struct crux_error *error);
void evaluate_close(struct evaluate *evaluate); /* NULL is fine */

struct passes_work *evaluate_work(struct evaluate *evaluate);

/* The number of questions there are in all. */
uint64_t evaluate_questions(const struct evaluate *evaluate);

/* Rows whose calls failed for good. */
uint64_t evaluate_failed(const struct evaluate *evaluate);

/* Put what came of a whole pass into an object. */
int evaluate_put(struct json *object, const struct evaluate *evaluate, struct crux_error *error);

#endif
