/*
 * verify.h - is a critique worth anything? The policy refines the wrong answer with it, and
 * without.
 *
 *     critiques of wrong paths --verify_open()--> trees_work --> a verification of each
 *
 * For each critique of a wrong path (by an annotator's pass, or the tree's own) so many answers are
 * asked for, each in place of the wrong one (crux_revision) and judged by the outcome critic:
 *     with      told the critique. MMC (arXiv 2504.11009) keeps a critique when 3 of 10 are right;
 *               the share is RefCritic's reward of refinement (arXiv 2507.15024) and Critique-RL's
 *               Acc@Refine (arXiv 2510.24320)
 *     without   told only that the answer may be wrong
 *     control   told a critique of another path by the same maker: of the same tree, if there is
 *               one that reads otherwise; else the first of the last tree before it that has any. A
 *               critique that helps no more than that is not what helps
 * Besides, what is known of it without asking: is its verdict right (the answer is wrong), and is
 * the step that it points at the first wrong one, where that is known.
 *
 * Answers without a critique are the same for all critiques of a path, and are asked once.
 *
 * Ownership. Ports and texts of the setup are the caller's and outlive it.
 * Threads.   Those of its pass.
 * Errors.    CRUX_INVALID: a policy that cannot revise answers. Else as trees.h has them.
 */
#ifndef IO_PASSES_VERIFY_H
#define IO_PASSES_VERIFY_H

#include "io/passes/trees.h"

struct verify;

struct verify_setup {
    struct crux_policy *refiner;
    struct crux_critic *outcome;
    const char *maker;               /* each finding's is this, and whose critique it is about */
    uint32_t with, without, control; /* answers of each; 0: none */
    uint64_t seed;
};

int verify_open(struct verify **out, const struct verify_setup *setup, struct crux_error *error);
void verify_close(struct verify *verify); /* NULL is fine */

struct trees_work *verify_work(struct verify *verify);

#endif
